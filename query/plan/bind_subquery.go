package plan

import (
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/query/sql"
	"github.com/quindex/quindex/record"
)

// where adds the condition of WHERE to s. EXISTS and IN (SELECT ...) that
// stand alone between its ANDs become joins.
func (b *binder) where(e sql.Expr, s *scope) {
	if e == nil {
		return
	}
	for _, c := range split(e) {
		if !b.joinCondOf(c, s, false) {
			cond := b.condition(c, s, "WHERE") // may add a join to s.node
			s.node = &Filter{Input: s.node, Cond: cond}
		}
	}
}

// split returns the conditions whose AND is e, in the order of the text.
func split(e sql.Expr) []sql.Expr {
	var back []sql.Expr
	for {
		n, ok := e.(*sql.Binary)
		if !ok || n.Op != sql.And {
			break
		}
		if right, ok := n.R.(*sql.Binary); ok && right.Op == sql.And {
			parts := split(right)
			for i := len(parts) - 1; i >= 0; i-- {
				back = append(back, parts[i])
			}
		} else {
			back = append(back, n.R)
		}
		e = n.L
	}
	out := []sql.Expr{e}
	for i := len(back) - 1; i >= 0; i-- {
		out = append(out, back[i])
	}
	return out
}

// joinCondOf turns a condition that is EXISTS or IN of a subquery into a semi
// or anti join below s, or reports false.
func (b *binder) joinCondOf(e sql.Expr, s *scope, not bool) bool {
	switch e := e.(type) {
	case *sql.Unary:
		return e.Op == sql.Not && b.joinCondOf(e.X, s, !not)
	case *sql.Exists:
		b.existsJoin(e, s, not)
		return true
	case *sql.In:
		if e.Query != nil {
			b.inJoin(e, s, e.Not != not)
			return true
		}
	case *sql.Quantified:
		if e.Query != nil && e.Op == sql.Eq && !e.All {
			b.inJoin(&sql.In{At: e.At, X: e.X, Query: e.Query}, s, not)
			return true
		}
		if e.Query != nil && e.Op == sql.Ne && e.All {
			b.inJoin(&sql.In{At: e.At, X: e.X, Query: e.Query}, s, !not)
			return true
		}
	}
	return false
}

// trial binds a subquery and reports whether it uses columns of s.
//
// A subquery that is correlated is bound a second time, and so twice for every
// level around it: the trials of a statement are counted.
func (b *binder) trial(q *sql.Query, s *scope) (n Node, correlated bool) {
	const most = 1000
	if b.trials++; b.trials > most {
		b.tooComplex(q.Pos(), "its subqueries are nested too deeply, or too many")
	}
	before := len(b.subqueries)
	n = b.query(q, &scope{of: s.source(), cols: s.cols, outer: s.outer, trial: &correlated})
	if correlated {
		b.subqueries = b.subqueries[:before]
	}
	return n, correlated
}

// existsJoin is WHERE [NOT] EXISTS: a join where the subquery is correlated,
// else a condition that is decided once.
func (b *binder) existsJoin(e *sql.Exists, s *scope, not bool) {
	n, correlated := b.trial(e.Query, s)
	if !correlated {
		cond := b.subquery(&Limit{Input: n, Count: 1}, boolType, true)
		if not {
			cond = b.not(cond, e.Pos())
		}
		s.node = &Filter{Input: s.node, Cond: cond}
		return
	}
	sel := b.plainSelect(e.Query, e.Pos())
	inner, on := b.correlated(sel, s)
	j := &Join{Kind: Semi, Left: s.node, Right: inner.node, On: b.joinOn(on, s)}
	if not {
		j.Kind = Anti
	}
	s.node = j
}

