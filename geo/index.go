package geo

import (
	"sync"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/quindex/quindex/codec"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/engines/frame"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
)

// Index is the open index of one segment.
type Index struct {
	*section
	field  record.Field
	cols   engines.Columns
	shapes *shapes

	rowOf  []uint32  // by position
	xyz    []float32 // by position, three each
	boxes  []box
	leaves []uint64
	starts []uint32
	crown  crown

	tree struct { // boxes, leaves and starts are read whole, once
		once sync.Once
		err  error
	}
	null struct {
		once sync.Once
		set  rows.Set
		err  error
	}
}

func open(s engines.Section) (*Index, error) {
	if err := fits(s.Def); err != nil {
		return nil, err
	}
	sec, err := splitSection(s.Bytes)
	if err != nil {
		return nil, err
	}
	sec.path = s.Path
	if sec.rows != s.Rows {
		return nil, corrupt("%d rows, want %d", sec.rows, s.Rows)
	}
	ix := newIndex(sec)
	ix.field, ix.cols = s.Def.Fields[0], s.Columns
	return ix, nil
}

// newIndex gives names to the parts of a section.
func newIndex(s *section) *Index {
	return &Index{
		section: s,
		rowOf:   frame.View[uint32](s.b[s.atRows:], s.places),
		xyz:     frame.View[float32](s.b[s.atPlaces:], 3*s.places),
		boxes:   viewBoxes(s.b[s.atBoxes:], s.levels[len(s.levels)-1]),
		leaves:  frame.View[uint64](s.b[s.atLeaves:], s.blocks),
		starts:  frame.View[uint32](s.b[s.atStarts:], s.blocks+1),
		crown:   newCrown(s.coarse),
	}
}

// Close has nothing to let go of.
func (ix *Index) Close() error { return nil }

// ready checks the tree before its first use.
func (ix *Index) ready() error {
	ix.tree.once.Do(func() {
		if ix.tree.err = ix.check(ix.atBoxes, ix.atNulls-ix.atBoxes); ix.tree.err != nil {
			return
		}
		for k, s := range ix.starts {
			switch {
			case k == 0 && s != 0, k > 0 && (s <= ix.starts[k-1] || s-ix.starts[k-1] > blockPlaces):
				ix.tree.err = corrupt("block %d starts at place %d", k, s)
				return
			}
		}
		if end := ix.starts[ix.blocks]; int(end) != ix.places {
			ix.tree.err = corrupt("blocks end at place %d, want %d", end, ix.places)
		}
	})
	return ix.tree.err
}

// nulls returns the rows that are NULL.
func (ix *Index) nulls() (rows.Set, error) {
	n := &ix.null
	n.once.Do(func() {
		if ix.nullBytes == 0 {
			return
		}
		if n.err = ix.check(ix.atNulls, ix.nullBytes); n.err != nil {
			return
		}
		defer func() {
			if p := recover(); p != nil {
				n.err = corrupt("rows that are NULL: %v", p)
			}
		}()
		m := roaring.New()
		if _, n.err = m.FromBuffer(ix.b[ix.atNulls : ix.atNulls+ix.nullBytes]); n.err == nil {
			n.err = m.Validate()
		}
		switch {
		case n.err != nil:
			n.err = fault.E("geo: read", fault.Corrupt, n.err)
		case !m.IsEmpty() && int(m.Maximum()) >= ix.rows:
			n.err = corrupt("row %d of %d is NULL", m.Maximum(), ix.rows)
		default:
			n.set = rows.Of(m)
		}
	})
	return n.set, n.err
}

// call returns the condition of p if it is a call on this index's field.
func (ix *Index) call(p predicate.P) (predicate.Call, bool) {
	c, ok := p.(predicate.Call)
	if !ok || len(c.Fields) != 1 || c.Fields[0].ID != ix.field.ID {
		return c, false
	}
	switch c.Function {
	case DWithin, Within, CoveredBy, Intersects, Contains, Covers, GeohashPrefix, InS2Cell, Nearest:
		return c, true
	}
	return c, false
}

// answers reports whether all of p is about this index's field: calls, and
// IS NULL, under AND, OR and NOT.
func (ix *Index) answers(p predicate.P) bool {
	each := func(of []predicate.P) bool {
		for _, q := range of {
			if !ix.answers(q) {
				return false
			}
		}
		return true
	}
	switch p := p.(type) {
	case predicate.Const:
		return true
	case predicate.IsNull:
		return p.Field.ID == ix.field.ID
	case predicate.Not:
		return ix.answers(p.Of)
	case predicate.And:
		return each(p.Of)
	case predicate.Or:
		return each(p.Of)
	}
	_, ok := ix.call(p)
	return ok
}

// coordinates reads places from the segment's column, for exact answers. It is
// used by one goroutine.
type coordinates struct {
	col    engines.ColumnReader // nil: every row is the field's default
	field  record.Field
	blocks []*codec.Block
}

func (ix *Index) coordinates() (*coordinates, error) {
	c := &coordinates{field: ix.field}
	if ix.cols == nil {
		return nil, fault.E("geo: match", fault.Internal, "a section without the segment's columns")
	}
	if c.col = ix.cols.Column(ix.field.ID); c.col != nil {
		c.blocks = make([]*codec.Block, (ix.rows+codec.BlockRows-1)/codec.BlockRows)
	}
	return c, nil
}

// at returns the place of a row, and false if it is NULL.
func (c *coordinates) at(row uint32) (lon, lat float64, ok bool, err error) {
	if c.col == nil {
		return c.field.Default.F, c.field.Default.Lat, !c.field.Default.IsNull(), nil
	}
	k, i := int(row)/codec.BlockRows, int(row)%codec.BlockRows
	if k >= len(c.blocks) {
		return 0, 0, false, corrupt("row %d, which the segment does not have", row)
	}
	if c.blocks[k] == nil {
		if c.blocks[k], err = c.col.Block(k); err != nil {
			return 0, 0, false, err
		}
	}
	b := c.blocks[k]
	switch {
	case i >= b.N:
		return 0, 0, false, corrupt("row %d, which the segment does not have", row)
	case b.IsNull(i):
		return 0, 0, false, nil
	case b.Form == codec.FormPoints:
		return b.Floats[i], b.Lats[i], true, nil
	}
	v := b.Value(i)
	return v.F, v.Lat, !v.IsNull(), nil
}
