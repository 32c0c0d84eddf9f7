package plan

import (
	"fmt"
	"slices"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/query/sql"
	"github.com/quindex/quindex/record"
)

// item is one column of a list of SELECT.
type item struct {
	ast  sql.Expr // nil: a column that * stands for
	col  int      // of the scope, if ast is nil
	name string
	expr Expr // once it is bound
}

// grouping collects the aggregates of a SELECT that has any, or GROUP BY.
type grouping struct {
	groups []Expr
	aggs   []Agg
	inside bool // an aggregate's arguments are being bound
}

// aggRef stands for aggregate K until the Aggregate node is made. It lives
// only inside the binder.
type aggRef struct {
	K int
	T record.Type
}

func (aggRef) isExpr()             {}
func (e aggRef) Type() record.Type { return e.T }
func (e aggRef) String() string    { return fmt.Sprintf("aggregate %d", e.K) }

// selectQuery binds a SELECT with the ORDER BY and LIMIT of its query.
func (b *binder) selectQuery(sel *sql.Select, q *sql.Query, outer *scope) Node {
	if len(sel.Windows) > 0 {
		b.unsupported(sel.Windows[0].Pos(), "window functions (WINDOW)")
	}
	s := b.fromScored(sel, q)
	s.outer = outer
	b.where(sel.Where, s)
	b.scores(s)
	c := &core{b: b, sel: sel, q: q, s: s, items: b.items(sel.Items, s)}
	if c.isGrouped() {
		c.group()
	}
	for i := range c.items {
		c.bindItem(&c.items[i])
	}
	return c.finish()
}

// items expands * and names every column.
func (b *binder) items(list []sql.SelectItem, s *scope) []item {
	out := make([]item, 0, len(list))
	for i := range list {
		it := &list[i]
		star, ok := it.Expr.(*sql.Star)
		if !ok {
			name := it.Alias.Name
			if name == "" {
				name = nameOf(it.Expr)
			}
			out = append(out, item{ast: it.Expr, name: name})
			continue
		}
		rel := ""
		if star.Table != nil {
			rel = star.Table.Last()
		}
		cols := s.rowCols(rel)
		if len(cols) == 0 {
			if rel == "" {
				b.fail(star.Pos(), fault.Invalid, fault.Code("42601"), "SELECT * without FROM")
			}
			b.noColumn(&sql.Name{At: star.At, Parts: []string{rel, "*"}}, s)
		}
		for _, c := range cols {
			out = append(out, item{col: c, name: s.cols[c].name})
		}
	}
	return out
}

// nameOf is the name of a column that was given none, as PostgreSQL gives it.
func nameOf(e sql.Expr) string {
	switch e := e.(type) {
	case *sql.Name:
		return e.Last()
	case *sql.Call:
		return e.Name
	case *sql.Cast:
		if n := nameOf(e.X); n != "?column?" {
			return n
		}
		return e.Type.Name
	case *sql.Case:
		if e.Else != nil {
			if n := nameOf(e.Else); n != "?column?" {
				return n
			}
		}
		return "case"
	case *sql.Literal:
		if e.Kind == sql.Typed {
			return e.Type.Name
		}
		if e.Kind == sql.Bool {
			return "bool"
		}
	case *sql.Exists:
		return "exists"
	case *sql.ArrayLit:
		return "array"
	case *sql.Index:
		return nameOf(e.X)
	case *sql.Subquery:
		if sel, ok := e.Query.Body.(*sql.Select); ok && len(sel.Items) == 1 {
			if sel.Items[0].Alias.Name != "" {
				return sel.Items[0].Alias.Name
			}
			return nameOf(sel.Items[0].Expr)
		}
	}
	return "?column?"
}

// core is a SELECT while its output is bound.
type core struct {
	b     *binder
	sel   *sql.Select
	q     *sql.Query
	s     *scope
	g     *grouping // nil: no aggregates
	items []item
}

func (c *core) isGrouped() bool {
	if len(c.sel.GroupBy) > 0 || c.sel.Having != nil {
		return true
	}
	found := false
	look := func(e sql.Expr) {
		if e != nil && !found {
			found = hasAggregate(e)
		}
	}
	for _, it := range c.items {
		look(it.ast)
	}
	for i := range c.q.OrderBy {
		look(c.q.OrderBy[i].Expr)
	}
	for _, e := range c.sel.DistinctOn {
		look(e)
	}
	return found
}

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

// group binds GROUP BY: positions, names of columns, names of items, expressions.
func (c *core) group() {
	g := &grouping{}
	for _, e := range c.sel.GroupBy {
		g.groups = append(g.groups, c.groupKey(e))
	}
	c.g, c.s.agg = g, g
}

func (c *core) groupKey(e sql.Expr) Expr {
	if at, ok := c.b.position(e, len(c.items), "GROUP BY"); ok {
		return c.plainItem(at, e)
	}
	if n, ok := e.(*sql.Name); ok && len(n.Parts) == 1 {
		if _, count := c.s.find("", n.Last()); count == 0 {
			if i := slices.IndexFunc(c.items, func(it item) bool { return it.ast != nil && it.name == n.Last() }); i >= 0 {
				return c.plainItem(i, e)
			}
		}
	}
	return c.b.value(e, c.s)
}

// plainItem binds item i where no aggregate may stand.
func (c *core) plainItem(i int, at sql.Expr) Expr {
	it := c.items[i]
	if it.ast == nil {
		return c.s.col(it.col)
	}
	if hasAggregate(it.ast) {
		c.b.fail(at.Pos(), fault.Invalid, fault.Code("42803"), "an aggregate cannot stand in GROUP BY")
	}
	return c.b.value(it.ast, c.s)
}

