package columnar

import (
	"context"
	"io"

	"github.com/quindex/quindex/codec"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
)

// Merge writes the columns of the merged segment. Integers and floats are
// decoded and put in their new places; text that has a dictionary stays codes:
// a string is looked at once per dictionary, not once per row. One column is in
// memory at a time: values of fixed width and codes of all rows, a dictionary
// whole; of other text one block of the merged column, and those of inputs it
// takes rows of.
func (ix *Index) Merge(ctx context.Context, in []engines.MergeInput, w io.Writer) error {
	m := &merger{ctx: ctx, def: ix.def}
	for _, i := range in {
		from, is := i.Index.(*Index)
		if !is || len(i.Map) != from.n {
			return fault.Errorf("columnar: merge", fault.Internal, "an input of type %T with a map of %d rows", i.Index, len(i.Map))
		}
		m.add(from, i.Map)
	}
	m.cut()
	bloom, err := bloomFields(ix.def)
	if err != nil {
		return err
	}
	b := &builder{def: ix.def, src: m, bloom: bloom, sources: m.source}
	b.enc.Pack = packs(ix.def)
	return b.Build(ctx, w)
}

// merger is the rows of a merge; as engines.Columns it only says which columns
// there will be.
type merger struct {
	ctx  context.Context
	def  engines.IndexDef
	in   []*Index
	maps [][]rows.Num
	n    int

	turned bool     // an input's rows do not keep their order
	starts [][]int  // of each input and merged block: the first row that goes there or further; none if turned
	places []origin // of all merged rows if turned, once they are asked for
}

func (m *merger) add(from *Index, to []rows.Num) {
	m.in, m.maps = append(m.in, from), append(m.maps, to)
	last := -1
	for _, at := range to {
		if at != engines.Gone {
			m.n++
			m.turned = m.turned || int(at) < last
			last = int(at)
		}
	}
}

// cut finds where in each input the merged blocks begin.
func (m *merger) cut() {
	if m.turned {
		return
	}
	for _, to := range m.maps {
		starts := make([]int, 0, blocksOf(m.n)+1)
		for old, at := range to {
			for at != engines.Gone && int(at) >= len(starts)*codec.BlockRows {
				starts = append(starts, old)
			}
		}
		for len(starts) <= blocksOf(m.n) {
			starts = append(starts, len(to))
		}
		m.starts = append(m.starts, starts)
	}
}

func (m *merger) Rows() int { return m.n }

// Column returns a stored column of an input if there is one: a column that no
// input holds stays away.
func (m *merger) Column(id record.ColumnID) engines.ColumnReader {
	for _, from := range m.in {
		if c := from.Column(id); c != nil {
			return c
		}
	}
	return nil
}

// source makes the merged column; coded is not nil where it is codes of a dictionary.
func (m *merger) source(f record.Field) (src source, coded *codedSource, err error) {
	switch f.Type.Storage() {
	case record.Ints, record.Floats, record.Points:
		src, err = m.fixed(f)
		return src, nil, err
	case record.Strs:
		if m.allCoded(f) {
			return m.codes(f)
		}
	}
	return m.gather(f), nil, nil
}

// fixed decodes a column whose values are of one width.
func (m *merger) fixed(f record.Field) (source, error) {
	col := &record.Column{Type: f.Type, N: m.n}
	if err := m.validity(f, col); err != nil {
		return nil, err
	}
	if f.Type.Storage() != record.Ints {
		return viewSource{m.ctx, col}, m.floats(f, col)
	}
	col.Ints = make([]int64, m.n)
	scratch := make([]int64, codec.BlockRows)
	return viewSource{m.ctx, col}, m.each(f, func(blk *codec.Block, to []rows.Num) {
		blk.Ints.Decode(scratch[:blk.N])
		place(col.Ints, scratch[:blk.N], to)
	}, func(to rows.Num) { col.Ints[to] = f.Default.I })
}

// place puts from[i] at to[i].
func place[T any](dst, from []T, to []rows.Num) {
	for i, at := range to {
		if at != engines.Gone {
			dst[at] = from[i]
		}
	}
}

