package timeseries

import (
	"context"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/rows"
)

// prepared is a condition compiled for the directory; see engines.Prepared.
type prepared struct {
	d    *directory
	node node
	est  engines.Estimate
}

// Prepare compiles p, once for the estimate and for Match.
func (ix *Index) Prepare(p predicate.P) (engines.Prepared, bool) {
	if !ix.answers(p) {
		return nil, false
	}
	c, err := ix.compile(p)
	if err != nil {
		return nil, false
	}
	c.est = c.guess()
	return c, true
}

// answers reports whether compile takes p.
func (ix *Index) answers(p predicate.P) bool { return ix.foot.ordered && answers(ix.def.Fields, p) }

func (ix *Index) compile(p predicate.P) (*prepared, error) {
	d, err := ix.directory()
	if err != nil {
		return nil, err
	}
	n, err := d.compile(p, predicate.True)
	if err != nil {
		return nil, fault.E("timeseries: match", err)
	}
	return &prepared{d: d, node: n}, nil
}

// PrepareAll puts the compiled conditions side by side.
func (ix *Index) PrepareAll(of []engines.Prepared) engines.Prepared {
	if len(of) == 1 {
		return of[0]
	}
	parts := make(allNode, len(of))
	for i, c := range of {
		parts[i] = c.(*prepared).node
	}
	all := &prepared{d: of[0].(*prepared).d, node: parts}
	all.est = all.guess()
	return all
}

// Estimate says about how many rows Match would find.
func (c *prepared) Estimate() engines.Estimate { return c.est }

// Match is Index.Match of the condition.
func (c *prepared) Match(ctx context.Context, within rows.Set) (rows.Set, error) {
	if within.IsEmpty() {
		return within, nil
	}
	m := matcher{ctx: ctx, seeker: seeker{directory: c.d}}
	found, err := m.match(c.node, c.d.seriesIn(within))
	if err != nil {
		return rows.Set{}, err
	}
	return setOf(found).And(within), nil
}
