package timeseries

import (
	"math"

	"github.com/quindex/quindex/engines/frame"
	"github.com/quindex/quindex/fault"
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
	w := writer{frame.Writer{B: dst}}
	w.Int(f.rows)
	flags := 0
	if f.ordered {
		flags |= inOrder
	}
	if f.times {
		flags |= hasTimes
	}
	w.Int(flags)
	if !f.ordered {
		return w.B
	}
	w.Int(f.series)
	w.column(f.time)
	w.Uint64(uint64(f.origin))
	w.Uint64(uint64(f.last))
	w.Uint64(f.unit)
	w.Int(f.nulls)
	w.Int(len(f.columns))
	for _, c := range f.columns {
		w.column(c.columnMeta)
		w.Int(c.entries)
		if isText(c.typ) {
			w.Extent(c.dict)
		} else {
			w.list(c.values)
		}
		w.list(c.codes)
	}
	for _, l := range f.lists {
		w.list(l)
	}
	return w.B
}

func isText(t record.Type) bool { return t.Storage() == record.Strs }

// parseFooter reads a footer; end is where the last extent must end.
func parseFooter(b []byte, end int) (*footer, error) {
	r := reader{frame.NewReader(b, end)}
	f := &footer{rows: r.Int(rows.MaxRows)}
	flags := r.Int(inOrder | hasTimes)
	f.ordered, f.times = flags&inOrder != 0, flags&hasTimes != 0
	if f.ordered {
		r.directory(f)
	}
	if err := r.Err(); err != nil {
		return nil, fault.E("timeseries: open section", err)
	}
	if r.Next() != end {
		return nil, corrupt("parts end at byte %d, want %d", r.Next(), end)
	}
	return f, nil
}

func (r reader) directory(f *footer) {
	f.series = r.Int(f.rows)
	f.time = r.column()
	f.origin, f.last, f.unit = int64(r.Uint64()), int64(r.Uint64()), r.Uint64()
	f.nulls = r.Int(f.rows)
	if !canBeTime(f.time.typ) {
		r.Fail("the time's column is of another type")
	}
	if f.unit == 0 || f.last < f.origin {
		r.Fail("the bounds of the times are no bounds")
	}
	for range r.Int(r.Left()) {
		if !r.OK() {
			return
		}
		c := seriesMeta{columnMeta: r.column(), entries: r.Int(f.series)}
		if !canBeSeries(c.typ) {
			r.Fail("a series' column is of another type")
		}
		if isText(c.typ) {
			c.dict = r.Extent()
		} else {
			c.values = r.list(c.entries)
		}
		c.codes = r.list(f.series)
		f.columns = append(f.columns, c)
	}
	for i := range fences {
		f.lists[i] = r.list(f.series)
	}
	n := r.Int(f.rows / fenceRows)
	f.lists[fences] = r.blocks(n)
}

// list reads a list that must have n numbers.
func (r reader) list(n int) list {
	if have := r.Int(math.MaxInt32); have != n {
		r.Fail("a list has the wrong length")
	}
	return r.blocks(n)
}

func (r reader) blocks(n int) list {
	l := list{n: n}
	for i := 0; i < blocksOf(n) && r.OK(); i++ {
		l.blocks = append(l.blocks, r.Extent())
	}
	return l
}

func (r reader) column() columnMeta {
	return columnMeta{record.ColumnID(r.Int(math.MaxUint32)),
		record.Type{Kind: record.Kind(r.Int(255)), Precision: uint8(r.Int(255)), Scale: uint8(r.Int(255))}}
}

// writer writes the parts of a footer.
type writer struct{ frame.Writer }

func (w *writer) column(c columnMeta) {
	w.Int(int(c.id))
	w.Int(int(c.typ.Kind))
	w.Int(int(c.typ.Precision))
	w.Int(int(c.typ.Scale))
}

func (w *writer) list(l list) {
	w.Int(l.n)
	for _, x := range l.blocks {
		w.Extent(x)
	}
}

// reader reads the parts of a footer.
type reader struct{ *frame.Reader }

// splitSection checks the frame of a section and returns its parsed footer.
func splitSection(b []byte) (*footer, error) {
	foot, at, err := frame.Split(b, magic)
	if err != nil {
		return nil, fault.E("timeseries: open section", err)
	}
	return parseFooter(foot, at)
}
