package geo

import (
	"context"
	"math"
	"sort"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/predicate"
)

// guess is what a condition is expected to find and to take.
type guess struct {
	rows, nanos float64
	along       float64 // of nanos, those of the way down and along the boundary
	method      string
	sure        bool // rows is exact
}

// Estimate says about how many rows p finds, from the coarse boxes of the
// footer: it reads nothing else.
func (ix *Index) Estimate(p predicate.P) (engines.Estimate, bool) {
	if !ix.answers(p) {
		return engines.Estimate{}, false
	}
	g := ix.estimate(p)
	return engines.Estimate{Method: g.method, Rows: max(0, min(g.rows, float64(ix.rows))), Nanos: g.nanos}, true
}

func (ix *Index) estimate(p predicate.P) guess {
	switch p := p.(type) {
	case predicate.Const:
		if p.Truth == predicate.True {
			return guess{rows: float64(ix.rows), method: "none"}
		}
		return guess{method: "none"}
	case predicate.IsNull:
		n := float64(ix.rows - ix.places)
		if p.Negate {
			n = float64(ix.places)
		}
		return guess{rows: n, nanos: 200, method: "nulls"}
	case predicate.Not:
		g := ix.estimate(p.Of)
		g.rows = max(0, float64(ix.places)-g.rows)
		g.nanos += float64(ix.rows) / 50
		return g
	case predicate.And:
		return ix.estimateParts(p.Of, math.Min, float64(ix.rows))
	case predicate.Or:
		return ix.estimateParts(p.Of, func(a, b float64) float64 { return a + b }, 0)
	}
	call, _ := ix.call(p)
	c, err := ix.shapes.compile(call.Function, call.Args)
	if err != nil || c == nil { // Match says so
		return guess{method: "tree"}
	}
	return ix.guess(c)
}

func (ix *Index) estimateParts(of []predicate.P, fold func(a, b float64) float64, start float64) guess {
	g := guess{rows: start, method: "tree"}
	for _, p := range of {
		part := ix.estimate(p)
		g.rows = fold(g.rows, part.rows)
		g.nanos += part.nanos
		g.method = part.method
	}
	return g
}

// guess asks the crown. A box that is partly inside counts with the share of
// its area.
func (ix *Index) guess(c *condition) guess {
	g := guess{method: c.name, sure: true}
	switch {
	case c.any:
		g.rows = float64(ix.places)
	case c.last != 0:
		if g.sure = !ix.crown.meets(c.region); !g.sure {
			g.rows = ix.guessLeaves(c)
		}
	default:
		ix.crown.visit(c.region, func(b *coarse, v verdict, sub region) {
			if v == all {
				g.rows += float64(b.places)
				return
			}
			part := sub.share(&b.box) * float64(b.places)
			g.rows += part
			g.sure = false
			g.nanos += 20*nanosNode + 6*math.Sqrt(part*blockPlaces) // boxes on the way, and places along the boundary
		})
	}
	g.along = g.nanos
	// Rows found are copied and sorted, or set bit by bit.
	if g.rows < dense {
		g.nanos += 300 + 18*g.rows
	} else {
		g.nanos += 2000 + 3*g.rows + float64(ix.rows)/50
	}
	return g
}

// guessLeaves counts the blocks of a cell; the first leaves are in memory once
// anything was asked, and before that nothing is known.
func (ix *Index) guessLeaves(c *condition) float64 {
	if ix.ready() != nil {
		return 0
	}
	lo := sort.Search(ix.blocks, func(k int) bool { return ix.leaves[k] >= c.first })
	hi := sort.Search(ix.blocks, func(k int) bool { return ix.leaves[k] > c.last })
	n := float64(ix.starts[hi]) - float64(ix.starts[lo])
	return max(n, 1)
}

// countNanos is the time up to which Count looks at places.
const countNanos = 100_000

// Count returns how many rows p finds. Whole boxes are counted, and where the
// condition's boundary is short, places along it are looked at. For a condition
// that comes near no place of the segment the answer is 0, and nothing is read.
func (ix *Index) Count(p predicate.P) (int, bool) {
	call, ok := ix.call(p)
	if !ok {
		return 0, false
	}
	c, err := ix.shapes.compile(call.Function, call.Args)
	if err != nil {
		return 0, false
	}
	if c == nil {
		return 0, true
	}
	g := ix.guess(c)
	if g.sure {
		return int(g.rows), true
	}
	if g.along > countNanos || ix.ready() != nil {
		return 0, false
	}
	s := &search{ix: ix, ctx: context.Background(), c: c, counting: true}
	if err := s.run(); err != nil { // Match meets it too, and says so
		return 0, false
	}
	return s.count, true
}
