package plan

import "github.com/quindex/quindex/predicate"

// Optimize rewrites a bound plan so that it does less and means the same:
// conditions go down to where their columns come from and, at a scan, become
// conditions for its engines; joins get keys and an order; columns that
// nobody reads are dropped.
func Optimize(p *Plan, o Options) *Plan {
	opt := optimizer{o: o}
	out := *p
	out.Root = opt.whole(p.Root)
	out.Subqueries = make([]Node, len(p.Subqueries))
	for i, n := range p.Subqueries {
		out.Subqueries[i] = opt.whole(n)
	}
	return &out
}

type optimizer struct{ o Options }

func (opt *optimizer) whole(n Node) Node {
	n = push(n, nil)
	n = opt.walks(n, false)
	n = opt.joins(n)
	n = opt.semis(n)
	n = pruneAll(n)
	return topmost(n)
}

// push moves conds, which are over n's output, and all conditions below as
// far down as they may go.
func push(n Node, conds []Expr) Node {
	switch n := n.(type) {
	case *Filter:
		return push(n.Input, append(conjuncts(n.Cond), conds...))
	case *Project:
		out := *n
		for i, c := range conds {
			conds[i] = substitute(c, n.Exprs)
		}
		out.Input = push(n.Input, conds)
		return &out
	case *Aggregate:
		return pushAggregate(n, conds)
	case *Sort:
		out := *n
		if n.Limit < 0 {
			out.Input, conds = push(n.Input, conds), nil
		} else {
			out.Input = push(n.Input, nil)
		}
		return filtered(&out, conds)
	case *Limit:
		out := *n
		out.Input = push(n.Input, nil)
		return filtered(&out, conds)
	case *Union:
		out := &Union{All: make([]Node, len(n.All))}
		for i, in := range n.All {
			out.All[i] = push(in, append([]Expr(nil), conds...))
		}
		return out
	case *Join:
		return pushJoin(n, conds)
	case *Scan:
		return pushScan(n, conds)
	case *GraphWalk:
		return pushWalk(n, conds)
	}
	return filtered(n, conds)
}

// filtered puts the conditions that could not go deeper on n.
func filtered(n Node, conds []Expr) Node {
	if cond := conjunction(conds); cond != nil {
		return &Filter{Input: n, Cond: cond}
	}
	return n
}

// substitute is e with column i replaced by exprs[i].
func substitute(e Expr, exprs []Expr) Expr {
	return Rewrite(e, func(e Expr) Expr {
		if c, ok := e.(Col); ok {
			return exprs[c.Index]
		}
		return e
	})
}

// pushAggregate: a condition on groups alone chooses groups, and so rows.
func pushAggregate(n *Aggregate, conds []Expr) Node {
	var below, above []Expr
	for _, c := range conds {
		if len(n.Groups) > 0 && maxCol(c) < len(n.Groups) && maxCol(c) >= 0 {
			below = append(below, substitute(c, n.Groups))
		} else {
			above = append(above, c)
		}
	}
	out := *n
	out.Input = push(n.Input, below)
	return filtered(&out, above)
}

// maxCol is the greatest column that e uses, -1 for none.
func maxCol(e Expr) int {
	at := -1
	Walk(e, func(e Expr) bool {
		if c, ok := e.(Col); ok {
			at = max(at, c.Index)
		}
		return true
	})
	return at
}

// minCol is the least column that e uses, and huge for none.
func minCol(e Expr) int {
	at := 1 << 30
	Walk(e, func(e Expr) bool {
		if c, ok := e.(Col); ok {
			at = min(at, c.Index)
		}
		return true
	})
	return at
}

// shift is e with by added to every column.
func shift(e Expr, by int) Expr {
	if by == 0 {
		return e
	}
	return Rewrite(e, func(e Expr) Expr {
		if c, ok := e.(Col); ok {
			c.Index += by
			return c
		}
		return e
	})
}

// pushJoin gives each side of a join the conditions that are about it alone.
func pushJoin(n *Join, conds []Expr) Node {
	k := width(n.Left)
	var left, right, on, above []Expr
	inner := n.Kind == Inner || n.Kind == Cross
	for _, c := range conds {
		switch {
		case maxCol(c) < k:
			left = append(left, c)
		case inner && minCol(c) >= k:
			right = append(right, shift(c, -k))
		case inner:
			on = append(on, c)
		default:
			above = append(above, c)
		}
	}
	for _, c := range conjuncts(n.On) {
		switch {
		case minCol(c) >= k && maxCol(c) >= 0:
			right = append(right, shift(c, -k))
		case maxCol(c) < k && (inner || n.Kind == Semi):
			left = append(left, c)
		default:
			on = append(on, c)
		}
	}
	out := *n
	if n.Kind == Cross && len(on) > 0 {
		out.Kind = Inner
	}
	out.Left, out.Right = push(n.Left, left), push(n.Right, right)
	extractKeys(&out, on, k)
	return filtered(&out, above)
}

// appendConjuncts is predicate.Conjuncts with no list for a single condition.
func appendConjuncts(of []predicate.P, p predicate.P) []predicate.P {
	switch p.(type) {
	case predicate.And, predicate.Const:
		return append(of, predicate.Conjuncts(p)...)
	}
	return append(of, p)
}

// pushScan gives the scan's engines what they can answer.
func pushScan(n *Scan, conds []Expr) Node {
	if len(conds) == 0 {
		return n
	}
	out := *n
	fs := fieldsOf(n)
	of := predicate.Conjuncts(n.Where)
	for _, c := range conds {
		if p, ok := fs.condition(placeIndexed(n, c)); ok {
			of = appendConjuncts(of, predicate.Simplify(predicate.PushNot(p), nil))
		} else {
			out.Filter = append(out.Filter, c)
		}
	}
	if len(of) > 0 {
		out.Where = predicate.Simplify(predicate.Conjunction(ranges(of)), nil)
	}
	return &out
}
