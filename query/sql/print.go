package sql

import (
	"strconv"
	"strings"
)

// printer builds the canonical text of nodes: key words in upper case, one
// space between words, parentheses only where the parser needs them.
type printer struct{ b []byte }

func text(n Node) string {
	p := printer{b: make([]byte, 0, 128)}
	p.node(n)
	return string(p.b)
}

func (p *printer) str(parts ...string) {
	for _, s := range parts {
		p.b = append(p.b, s...)
	}
}

func (p *printer) int(n int) { p.b = strconv.AppendInt(p.b, int64(n), 10) }

// quote writes s as a string literal.
func (p *printer) quote(s string) {
	p.b = append(p.b, '\'')
	for i := range len(s) {
		if s[i] == '\'' {
			p.b = append(p.b, '\'')
		}
		p.b = append(p.b, s[i])
	}
	p.b = append(p.b, '\'')
}

// name writes an identifier, in quotes where it would not be read back.
func (p *printer) name(s string) {
	if plainIdent(s) {
		p.str(s)
		return
	}
	p.quoted(s)
}

func (p *printer) quoted(s string) {
	p.b = append(p.b, '"')
	for i := range len(s) {
		if s[i] == '"' {
			p.b = append(p.b, '"')
		}
		p.b = append(p.b, s[i])
	}
	p.b = append(p.b, '"')
}

// plainIdent reports whether s can stand without quotes in any place.
func plainIdent(s string) bool {
	if s == "" || !identStart(s[0]) {
		return false
	}
	for i := range len(s) {
		if !identPart(s[i]) || 'A' <= s[i] && s[i] <= 'Z' {
			return false
		}
	}
	return !keywordOf(s).reserved() && !strings.Contains(s, noBreakSpace)
}

// list writes n items with ", " between them.
func (p *printer) list(n int, item func(i int)) {
	for i := range n {
		if i > 0 {
			p.str(", ")
		}
		item(i)
	}
}

func (p *printer) exprs(es []Expr) { p.list(len(es), func(i int) { p.expr(es[i], precLowest) }) }

// idents writes " (a, b)" after before, or nothing for an empty list.
func (p *printer) idents(before string, ids []Ident) {
	if len(ids) == 0 {
		return
	}
	p.str(before, "(")
	p.list(len(ids), func(i int) { p.name(ids[i].Name) })
	p.str(")")
}

// clause writes the word and the expression, or nothing for nil.
func (p *printer) clause(word string, e Expr) {
	if e != nil {
		p.str(word)
		p.expr(e, precLowest)
	}
}

func (p *printer) orderItems(word string, items []OrderItem) {
	if len(items) == 0 {
		return
	}
	p.str(word)
	p.list(len(items), func(i int) { p.node(&items[i]) })
}

// node writes any node; expressions without parentheses around them.
func (p *printer) node(n Node) {
	switch n := n.(type) {
	case Expr:
		p.expr(n, precLowest)
	case *Query:
		p.query(n)
	case *Select:
		p.selectCore(n)
	case *Values:
		p.values(n)
	case *Union:
		p.union(n)
	case TableRef:
		p.tableRef(n)
	case Stmt:
		p.statement(n)
	case AlterAction:
		p.alterAction(n)
	default:
		p.part(n)
	}
}

// part writes the nodes that are neither statement, expression nor table reference.
func (p *printer) part(n Node) {
	switch n := n.(type) {
	case *Ident:
		p.name(n.Name)
	case *TypeName:
		p.typeName(n)
	case *CTE:
		p.cte(n)
	case *SelectItem:
		p.selectItem(n)
	case *OrderItem:
		p.orderItem(n)
	case *Alias:
		p.name(n.Name)
		p.idents(" ", n.Columns)
	case *Window:
		p.window(n)
	case *NamedWindow:
		p.name(n.Name.Name)
		p.str(" AS ")
		p.window(n.Spec)
	case *Frame:
		p.frame(n)
	case *When:
		p.clause("WHEN ", n.Cond)
		p.clause(" THEN ", n.Then)
	case *Assign:
		p.name(n.Column.Name)
		p.clause(" = ", n.Value)
	case *ColumnDef:
		p.columnDef(n)
	case *Option:
		p.option(n)
	default:
		p.graphPart(n)
	}
}

func (n *Query) String() string       { return text(n) }
func (n *Select) String() string      { return text(n) }
func (n *Union) String() string       { return text(n) }
func (n *Values) String() string      { return text(n) }
func (n *Table) String() string       { return text(n) }
func (n *Derived) String() string     { return text(n) }
func (n *FuncTable) String() string   { return text(n) }
func (n *Join) String() string        { return text(n) }
func (n *Ident) String() string       { return text(n) }
func (n *TypeName) String() string    { return text(n) }
func (n *CTE) String() string         { return text(n) }
func (n *SelectItem) String() string  { return text(n) }
func (n *OrderItem) String() string   { return text(n) }
func (n *Alias) String() string       { return text(n) }
func (n *Window) String() string      { return text(n) }
func (n *NamedWindow) String() string { return text(n) }
func (n *Frame) String() string       { return text(n) }
