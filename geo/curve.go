package geo

import (
	"math"
	"sort"
	"sync"

	"github.com/golang/geo/r3"
	"github.com/golang/geo/s2"

	"github.com/quindex/quindex/predicate"
)

// Near reports on which stretches of the curve of leaf cells a condition may be
// met: those of cells whose boxes are near it. See engines.CurvePruner.
func (e Engine) Near(c predicate.Call, from []uint64) ([]bool, bool) {
	cond, err := e.shapes.compile(c.Function, c.Args)
	if err != nil || len(from) == 0 {
		return nil, false // whoever evaluates it says so
	}
	out := stretches{from: from, near: make([]bool, len(from)), boxes: e.boxes}
	switch {
	case cond == nil: // Unknown for every place
	case cond.any:
		out.mark(0, len(from)-1)
	case cond.last != 0:
		out.mark(out.of(cond.first), out.of(cond.last))
	default:
		for face := range 6 {
			out.down(s2.CellIDFromFace(face), cond.region, surer)
		}
	}
	return out.near, true
}

// stretches is one question about the curve.
type stretches struct {
	from  []uint64
	near  []bool
	boxes *cellBoxes
}

// of is the stretch that a leaf lies in.
func (s *stretches) of(leaf uint64) int {
	return max(0, sort.Search(len(s.from), func(i int) bool { return s.from[i] > leaf })-1)
}

func (s *stretches) mark(lo, hi int) {
	for i := lo; i <= hi; i++ {
		s.near[i] = true
	}
}

// surer is how many levels of cells are gone down within one stretch: the box of
// a large cell is near what the cell is far from.
const surer = 4

// down marks the stretches of the parts of a cell that r is near.
func (s *stretches) down(cell s2.CellID, r region, more int) {
	lo, hi := s.of(uint64(cell.RangeMin())), s.of(uint64(cell.RangeMax()))
	known := true
	for _, near := range s.near[lo : hi+1] {
		known = known && near
	}
	if known {
		return
	}
	v, sub := r.box(s.boxes.of(cell))
	if lo == hi {
		more--
	}
	switch {
	case v == none:
	case v == all || more < 0 || cell.IsLeaf():
		s.mark(lo, hi)
	default:
		for _, child := range cell.Children() {
			s.down(child, sub, more)
		}
	}
}

// cellBoxes keeps the boxes of cells: tables are cut at few places, and each
// statement goes the same way down to them. nil keeps none.
type cellBoxes struct {
	mu   sync.RWMutex
	kept map[s2.CellID]*box
}

// mostBoxes is the number of boxes kept: 32 bytes each, and some 30 a cut.
const mostBoxes = 1 << 14

func (c *cellBoxes) of(cell s2.CellID) *box {
	if c == nil {
		return boxOf(cell)
	}
	c.mu.RLock()
	b := c.kept[cell]
	c.mu.RUnlock()
	if b != nil {
		return b
	}
	b = boxOf(cell)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.kept == nil || len(c.kept) >= mostBoxes {
		c.kept = map[s2.CellID]*box{}
	}
	c.kept[cell] = b
	return b
}

// boxOf is a box that holds a cell. The rays from the earth's middle to the
// cell meet the hull of its four corners; where they do, they are shorter than
// to the sphere by no more than a corner's depth below the cell's centre.
func boxOf(id s2.CellID) *box {
	cell := s2.CellFromCellID(id)
	center := cell.Center()
	b := noBox
	deep := 0.0
	for k := range 4 {
		v := cell.Vertex(k)
		deep = max(deep, 1-center.Dot(v.Vector))
		b.cover(&v.Vector)
	}
	deep += slack
	lo := r3.Vector{X: float64(b.lo[0]) - deep, Y: float64(b.lo[1]) - deep, Z: float64(b.lo[2]) - deep}
	hi := r3.Vector{X: float64(b.hi[0]) + deep, Y: float64(b.hi[1]) + deep, Z: float64(b.hi[2]) + deep}
	b.cover(&lo)
	b.cover(&hi)
	for d := range 3 { // the sphere ends there
		b.lo[d], b.hi[d] = max(b.lo[d], math.Nextafter32(-1, -9)), min(b.hi[d], math.Nextafter32(1, 9))
	}
	return &b
}