// plainSelect returns the SELECT of a correlated subquery if it has nothing
// that would have to be computed for every row of the query around it.
func (b *binder) plainSelect(q *sql.Query, pos int) *sql.Select {
	sel, ok := q.Body.(*sql.Select)
	if !ok || len(q.With) > 0 || q.Offset != nil || q.Limit != nil || len(sel.GroupBy) > 0 || sel.Having != nil || len(sel.DistinctOn) > 0 {
		b.fail(pos, fault.Unsupported, fault.Hint("write it as a join with a subquery in FROM"),
			"a subquery that uses columns of the query around it may have FROM and WHERE only, no GROUP BY, LIMIT, UNION or WITH")
	}
	return sel
}

// correlated binds FROM and WHERE of a subquery: conditions that use columns
// of s are returned, the others are below the scope's node.
func (b *binder) correlated(sel *sql.Select, s *scope) (inner *scope, on []Expr) {
	inner = b.from(sel.From)
	var uses bool
	inner.outer, inner.correlated = s, &uses
	if sel.Where == nil {
		return inner, nil
	}
	for _, c := range split(sel.Where) {
		uses = false
		if b.joinCondOf(c, inner, false) {
			if uses {
				b.unsupported(c.Pos(), "a subquery in a subquery that uses columns of the query around both")
			}
			continue
		}
		cond := b.condition(c, inner, "WHERE")
		if uses {
			on = append(on, cond)
		} else {
			inner.node = &Filter{Input: inner.node, Cond: cond}
		}
	}
	return inner, on
}

// joinOn is the AND of conditions of a correlated subquery, over the columns of
// s and then those of the subquery.
func (b *binder) joinOn(on []Expr, s *scope) Expr {
	out := make([]Expr, len(on))
	for i, e := range on {
		out[i] = besideOuter(e, len(s.cols))
	}
	return conjunction(out)
}

// besideOuter is e over the outer columns, of which there are n, then its own.
func besideOuter(e Expr, n int) Expr {
	return Rewrite(e, func(e Expr) Expr {
		switch c := e.(type) {
		case outerCol:
			return c.Col
		case Col:
			c.Index += n
			return c
		}
		return e
	})
}

// inJoin is WHERE x [NOT] IN (SELECT ...).
func (b *binder) inJoin(e *sql.In, s *scope, not bool) {
	x := b.expr(e.X, s)
	if _, ok := e.X.(*sql.Row); ok {
		b.unsupported(e.Pos(), "a row IN (SELECT ...)")
	}
	n, correlated := b.trial(e.Query, s)
	if correlated {
		b.inJoinCorrelated(e, x, s, not)
		return
	}
	l, right := b.inKeys(e, x, n)
	j := &Join{Kind: Semi, Left: s.node, Right: right, LeftKeys: []Expr{l}, RightKeys: []Expr{firstCol(right)}}
	if not {
		j.Kind = AntiNull
	}
	s.node = j
}

func firstCol(n Node) Expr {
	c := n.Output()[0]
	return Col{0, c.Name, c.Type}
}

// inKeys makes both sides of x IN (n) one type.
func (b *binder) inKeys(e *sql.In, x Expr, n Node) (Expr, Node) {
	out := n.Output()
	if len(out) != 1 {
		b.fail(e.Query.Pos(), fault.Syntax, "the subquery of IN has more than one column")
	}
	if _, err := ResolveLit("=", []Arg{arg(x), {Type: out[0].Type}}); err != nil {
		b.check(e.Pos(), err)
	}
	t, err := CommonType(arg(x), Arg{Type: out[0].Type})
	b.check(e.Pos(), err)
	l := b.fit(x, t, e.Pos())
	if SameCast(out[0].Type, t) {
		return l, n
	}
	return l, b.coerce(n, []record.Type{t})
}

func (b *binder) inJoinCorrelated(e *sql.In, x Expr, s *scope, not bool) {
	if not {
		b.fail(e.Pos(), fault.Unsupported, fault.Hint("write it as NOT EXISTS (...)"), "NOT IN of a subquery that uses columns of the query around it")
	}
	sel := b.plainSelect(e.Query, e.Pos())
	if len(sel.Items) != 1 || hasAggregate(sel.Items[0].Expr) {
		b.unsupported(e.Pos(), "IN of this subquery, which uses columns of the query around it")
	}
	inner, on := b.correlated(sel, s)
	item := b.expr(sel.Items[0].Expr, inner)
	eq := b.call("=", e.Pos(), outerOf(x), item)
	s.node = &Join{Kind: Semi, Left: s.node, Right: inner.node, On: b.joinOn(append(on, eq), s)}
}

