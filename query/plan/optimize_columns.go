package plan

import (
	"slices"

	"github.com/quindex/quindex/record"
)

// pruneAll drops the columns that nobody reads below n; n's own output stays.
func pruneAll(n Node) Node {
	width := len(n.Output())
	out, to := prune(n, slices.Repeat([]bool{true}, width))
	return exactly(out, to)
}

// exactly projects n to the columns to, in that order, unless it gives just those.
func exactly(n Node, to []int) Node {
	have := n.Output()
	same := len(have) == len(to)
	for i, at := range to {
		same = same && i == at
	}
	if same {
		return n
	}
	p := &Project{Input: n}
	for _, at := range to {
		p.Exprs, p.Names = append(p.Exprs, Col{at, have[at].Name, have[at].Type}), append(p.Names, have[at].Name)
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
		exprs := keyExprs(n.Keys)
		o.Input, to = prune(n.Input, with(need, exprs...))
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
	for _, e := range es {
		Walk(e, func(e Expr) bool {
			if c, ok := e.(Col); ok {
				out[c.Index] = true
			}
			return true
		})
	}
	return out
}

// remap is e with its columns at their new places.
func remap(e Expr, to []int) Expr {
	return Rewrite(e, func(e Expr) Expr {
		if c, ok := e.(Col); ok {
			c.Index = to[c.Index]
			return c
		}
		return e
	})
}

func remapAll(es []Expr, to []int) []Expr {
	out := make([]Expr, len(es))
	for i, e := range es {
		out[i] = remap(e, to)
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

func keyExprs(keys []SortKey) []Expr {
	out := make([]Expr, len(keys))
	for i, k := range keys {
		out[i] = k.Expr
	}
	return out
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
	to, k := kept(with(need, n.Filter...))
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
	to, _ := kept(need)
	p := &Project{}
	if !slices.Contains(need, true) { // only the number of rows counts
		in, _ := prune(n.Input, make([]bool, len(n.Input.Output())))
		return in, to
	}
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
	in, inTo := prune(p.Input, with(make([]bool, len(p.Input.Output())), p.Exprs...))
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
	if len(p.Exprs) != len(p.Input.Output()) {
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
	to, _ := kept(keep)
	out := &Aggregate{Mode: n.Mode, Groups: n.Groups}
	for i, at := range to {
		if at < 0 {
			continue
		}
		out.Names, out.Out = append(out.Names, n.Names[i]), append(out.Out, n.Out[i])
		if i >= g {
			out.Aggs = append(out.Aggs, n.Aggs[i-g])
		}
	}
	uses := slices.Clone(n.Groups)
	for _, a := range out.Aggs {
		uses = append(append(append(uses, a.Args...), keyExprs(a.Order)...), a.Filter)
	}
	in, inTo := prune(n.Input, with(make([]bool, len(n.Input.Output())), uses...))
	out.Input, out.Groups = in, remapAll(n.Groups, inTo)
	for i := range out.Aggs {
		a := &out.Aggs[i]
		a.Args, a.Order, a.Filter = remapAll(a.Args, inTo), remapKeys(a.Order, inTo), remap(a.Filter, inTo)
	}
	return out, to
}

func pruneJoin(n *Join, need []bool) (Node, []int) {
	k, all := len(n.Left.Output()), len(n.Left.Output())+len(n.Right.Output())
	both := make([]bool, all)
	copy(both, need) // a semi join's need is of the left alone
	both = with(both, n.On)
	left, right := with(both[:k], n.LeftKeys...), with(both[k:], n.RightKeys...)
	out := *n
	var lt, rt []int
	out.Left, lt = prune(n.Left, left)
	out.Right, rt = prune(n.Right, right)
	out.LeftKeys, out.RightKeys = remapAll(n.LeftKeys, lt), remapAll(n.RightKeys, rt)
	width := len(out.Left.Output())
	to := slices.Clone(lt)
	for _, at := range rt {
		if at >= 0 {
			at += width
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
