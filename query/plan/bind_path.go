package plan

import (
	"fmt"
	"slices"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/query/sql"
	"github.com/quindex/quindex/record"
)

// pathFunction binds path_length(p), vertices(p), edges(p) and element_id(x).
func (w *way) pathFunction(e *sql.Call, s *scope) (Expr, bool) {
	switch e.Name {
	case "path_length", "vertices", "edges", "element_id", "vertex_id", "edge_id":
	default:
		return nil, false
	}
	b := w.b
	name, ok := (*sql.Name)(nil), false
	if len(e.Args) == 1 {
		name, ok = e.Args[0].(*sql.Name)
	}
	if !ok || len(name.Parts) != 1 {
		b.fail(e.Pos(), fault.Invalid, fault.Code("42883"), fault.Item(e.Name), "it takes the name of a path or of an element of the pattern")
	}
	if s != w.s {
		b.unsupported(e.Pos(), e.Name+" of a path of the query around it")
	}
	if e.Name == "element_id" || e.Name == "vertex_id" || e.Name == "edge_id" {
		return w.elementID(e, name), true
	}
	at := slices.IndexFunc(w.paths, func(p patternPath) bool { return p.name == name.Last() })
	if at < 0 {
		var all []string
		for _, p := range w.paths {
			if p.name != "" {
				all = append(all, p.name)
			}
		}
		b.fail(name.Pos(), fault.NotFound, fault.Code("42P01"), fault.Item(name.Last()),
			nearest(name.Last(), all, "a path has a name in MATCH p = (a)-[e]->(b)"), "no such path in the pattern")
	}
	switch e.Name {
	case "path_length":
		return w.pathLength(at, e.Pos()), true
	case "vertices":
		return w.pathVertices(at, e), true
	}
	return w.pathEdges(at, e), true
}

// calls reports whether an expression of the GRAPH_TABLE calls a function.
func (p *pattern) calls(function string) bool {
	found := false
	look := func(e sql.Expr) {
		if e == nil {
			return
		}
		sql.Walk(e, func(n sql.Node) bool {
			if c, ok := n.(*sql.Call); ok && c.Name == function {
				found = true
			}
			return !found
		})
	}
	look(p.ref.Where)
	for i := range p.ref.Columns {
		look(p.ref.Columns[i].Expr)
	}
	return found
}

// elementID is the key of a vertex, or that of an edge's row.
func (w *way) elementID(e *sql.Call, name *sql.Name) Expr {
	named := func(v *element) bool { return v.name == name.Last() }
	at, edge := slices.IndexFunc(w.vertices, named), slices.IndexFunc(w.edges, named)
	switch {
	case at >= 0 && e.Name != "edge_id":
		return w.key(at)
	case edge >= 0 && e.Name != "vertex_id":
		return w.edgeKey(edge, name.Pos())
	}
	w.b.fail(name.Pos(), fault.Invalid, fault.Code("42P01"), fault.Item(name.Last()), "no such element of the pattern for "+e.Name)
	return nil
}

// edgeKey is the primary key of a plain edge's row.
func (w *way) edgeKey(edge, pos int) Expr {
	e := w.edges[edge]
	if e.quantified() {
		w.b.fail(pos, fault.Unsupported, fault.Hint("write its steps one by one"), "the ids of a quantified edge")
	}
	t := w.pattern.table(e, w.edgeTable[edge])
	if len(t.Key) != 1 {
		w.b.fail(pos, fault.Unsupported, fault.Hint("a PRIMARY KEY of one column of "+t.Name+" is the id of its edges"),
			fmt.Sprintf("an id of edges of a table whose primary key has %d columns", len(t.Key)))
	}
	return w.s.col(w.edgeAt[edge] + t.Schema.ByID(t.Key[0]))
}

// pathEdges is the array of the ids of a path's edges.
func (w *way) pathEdges(path int, e *sql.Call) Expr {
	keys := make([]Expr, len(w.paths[path].edges))
	if len(keys) == 0 {
		w.b.unsupported(e.Pos(), "edges of a path without any")
	}
	for i, edge := range w.paths[path].edges {
		keys[i] = w.edgeKey(edge, e.Pos())
	}
	return w.b.call("array", e.Pos(), keys...)
}

// pathLength is the number of steps of a path.
func (w *way) pathLength(path, pos int) Expr {
	var n int64
	for _, e := range w.paths[path].edges {
		if !w.edges[e].quantified() {
			n++
		}
	}
	if w.quantifiedEdges(path) > 1 {
		w.b.unsupported(pos, "path_length of a path with several quantified edges")
	}
	if w.length[path] < 0 {
		return Const{record.IntValue(n)}
	}
	var out Expr = w.s.col(w.length[path])
	if n > 0 {
		out = w.b.call("+", pos, out, Const{record.IntValue(n)})
	}
	return out
}

func (w *way) quantifiedEdges(path int) int {
	n := 0
	for _, e := range w.paths[path].edges {
		if w.edges[e].quantified() {
			n++
		}
	}
	return n
}

// pathVertices is the array of the keys of a path's vertices.
func (w *way) pathVertices(path int, e *sql.Call) Expr {
	p := &w.paths[path]
	switch {
	case w.verts[path] >= 0 && len(p.edges) == 1:
		return w.s.col(w.verts[path])
	case w.verts[path] >= 0:
		w.b.unsupported(e.Pos(), fmt.Sprintf("vertices of a path with a quantified edge beside %d others", len(p.edges)-1))
	case w.quantifiedEdges(path) > 0:
		w.b.unsupported(e.Pos(), "vertices of a walk whose keys are strings here and numbers there")
	}
	keys := make([]Expr, len(p.vertices))
	for i, v := range p.vertices {
		keys[i] = w.key(v)
	}
	return w.b.call("array", e.Pos(), keys...)
}

// sameElement binds a = b and a <> b of two vertices.
func (w *way) sameElement(e *sql.Binary, s *scope) (Expr, bool) {
	l, r := w.bareVertex(e.L), w.bareVertex(e.R)
	if l < 0 || r < 0 || e.Op != sql.Eq && e.Op != sql.Ne || s != w.s {
		return nil, false
	}
	if w.vertexTable[l] != w.vertexTable[r] {
		return Const{record.BoolValue(e.Op == sql.Ne)}, true
	}
	return w.b.call(e.Op.String(), e.Pos(), w.key(l), w.key(r)), true
}

// bareVertex is the vertex whose variable e is, or -1.
func (w *way) bareVertex(e sql.Expr) int {
	n, ok := e.(*sql.Name)
	if !ok || len(n.Parts) != 1 {
		return -1
	}
	return slices.IndexFunc(w.vertices, func(v *element) bool { return v.name == n.Last() })
}
