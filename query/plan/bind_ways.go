package plan

import (
	"fmt"
	"slices"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/query/sql"
	"github.com/quindex/quindex/record"
)

// way is one way to read a pattern: each vertex is of one table, each plain
// edge of one table and goes one way.
type way struct {
	*pattern
	vertexTable []int // by vertex
	edgeTable   []int // by edge; not read for quantified ones
	back        []bool

	s      *scope // of what is joined so far
	first  []int  // by vertex: its first column, -1 while it is missing
	taken  []bool // by edge
	edgeAt []int  // by edge: the first column of a plain one that is taken
	// of the paths' functions, by path: columns of quantified edges, -1 for none
	length, verts []int
}

// ways calls f for every way to read the pattern.
func (p *pattern) ways(f func(*way)) {
	w := &way{pattern: p, vertexTable: make([]int, len(p.vertices)), edgeTable: make([]int, len(p.edges)), back: make([]bool, len(p.edges))}
	w.chooseVertex(0, f)
}

func (w *way) chooseVertex(i int, f func(*way)) {
	if i == len(w.vertices) {
		w.chooseEdge(0, f)
		return
	}
	for _, t := range w.vertices[i].tables {
		w.vertexTable[i] = t
		w.chooseVertex(i+1, f)
	}
}

func (w *way) chooseEdge(i int, f func(*way)) {
	if i == len(w.edges) {
		c := *w
		f(&c)
		return
	}
	e := w.edges[i]
	if e.quantified() {
		if w.leads(e) {
			w.chooseEdge(i+1, f)
		}
		return
	}
	from, to := w.vertexTable[e.from], w.vertexTable[e.to]
	for _, t := range e.tables {
		g := &w.graph.Edges[t]
		if e.edge.Dir != sql.Backward && g.Source.Vertex == from && g.Target.Vertex == to {
			w.edgeTable[i], w.back[i] = t, false
			w.chooseEdge(i+1, f)
		}
		if e.edge.Dir != sql.Forward && g.Source.Vertex == to && g.Target.Vertex == from {
			w.edgeTable[i], w.back[i] = t, true
			w.chooseEdge(i+1, f)
		}
	}
}

// leads reports whether some number of a quantified edge's steps joins vertices
// of the tables that its ends have.
func (w *way) leads(e *element) bool {
	least, most := e.steps()
	at := map[int]bool{w.vertexTable[e.from]: true}
	for k := 0; k <= most; k++ {
		if k >= least && at[w.vertexTable[e.to]] {
			return true
		}
		next := map[int]bool{}
		for _, t := range e.tables {
			source, target := w.graph.Edges[t].Source.Vertex, w.graph.Edges[t].Target.Vertex
			if e.edge.Dir != sql.Backward && at[source] {
				next[target] = true
			}
			if e.edge.Dir != sql.Forward && at[target] {
				next[source] = true
			}
		}
		at = next
	}
	return false
}

// bind joins the elements and computes COLUMNS.
func (w *way) bind() *Project {
	b := w.b
	w.first, w.taken = slices.Repeat([]int{-1}, len(w.vertices)), make([]bool, len(w.edges))
	w.edgeAt = make([]int, len(w.edges))
	w.length, w.verts = slices.Repeat([]int{-1}, len(w.paths)), slices.Repeat([]int{-1}, len(w.paths))
	for w.add() {
	}
	outer := b.way
	b.way = w
	defer func() { b.way = outer }()
	if w.ref.Where != nil {
		b.where(w.ref.Where, w.s)
	}
	out := &Project{}
	for _, it := range b.items(w.ref.Columns, w.s) {
		var e Expr
		if it.ast == nil {
			e = w.s.col(it.col)
		} else {
			e = b.expr(it.ast, w.s)
		}
		out.Exprs, out.Names = append(out.Exprs, e), append(out.Names, it.name)
	}
	out.Input = w.s.node // a subquery in COLUMNS may have added a join
	return out
}

// add joins one more element: an edge that starts from what is there, else the
// next vertex that is missing.
func (w *way) add() bool {
	for i, e := range w.edges {
		if !w.taken[i] && (w.first[e.from] >= 0 || w.first[e.to] >= 0) {
			w.taken[i] = true
			if e.quantified() {
				w.walk(i)
			} else {
				w.step(i)
			}
			return true
		}
	}
	for i := range w.vertices {
		if w.first[i] < 0 {
			w.vertex(i, nil)
			return true
		}
	}
	return false
}

