package plan

import (
	"fmt"
	"slices"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/query/sql"
	"github.com/quindex/quindex/record"
)

// MostSteps is the cap of a quantifier: a * is {0,15}.
const MostSteps = 15

// mostWays is the number of ways that one GRAPH_TABLE may be read in: choices of
// tables and directions, each of which is a chain of joins.
const mostWays = 64

// element is a vertex, or an edge, of a pattern. A variable that stands in it
// twice is one element.
type element struct {
	name   string // its variable; "": none
	pos    int
	tables []int // of the graph's, the ones that its labels allow
	wheres []sql.Expr
	edge   *sql.Edge // nil: a vertex
	from   int       // of an edge: the vertices before and after it
	to     int
	search sql.PathSearch // of an edge: that of its path
	path   int            // of an edge
}

// pattern is all of MATCH: a graph of elements.
type pattern struct {
	b        *binder
	ref      *sql.GraphTable
	graph    *catalog.Graph
	vertices []*element
	edges    []*element
	paths    []patternPath
}

// patternPath is one path of a pattern, by the numbers of its elements.
type patternPath struct {
	name     string
	vertices []int
	edges    []int
}

// graphTable binds GRAPH_TABLE (...): a union over the ways to read its pattern.
func (b *binder) graphTable(r *sql.GraphTable) *scope {
	g, err := b.o.Catalog.Graph(r.Graph.Last())
	b.check(r.Graph.Pos(), err)
	p := &pattern{b: b, ref: r, graph: g}
	for i := range r.Patterns {
		p.addPath(&r.Patterns[i])
	}
	p.checkNames()
	var all []Node
	p.ways(func(w *way) {
		if len(all) == mostWays {
			b.tooComplex(r.Pos(), fmt.Sprintf("the pattern can be read in more than %d ways: name labels, and directions of edges", mostWays))
		}
		all = append(all, w.bind())
	})
	if len(all) == 0 {
		b.fail(r.Pos(), fault.Invalid, fault.Code("42601"), fault.Hint(g.String()), "no edge table joins vertices of these labels: nothing can match")
	}
	return b.aliased(b.unionOf(all, r.Pos()), &r.Alias, "", r.Pos())
}

// unionOf gives the columns of all parts one type.
func (b *binder) unionOf(all []Node, pos int) Node {
	if len(all) == 1 {
		return b.closed(all[0])
	}
	types := make([]record.Type, len(all[0].Output()))
	for i := range types {
		column := make([]Arg, len(all))
		for r, n := range all {
			column[r] = arg(n.(*Project).Exprs[i])
		}
		if types[i] = b.common(column, pos).Type; types[i].Kind == record.Null {
			types[i] = record.T(record.Keyword)
		}
	}
	for i, n := range all {
		all[i] = b.coerce(n, types)
	}
	return &Union{All: all}
}

func (p *pattern) addPath(path *sql.PathPattern) {
	b := p.b
	out := patternPath{name: path.Var.Name}
	if out.name != "" && slices.ContainsFunc(p.paths, func(q patternPath) bool { return q.name == out.name }) {
		b.fail(path.Pos(), fault.Invalid, fault.Code("42712"), fault.Item(out.name), "two paths have this name")
	}
	for i := range path.Vertices {
		out.vertices = append(out.vertices, p.vertex(&path.Vertices[i]))
	}
	for i := range path.Edges {
		e := &path.Edges[i]
		p.checkQuantifier(path, e)
		el := &element{name: e.Var.Name, pos: e.Pos(), tables: p.edgeTables(e), edge: e,
			from: out.vertices[i], to: out.vertices[i+1], search: path.Search, path: len(p.paths)}
		if e.Where != nil {
			el.wheres = []sql.Expr{e.Where}
		}
		if el.name != "" && p.named(el.name) != nil {
			b.fail(e.Pos(), fault.Unsupported, fault.Item(el.name), fault.Hint("only vertices can be named twice, to be the same"), "the edge variable is already used")
		}
		out.edges = append(out.edges, len(p.edges))
		p.edges = append(p.edges, el)
	}
	switch {
	case path.Search != sql.AllPaths && len(path.Edges) != 1:
		b.fail(path.Pos(), fault.Unsupported, fault.Hint("write the rest of the path as a pattern of its own, after a comma"),
			fmt.Sprintf("%s of a path with %d edge patterns, want 1", path.Search, len(path.Edges)))
	}
	p.paths = append(p.paths, out)
}

// vertex returns the number of a vertex, which an earlier one of the same name is.
func (p *pattern) vertex(v *sql.Vertex) int {
	tables := p.vertexTables(v)
	at := -1
	if v.Var.Name != "" {
		if e := p.named(v.Var.Name); e != nil && e.edge != nil {
			p.b.fail(v.Pos(), fault.Invalid, fault.Code("42712"), fault.Item(v.Var.Name), "the variable of an edge cannot stand for a vertex")
		}
		at = slices.IndexFunc(p.vertices, func(e *element) bool { return e.name == v.Var.Name })
	}
	if at < 0 {
		at = len(p.vertices)
		p.vertices = append(p.vertices, &element{name: v.Var.Name, pos: v.Pos(), tables: tables})
	}
	e := p.vertices[at]
	e.tables = slices.DeleteFunc(slices.Clone(e.tables), func(t int) bool { return !slices.Contains(tables, t) })
	if v.Where != nil {
		e.wheres = append(e.wheres, v.Where)
	}
	return at
}

