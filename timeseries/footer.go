package timeseries

import (
	"encoding/binary"
	"hash/crc32"
	"math"

	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
)

// footer is what a section says of itself.
type footer struct {
	rows    int
	ordered bool
	series  int
	time    columnMeta
	times   bool  // some row has a time
	origin  int64 // the least time
	last    int64 // the greatest
	unit    uint64
	nulls   int // rows without a time
	columns []seriesMeta
	lists   [lists]list
}

// The lists of the directory, in their order.
const (
	lengths = iota
	nulls
	firsts
	spans
	strides
	fences
	lists
)

var listNames = [lists]string{"lengths", "nulls", "firsts", "spans", "strides", "fences"}

type columnMeta struct {
	id  record.ColumnID
	typ record.Type
}

// seriesMeta is one column of the series' names.
type seriesMeta struct {
	columnMeta
	entries int    // distinct values
	dict    extent // of strings
	values  list   // of others
	codes   list
}

// list is n numbers in blocks.
type list struct {
	n      int
	blocks []extent
}

func (f *footer) append(dst []byte) []byte {
	w := writer{dst}
	w.uint(f.rows)
	flags := 0
	if f.ordered {
		flags |= inOrder
	}
	if f.times {
		flags |= hasTimes
	}
	w.uint(flags)
	if !f.ordered {
		return w.b
	}
	w.uint(f.series)
	w.column(f.time)
	w.word(uint64(f.origin))
	w.word(uint64(f.last))
	w.word(f.unit)
	w.uint(f.nulls)
	w.uint(len(f.columns))
	for _, c := range f.columns {
		w.column(c.columnMeta)
		w.uint(c.entries)
		if isText(c.typ) {
			w.extent(c.dict)
		} else {
			w.list(c.values)
		}
		w.list(c.codes)
	}
	for _, l := range f.lists {
		w.list(l)
	}
	return w.b
}

func isText(t record.Type) bool { return t.Storage() == record.Strs }

// parseFooter reads a footer; end is where the last extent must end.
func parseFooter(b []byte, end int) (*footer, error) {
	r := &reader{b: b, next: headBytes, end: end}
	f := &footer{rows: r.uint(rows.MaxRows)}
	flags := r.uint(inOrder | hasTimes)
	f.ordered, f.times = flags&inOrder != 0, flags&hasTimes != 0
	if f.ordered {
		r.directory(f)
	}
	switch {
	case r.bad != "":
		return nil, corrupt("footer at byte %d: %s", len(b)-len(r.b), r.bad)
	case len(r.b) > 0:
		return nil, corrupt("footer has %d bytes too many", len(r.b))
	case r.next != end:
		return nil, corrupt("parts end at byte %d, want %d", r.next, end)
	}
	return f, nil
}

func (r *reader) directory(f *footer) {
	f.series = r.uint(f.rows)
	f.time = r.column()
	f.origin, f.last, f.unit = int64(r.word()), int64(r.word()), r.word()
	f.nulls = r.uint(f.rows)
	if !canBeTime(f.time.typ) {
		r.fail("the time's column is of another type")
	}
	if f.unit == 0 || f.last < f.origin {
		r.fail("the bounds of the times are no bounds")
	}
	for range r.uint(len(r.b)) {
		if r.bad != "" {
			return
		}
		c := seriesMeta{columnMeta: r.column(), entries: r.uint(f.series)}
		if !canBeSeries(c.typ) {
			r.fail("a series' column is of another type")
		}
		if isText(c.typ) {
			c.dict = r.extent()
		} else {
			c.values = r.list(c.entries)
		}
		c.codes = r.list(f.series)
		f.columns = append(f.columns, c)
	}
	for i := range fences {
		f.lists[i] = r.list(f.series)
	}
	n := r.uint(f.rows / fenceRows)
	f.lists[fences] = r.blocks(n)
}

