package plan

import (
	"slices"

	"github.com/quindex/quindex/engines"
)

// Distribute cuts a plan into what runs beside the data and what runs at the
// coordinator: every Scan, and whatever above it can be done on each node's
// part of the rows alone, becomes the fragment of a Gather.
func Distribute(p *Plan, o Options) *Plan {
	d := &distributor{registry: o.Registry}
	out := *p
	out.Subqueries = make([]Node, len(p.Subqueries))
	for i, n := range p.Subqueries {
		out.Subqueries[i] = d.node(n)
	}
	out.Root = d.node(p.Root)
	return &out
}

type distributor struct {
	registry   *engines.Registry
	broadcasts int
}

func (d *distributor) node(n Node) Node {
	switch n := n.(type) {
	case *Scan:
		return &Gather{Fragment: n, Table: n.Table, Shards: shardsOf(n.Table, n.Where, d.registry)}
	case *Filter:
		return above(d.node(n.Input), func(in Node) Node { return &Filter{Input: in, Cond: n.Cond} })
	case *Project:
		return above(d.node(n.Input), func(in Node) Node { return &Project{Input: in, Exprs: n.Exprs, Names: n.Names} })
	case *Aggregate:
		return d.aggregate(n)
	case *Sort:
		return d.sort(n)
	case *Limit:
		return d.limit(n)
	case *Join:
		return d.join(n)
	case *GraphWalk:
		return d.walk(n)
	case *GraphAlgorithm:
		return n.gathered()
	}
	return WithInputs(n, d.node)
}

// above puts an operator on rows in the fragment of in, if that is a Gather
// in no order, else on in.
func above(in Node, op func(Node) Node) Node {
	g, ok := in.(*Gather)
	if !ok || len(g.Merge) > 0 {
		return op(in)
	}
	out := *g
	out.Fragment = op(g.Fragment)
	return &out
}

// aggregate runs in two halves where every function has them.
func (d *distributor) aggregate(n *Aggregate) Node {
	in := d.node(n.Input)
	g, ok := in.(*Gather)
	if !ok || len(g.Merge) > 0 || !hasHalves(n.Aggs) {
		out := *n
		out.Input = in
		return &out
	}
	wide := len(n.Groups) + 2*len(n.Aggs) // about
	part := &Aggregate{Input: g.Fragment, Mode: Partial, Groups: n.Groups, Aggs: n.Aggs, Names: make([]string, 0, wide), Out: make([]Column, 0, wide)}
	final := &Aggregate{Mode: Final, Names: n.Names, Out: n.Out, Groups: make([]Expr, 0, len(n.Groups)), Aggs: make([]Agg, 0, len(n.Aggs))}
	for i, e := range n.Groups {
		c := n.Out[i]
		part.Names, part.Out = append(part.Names, c.Name), append(part.Out, c)
		final.Groups = append(final.Groups, Col{i, c.Name, e.Type()})
	}
	for i, a := range n.Aggs {
		states, _ := a.StateTypes()
		f := Agg{Func: a.Func, Distinct: a.Distinct, T: a.T, Args: make([]Expr, 0, len(states))}
		for _, t := range states {
			c := Column{n.Names[len(n.Groups)+i], t}
			f.Args = append(f.Args, Col{len(part.Out), c.Name, t})
			part.Names, part.Out = append(part.Names, c.Name), append(part.Out, c)
		}
		final.Aggs = append(final.Aggs, f)
	}
	out := *g
	out.Fragment = part
	final.Input = &out
	return final
}

func hasHalves(aggs []Agg) bool {
	return !slices.ContainsFunc(aggs, func(a Agg) bool { _, ok := a.StateTypes(); return !ok })
}

// sort runs in every fragment, which keeps no more rows than the whole may
// give; the coordinator merges.
func (d *distributor) sort(n *Sort) Node {
	in := d.node(n.Input)
	g, ok := in.(*Gather)
	if !ok || len(g.Merge) > 0 {
		out := *n
		out.Input = in
		return &out
	}
	part := &Sort{Input: g.Fragment, Keys: n.Keys, Limit: -1}
	if n.Limit >= 0 {
		part.Limit = n.Limit + n.Offset
	}
	out := *g
	out.Fragment, out.Merge = part, n.Keys
	if n.Limit < 0 {
		return &out
	}
	return &Limit{Input: &out, Count: n.Limit, Offset: n.Offset}
}

func (d *distributor) limit(n *Limit) Node {
	out := *n
	out.Input = d.node(n.Input)
	g, ok := out.Input.(*Gather)
	if !ok || n.Count < 0 || n.Count+n.Offset < n.Count {
		return &out
	}
	part := *g
	part.Fragment = &Limit{Input: g.Fragment, Count: n.Count + n.Offset}
	out.Input = &part
	return &out
}

// join brings the rows of the right side to the left side's data.
func (d *distributor) join(n *Join) Node {
	left, right := d.node(n.Left), d.node(n.Right)
	out := *n
	g, ok := left.(*Gather)
	if !ok || len(g.Merge) > 0 {
		out.Left, out.Right = left, right
		return &out
	}
	b := &Broadcast{ID: d.broadcasts, Input: right, Out: right.Output()}
	d.broadcasts++
	out.Left, out.Right = g.Fragment, b
	out.KeyScan = keyScan(&out)
	whole := *g
	whole.Fragment = &out
	return &whole
}