// outerOf marks the columns of an expression as those of the query around.
func outerOf(e Expr) Expr {
	return Rewrite(e, func(e Expr) Expr {
		if c, ok := e.(Col); ok {
			return outerCol{c}
		}
		return e
	})
}

// exists is EXISTS anywhere but between the ANDs of WHERE.
func (b *binder) exists(e *sql.Exists, s *scope) Expr {
	n, correlated := b.trial(e.Query, s)
	if correlated {
		b.fail(e.Pos(), fault.Unsupported, fault.Hint("let it stand alone, or between ANDs, in WHERE"), "EXISTS of a subquery that uses columns of the query around it, here")
	}
	return b.subquery(&Limit{Input: n, Count: 1}, boolType, true)
}

// subquery adds a subquery that runs once, before the rest.
func (b *binder) subquery(n Node, t record.Type, exists bool) Expr {
	b.subqueries = append(b.subqueries, n)
	return SubqueryValue{ID: len(b.subqueries) - 1, Exists: exists, T: t}
}

// inQuery is x IN (SELECT ...) anywhere but between the ANDs of WHERE: a left
// join with the distinct values, which are marked.
func (b *binder) inQuery(e *sql.In, s *scope) Expr {
	x := b.expr(e.X, s)
	n, correlated := b.trial(e.Query, s)
	if correlated {
		b.unsupported(e.Pos(), "IN of a subquery that uses columns of the query around it, here")
	}
	if s.node == nil || s.agg != nil && !s.agg.inside {
		b.unsupported(e.Pos(), "IN (SELECT ...) in ON, or in a query with GROUP BY or aggregates")
	}
	l, right := b.inKeys(e, x, n)
	any := b.subquery(&Limit{Input: right, Count: 1}, boolType, true)
	isNull := b.call("is_null", e.Pos(), firstCol(right))
	null := b.subquery(&Limit{Input: &Filter{Input: right, Cond: isNull}, Count: 1}, boolType, true)
	set := distinct(right)
	t := Const{record.BoolValue(true)}
	marked := &Project{Input: set, Exprs: []Expr{firstCol(set), t}, Names: []string{"value", "found"}}
	mark := b.leftJoin(s, marked, []Expr{l}, []Expr{firstCol(marked)})[1]
	f, unknown := Const{record.BoolValue(false)}, Const{record.NullOf(boolType)}
	out := b.call("case", e.Pos(), b.call("is_not_null", e.Pos(), mark), t, b.not(any, e.Pos()), f,
		b.call("is_null", e.Pos(), l), unknown, null, unknown, f)
	if e.Not {
		return b.not(out, e.Pos())
	}
	return out
}

// leftJoin adds right's columns to s, where no name finds them, and returns them.
func (b *binder) leftJoin(s *scope, right Node, lk, rk []Expr) []Expr {
	first := len(s.cols)
	out := right.Output()
	s.node = &Join{Kind: Left, Left: s.node, Right: right, LeftKeys: lk, RightKeys: rk}
	cols := make([]Expr, len(out))
	for i, c := range out {
		s.cols = append(s.cols, scopeCol{name: c.Name, t: c.Type, nameless: true})
		cols[i] = s.col(first + i)
	}
	return cols
}

// scalarSubquery is (SELECT ...) as a value.
func (b *binder) scalarSubquery(e *sql.Subquery, s *scope) Expr {
	n, correlated := b.trial(e.Query, s)
	if correlated {
		return b.correlatedScalar(e, s)
	}
	out := n.Output()
	if len(out) != 1 {
		b.fail(e.Pos(), fault.Syntax, "a subquery used as a value has more than one column")
	}
	return b.subquery(n, out[0].Type, false)
}

