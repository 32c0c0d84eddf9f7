package sql

import "strconv"

// graphTable reads GRAPH_TABLE (graph MATCH ... COLUMNS (...)) [alias].
func (p *parser) graphTable() TableRef {
	p.nest()
	defer p.unnest()
	g := &GraphTable{At: p.at()}
	p.take()
	p.expect(tLParen)
	g.Graph = p.dotted("a property graph")
	p.expectWord(kwMatch)
	p.commas(func() { g.Patterns = append(g.Patterns, p.pathPattern()) })
	if p.acceptWord(kwWhere) {
		g.Where = p.expr()
	}
	p.expectWord(kwColumns)
	p.expect(tLParen)
	p.commas(func() { g.Columns = append(g.Columns, p.selectItem()) })
	p.expect(tRParen)
	p.expect(tRParen)
	g.Alias = p.tableAlias()
	return g
}

// pathPattern reads [p =] [ANY SHORTEST] (v)-[e]->(w)...
func (p *parser) pathPattern() PathPattern {
	path := PathPattern{At: p.at()}
	if p.isName(0) {
		path.Var = p.takeIdent()
		p.expect(tEq)
	}
	switch {
	case p.acceptWords(kwAny, kwShortest):
		path.Search = AnyShortest
	case p.acceptWords(kwAll, kwShortest):
		path.Search = AllShortest
	case p.acceptWord(kwAny):
		path.Search = AnyPath
	}
	path.Vertices = []Vertex{p.vertex()}
	for {
		e, ok := p.edge()
		if !ok {
			return path
		}
		path.Edges = append(path.Edges, e)
		v := Vertex{At: p.at()} // an edge after an edge: anything between them
		if p.peek() == tLParen {
			v = p.vertex()
		} else if !p.edgeStarts() {
			p.expect(tLParen)
		}
		path.Vertices = append(path.Vertices, v)
	}
}

func (p *parser) vertex() Vertex {
	v := Vertex{At: p.at()}
	p.expect(tLParen)
	if k := p.peek(); k == tLParen || k == tMinus || k == tLt {
		p.unsupported(p.pos(), "a path in parentheses inside a pattern is not supported", "put the quantifier on a single edge: -[e]->{1,3}")
	}
	v.Var, v.Labels, v.Where = p.filler()
	p.expect(tRParen)
	return v
}

// filler reads [variable] [IS label|label] [WHERE condition].
func (p *parser) filler() (v Ident, labels []Ident, where Expr) {
	if p.isName(0) {
		v = p.takeIdent()
	}
	if p.acceptWord(kwIs) || p.acceptColon() {
		labels = append(labels, p.ident("a label"))
		for p.peek() == tBar {
			p.take()
			labels = append(labels, p.ident("a label"))
		}
	}
	if p.acceptWord(kwWhere) {
		where = p.expr()
	}
	return v, labels, where
}

// acceptColon takes the colon that some write for IS.
func (p *parser) acceptColon() bool {
	if p.peek() != tColon {
		return false
	}
	p.take()
	return true
}

func (p *parser) edgeStarts() bool {
	switch p.peek() {
	case tMinus, tArrow, tLt, tDistance:
		return true
	}
	return false
}

// edge reads -[...]->, <-[...]-, -[...]-, ->, <-, - or <->, and a quantifier.
func (p *parser) edge() (Edge, bool) {
	e := Edge{At: p.at()}
	switch {
	case p.peek() == tArrow: // ->
		p.take()
	case p.peek() == tDistance: // <->
		p.take()
		e.Dir = Either
	case p.peek() == tLt && p.peekAt(1) == tMinus:
		p.take()
		p.take()
		e.Dir = Backward
		if p.peek() == tLBracket {
			p.edgeBody(&e)
			if p.edgeEnd() {
				e.Dir = Either // <-[]->
			}
		}
	case p.peek() == tMinus:
		p.take()
		e.Dir = Either
		if p.peek() == tLBracket {
			p.edgeBody(&e)
			if p.edgeEnd() {
				e.Dir = Forward
			}
		}
	default:
		return e, false
	}
	e.Quant = p.quantifierOf()
	return e, true
}

func (p *parser) edgeBody(e *Edge) {
	p.expect(tLBracket)
	e.Var, e.Labels, e.Where = p.filler()
	p.expect(tRBracket)
}

