package sql

func (p *printer) graphTable(g *GraphTable) {
	p.str("GRAPH_TABLE (")
	p.dotted(g.Graph)
	p.str(" MATCH ")
	p.list(len(g.Patterns), func(i int) { p.pattern(&g.Patterns[i]) })
	p.clause(" WHERE ", g.Where)
	p.str(" COLUMNS (")
	p.list(len(g.Columns), func(i int) { p.selectItem(&g.Columns[i]) })
	p.str("))")
}

func (p *printer) pattern(path *PathPattern) {
	if path.Var.Name != "" {
		p.name(path.Var.Name)
		p.str(" = ")
	}
	if path.Search != AllPaths {
		p.str(path.Search.String(), " ")
	}
	for i := range path.Vertices {
		p.vertex(&path.Vertices[i])
		if i < len(path.Edges) {
			p.edge(&path.Edges[i])
		}
	}
}

func (p *printer) vertex(v *Vertex) {
	p.str("(")
	p.filler(v.Var, v.Labels, v.Where)
	p.str(")")
}

func (p *printer) edge(e *Edge) {
	if e.Dir == Backward {
		p.str("<")
	}
	p.str("-[")
	p.filler(e.Var, e.Labels, e.Where)
	p.str("]-")
	if e.Dir == Forward {
		p.str(">")
	}
	if e.Quant != nil {
		p.quantifier(e.Quant)
	}
}

// filler writes what stands in the brackets of a vertex or an edge.
func (p *printer) filler(v Ident, labels []Ident, where Expr) {
	start := len(p.b)
	p.str(identText(v.Name))
	for i, l := range labels {
		switch {
		case i > 0:
			p.str("|")
		case len(p.b) > start:
			p.str(" IS ")
		default:
			p.str("IS ")
		}
		p.name(l.Name)
	}
	if where != nil && len(p.b) > start {
		p.str(" ")
	}
	p.clause("WHERE ", where)
}

// identText is name for an identifier that may be missing.
func identText(s string) string {
	if s == "" {
		return ""
	}
	p := printer{}
	p.name(s)
	return string(p.b)
}

func (p *printer) quantifier(q *Quantifier) {
	switch {
	case q.Max < 0 && q.Min == 0:
		p.str("*")
	case q.Max < 0 && q.Min == 1:
		p.str("+")
	case q.Max < 0:
		p.str("{")
		p.int(q.Min)
		p.str(",}")
	case q.Min == q.Max:
		p.str("{")
		p.int(q.Min)
		p.str("}")
	default:
		p.str("{")
		p.int(q.Min)
		p.str(",")
		p.int(q.Max)
		p.str("}")
	}
}

func (p *printer) createGraph(s *CreateGraph) {
	p.create("PROPERTY GRAPH", s.IfNotExists)
	p.dotted(s.Name)
	p.str(" VERTEX TABLES (")
	p.list(len(s.Vertices), func(i int) { p.vertexTable(&s.Vertices[i]) })
	p.str(")")
	if len(s.Edges) > 0 {
		p.str(" EDGE TABLES (")
		p.list(len(s.Edges), func(i int) { p.edgeTable(&s.Edges[i]) })
		p.str(")")
	}
}

func (p *printer) vertexTable(v *VertexTable) {
	p.target(v.Table, v.Alias)
	p.idents(" KEY ", v.Key)
	p.labelled(v.Label, &v.Properties)
}

func (p *printer) edgeTable(e *EdgeTable) {
	p.target(e.Table, e.Alias)
	p.idents(" KEY ", e.Key)
	p.str(" SOURCE ")
	p.edgeEnd(&e.Source)
	p.str(" DESTINATION ")
	p.edgeEnd(&e.Destination)
	p.labelled(e.Label, &e.Properties)
}

func (p *printer) edgeEnd(e *EdgeEnd) {
	if len(e.Key) > 0 {
		p.idents("KEY ", e.Key)
		p.str(" REFERENCES ")
	}
	if e.Vertex.Name == keywordText[kwKey] {
		p.quoted(e.Vertex.Name)
	} else {
		p.name(e.Vertex.Name)
	}
	p.idents(" ", e.Columns)
}

func (p *printer) labelled(label Ident, props *Properties) {
	if label.Name != "" {
		p.str(" LABEL ")
		p.name(label.Name)
	}
	switch {
	case props.None:
		p.str(" NO PROPERTIES")
	case len(props.Items) > 0:
		p.str(" PROPERTIES (")
		p.list(len(props.Items), func(i int) { p.selectItem(&props.Items[i]) })
		p.str(")")
	}
}

// graphPart writes the nodes that only graphs have.
func (p *printer) graphPart(n Node) {
	switch n := n.(type) {
	case *PathPattern:
		p.pattern(n)
	case *Vertex:
		p.vertex(n)
	case *Edge:
		p.edge(n)
	case *Quantifier:
		p.quantifier(n)
	case *VertexTable:
		p.vertexTable(n)
	case *EdgeTable:
		p.edgeTable(n)
	case *EdgeEnd:
		p.edgeEnd(n)
	}
}

func (n *GraphTable) String() string  { return text(n) }
func (n *CreateGraph) String() string { return text(n) }
func (n *PathPattern) String() string { return text(n) }
func (n *Vertex) String() string      { return text(n) }
func (n *Edge) String() string        { return text(n) }
func (n *Quantifier) String() string  { return text(n) }
func (n *VertexTable) String() string { return text(n) }
func (n *EdgeTable) String() string   { return text(n) }
func (n *EdgeEnd) String() string     { return text(n) }
