package geo

import (
	"context"
	"slices"
	"sort"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/internal/sphere"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/rows"
)

// Match returns the rows of within where p is True. It answers calls on its
// field and IS NULL, and AND, OR and NOT of these.
func (ix *Index) Match(ctx context.Context, p predicate.P, within rows.Set) (rows.Set, error) {
	if !ix.answers(p) {
		return rows.Set{}, fault.Errorf("geo: match", fault.Unsupported, "condition %s", p)
	}
	if err := ctx.Err(); err != nil {
		return rows.Set{}, fault.E("geo: match", err)
	}
	s, err := ix.where(ctx, p, within, predicate.True)
	if err != nil {
		return rows.Set{}, fault.E("geo: match", err)
	}
	return s, nil
}

// where returns the rows of within where p has the truth want, True or False.
func (ix *Index) where(ctx context.Context, p predicate.P, within rows.Set, want predicate.Truth) (rows.Set, error) {
	if within.IsEmpty() {
		return rows.Set{}, nil
	}
	switch p := p.(type) {
	case predicate.Const:
		if p.Truth == want {
			return within, nil
		}
		return rows.Set{}, nil
	case predicate.IsNull:
		nulls, err := ix.nulls()
		if p.Negate == (want == predicate.True) {
			return within.AndNot(nulls), err
		}
		return within.And(nulls), err
	case predicate.Not:
		return ix.where(ctx, p.Of, within, want.Not())
	case predicate.And:
		return ix.parts(ctx, p.Of, within, want, want == predicate.True)
	case predicate.Or:
		return ix.parts(ctx, p.Of, within, want, want == predicate.False)
	}
	call, _ := ix.call(p)
	return ix.whereCall(ctx, call, within, want)
}

// parts meets the answers of all parts, or joins them.
func (ix *Index) parts(ctx context.Context, of []predicate.P, within rows.Set, want predicate.Truth, meet bool) (rows.Set, error) {
	var out rows.Set
	for _, p := range of {
		s, err := ix.where(ctx, p, within, want)
		switch {
		case err != nil:
			return rows.Set{}, err
		case meet:
			within = s
		default:
			out = out.Or(s)
		}
	}
	if meet {
		return within, nil
	}
	return out, nil
}

func (ix *Index) whereCall(ctx context.Context, call predicate.Call, within rows.Set, want predicate.Truth) (rows.Set, error) {
	c, err := ix.shapes.compile(call.Function, call.Args)
	if err != nil || c == nil {
		return rows.Set{}, err
	}
	in, err := ix.search(ctx, c, within)
	if err != nil || want == predicate.True {
		return in, err
	}
	nulls, err := ix.nulls()
	return within.AndNot(nulls).AndNot(in), err
}

// About what it takes to read and measure one row by its coordinates, to look
// at one edge for it, and at one box of the tree; BenchmarkWithin.
const (
	nanosRow  = 60
	nanosEdge = 12
	nanosNode = 12
)

// nanosRow is about what deciding one row takes.
func (c *condition) nanosRow() float64 {
	n := 0
	parts, ok := c.region.(union)
	if !ok {
		parts = union{c.region}
	}
	for _, r := range parts {
		if p, ok := r.(*path); ok {
			n += len(p.near)
		}
	}
	return nanosRow + nanosEdge*float64(n)
}

// search returns the rows of within where c holds, by the tree, or row by row
// where within is so small that this is cheaper. Where no box of the crown is
// near, it reads nothing.
func (ix *Index) search(ctx context.Context, c *condition, within rows.Set) (rows.Set, error) {
	g := ix.guess(c)
	if g.sure && g.rows == 0 {
		return rows.Set{}, nil
	}
	if err := ix.ready(); err != nil {
		return rows.Set{}, err
	}
	s := &search{ix: ix, ctx: ctx, c: c}
	if n := within.Len(); n < ix.places/8 && float64(n)*c.nanosRow() < g.nanos {
		return s.each(within)
	}
	if err := s.run(); err != nil {
		return rows.Set{}, err
	}
	found := ix.set(s.found)
	if within.IsAll(ix.rows) {
		return found, nil
	}
	return found.And(within), nil
}

// search is one walk down the tree.
type search struct {
	ix    *Index
	ctx   context.Context
	c     *condition
	at    *coordinates // once asked for
	steps int

	found    []uint32 // rows, in no order
	counting bool     // rows are counted, not found
	count    int
}

// run goes down the tree.
func (s *search) run() error {
	switch {
	case s.ix.places == 0:
		return nil
	case s.c.any:
		return s.take(0, s.ix.places)
	case s.c.last != 0:
		return s.leaves()
	}
	return s.down(s.ix.top(), 0, s.c.region)
}

