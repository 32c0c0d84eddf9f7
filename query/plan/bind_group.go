package plan

import (
	"slices"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/query/sql"
)

// grouping collects the aggregates of a SELECT that has any, or GROUP BY.
type grouping struct {
	groups []Expr
	aggs   []Agg
	inside bool // an aggregate's arguments are being bound
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