// elementScope reads the rows of an element: its table's columns, then NULLs
// for properties that only its other tables have.
func (w *way) elementScope(e *element, table int) *scope {
	s := w.b.tableScope(w.pattern.table(e, table), e.name)
	width := len(s.cols)
	for _, t := range e.tables {
		for _, f := range w.pattern.table(e, t).Schema.Fields {
			if !slices.ContainsFunc(s.cols, func(c scopeCol) bool { return c.name == f.Name }) {
				s.cols = append(s.cols, scopeCol{rel: e.name, name: f.Name, t: f.Type})
			}
		}
	}
	if len(s.cols) > width {
		p := &Project{Input: s.node}
		for i, c := range s.cols {
			var x Expr = Const{record.NullOf(c.t)}
			if i < width {
				x = s.col(i)
			}
			p.Exprs, p.Names = append(p.Exprs, x), append(p.Names, c.name)
		}
		s.node = p
	}
	for _, c := range e.wheres {
		w.b.where(c, s)
	}
	if e.name == "" {
		for i := range s.cols {
			s.cols[i].nameless = true
		}
	}
	return s
}

// keyOf is the column of a table's scope that edges name its rows by.
func (w *way) keyOf(vertex int) int {
	v := &w.graph.Vertices[w.vertexTable[vertex]]
	return w.b.o.Catalog.ByID(v.Table).Schema.ByID(v.Key)
}

// key is the key of a vertex that is there.
func (w *way) key(vertex int) Expr { return w.s.col(w.first[vertex] + w.keyOf(vertex)) }

// vertex joins vertex i where on holds, which is given the columns of both.
func (w *way) vertex(i int, on func(s *scope, first int) Expr) {
	s := w.elementScope(w.vertices[i], w.vertexTable[i])
	w.first[i] = w.join(s, on)
}

// join puts the columns of right beside those that are there.
func (w *way) join(right *scope, on func(s *scope, first int) Expr) int {
	if w.s == nil {
		w.s = right
		return 0
	}
	k := len(w.s.cols)
	j := &Join{Kind: Cross, Left: w.s.node, Right: right.node, Pattern: true}
	s := joined(j, w.s, right)
	if on != nil {
		j.Kind = Inner
		extractKeys(j, conjuncts(on(s, k)), k)
	}
	w.s = s
	return k
}

func (w *way) equal(l, r Expr) Expr { return w.b.call("=", w.ref.Pos(), l, r) }

// step joins a plain edge and its far vertex.
func (w *way) step(i int) {
	e := w.edges[i]
	g := &w.graph.Edges[w.edgeTable[i]]
	schema := &w.pattern.table(e, w.edgeTable[i]).Schema
	near, far := schema.ByID(g.Source.Column), schema.ByID(g.Target.Column)
	if w.back[i] {
		near, far = far, near
	}
	from, to := e.from, e.to
	if w.first[from] < 0 {
		from, to, near, far = to, from, far, near
	}
	right := w.elementScope(e, w.edgeTable[i])
	at := w.join(right, func(s *scope, first int) Expr {
		on := w.equal(w.key(from), s.col(first+near))
		if w.first[to] >= 0 {
			on = and(on, w.equal(w.key(to), s.col(first+far)))
		}
		return on
	})
	w.edgeAt[i] = at
	if e.edge.Dir == sql.Either && w.back[i] && g.Source.Vertex == g.Target.Vertex { // forward it was there once already
		loop := w.b.call("<>", w.ref.Pos(), w.s.col(at+near), w.s.col(at+far))
		w.s.node = &Filter{Input: w.s.node, Cond: loop}
	}
	if w.first[to] < 0 {
		w.vertex(to, func(s *scope, first int) Expr {
			return w.equal(s.col(at+far), s.col(first+w.keyOf(to)))
		})
	}
}

