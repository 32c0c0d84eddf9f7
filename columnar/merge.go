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
// a string is looked at once per dictionary, not once per row.
func (ix *Index) Merge(ctx context.Context, in []engines.MergeInput, w io.Writer) error {
	m := &merger{ctx: ctx, def: ix.def}
	for _, i := range in {
		from, is := i.Index.(*Index)
		if !is || len(i.Map) != from.n {
			return fault.Errorf("columnar: merge", fault.Internal, "an input of type %T with a map of %d rows", i.Index, len(i.Map))
		}
		m.in, m.maps = append(m.in, from), append(m.maps, i.Map)
		for _, to := range i.Map {
			if to != engines.Gone {
				m.n++
			}
		}
	}
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

// source makes the merged column in memory, whole; coded is not nil where it
// is codes of a dictionary.
func (m *merger) source(f record.Field) (src source, coded *codedSource, err error) {
	col := &record.Column{Type: f.Type, N: m.n}
	if err := m.validity(f, col); err != nil {
		return nil, nil, err
	}
	switch f.Type.Storage() {
	case record.Ints:
		col.Ints = make([]int64, m.n)
		err = m.each(f, func(blk *codec.Block, to []rows.Num) {
			scratch := make([]int64, blk.N)
			blk.Ints.Decode(scratch)
			place(col.Ints, scratch, to)
		}, func(to rows.Num) { col.Ints[to] = f.Default.I })
	case record.Floats, record.Points:
		col.Floats = make([]float64, m.n)
		if f.Type.Storage() == record.Points {
			col.Lats = make([]float64, m.n)
		}
		err = m.floats(f, col)
	case record.Strs:
		if m.allCoded(f) {
			return m.codes(f, col)
		}
		src, err = m.slowly(f)
		return src, nil, err
	default:
		src, err = m.slowly(f)
		return src, nil, err
	}
	return viewSource{m.ctx, col}, nil, err
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
func (m *merger) codes(f record.Field, col *record.Column) (source, *codedSource, error) {
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
		src, err := m.slowly(f)
		return src, nil, err
	}
	out.sort(&in)
	return out, out, nil
}

// slowly gathers the column value by value, a block at a time: arrays, and
// text without a dictionary.
func (m *merger) slowly(f record.Field) (source, error) {
	s := &gatherSource{m: m, field: f, places: make([]origin, m.n), held: make([][]*codec.Block, len(m.in))}
	for i, in := range m.in {
		for old, to := range m.maps[i] {
			if to != engines.Gone {
				s.places[to] = origin{uint32(i), uint32(old)}
			}
		}
		c := in.byID[f.ID]
		if c == nil {
			continue
		}
		for b := range c.meta.blocks {
			blk, err := c.Block(b)
			if err != nil {
				return nil, err
			}
			s.held[i] = append(s.held[i], blk)
		}
	}
	return s, nil
}

// origin is where a merged row comes from.
type origin struct{ input, row uint32 }

// gatherSource holds the blocks of one column of all inputs, so that packed
// text is unpacked once.
type gatherSource struct {
	m      *merger
	field  record.Field
	places []origin
	held   [][]*codec.Block // by input; nil where it has no such column
}

func (s *gatherSource) block(b int) (*codec.Block, error) {
	if err := s.m.ctx.Err(); err != nil {
		return nil, fault.E("columnar: merge", err)
	}
	lo, n := b*codec.BlockRows, blockRows(s.m.n, b)
	col := record.NewColumn(s.field.Type, n)
	for _, p := range s.places[lo : lo+n] {
		if s.held[p.input] == nil {
			col.Append(s.field.Default)
			continue
		}
		col.Append(s.held[p.input][p.row/codec.BlockRows].Value(int(p.row % codec.BlockRows)))
	}
	return codec.View(col, 0, n), nil
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