// place returns the coordinates of a row.
func (s *search) place(row uint32) (lon, lat float64, ok bool, err error) {
	if s.at == nil {
		if s.at, err = s.ix.coordinates(); err != nil {
			return 0, 0, false, err
		}
	}
	return s.at.at(row)
}

// each decides the rows of within one by one.
func (s *search) each(within rows.Set) (rows.Set, error) {
	var out rows.Builder
	for r := range within.Each() {
		lon, lat, ok, err := s.place(uint32(r))
		if err != nil {
			return rows.Set{}, err
		}
		if ok && sphere.Valid(lon, lat) && (s.c.any || s.c.holds(s.c.region, lon, lat)) {
			out.Add(r)
		}
	}
	return out.Set(), nil
}

// down searches box k of a level for r.
func (s *search) down(level, k int, r region) error {
	ix := s.ix
	v, sub := r.box(&ix.boxes[ix.levels[level]+k])
	switch v {
	case none:
		return nil
	case all:
		lo, hi := ix.blocksUnder(level, k)
		return s.take(int(ix.starts[lo]), int(ix.starts[hi]))
	}
	if level == 0 {
		return s.block(k, sub)
	}
	if s.steps++; s.steps&255 == 0 {
		if err := s.ctx.Err(); err != nil {
			return err
		}
	}
	for i := k * fanOut; i < min((k+1)*fanOut, ix.width(level-1)); i++ {
		if err := s.down(level-1, i, sub); err != nil {
			return err
		}
	}
	return nil
}

// take takes the rows at positions [lo, hi).
func (s *search) take(lo, hi int) error {
	if s.counting {
		s.count += hi - lo
		return nil
	}
	if err := s.ix.check(s.ix.atRows+4*lo, 4*(hi-lo)); err != nil {
		return err
	}
	s.found = append(s.found, s.ix.rowOf[lo:hi]...)
	return nil
}

// block looks at the places of block k.
func (s *search) block(k int, r region) error {
	ix := s.ix
	lo, hi := int(ix.starts[k]), int(ix.starts[k+1])
	if err := ix.check(ix.atPlaces+12*lo, 12*(hi-lo)); err != nil {
		return err
	}
	if err := ix.check(ix.atRows+4*lo, 4*(hi-lo)); err != nil {
		return err
	}
	var vs [blockPlaces]verdict
	r.points(ix.xyz[3*lo:3*hi], vs[:hi-lo])
	for i, v := range vs[:hi-lo] {
		row := ix.rowOf[lo+i]
		if v == some {
			yes, err := s.exactly(row, r)
			if err != nil {
				return err
			}
			if yes {
				v = all
			}
		}
		switch {
		case v != all:
		case s.counting:
			s.count++
		default:
			s.found = append(s.found, row)
		}
	}
	return nil
}

func (s *search) exactly(row uint32, r region) (bool, error) {
	lon, lat, ok, err := s.place(row)
	return err == nil && ok && s.c.holds(r, lon, lat), err
}

// leaves takes the range of leaves of a cell: whole blocks between the first
// and the last that reach into it, and what these two have of it.
func (s *search) leaves() error {
	ix := s.ix
	// The block before the first that begins inside may end inside.
	lo := max(0, sort.Search(ix.blocks, func(k int) bool { return ix.leaves[k] >= s.c.first })-1)
	hi := sort.Search(ix.blocks, func(k int) bool { return ix.leaves[k] > s.c.last })
	for k := lo; k < hi; k++ {
		whole := ix.leaves[k] >= s.c.first && k+1 < ix.blocks && ix.leaves[k+1] <= s.c.last
		var err error
		if whole {
			err = s.take(int(ix.starts[k]), int(ix.starts[k+1]))
		} else {
			err = s.block(k, everywhere{})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// everywhere leaves every place to the exact question.
type everywhere struct{}

func (everywhere) box(*box) (verdict, region)              { return some, everywhere{} }
func (everywhere) locate(float64, float64) sphere.Relation { return sphere.Inside }
func (everywhere) share(*box) float64                      { return 1 }
func (everywhere) points(_ []float32, out []verdict) {
	for i := range out {
		out[i] = some
	}
}

// dense is the number of rows from which a bit a row is faster to set and to
// turn into a set than sorting them: 2.4 us against 25 for 100 rows of a million,
// 54 against 36 for 3,000.
const dense = 1500

// set makes a set of rows in no order.
func (ix *Index) set(found []uint32) rows.Set {
	if len(found) < dense {
		slices.Sort(found)
		var b rows.Builder
		for i, r := range found {
			if int(r) < ix.rows && (i == 0 || r != found[i-1]) {
				b.Add(rows.Num(r))
			}
		}
		return b.Set()
	}
	words := make([]uint64, (ix.rows+63)/64)
	for _, r := range found {
		if int(r) < ix.rows {
			words[r>>6] |= 1 << (r & 63)
		}
	}
	return rows.FromDense(words)
}