// walk adds a quantified edge and its far vertex.
func (w *way) walk(i int) {
	e := w.edges[i]
	from, to, dir := e.from, e.to, e.edge.Dir
	turned := w.first[from] < 0
	if turned {
		from, to = to, from
	}
	closes := w.first[to] >= 0
	far := w.elementScope(w.vertices[to], w.vertexTable[to])
	end := w.scanOf(far, w.vertices[to].pos)
	n := &GraphWalk{Start: w.s.node, End: end, StartKey: w.first[from] + w.keyOf(from), EndKey: w.keyOf(to),
		StartAt: w.vertexTable[from], EndAt: w.vertexTable[to], Pairs: true, Turned: turned}
	n.Min, n.Max = e.steps()
	if e.search != sql.AllPaths {
		n.Mode = WalkShortest
	}
	if e.search == sql.AllShortest {
		n.Mode = WalkAllShortest
	}
	for _, t := range e.tables {
		if dir != sql.Backward {
			n.Steps = append(n.Steps, w.walkStep(e, t, turned))
		}
		if dir != sql.Forward {
			s := w.walkStep(e, t, !turned)
			s.NoLoops = dir == sql.Either && s.From == s.To
			n.Steps = append(n.Steps, s)
		}
	}
	for v := range w.graph.Vertices {
		n.Places = append(n.Places, Place{w.b.keyScan(w.graph.Vertices[v].Table, w.graph.Vertices[v].Key)})
	}
	n.trim()
	if n.Mode == WalkPaths && n.chains() > mostChains {
		w.b.tooComplex(w.ref.Pos(), fmt.Sprintf("the quantified edge can be walked in more than %d ways: name labels, or a direction", mostChains))
	}
	s := joined(n, w.s, far)
	at := len(w.s.cols)
	extra := len(far.cols) - len(end.Out) // NULLs for properties of other tables
	if w.paths[e.path].name != "" {
		if n.Length = w.calls("path_length"); n.Length {
			w.length[e.path] = len(s.cols)
			s.cols = append(s.cols, scopeCol{name: "path_length", t: record.T(record.Int64), nameless: true})
		}
		if n.Vertices = w.calls("vertices") && n.samePathKeys(); n.Vertices {
			w.verts[e.path] = len(s.cols)
			s.cols = append(s.cols, scopeCol{name: "vertices", t: n.pathType(), nameless: true})
		}
	}
	if extra > 0 {
		s.node = withNulls(n, s, at+len(end.Out), extra)
	}
	w.s = s
	if closes {
		for i := range far.cols { // the first one has the name
			w.s.cols[at+i].nameless = true
		}
		w.s.node = &Filter{Input: s.node, Cond: w.equal(w.key(to), s.col(at+n.EndKey))}
		return
	}
	w.first[to] = at
}

// samePathKeys reports whether an array can hold the keys of all places.
func (n *GraphWalk) samePathKeys() bool {
	return !slices.ContainsFunc(n.Places, func(p Place) bool {
		return (p.Vertex.Out[0].Type.Kind == record.Int64) != (n.Places[0].Vertex.Out[0].Type.Kind == record.Int64)
	})
}

// walkStep is one direction of edge table t; back goes from target to source.
func (w *way) walkStep(e *element, t int, back bool) WalkStep {
	g := &w.graph.Edges[t]
	scan := w.scanOf(w.elementScope(e, t), e.pos)
	schema := &w.pattern.table(e, t).Schema
	out := WalkStep{Edge: scan, Near: schema.ByID(g.Source.Column), Far: schema.ByID(g.Target.Column), From: g.Source.Vertex, To: g.Target.Vertex}
	if back {
		out.Near, out.Far, out.From, out.To = out.Far, out.Near, out.To, out.From
	}
	return out
}

// scanOf returns the scan that the rows of an element come from, with its
// conditions, and without the NULLs that elementScope adds.
func (w *way) scanOf(s *scope, pos int) *Scan {
	n := push(s.node, nil)
	if p, ok := n.(*Project); ok {
		n = p.Input
	}
	scan, ok := n.(*Scan)
	if !ok {
		w.b.fail(pos, fault.Unsupported, fault.Hint("put the condition into the WHERE after the patterns"),
			"a subquery in the WHERE of a quantified edge or of the vertex it leads to")
	}
	return scan
}

// withNulls gives s, whose node is n, its columns [at, at+k), which n lacks.
func withNulls(n Node, s *scope, at, k int) Node {
	p := &Project{Input: n}
	for i, c := range s.cols {
		var x Expr = Const{record.NullOf(c.t)}
		switch {
		case i < at:
			x = s.col(i)
		case i >= at+k:
			x = Col{i - k, c.name, c.t}
		}
		p.Exprs, p.Names = append(p.Exprs, x), append(p.Names, c.name)
	}
	return p
}

// keyScan reads one column of a table.
func (b *binder) keyScan(table record.TableID, key record.ColumnID) *Scan {
	t := b.o.Catalog.ByID(table)
	f := &t.Schema.Fields[t.Schema.ByID(key)]
	return &Scan{Table: t, NoIndex: b.o.NoIndex, Columns: []record.ColumnID{key}, Out: []Column{{f.Name, f.Type}}}
}
