package exec

import (
	"slices"

	"github.com/quindex/quindex/query/plan"
)

// Where one site holds all of a gather's shards, nothing has to be done twice:
// the operators above the gather move into its fragment, and the two halves of
// an aggregate become one. On one node a whole statement is one fragment.

// collapse returns n with the gathers of one site lifted as high as they go.
func (c *coordinator) collapse(n plan.Node) (plan.Node, error) {
	m, g, err := c.lift(n)
	if err != nil || g == nil {
		return m, err
	}
	return c.gatherOf(m, g), nil
}

// gatherOf puts a fragment under a gather like g.
func (c *coordinator) gatherOf(fragment plan.Node, g *plan.Gather) *plan.Gather {
	out := &plan.Gather{Fragment: fragment, Table: g.Table, Shards: g.Shards}
	for _, p := range c.sites {
		if p.gather == g {
			c.sites = append(c.sites, placed{out, p.sites})
			break
		}
	}
	return out
}

// lift returns n as part of a fragment, and the gather it belongs to; or n
// with its inputs collapsed, and nil.
func (c *coordinator) lift(n plan.Node) (plan.Node, *plan.Gather, error) {
	switch n := n.(type) {
	case *plan.Gather:
		sites, err := c.sitesOf(n)
		if err != nil || len(sites) != 1 {
			return n, nil, err
		}
		return n.Fragment, n, nil
	case *plan.Join:
		return c.liftJoin(n)
	case *plan.Union:
		m := &plan.Union{}
		for _, in := range n.All {
			low, err := c.collapse(in)
			if err != nil {
				return nil, nil, err
			}
			m.All = append(m.All, low)
		}
		return m, nil, nil
	}
	in := plan.Input(n)
	if in == nil {
		return n, nil, nil
	}
	in, g, err := c.lift(in)
	if err != nil {
		return nil, nil, err
	}
	if g != nil {
		if a, ok := n.(*plan.Aggregate); ok && a.Mode == plan.Final {
			if whole := complete(a, in); whole != nil {
				return whole, g, nil
			}
			return withInput(a, c.gatherOf(in, g)), nil, nil
		}
	}
	return withInput(n, in), g, nil
}

// complete makes one aggregate of two halves, or returns nil.
func complete(final *plan.Aggregate, in plan.Node) plan.Node {
	half, ok := in.(*plan.Aggregate)
	if !ok || half.Mode != plan.Partial || len(half.Aggs) != len(final.Aggs) || len(half.Groups) != len(final.Groups) {
		return nil
	}
	for i, g := range final.Groups {
		if c, ok := g.(plan.Col); !ok || c.Index != i {
			return nil
		}
	}
	whole := *half
	whole.Mode, whole.Out, whole.Names = plan.Complete, final.Out, final.Names
	whole.Aggs = slices.Clone(half.Aggs)
	for i := range whole.Aggs {
		whole.Aggs[i].T = final.Aggs[i].T
	}
	return &whole
}

// liftJoin takes the right side along as a broadcast.
func (c *coordinator) liftJoin(n *plan.Join) (plan.Node, *plan.Gather, error) {
	left, g, err := c.lift(n.Left)
	if err != nil {
		return nil, nil, err
	}
	m := *n
	m.Left = left
	if b, ok := n.Right.(*plan.Broadcast); ok {
		m.Right = b
		return &m, g, nil
	}
	right, err := c.collapse(n.Right)
	if err != nil {
		return nil, nil, err
	}
	if m.Right = right; g != nil {
		c.lastID++
		m.Right = &plan.Broadcast{ID: c.lastID, Input: right, Out: right.Output()}
	}
	return &m, g, nil
}

// withInput is n, which has one input, over another.
func withInput(n, in plan.Node) plan.Node {
	switch n := n.(type) {
	case *plan.Filter:
		m := *n
		m.Input = in
		return &m
	case *plan.Project:
		m := *n
		m.Input = in
		return &m
	case *plan.Aggregate:
		m := *n
		m.Input = in
		return &m
	case *plan.Sort:
		m := *n
		m.Input = in
		return &m
	case *plan.Limit:
		m := *n
		m.Input = in
		return &m
	}
	return n
}
