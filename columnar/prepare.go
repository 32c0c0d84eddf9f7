package columnar

import (
	"context"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/rows"
)

// prepared is a condition compiled for the index.
type prepared struct {
	ix   *Index
	p    predicate.P
	node node
	est  engines.Estimate
}

// Prepare compiles p as far as an estimate needs. Most conditions are then
// ready for Match too; see leaf.cheap.
func (ix *Index) Prepare(p predicate.P) (engines.Prepared, bool) {
	n, err := ix.compile(p, true)
	if err != nil || n == nil {
		return nil, false
	}
	return ix.prepare(p, n), true
}

func (ix *Index) prepare(p predicate.P, n node) *prepared {
	g := n.guess()
	return &prepared{ix, p, n, engines.Estimate{Method: g.method, Rows: max(0, min(g.rows, float64(ix.n))), Nanos: g.nanos}}
}

// PrepareAll puts the compiled conditions side by side.
func (ix *Index) PrepareAll(of []engines.Prepared) engines.Prepared {
	all := make([]predicate.P, len(of))
	parts := make([]node, len(of))
	for i := range of {
		one := of[i].(*prepared)
		all[i], parts[i] = one.p, one.node
	}
	if len(of) == 1 {
		return of[0]
	}
	return ix.prepare(predicate.And{Of: all}, &allNode{cheapestFirst(parts)})
}

// Estimate says how Match would find the rows, and about how many.
func (c *prepared) Estimate() engines.Estimate { return c.est }

// Match is Index.Match of the condition.
func (c *prepared) Match(ctx context.Context, within rows.Set) (rows.Set, error) {
	n := c.node
	if guessing(n) {
		var err error
		if n, err = c.ix.compile(c.p, false); err != nil {
			return rows.Set{}, fault.E("columnar: match", err)
		}
	}
	return c.ix.match(ctx, n, within)
}

// guessing reports that n was compiled for an estimate only.
func guessing(n node) bool {
	var parts []node
	switch n := n.(type) {
	case *leaf:
		return n.cheap
	case *allNode:
		parts = n.parts
	case *anyNode:
		parts = n.parts
	}
	for _, p := range parts {
		if guessing(p) {
			return true
		}
	}
	return false
}