// named returns the element of a variable, or nil.
func (p *pattern) named(name string) *element {
	for _, list := range [][]*element{p.vertices, p.edges} {
		for _, e := range list {
			if e.name == name {
				return e
			}
		}
	}
	return nil
}

func (p *pattern) vertexTables(v *sql.Vertex) []int {
	labels := make([][]string, len(p.graph.Vertices))
	for i, t := range p.graph.Vertices {
		labels[i] = t.Labels
	}
	return p.labelled(v.Labels, labels, v.Pos(), "vertex")
}

func (p *pattern) edgeTables(e *sql.Edge) []int {
	labels := make([][]string, len(p.graph.Edges))
	for i, t := range p.graph.Edges {
		labels[i] = t.Labels
	}
	return p.labelled(e.Labels, labels, e.Pos(), "edge")
}

// labelled returns the tables that have one of want, or all without any.
func (p *pattern) labelled(want []sql.Ident, labels [][]string, pos int, what string) []int {
	var all []string
	for _, l := range labels {
		all = append(all, l...)
	}
	for _, w := range want {
		if !slices.Contains(all, w.Name) {
			p.b.fail(pos, fault.NotFound, fault.Code("42704"), fault.Item(w.Name), nearest(w.Name, all, fault.Hint(p.graph.String())),
				"no "+what+" table of graph "+p.graph.Name+" has this label")
		}
	}
	var out []int
	for i, l := range labels {
		if len(want) == 0 || slices.ContainsFunc(want, func(w sql.Ident) bool { return slices.Contains(l, w.Name) }) {
			out = append(out, i)
		}
	}
	return out
}

// checkQuantifier refuses more steps than a walk may have.
func (p *pattern) checkQuantifier(path *sql.PathPattern, e *sql.Edge) {
	q := e.Quant
	if q == nil {
		return
	}
	if most := max(q.Min, q.Max); most > MostSteps {
		p.b.fail(q.Pos(), fault.Limit, fault.Code("54001"), fault.Hint("a * is {0,15}: nobody is asked to walk further"),
			fmt.Sprintf("a quantifier of %d steps, want at most %d", most, MostSteps))
	}
}

// quantified reports whether an edge stands for more than itself.
func (e *element) quantified() bool { return e.edge.Quant != nil || e.search != sql.AllPaths }

// steps are the least and the most steps of an edge.
func (e *element) steps() (least, most int) {
	if e.edge.Quant == nil {
		return 1, 1
	}
	if e.edge.Quant.Max < 0 {
		return e.edge.Quant.Min, MostSteps
	}
	return e.edge.Quant.Min, e.edge.Quant.Max
}

// checkNames gives clear errors for variables and properties that are not there.
func (p *pattern) checkNames() {
	p.checkExpr(p.ref.Where)
	for i := range p.ref.Columns {
		p.checkExpr(p.ref.Columns[i].Expr)
	}
}

func (p *pattern) checkExpr(e sql.Expr) {
	if e == nil {
		return
	}
	sql.Walk(e, func(n sql.Node) bool {
		switch n := n.(type) {
		case *sql.Query:
			return false
		case *sql.Name:
			if n.Qualifier() != "" {
				p.checkName(n)
			}
		}
		return true
	})
}

func (p *pattern) checkName(n *sql.Name) {
	b, e := p.b, p.named(n.Qualifier())
	if e == nil {
		var all []string
		for _, e := range slices.Concat(p.vertices, p.edges) {
			if e.name != "" {
				all = append(all, e.name)
			}
		}
		b.fail(n.Pos(), fault.NotFound, fault.Code("42P01"), fault.Item(n.Qualifier()), nearest(n.Qualifier(), all, oneOf("the pattern has ", all)), "no such variable in the pattern")
	}
	if e.edge != nil && e.quantified() {
		b.fail(n.Pos(), fault.Invalid, fault.Code("42601"), fault.Item(e.name), fault.Hint("conditions on each of its edges stand inside: -[e WHERE ...]->{1,3}"),
			"the variable of a quantified edge stands for several edges")
	}
	var all []string
	for _, t := range e.tables {
		for _, f := range p.table(e, t).Schema.Fields {
			all = append(all, f.Name)
		}
	}
	if !slices.Contains(all, n.Last()) {
		b.fail(n.Pos(), fault.NotFound, fault.Code("42703"), fault.Item(n.Last()), nearest(n.Last(), all, ""), "no such property of "+n.Qualifier())
	}
}

// table is table i of an element's graph.
func (p *pattern) table(e *element, i int) *catalog.Table {
	if e.edge != nil {
		return p.b.o.Catalog.ByID(p.graph.Edges[i].Table)
	}
	return p.b.o.Catalog.ByID(p.graph.Vertices[i].Table)
}