// correlatedScalar computes the subquery for every value of the columns that
// it is correlated by, grouped by them, and joins.
func (b *binder) correlatedScalar(e *sql.Subquery, s *scope) Expr {
	sel := b.plainSelect(e.Query, e.Pos())
	if len(sel.Items) != 1 || sel.Distinct || len(e.Query.OrderBy) > 0 {
		b.unsupported(e.Pos(), "this subquery, which uses columns of the query around it")
	}
	if s.node == nil || s.agg != nil && !s.agg.inside {
		b.unsupported(e.Pos(), "a subquery that uses columns of the query around it, in ON or beside aggregates")
	}
	inner, on := b.correlated(sel, s)
	outerKeys, innerKeys := b.correlationKeys(on, e.Pos())
	grouped := hasAggregate(sel.Items[0].Expr)
	g := &grouping{groups: innerKeys}
	if grouped {
		inner.agg = g
	}
	item := b.value(sel.Items[0].Expr, inner)
	if !grouped {
		g.aggs = []Agg{{Func: "only_row", Args: []Expr{item}, T: item.Type()}}
		item = aggRef{0, item.Type()}
	}
	a := &Aggregate{Input: inner.node, Groups: innerKeys, Aggs: g.aggs}
	for i, t := range aggOutput(Complete, a.Groups, a.Aggs) {
		name := "key"
		if i >= len(a.Groups) {
			name = a.Aggs[i-len(a.Groups)].String()
		}
		a.Names, a.Out = append(a.Names, name), append(a.Out, Column{name, t})
	}
	keys := make([]Expr, len(a.Groups))
	for i := range keys {
		keys[i] = Col{i, a.Out[i].Name, a.Out[i].Type}
	}
	cols := b.leftJoin(s, a, outerKeys, keys)
	return b.overJoin(item, cols[len(keys):], a.Aggs, e.Pos())
}

// overJoin is the value of the subquery where cols are its aggregates beside
// the rows of the query around: count is 0, not NULL, where nothing matched.
func (b *binder) overJoin(item Expr, cols []Expr, aggs []Agg, pos int) Expr {
	return Rewrite(item, func(e Expr) Expr {
		switch x := e.(type) {
		case aggRef:
			if aggs[x.K].Func == "count" {
				return b.call("coalesce", pos, cols[x.K], Const{record.IntValue(0)})
			}
			return cols[x.K]
		case outerCol:
			return x.Col
		case Col:
			b.fail(pos, fault.Invalid, fault.Code("42803"), fault.Item(x.Name), "the subquery has an aggregate: the column must stand in it")
		}
		return e
	})
}

// correlationKeys takes conditions apart into outer = inner.
func (b *binder) correlationKeys(on []Expr, pos int) (outer, inner []Expr) {
	for _, e := range on {
		c, ok := e.(Call)
		if ok && c.Func == "=" {
			l, r := c.Args[0], c.Args[1]
			if usesOuter(r) && !usesOuter(l) {
				l, r = r, l
			}
			if onlyOuter(l) && !usesOuter(r) && SameCast(l.Type(), r.Type()) {
				outer, inner = append(outer, withoutOuter(l)), append(inner, r)
				continue
			}
		}
		b.fail(pos, fault.Unsupported, fault.Hint("write it as a join with a subquery in FROM"),
			"a subquery as a value may use columns of the query around it only as in inner.a = outer.b")
	}
	return outer, inner
}

func usesOuter(e Expr) bool {
	found := false
	Walk(e, func(e Expr) bool {
		if _, ok := e.(outerCol); ok {
			found = true
		}
		return !found
	})
	return found
}

// onlyOuter reports whether e has columns of the query around and no others.
func onlyOuter(e Expr) bool {
	own := false
	Walk(e, func(e Expr) bool {
		if _, ok := e.(Col); ok {
			own = true
		}
		return true
	})
	return usesOuter(e) && !own
}

func withoutOuter(e Expr) Expr {
	return Rewrite(e, func(e Expr) Expr {
		if c, ok := e.(outerCol); ok {
			return c.Col
		}
		return e
	})
}
