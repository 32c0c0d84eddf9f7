package timeseries

import (
	"sync"

	"github.com/quindex/quindex/codec"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
)

// Index is the open directory of one segment. Its parts are read, and their
// checksums verified, together at the first question: they are small.
type Index struct {
	def     engines.IndexDef
	columns engines.Columns
	bytes   []byte
	path    string // for errors
	foot    *footer

	once sync.Once
	dir  *directory
	err  error
}

// directory is the parts of a section, ready for use.
type directory struct {
	*footer
	n       int      // rows
	first   []uint32 // the first row of each series; n at the end
	lists   [lists]numbers
	fenced  []uint32 // the first fence of each series; the number of fences at the end
	names   []nameColumn
	columns engines.Columns
	field   record.Field // the time
}

// nameColumn is one column of the series' names.
type nameColumn struct {
	field   record.Field
	dict    *codec.Dict
	values  numbers
	entries int
	codes   numbers
}

// numbers is an open list.
type numbers struct {
	n      int
	blocks []*codec.Block
}

func (l *numbers) at(i int) int64 {
	return l.blocks[i/codec.BlockRows].Ints.At(i % codec.BlockRows)
}

func open(s engines.Section) (*Index, error) {
	f, err := splitSection(s.Bytes)
	if err != nil {
		return nil, err
	}
	if f.rows != s.Rows {
		return nil, corrupt("%d rows, want %d", f.rows, s.Rows)
	}
	ix := &Index{def: s.Def, columns: s.Columns, bytes: s.Bytes, path: s.Path, foot: f}
	if !f.ordered {
		return ix, nil
	}
	want := s.Def.Fields
	if len(want) != 1+len(f.columns) {
		return nil, corrupt("%d columns name a series, want %d", len(f.columns), len(want)-1)
	}
	for i, have := range append([]columnMeta{f.time}, f.seriesColumns()...) {
		if have.id != want[i].ID || have.typ != want[i].Type {
			return nil, corrupt("column %d is %d %s, want %d %s", i, have.id, have.typ, want[i].ID, want[i].Type)
		}
	}
	return ix, nil
}

func (f *footer) seriesColumns() []columnMeta {
	var out []columnMeta
	for _, c := range f.columns {
		out = append(out, c.columnMeta)
	}
	return out
}

// Close has nothing to free: the bytes are the caller's.
func (ix *Index) Close() error { return nil }

// Series returns the number of series in the segment, and false if its rows
// are not in the order of series and time.
func (ix *Index) Series() (int, bool) { return ix.foot.series, ix.foot.ordered }

// directory reads the parts, once; the rows must be in order.
func (ix *Index) directory() (*directory, error) {
	ix.once.Do(func() {
		if ix.dir, ix.err = load(ix.foot, ix.bytes, ix.def.Fields); ix.dir != nil {
			ix.dir.columns = ix.columns
		} else if ix.path != "" {
			ix.err = fault.E("timeseries: read section", fault.Item(ix.path), ix.err)
		}
	})
	return ix.dir, ix.err
}

func load(f *footer, bytes []byte, fields []record.Field) (*directory, error) {
	d := &directory{footer: f, n: f.rows, field: fields[0]}
	var err error
	for i, l := range f.lists {
		if d.lists[i], err = openList(bytes, l, listNames[i]); err != nil {
			return nil, err
		}
	}
	for i, m := range f.columns {
		c, err := openNames(bytes, m, fields[1+i])
		if err != nil {
			return nil, err
		}
		d.names = append(d.names, c)
	}
	if err := d.lay(); err != nil {
		return nil, err
	}
	return d, nil
}

func openList(bytes []byte, l list, what string) (numbers, error) {
	out := numbers{n: l.n}
	for i, x := range l.blocks {
		b, err := bytesOf(x, bytes, what)
		if err != nil {
			return out, err
		}
		blk, err := codec.Open(b, record.T(record.Int64), nil)
		if err == nil {
			err = blk.Check()
		}
		if err != nil {
			return out, fault.E("timeseries: read "+what, err)
		}
		if want := min(codec.BlockRows, l.n-i*codec.BlockRows); blk.N != want || blk.Nulls > 0 {
			return out, corrupt("%d %s in block %d, want %d", blk.N, what, i, want)
		}
		out.blocks = append(out.blocks, blk)
	}
	return out, nil
}

func openNames(bytes []byte, m seriesMeta, field record.Field) (c nameColumn, err error) {
	c = nameColumn{field: field, entries: m.entries}
	if isText(m.typ) {
		b, err := bytesOf(m.dict, bytes, "values of "+field.Name)
		if err != nil {
			return c, err
		}
		if c.dict, err = codec.OpenDict(b); err != nil {
			return c, fault.E("timeseries: read values of "+field.Name, err)
		}
		if c.dict.Len() != m.entries {
			return c, corrupt("%d values of %s, want %d", c.dict.Len(), field.Name, m.entries)
		}
	} else if c.values, err = openList(bytes, m.values, "values of "+field.Name); err != nil {
		return c, err
	}
	c.codes, err = openList(bytes, m.codes, "codes of "+field.Name)
	return c, err
}

// lay finds where each series begins.
func (d *directory) lay() error {
	d.first = make([]uint32, d.series+1)
	row := int64(0)
	for s := range d.series {
		d.first[s] = uint32(row)
		n, nulls := d.lists[lengths].at(s), d.lists[nulls].at(s)
		if n < 1 || n > int64(d.n)-row || nulls < 0 || nulls > n {
			return corrupt("series %d has %d rows with %d nulls from row %d of %d", s, n, nulls, row, d.n)
		}
		row += n
	}
	if row != int64(d.n) {
		return corrupt("series of %d rows, want %d", row, d.n)
	}
	d.first[d.series] = uint32(row)
	if d.lists[fences].n == 0 {
		return nil
	}
	d.fenced = make([]uint32, d.series+1)
	at := 0
	for s := range d.series {
		d.fenced[s] = uint32(at)
		if d.lists[strides].at(s) == 0 {
			lo, hi := d.timed(s)
			at += max(0, hi-lo-1) / fenceRows
		}
	}
	if at != d.lists[fences].n {
		return corrupt("%d fences, want %d", d.lists[fences].n, at)
	}
	d.fenced[d.series] = uint32(at)
	return nil
}

// rowsOf returns the rows [lo, hi) of series s.
func (d *directory) rowsOf(s int) (lo, hi int) { return int(d.first[s]), int(d.first[s+1]) }

// timed returns the rows [lo, hi) of series s that have a time.
func (d *directory) timed(s int) (lo, hi int) {
	return int(d.first[s]), int(d.first[s+1]) - int(d.lists[nulls].at(s))
}

// value returns distinct value i of the column.
func (c *nameColumn) value(i int) record.Value {
	v := record.Value{Type: c.field.Type, Valid: true}
	if c.dict != nil {
		v.S = c.dict.Strs.At(i)
	} else {
		v.I = c.values.at(i)
	}
	return v
}
