package plan

import (
	"fmt"
	"slices"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/query/sql"
	"github.com/quindex/quindex/record"
)

// aggRef stands for aggregate K until the Aggregate node is made. It lives
// only inside the binder.
type aggRef struct {
	K int
	T record.Type
}

func (aggRef) isExpr() {}

func (e aggRef) Type() record.Type { return e.T }

func (e aggRef) String() string { return fmt.Sprintf("aggregate %d", e.K) }

// hasAggregate reports whether e calls an aggregate outside of subqueries.
func hasAggregate(e sql.Expr) bool {
	found := false
	sql.Walk(e, func(n sql.Node) bool {
		switch n := n.(type) {
		case *sql.Query:
			return false
		case *sql.Call:
			if IsAggregate(n.Name) && n.Over == nil {
				found = true
			}
		}
		return !found
	})
	return found
}

// aggregateCall binds a call of an aggregate and returns what stands for it.
func (b *binder) aggregateCall(e *sql.Call, s *scope) Expr {
	g := s.agg
	if g == nil || g.inside {
		b.misplacedAggregate(e)
	}
	g.inside = true
	defer func() { g.inside = false }()
	agg := Agg{Distinct: e.Distinct}
	es := b.exprs(e.Args, s)
	order := e.OrderBy
	if len(e.Within) > 0 {
		order = e.Within
	}
	for i := range order {
		o := &order[i]
		agg.Order = append(agg.Order, SortKey{Expr: b.value(o.Expr, s), Desc: o.Desc, NullsFirst: o.Nulls.First(o.Desc)})
	}
	if e.Filter != nil {
		agg.Filter = b.condition(e.Filter, s, "FILTER")
	}
	switch {
	case e.Star && e.Name != "count":
		b.fail(e.Pos(), fault.Invalid, fault.Code("42809"), "only count takes *")
	case !e.Star && len(es) == 0:
		b.fail(e.Pos(), fault.NotFound, fault.Code("42883"), fault.Item(e.Name), "the aggregate needs an argument")
	}
	b.resolveAgg(e, &agg, es)
	for k, have := range g.aggs {
		if equalAggs(have, agg) {
			return aggRef{k, agg.T}
		}
	}
	g.aggs = append(g.aggs, agg)
	return aggRef{len(g.aggs) - 1, agg.T}
}

// resolveAgg chooses the function and casts its arguments.
func (b *binder) resolveAgg(e *sql.Call, agg *Agg, es []Expr) {
	all := es
	name := e.Name
	if c, ok := aggSynonyms[name]; ok {
		name = c
	}
	percentile := name == "percentile_cont" || name == "percentile_disc"
	if percentile {
		if e.Name == "approx_percentile" && len(es) == 2 && len(agg.Order) == 0 { // approx_percentile(x, fraction)
			agg.Order, es = []SortKey{{Expr: b.settle(es[0])}}, es[1:]
		}
		if len(agg.Order) != 1 {
			b.fail(e.Pos(), fault.Syntax, fault.Item(e.Name), fault.Hint(e.Name+"(0.5) WITHIN GROUP (ORDER BY x)"), "it needs one key of WITHIN GROUP")
		}
		all = append(slices.Clone(es), agg.Order[0].Expr)
	}
	sig, err := ResolveAgg(name, args(all))
	b.check(e.Pos(), err)
	for i, x := range es {
		agg.Args = append(agg.Args, b.fit(x, sig.Args[i], e.Pos()))
	}
	if percentile {
		agg.Order[0].Expr = b.fit(agg.Order[0].Expr, sig.Args[len(es)], e.Pos())
		b.fraction(e, agg.Args[0])
	}
	agg.Func, agg.T = sig.Name, sig.Result
	switch agg.Func {
	case "approx_count_distinct": // exact, which is a good approximation
		agg.Func, agg.Distinct = "count", true
	case "min", "max", "bool_and", "bool_or", "any_value":
		agg.Distinct, agg.Order = false, nil
	case "count", "sum", "avg", "stddev", "stddev_pop", "var_samp", "var_pop":
		agg.Order = nil
	case "first", "last":
		if agg.Distinct || len(agg.Order) > 0 {
			b.unsupported(e.Pos(), e.Name+" with DISTINCT or ORDER BY")
		}
	}
	if agg.Distinct && len(agg.Order) > 0 {
		b.unsupported(e.Pos(), e.Name+" with both DISTINCT and ORDER BY")
	}
}

// fraction checks that a percentile is a constant between 0 and 1.
func (b *binder) fraction(e *sql.Call, x Expr) {
	c, ok := x.(Const)
	if !ok {
		b.unsupported(e.Pos(), e.Name+" of a fraction that is not a constant")
	}
	if c.Value.Valid && !(c.Value.F >= 0 && c.Value.F <= 1) {
		b.fail(e.Pos(), fault.Invalid, fault.Code("22003"), fmt.Sprintf("percentile %v, want 0 to 1", c.Value.F))
	}
}

func equalAggs(a, b Agg) bool {
	return a.Func == b.Func && a.Distinct == b.Distinct && a.T == b.T && equalAll(a.Args, b.Args) &&
		(a.Filter == nil) == (b.Filter == nil) && (a.Filter == nil || Equal(a.Filter, b.Filter)) && equalKeys(a.Order, b.Order)
}

func equalKeys(a, b []SortKey) bool {
	return slices.EqualFunc(a, b, func(x, y SortKey) bool {
		return x.Desc == y.Desc && x.NullsFirst == y.NullsFirst && Equal(x.Expr, y.Expr)
	})
}