// bindItem binds an item, in columns of the input, groups and aggregates alike.
func (c *core) bindItem(it *item) {
	if it.ast == nil {
		it.expr = c.s.col(it.col)
	} else {
		it.expr = c.b.expr(it.ast, c.s)
	}
}

// finish makes the nodes: aggregate, HAVING, project, DISTINCT, ORDER BY, LIMIT.
func (c *core) finish() Node {
	var having Expr
	if c.sel.Having != nil {
		having = c.b.condition(c.sel.Having, c.s, "HAVING")
	}
	onKeys := c.distinctOn()
	keys, hidden := c.order(onKeys)
	keys = c.breakTies(keys, &hidden)
	input := c.s.node
	if c.g != nil {
		input = c.aggregate(input, &having, hidden)
	}
	if having != nil {
		input = &Filter{Input: input, Cond: having}
	}
	wide := len(c.items) + len(hidden)
	p := &Project{Input: input, Exprs: make([]Expr, 0, wide), Names: make([]string, 0, wide)}
	for _, it := range c.items {
		p.Exprs, p.Names = append(p.Exprs, it.expr), append(p.Names, it.name)
	}
	for _, h := range hidden {
		p.Exprs, p.Names = append(p.Exprs, h.expr), append(p.Names, h.name)
	}
	if len(keys) == 0 && !c.sel.Distinct && c.q.Limit == nil && c.q.Offset == nil {
		return p
	}
	var n Node = c.b.closed(p)
	switch {
	case len(onKeys) > 0:
		n = firstOfGroup(n, onKeys, c.sortKeys(n, keys))
	case c.sel.Distinct:
		n = distinct(n)
	}
	n = c.b.cut(n, c.sortKeys(n, keys), c.q)
	if len(hidden) > 0 {
		n = firstColumns(n, len(c.items))
	}
	return n
}

// aggregate makes the Aggregate node and turns every expression above it into
// one over its output.
func (c *core) aggregate(input Node, having *Expr, hidden []item) Node {
	wide := len(c.g.groups) + len(c.g.aggs)
	a := &Aggregate{Input: input, Groups: c.g.groups, Aggs: c.g.aggs, Names: make([]string, 0, wide), Out: make([]Column, 0, wide)}
	for _, g := range a.Groups {
		a.Names = append(a.Names, exprName(g))
	}
	for _, f := range a.Aggs {
		a.Names = append(a.Names, f.String())
	}
	for i, t := range aggOutput(Complete, a.Groups, a.Aggs) {
		a.Out = append(a.Out, Column{a.Names[i], t})
	}
	for i := range c.items {
		c.items[i].expr = c.above(c.items[i].expr, a, c.items[i].ast)
	}
	for i := range hidden {
		hidden[i].expr = c.above(hidden[i].expr, a, hidden[i].ast)
	}
	if *having != nil {
		*having = c.above(*having, a, c.sel.Having)
	}
	return a
}

// exprName is the name of the column that an expression makes.
func exprName(e Expr) string {
	if c, ok := e.(Col); ok {
		return c.Name
	}
	return e.String()
}

// above turns an expression over an Aggregate's input into one over its
// output. ast, which may be nil, is where an ungrouped column is looked for.
func (c *core) above(e Expr, a *Aggregate, ast sql.Expr) Expr {
	for i, g := range a.Groups {
		if Equal(e, g) {
			return Col{i, a.Out[i].Name, g.Type()}
		}
	}
	switch x := e.(type) {
	case aggRef:
		i := len(a.Groups) + x.K
		return Col{i, a.Out[i].Name, x.T}
	case Col:
		c.ungrouped(x, ast)
	case Call:
		x.Args = slices.Clone(x.Args)
		for i := range x.Args {
			x.Args[i] = c.above(x.Args[i], a, ast)
		}
		return x
	case EngineCall:
		x.Fields = slices.Clone(x.Fields)
		for i := range x.Fields {
			x.Fields[i] = c.above(x.Fields[i], a, ast)
		}
		return x
	}
	return e
}

// ungrouped reports a column that stands neither in GROUP BY nor in an aggregate.
func (c *core) ungrouped(col Col, ast sql.Expr) {
	pos := c.sel.Pos()
	if ast != nil {
		pos = ast.Pos()
		sql.Walk(ast, func(n sql.Node) bool {
			name, ok := n.(*sql.Name)
			if ok {
				if at, count := c.s.find(name.Qualifier(), name.Last()); count == 1 && at == col.Index {
					pos = name.Pos()
				}
			}
			call, ok := n.(*sql.Call)
			return !ok || !IsAggregate(call.Name)
		})
	}
	c.b.fail(pos, fault.Invalid, fault.Code("42803"), fault.Item(col.Name),
		fault.Hint("add it to GROUP BY, or use an aggregate such as any_value("+col.Name+")"),
		"the column must appear in GROUP BY or in an aggregate")
}

// firstColumns keeps the first n columns.
func firstColumns(in Node, n int) Node {
	p := &Project{Input: in, Exprs: make([]Expr, 0, n), Names: make([]string, 0, n)}
	for i, c := range in.Output()[:n] {
		p.Exprs, p.Names = append(p.Exprs, Col{i, c.Name, c.Type}), append(p.Names, c.Name)
	}
	return p
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