// edgeEnd passes -> or - after the bracket and reports whether it was an arrow.
func (p *parser) edgeEnd() bool {
	if p.accept(tArrow) {
		return true
	}
	p.expect(tMinus)
	return false
}

// quantifierOf reads {n}, {m,n}, {m,}, {,n}, *, + or ?; nil if there is none.
func (p *parser) quantifierOf() *Quantifier {
	q := &Quantifier{At: p.at(), Max: -1}
	switch p.peek() {
	case tStar:
		p.take()
	case tPlus:
		p.take()
		q.Min = 1
	case tQuestion:
		p.take()
		q.Max = 1
	case tLBrace:
		p.take()
		p.braces(q)
	default:
		return nil
	}
	return q
}

func (p *parser) braces(q *Quantifier) {
	if p.peek() == tInt {
		q.Min = p.steps()
		q.Max = q.Min
	} else if p.peek() != tComma {
		p.want(expectation{text: "a number of steps"})
		p.fail()
	}
	if p.accept(tComma) {
		q.Max = -1
		if p.peek() == tInt {
			q.Max = p.steps()
		}
	}
	p.expect(tRBrace)
	if q.Max == 0 || q.Max > 0 && q.Max < q.Min {
		p.failAt(q.Pos(), "quantifier {%d,%d} allows no path", q.Min, q.Max)
	}
}

// steps reads a number of steps.
func (p *parser) steps() int {
	t := p.take()
	n, err := strconv.Atoi(p.text[t.start:t.end])
	const most = 1 << 20 // far beyond any cap of the planner
	if err != nil || n > most {
		p.failAt(int(t.start), "%s steps are more than %d", p.text[t.start:t.end], most)
	}
	return n
}

// createGraph reads CREATE PROPERTY GRAPH after its keywords.
func (p *parser) createGraph() *CreateGraph {
	s := &CreateGraph{IfNotExists: p.ifNotExists(), Name: p.dotted("a name for the graph")}
	p.expectWord(kwVertex, kwTables)
	p.expect(tLParen)
	p.commas(func() { s.Vertices = append(s.Vertices, p.vertexTable()) })
	p.expect(tRParen)
	if p.acceptWord(kwEdge) {
		p.expectWord(kwTables)
		p.expect(tLParen)
		p.commas(func() { s.Edges = append(s.Edges, p.edgeTable()) })
		p.expect(tRParen)
	}
	return s
}

func (p *parser) vertexTable() VertexTable {
	v := VertexTable{At: p.at(), Table: p.tableName("a table")}
	v.Alias, v.Key = p.aliasAndKey()
	v.Label, v.Properties = p.labelled()
	return v
}

func (p *parser) edgeTable() EdgeTable {
	e := EdgeTable{At: p.at(), Table: p.tableName("a table")}
	e.Alias, e.Key = p.aliasAndKey()
	p.expectWord(kwSource)
	e.Source = p.edgeEndTable()
	p.expectWord(kwDestination)
	e.Destination = p.edgeEndTable()
	e.Label, e.Properties = p.labelled()
	return e
}

func (p *parser) aliasAndKey() (alias Ident, key []Ident) {
	if p.acceptWord(kwAs) {
		alias = p.ident("a name for the table")
	}
	if p.acceptWord(kwKey) {
		key = p.identList("a column name")
	}
	return alias, key
}

func (p *parser) edgeEndTable() EdgeEnd {
	e := EdgeEnd{At: p.at()}
	if p.acceptWord(kwKey) {
		e.Key = p.identList("a column name")
		p.expectWord(kwReferences)
	}
	e.Vertex = p.ident("a vertex table")
	if p.peek() == tLParen {
		e.Columns = p.identList("a column name")
	}
	return e
}

func (p *parser) labelled() (label Ident, props Properties) {
	if p.acceptWord(kwLabel) {
		label = p.ident("a label")
	}
	switch {
	case p.acceptWord(kwNo):
		p.expectWord(kwProperties)
		props.None = true
	case p.acceptWord(kwProperties):
		p.expect(tLParen)
		p.commas(func() { props.Items = append(props.Items, p.selectItem()) })
		p.expect(tRParen)
	}
	return label, props
}