// each calls block for every block of the column in every input, with the new
// places of its rows, and missing for every live row of inputs that do not
// hold the column.
func (m *merger) each(f record.Field, block func(blk *codec.Block, to []rows.Num), missing func(to rows.Num)) error {
	for i, from := range m.in {
		c := from.byID[f.ID]
		if c == nil {
			for _, to := range m.maps[i] {
				if to != engines.Gone {
					missing(to)
				}
			}
			continue
		}
		for b := range c.meta.blocks {
			if err := m.ctx.Err(); err != nil {
				return fault.E("columnar: merge", err)
			}
			blk, err := c.Block(b)
			if err != nil {
				return err
			}
			block(blk, m.maps[i][b*codec.BlockRows:b*codec.BlockRows+blk.N])
		}
	}
	return nil
}

// validity makes the bitmap of rows that have a value, nil if all do.
func (m *merger) validity(f record.Field, col *record.Column) error {
	valid, nulls := record.NewBitmap(m.n), 0
	err := m.each(f, func(blk *codec.Block, to []rows.Num) {
		for i, at := range to {
			switch {
			case at == engines.Gone:
			case blk.IsNull(i):
				nulls++
			default:
				valid.Set(int(at))
			}
		}
	}, func(to rows.Num) {
		if f.Default.IsNull() {
			nulls++
		} else {
			valid.Set(int(to))
		}
	})
	if nulls > 0 {
		col.Valid = valid
	}
	return err
}

func (m *merger) floats(f record.Field, col *record.Column) error {
	col.Floats = make([]float64, m.n)
	if f.Type.Storage() == record.Points {
		col.Lats = make([]float64, m.n)
	}
	return m.each(f, func(blk *codec.Block, to []rows.Num) {
		for i, at := range to {
			if at == engines.Gone {
				continue
			}
			if col.Floats[at] = blk.FloatAt(i); col.Lats != nil {
				col.Lats[at] = blk.LatAt(i)
			}
		}
	}, func(to rows.Num) {
		if col.Floats[to] = f.Default.F; col.Lats != nil {
			col.Lats[to] = f.Default.Lat
		}
	})
}

// allCoded reports whether every input holds the column as codes, or not at all.
func (m *merger) allCoded(f record.Field) bool {
	for _, from := range m.in {
		if c := from.byID[f.ID]; c != nil && !c.coded() {
			return false
		}
	}
	return true
}

// codes joins the dictionaries, without entries that only dead rows held. If
// nearly every row has come to hold another value, the column turns raw.
func (m *merger) codes(f record.Field) (source, *codedSource, error) {
	col := &record.Column{Type: f.Type, N: m.n}
	if err := m.validity(f, col); err != nil {
		return nil, nil, err
	}
	out := &codedSource{raw: viewSource{m.ctx, col}, codes: make([]uint32, m.n)}
	for b := range blocksOf(m.n) {
		out.start = append(out.start, b*codec.BlockRows)
	}
	var in codec.Interner
	known := translation{}
	var scratch []uint32
	err := m.each(f, func(blk *codec.Block, to []rows.Num) {
		if cap(scratch) < blk.N {
			scratch = make([]uint32, codec.BlockRows)
		}
		blk.Ints.DecodeU32(scratch)
		ids := known.of(blk.Dict)
		for i, at := range to {
			if at == engines.Gone || blk.Nulls > 0 && blk.IsNull(i) {
				continue
			}
			code := scratch[i]
			if ids[code] == 0 {
				ids[code] = in.Code(blk.Dict.Strs.At(int(code))) + 1
			}
			out.codes[at] = ids[code] - 1
		}
	}, func(to rows.Num) {
		if !f.Default.IsNull() {
			out.codes[to] = in.Code(f.Default.S)
		}
	})
	if err != nil {
		return nil, nil, err
	}
	if in.Len() > distinctMost(m.n) || in.TextBytes() >= maxDictText {
		return m.gather(f), nil, nil
	}
	out.sort(&in)
	return out, out, nil
}

// viewSource is a column in memory.
type viewSource struct {
	ctx context.Context
	col *record.Column
}

func (s viewSource) block(b int) (*codec.Block, error) {
	if err := s.ctx.Err(); err != nil {
		return nil, fault.E("columnar: merge", err)
	}
	lo := b * codec.BlockRows
	return codec.View(s.col, lo, lo+blockRows(s.col.N, b)), nil
}
