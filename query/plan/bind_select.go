package plan

import (
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/query/sql"
)

// item is one column of a list of SELECT.
type item struct {
	ast  sql.Expr // nil: a column that * stands for
	col  int      // of the scope, if ast is nil
	name string
	expr Expr // once it is bound
}

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

// firstColumns keeps the first n columns.
func firstColumns(in Node, n int) Node {
	p := &Project{Input: in, Exprs: make([]Expr, 0, n), Names: make([]string, 0, n)}
	for i, c := range in.Output()[:n] {
		p.Exprs, p.Names = append(p.Exprs, Col{i, c.Name, c.Type}), append(p.Names, c.Name)
	}
	return p
}
