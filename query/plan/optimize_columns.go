package plan

import (
	"slices"

	"github.com/quindex/quindex/record"
)

// pruneAll drops the columns that nobody reads below n; n's own output stays.
func pruneAll(n Node) Node {
	out, to := prune(n, slices.Repeat([]bool{true}, width(n)))
	return exactly(out, to)
}

// exactly projects n to the columns to, in that order, unless it gives just those.
func exactly(n Node, to []int) Node {
	same := width(n) == len(to)
	for i, at := range to {
		same = same && i == at
	}
	if same {
		return n
	}
	return columns(n, n.Output(), to)
}

// columns projects n, whose output is have, to the columns to.
func columns(n Node, have []Column, to []int) *Project {
	p := &Project{Input: n, Exprs: make([]Expr, len(to)), Names: make([]string, len(to))}
	for i, at := range to {
		p.Exprs[i], p.Names[i] = Col{at, have[at].Name, have[at].Type}, have[at].Name
	}
	return p
}

// prune returns a node that gives at least the columns of n that are needed,
// and tells where: to[i] is the new place of column i, -1 if it is gone.
func prune(n Node, need []bool) (out Node, to []int) {
	switch n := n.(type) {
	case *Scan:
		return pruneScan(n, need)
	case *Filter:
		in, to := prune(n.Input, with(need, n.Cond))
		return &Filter{Input: in, Cond: remap(n.Cond, to)}, to
	case *Project:
		return pruneProject(n, need)
	case *Aggregate:
		return pruneAggregate(n, need)
	case *Sort:
		o := *n
		below := slices.Clone(need)
		markKeys(below, n.Keys)
		o.Input, to = prune(n.Input, below)
		o.Keys = remapKeys(n.Keys, to)
		return &o, to
	case *Limit:
		o := *n
		o.Input, to = prune(n.Input, need)
		return &o, to
	case *Join:
		return pruneJoin(n, need)
	case *Union:
		return pruneUnion(n, need)
	case *GraphWalk:
		return pruneWalk(n, need)
	}
	to = make([]int, len(need))
	for i := range to {
		to[i] = i
	}
	return n, to
}

// with is need and the columns of es.
func with(need []bool, es ...Expr) []bool {
	out := slices.Clone(need)
	mark(out, es...)
	return out
}

// mark notes in need the columns of es.
func mark(need []bool, es ...Expr) {
	for _, e := range es {
		Walk(e, func(e Expr) bool {
			if c, ok := e.(Col); ok {
				need[c.Index] = true
			}
			return true
		})
	}
}

// remap is e with its columns at their new places.
func remap(e Expr, to []int) Expr {
	return Rewrite(e, func(e Expr) Expr {
		if c, ok := e.(Col); ok && to[c.Index] != c.Index {
			c.Index = to[c.Index]
			return c
		}
		return e
	})
}

// remapAll is es with their columns at their new places; es itself where they
// stay where they are.
func remapAll(es []Expr, to []int) []Expr {
	out := es
	for i, e := range es {
		x := remap(e, to)
		if &out[0] == &es[0] && !same(e, x) {
			out = slices.Clone(es)
		}
		out[i] = x
	}
	return out
}

func remapKeys(keys []SortKey, to []int) []SortKey {
	out := slices.Clone(keys)
	for i := range out {
		out[i].Expr = remap(out[i].Expr, to)
	}
	return out
}

func markKeys(need []bool, keys []SortKey) {
	for _, k := range keys {
		mark(need, k.Expr)
	}
}

// kept numbers the columns that are kept.
func kept(need []bool) (to []int, n int) {
	to = make([]int, len(need))
	for i, yes := range need {
		to[i] = -1
		if yes {
			to[i] = n
			n++
		}
	}
	return to, n
}

func pruneScan(n *Scan, need []bool) (Node, []int) {
	if len(n.Filter) > 0 {
		need = with(need, n.Filter...)
	}
	to, k := kept(need)
	out := *n
	out.Columns, out.Out = make([]record.ColumnID, 0, k), make([]Column, 0, k)
	for i, at := range to {
		if at >= 0 {
			out.Columns, out.Out = append(out.Columns, n.Columns[i]), append(out.Out, n.Out[i])
		}
	}
	out.Filter = remapAll(n.Filter, to)
	return &out, to
}

