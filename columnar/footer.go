package columnar

import (
	"encoding/binary"
	"hash/crc32"
	"math"

	"github.com/quindex/quindex/codec"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
)

// footer is what a section says of itself.
type footer struct {
	rows    int
	columns []columnMeta
}

// columnMeta is one column of the footer. Value i is values[i], or dictionary
// entry i; counts[i] rows hold it, and bitmaps[i] says which.
type columnMeta struct {
	id       record.ColumnID
	typ      record.Type
	blocks   []blockMeta
	dict     extent
	entries  int // -1: no dictionary
	distinct int // 0: unknown
	values   []int64
	counts   []int
	bitmaps  []extent
	nullMap  extent // len 0: none
	blooms   []extent
}

// blockMeta is one block: where it is and what codec said of it.
type blockMeta struct {
	extent
	codec.Info
	textBounds bool
}

// maxTextBound is the longest string kept as a bound in the footer; with a
// longer one the block's bounds are unknown.
const maxTextBound = 64

func (f *footer) append(dst []byte) []byte {
	w := writer{dst}
	w.uint(f.rows)
	w.uint(len(f.columns))
	for i := range f.columns {
		f.columns[i].append(&w)
	}
	return w.b
}

func (c *columnMeta) flags() int {
	flags := 0
	for _, f := range []struct {
		flag int
		have bool
	}{
		{hasDict, c.entries >= 0}, {hasValues, c.values != nil}, {hasCounts, c.counts != nil}, {hasBitmaps, c.bitmaps != nil},
		{hasNullMap, c.nullMap.len > 0}, {hasBlooms, c.blooms != nil}, {hasDistinct, c.distinct > 0},
	} {
		if f.have {
			flags |= f.flag
		}
	}
	return flags
}

func (c *columnMeta) append(w *writer) {
	w.uint(int(c.id))
	w.uint(int(c.typ.Kind))
	w.uint(int(c.typ.Precision))
	w.uint(int(c.typ.Scale))
	w.uint(c.flags())
	w.uint(len(c.blocks))
	for i := range c.blocks {
		c.blocks[i].append(w)
	}
	if c.entries >= 0 {
		w.uint(c.entries)
		w.extent(c.dict)
	}
	if c.distinct > 0 {
		w.uint(c.distinct)
	}
	if c.values != nil {
		w.uint(len(c.values))
		for i, v := range c.values {
			if i == 0 {
				w.b = binary.AppendVarint(w.b, v)
			} else {
				w.b = binary.AppendUvarint(w.b, uint64(v)-uint64(c.values[i-1]))
			}
		}
	}
	for _, n := range c.counts {
		w.uint(n)
	}
	for _, x := range c.bitmaps {
		w.extent(x)
	}
	if c.nullMap.len > 0 {
		w.extent(c.nullMap)
	}
	for _, x := range c.blooms {
		w.extent(x)
	}
}

func (b *blockMeta) append(w *writer) {
	w.extent(b.extent)
	w.uint(int(b.Form))
	w.uint(int(b.Width))
	w.uint(b.Rows)
	w.uint(b.Nulls)
	known := 0
	if b.Known {
		known |= hasBounds
	}
	if b.textBounds {
		known |= hasTextBounds
	}
	if b.Known && b.LatLo != 0 || b.LatHi != 0 {
		known |= hasLatBounds
	}
	w.uint(known)
	if known&hasBounds != 0 {
		w.word(uint64(b.Lo))
		w.word(uint64(b.Hi))
		w.word(uint64(b.Sum.Hi))
		w.word(b.Sum.Lo)
		w.word(math.Float64bits(b.SumFloat))
	}
	if known&hasTextBounds != 0 {
		w.text(b.LoS)
		w.text(b.HiS)
	}
	if known&hasLatBounds != 0 {
		w.word(math.Float64bits(b.LatLo))
		w.word(math.Float64bits(b.LatHi))
	}
}

