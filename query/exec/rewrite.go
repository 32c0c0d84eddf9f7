package exec

import (
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/record"
)

// mapNode returns n with f applied to every expression below it, and fragments
// and broadcast inputs with them. It copies; nodes are immutable.
func mapNode(n plan.Node, f func(plan.Expr) plan.Expr) plan.Node {
	expr := func(e plan.Expr) plan.Expr { return plan.Rewrite(e, f) }
	list := func(in []plan.Expr) []plan.Expr {
		out := make([]plan.Expr, len(in))
		for i, e := range in {
			out[i] = expr(e)
		}
		return out
	}
	keys := func(in []plan.SortKey) []plan.SortKey {
		out := make([]plan.SortKey, len(in))
		for i, k := range in {
			k.Expr = expr(k.Expr)
			out[i] = k
		}
		return out
	}
	switch n := n.(type) {
	case *plan.Scan:
		m := *n
		m.Filter = list(n.Filter)
		for i, e := range m.Filter {
			if !plan.Equal(e, n.Filter[i]) { // it may be a condition on constants now
				return m.Refit()
			}
		}
		return &m
	case *plan.Filter:
		return &plan.Filter{Input: mapNode(n.Input, f), Cond: expr(n.Cond)}
	case *plan.Project:
		m := *n
		m.Input, m.Exprs = mapNode(n.Input, f), list(n.Exprs)
		return &m
	case *plan.Aggregate:
		m := *n
		m.Input, m.Groups, m.Aggs = mapNode(n.Input, f), list(n.Groups), make([]plan.Agg, len(n.Aggs))
		for i, a := range n.Aggs {
			a.Args, a.Order = list(a.Args), keys(a.Order)
			if a.Filter != nil {
				a.Filter = expr(a.Filter)
			}
			m.Aggs[i] = a
		}
		return &m
	case *plan.Sort:
		m := *n
		m.Input, m.Keys = mapNode(n.Input, f), keys(n.Keys)
		return &m
	case *plan.Limit:
		m := *n
		m.Input = mapNode(n.Input, f)
		return &m
	case *plan.Join:
		m := *n
		m.Left, m.Right = mapNode(n.Left, f), mapNode(n.Right, f)
		m.LeftKeys, m.RightKeys = list(n.LeftKeys), list(n.RightKeys)
		if n.On != nil {
			m.On = expr(n.On)
		}
		return &m
	case *plan.GraphWalk:
		return n.WithInputs(func(in plan.Node) plan.Node { return mapNode(in, f) })
	case *plan.GraphAlgorithm:
		return n.WithInputs(func(in plan.Node) plan.Node { return mapNode(in, f) })
	case *plan.Union:
		m := &plan.Union{}
		for _, in := range n.All {
			m.All = append(m.All, mapNode(in, f))
		}
		return m
	case *plan.Values:
		m := *n
		m.Rows = make([][]plan.Expr, len(n.Rows))
		for i, row := range n.Rows {
			m.Rows[i] = list(row)
		}
		return &m
	case *plan.Gather:
		m := *n
		m.Fragment, m.Merge = mapNode(n.Fragment, f), keys(n.Merge)
		return &m
	case *plan.Broadcast:
		m := *n
		if n.Input != nil {
			m.Input = mapNode(n.Input, f)
		}
		return &m
	}
	return n
}

// bind puts values in the place of parameters and of subqueries that have run.
func bind(n plan.Node, params []record.Value, sub map[int]record.Value) (plan.Node, error) {
	var missing error
	n = mapNode(n, func(e plan.Expr) plan.Expr {
		switch x := e.(type) {
		case plan.Param:
			if x.N < 1 || x.N > len(params) {
				missing = fault.E("exec: bind", fault.Invalid, fault.Code("08P01"),
					fault.Errorf("exec: parameter", fault.Invalid, "there is no $%d; parameters given: %d", x.N, len(params)))
				return e
			}
			v := params[x.N-1]
			v.Type = x.T
			return plan.Const{Value: v}
		case plan.SubqueryValue:
			if v, ok := sub[x.ID]; ok {
				return plan.Const{Value: v}
			}
		}
		return e
	})
	return n, missing
}

// bound reports whether n holds expressions that bind would replace.
func bound(n plan.Node) (yes bool) {
	mapNode(n, func(e plan.Expr) plan.Expr {
		switch e.(type) {
		case plan.Param, plan.SubqueryValue:
			yes = true
		}
		return e
	})
	return yes
}