// list reads a list that must have n numbers.
func (r *reader) list(n int) list {
	if have := r.uint(math.MaxInt32); have != n {
		r.fail("a list has the wrong length")
	}
	return r.blocks(n)
}

func (r *reader) blocks(n int) list {
	l := list{n: n}
	for i := 0; i < blocksOf(n) && r.bad == ""; i++ {
		l.blocks = append(l.blocks, r.extent())
	}
	return l
}

func (r *reader) column() columnMeta {
	return columnMeta{record.ColumnID(r.uint(math.MaxUint32)),
		record.Type{Kind: record.Kind(r.uint(255)), Precision: uint8(r.uint(255)), Scale: uint8(r.uint(255))}}
}

// writer appends the primitives of a footer.
type writer struct{ b []byte }

func (w *writer) uint(n int)    { w.b = binary.AppendUvarint(w.b, uint64(n)) }
func (w *writer) word(v uint64) { w.b = binary.LittleEndian.AppendUint64(w.b, v) }

func (w *writer) column(c columnMeta) {
	w.uint(int(c.id))
	w.uint(int(c.typ.Kind))
	w.uint(int(c.typ.Precision))
	w.uint(int(c.typ.Scale))
}

func (w *writer) extent(x extent) {
	w.uint(x.off)
	w.uint(x.len)
	w.b = binary.LittleEndian.AppendUint32(w.b, x.crc)
}

func (w *writer) list(l list) {
	w.uint(l.n)
	for _, x := range l.blocks {
		w.extent(x)
	}
}

// reader reads the primitives of a footer. The first thing wrong stays in bad;
// after it everything reads as zero. next is where the next extent must start.
type reader struct {
	b         []byte
	next, end int
	bad       string
}

func (r *reader) fail(why string) {
	if r.bad == "" {
		r.bad = why
	}
}

func (r *reader) uint(most int) int {
	v, n := binary.Uvarint(r.b)
	if n <= 0 || r.bad != "" {
		r.fail("it ends within a number")
		return 0
	}
	r.b = r.b[n:]
	if v > uint64(most) {
		r.fail("a number is too large")
		return 0
	}
	return int(v)
}

func (r *reader) take(n int) []byte {
	if n > len(r.b) || r.bad != "" {
		r.fail("it ends within a word")
		return make([]byte, n)
	}
	p := r.b[:n]
	r.b = r.b[n:]
	return p
}

func (r *reader) word() uint64 { return binary.LittleEndian.Uint64(r.take(8)) }

func (r *reader) extent() extent {
	x := extent{off: r.uint(r.end), len: r.uint(r.end), crc: binary.LittleEndian.Uint32(r.take(4))}
	if x.off != r.next || x.len > r.end-x.off {
		r.fail("a part is out of place")
		return extent{}
	}
	r.next += x.len
	return x
}

// splitSection checks the frame of a section and returns its parsed footer.
func splitSection(b []byte) (*footer, error) {
	if len(b) < headBytes+tailBytes {
		return nil, corrupt("%d bytes, want at least %d", len(b), headBytes+tailBytes)
	}
	for i, c := range b[:headBytes] {
		if i < len(magic) && c != magic[i] || i >= len(magic) && c != 0 {
			return nil, corrupt("bad magic %x", b[:len(magic)])
		}
	}
	tail := b[len(b)-tailBytes:]
	if string(tail[8:]) != magic {
		return nil, corrupt("bad magic %x at the end", tail[8:])
	}
	n, crc := int(binary.LittleEndian.Uint32(tail)), binary.LittleEndian.Uint32(tail[4:])
	if n > len(b)-headBytes-tailBytes {
		return nil, corrupt("footer of %d bytes in a section of %d", n, len(b))
	}
	at := len(b) - tailBytes - n
	foot := b[at : at+n]
	if have := crc32.Checksum(foot, castagnoli); have != crc {
		return nil, corrupt("crc32c of the footer is %08x, want %08x", have, crc)
	}
	return parseFooter(foot, at)
}