// pruneProject also takes a Project below into itself, and vanishes where it
// would change nothing.
func pruneProject(n *Project, need []bool) (Node, []int) {
	to, k := kept(need)
	if !slices.Contains(need, true) { // only the number of rows counts
		in, _ := prune(n.Input, make([]bool, width(n.Input)))
		return in, to
	}
	p := &Project{Exprs: make([]Expr, 0, k), Names: make([]string, 0, k)}
	for i, at := range to {
		if at >= 0 {
			p.Exprs, p.Names = append(p.Exprs, n.Exprs[i]), append(p.Names, n.Names[i])
		}
	}
	p.Input = n.Input
	for {
		below, ok := p.Input.(*Project)
		if !ok || !cheap(below.Exprs, p.Exprs) {
			break
		}
		for i, e := range p.Exprs {
			p.Exprs[i] = substitute(e, below.Exprs)
		}
		p.Input = below.Input
	}
	below := make([]bool, width(p.Input))
	mark(below, p.Exprs...)
	in, inTo := prune(p.Input, below)
	p.Input, p.Exprs = in, remapAll(p.Exprs, inTo)
	if isIdentity(p) {
		return in, to
	}
	return p, to
}

// cheap reports whether no work is repeated when uses take the place of exprs.
func cheap(exprs, uses []Expr) bool {
	count := make([]int, len(exprs))
	for _, u := range uses {
		Walk(u, func(e Expr) bool {
			if c, ok := e.(Col); ok {
				count[c.Index]++
			}
			return true
		})
	}
	for i, e := range exprs {
		switch e.(type) {
		case Col, Const, Param, SubqueryValue:
		default:
			if count[i] > 1 {
				return false
			}
		}
	}
	return true
}

func isIdentity(p *Project) bool {
	if len(p.Exprs) != width(p.Input) {
		return false
	}
	for i, e := range p.Exprs {
		if c, ok := e.(Col); !ok || c.Index != i {
			return false
		}
	}
	return true
}

// pruneAggregate keeps every group, because groups decide what rows there are.
func pruneAggregate(n *Aggregate, need []bool) (Node, []int) {
	g := len(n.Groups)
	keep := slices.Clone(need)
	for i := range g {
		keep[i] = true
	}
	to, k := kept(keep)
	out := &Aggregate{Mode: n.Mode, Groups: n.Groups, Names: n.Names, Out: n.Out, Aggs: make([]Agg, 0, k-g)}
	if k < len(to) {
		out.Names, out.Out = make([]string, 0, k), make([]Column, 0, k)
	}
	for i, at := range to {
		if at < 0 {
			continue
		}
		if k < len(to) {
			out.Names, out.Out = append(out.Names, n.Names[i]), append(out.Out, n.Out[i])
		}
		if i >= g {
			out.Aggs = append(out.Aggs, n.Aggs[i-g])
		}
	}
	below := make([]bool, width(n.Input))
	mark(below, n.Groups...)
	for i := range out.Aggs {
		a := &out.Aggs[i]
		mark(below, a.Args...)
		markKeys(below, a.Order)
		mark(below, a.Filter)
	}
	in, inTo := prune(n.Input, below)
	out.Input, out.Groups = in, remapAll(n.Groups, inTo)
	for i := range out.Aggs {
		a := &out.Aggs[i]
		a.Args, a.Order, a.Filter = remapAll(a.Args, inTo), remapKeys(a.Order, inTo), remap(a.Filter, inTo)
	}
	return out, to
}

func pruneJoin(n *Join, need []bool) (Node, []int) {
	k := width(n.Left)
	both := make([]bool, k+width(n.Right))
	copy(both, need) // a semi join's need is of the left alone
	mark(both, n.On)
	left, right := both[:k], both[k:]
	mark(left, n.LeftKeys...)
	mark(right, n.RightKeys...)
	out := *n
	var lt, rt []int
	out.Left, lt = prune(n.Left, left)
	out.Right, rt = prune(n.Right, right)
	out.LeftKeys, out.RightKeys = remapAll(n.LeftKeys, lt), remapAll(n.RightKeys, rt)
	shift := width(out.Left)
	to := append(make([]int, 0, len(lt)+len(rt)), lt...)
	for _, at := range rt {
		if at >= 0 {
			at += shift
		}
		to = append(to, at)
	}
	out.On = remap(n.On, to)
	return &out, to[:len(need)]
}

func pruneUnion(n *Union, need []bool) (Node, []int) {
	out := &Union{All: make([]Node, len(n.All))}
	to, _ := kept(need)
	for i, in := range n.All {
		p, inTo := prune(in, need)
		var want []int
		for c, yes := range need {
			if yes {
				want = append(want, inTo[c])
			}
		}
		out.All[i] = exactly(p, want)
	}
	return out, to
}