// parse reads a footer; end is where the last extent must end.
func parseFooter(b []byte, end int) (*footer, error) {
	r := &reader{b: b, next: headBytes, end: end}
	f := &footer{rows: r.uint(rows.MaxRows)}
	n := r.uint(len(b))
	for range n {
		if r.bad != "" {
			break
		}
		f.columns = append(f.columns, r.column(f.rows))
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

func (r *reader) column(rowCount int) columnMeta {
	c := columnMeta{entries: -1}
	c.id = record.ColumnID(r.uint(math.MaxUint32))
	c.typ = record.Type{Kind: record.Kind(r.uint(255)), Precision: uint8(r.uint(255)), Scale: uint8(r.uint(255))}
	flags := r.uint(2*hasDistinct - 1)
	if n := r.uint(blocksOf(rowCount)); n != blocksOf(rowCount) {
		r.fail("blocks of the column are too few")
	}
	for b := range blocksOf(rowCount) {
		if r.bad != "" {
			return c
		}
		c.blocks = append(c.blocks, r.block(blockRows(rowCount, b)))
	}
	many := 0
	if flags&hasDict != 0 {
		c.entries = r.uint(math.MaxInt32)
		c.dict = r.extent()
		many = c.entries
	}
	if flags&hasDistinct != 0 {
		c.distinct = r.uint(math.MaxInt32)
	}
	if flags&hasValues != 0 {
		many = r.values(&c)
	}
	if flags&hasCounts != 0 {
		c.counts = []int{}
		for i := 0; i < many && r.bad == ""; i++ {
			c.counts = append(c.counts, r.uint(rowCount))
		}
	}
	if flags&hasBitmaps != 0 {
		c.bitmaps = []extent{}
		for i := 0; i < many && r.bad == ""; i++ {
			c.bitmaps = append(c.bitmaps, r.extent())
		}
	}
	if flags&hasNullMap != 0 {
		c.nullMap = r.extent()
	}
	if flags&hasBlooms != 0 {
		for range c.blocks {
			c.blooms = append(c.blooms, r.extent())
		}
	}
	return c
}

func (r *reader) values(c *columnMeta) int {
	n := r.uint(math.MaxUint16)
	c.values = make([]int64, 0, n)
	for i := 0; i < n && r.bad == ""; i++ {
		if i == 0 {
			c.values = append(c.values, r.signed())
			continue
		}
		c.values = append(c.values, int64(uint64(c.values[i-1])+r.uvarint()))
	}
	return n
}

func (r *reader) block(n int) blockMeta {
	b := blockMeta{extent: r.extent()}
	b.Form = codec.Form(r.uint(255))
	b.Width = uint8(r.uint(255))
	b.Rows = r.uint(n)
	b.Nulls = r.uint(n)
	known := r.uint(7)
	if b.Rows != n {
		r.fail("block has the wrong number of rows")
	}
	if known&hasBounds != 0 {
		b.Known = true
		b.Lo, b.Hi = int64(r.word()), int64(r.word())
		b.Sum.Hi, b.Sum.Lo = int64(r.word()), r.word()
		b.SumFloat = math.Float64frombits(r.word())
	}
	if known&hasTextBounds != 0 {
		b.textBounds = true
		b.LoS, b.HiS = r.text(), r.text()
	}
	if known&hasLatBounds != 0 {
		b.LatLo, b.LatHi = math.Float64frombits(r.word()), math.Float64frombits(r.word())
	}
	return b
}

// writer appends the primitives of a footer.
type writer struct{ b []byte }

func (w *writer) uint(n int)    { w.b = binary.AppendUvarint(w.b, uint64(n)) }
func (w *writer) word(v uint64) { w.b = binary.LittleEndian.AppendUint64(w.b, v) }
func (w *writer) text(s string) { w.uint(len(s)); w.b = append(w.b, s...) }
func (w *writer) extent(x extent) {
	w.uint(x.off)
	w.uint(x.len)
	w.b = binary.LittleEndian.AppendUint32(w.b, x.crc)
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

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 || r.bad != "" {
		r.fail("it ends within a number")
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) uint(most int) int {
	v := r.uvarint()
	if v > uint64(most) {
		r.fail("a number is too large")
		return 0
	}
	return int(v)
}

func (r *reader) signed() int64 {
	v, n := binary.Varint(r.b)
	if n <= 0 || r.bad != "" {
		r.fail("it ends within a number")
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) take(n int) []byte {
	if n > len(r.b) || r.bad != "" {
		r.fail("it ends within a word")
		return make([]byte, min(n, 8))
	}
	p := r.b[:n]
	r.b = r.b[n:]
	return p
}

func (r *reader) word() uint64 { return binary.LittleEndian.Uint64(r.take(8)) }

func (r *reader) text() string { return string(r.take(r.uint(maxTextBound))) }

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
		if want := byte(0); i < len(magic) && c != magic[i] || i >= len(magic) && c != want {
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
