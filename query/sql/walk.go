package sql

import "slices"

// Walk calls f for n and, where f returns true, for what is below it, in the
// order of the text. Names, aliases and column lists that are part of their
// node (Ident, Alias, the Name of a Table) are not visited on their own; a nil
// node is passed over. Subqueries are visited like everything else.
func Walk(n Node, f func(Node) bool) {
	if n == nil || !f(n) {
		return
	}
	children(n, func(c Node) { Walk(c, f) })
}

// height returns the number of levels of the tree, or any number above most if
// there are more.
func height(n Node, most int) int {
	h := 0
	if most > 0 {
		children(n, func(c Node) { h = max(h, height(c, most-1)) })
	}
	return h + 1
}

// children calls f for every node directly below n.
func children(n Node, f func(Node)) {
	switch n := n.(type) {
	case Expr:
		exprChildren(n, f)
	case *Query:
		each(n.With, f)
		one(n.Body, f)
		each(n.OrderBy, f)
		one(n.Limit, f)
		one(n.Offset, f)
	case *CTE:
		f(n.Query)
	case *Select:
		selectChildren(n, f)
	case *Union:
		f(n.Left)
		f(n.Right)
	case *Values:
		for _, row := range n.Rows {
			all(row, f)
		}
	case *SelectItem:
		one(n.Expr, f)
	case *OrderItem:
		one(n.Expr, f)
	case *Window:
		all(n.PartitionBy, f)
		each(n.OrderBy, f)
		if n.Frame != nil {
			f(n.Frame)
		}
	case *NamedWindow:
		f(n.Spec)
	case *Frame:
		one(n.Start.Offset, f)
		one(n.End.Offset, f)
	case *When:
		one(n.Cond, f)
		one(n.Then, f)
	case TableRef:
		tableChildren(n, f)
	default:
		statementChildren(n, f)
	}
}

func selectChildren(n *Select, f func(Node)) {
	all(n.DistinctOn, f)
	each(n.Items, f)
	all(n.From, f)
	one(n.Where, f)
	all(n.GroupBy, f)
	one(n.Having, f)
	each(n.Windows, f)
}

func tableChildren(n TableRef, f func(Node)) {
	switch n := n.(type) {
	case *Derived:
		f(n.Query)
	case *FuncTable:
		f(n.Call)
	case *Join:
		f(n.Left)
		f(n.Right)
		one(n.On, f)
	case *GraphTable:
		each(n.Patterns, f)
		one(n.Where, f)
		each(n.Columns, f)
	}
}

func exprChildren(n Expr, f func(Node)) {
	switch n := n.(type) {
	case *Unary:
		one(n.X, f)
	case *Binary:
		one(n.L, f)
		one(n.R, f)
	case *Between:
		all([]Expr{n.X, n.Lo, n.Hi}, f)
	case *In:
		one(n.X, f)
		all(n.List, f)
		query(n.Query, f)
	case *Like:
		all([]Expr{n.X, n.Pattern, n.Escape}, f)
	case *Quantified:
		one(n.X, f)
		one(n.Array, f)
		query(n.Query, f)
	case *IsNull:
		one(n.X, f)
	case *IsBool:
		one(n.X, f)
	case *Case:
		one(n.Operand, f)
		each(n.Whens, f)
		one(n.Else, f)
	case *Cast:
		one(n.X, f)
	case *Call:
		all(n.Args, f)
		each(n.OrderBy, f)
		each(n.Within, f)
		one(n.Filter, f)
		if n.Over != nil {
			f(n.Over)
		}
	case *NamedArg:
		one(n.Value, f)
	case *Exists:
		query(n.Query, f)
	case *Subquery:
		query(n.Query, f)
	case *ArrayLit:
		all(n.Elems, f)
		query(n.Query, f)
	case *Row:
		all(n.Elems, f)
	case *Index:
		one(n.X, f)
		one(n.I, f)
	}
}

func statementChildren(n Node, f func(Node)) {
	switch n := n.(type) {
	case *Insert:
		query(n.Query, f)
	case *Update:
		each(n.Set, f)
		one(n.Where, f)
	case *Assign:
		one(n.Value, f)
	case *Delete:
		one(n.Where, f)
	case *CreateTable:
		each(n.Columns, f)
		query(n.As, f)
	case *ColumnDef:
		one(n.Default, f)
	case *CreateIndex:
		all(n.Columns, f)
	case *CreateRollup:
		query(n.Query, f)
	case *AlterTable:
		all(n.Actions, f)
	case *AddColumn:
		f(&n.Column)
	case *Explain:
		one(n.Stmt, f)
	case *CreateGraph:
		each(n.Vertices, f)
		each(n.Edges, f)
	case *VertexTable:
		each(n.Properties.Items, f)
	case *EdgeTable:
		each(n.Properties.Items, f)
	case *PathPattern:
		pathChildren(n, f)
	case *Vertex:
		one(n.Where, f)
	case *Edge:
		one(n.Where, f)
	}
}

func pathChildren(n *PathPattern, f func(Node)) {
	for i := range n.Vertices {
		f(&n.Vertices[i])
		if i < len(n.Edges) {
			f(&n.Edges[i])
		}
	}
}

// one calls f unless the interface holds nothing.
func one[N interface {
	comparable
	Node
}](n N, f func(Node)) {
	var none N
	if n != none {
		f(n)
	}
}

func query(q *Query, f func(Node)) {
	if q != nil {
		f(q)
	}
}

func all[N interface {
	comparable
	Node
}](ns []N, f func(Node)) {
	for _, n := range ns {
		one(n, f)
	}
}

// each calls f for the address of every item.
func each[T any, P interface {
	*T
	Node
}](items []T, f func(Node)) {
	for i := range slices.All(items) {
		f(P(&items[i]))
	}
}
