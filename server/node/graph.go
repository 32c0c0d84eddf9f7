package node

import (
	"context"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/query/sql"
	"github.com/quindex/quindex/record"
)

// createGraph makes a property graph and returns when every segment of its
// tables has the index it walks on. Rows may be there already or come later.
func (n *Node) createGraph(ctx context.Context, s *sql.CreateGraph, r Request) (*Result, error) {
	d := graphDefiner{cat: n.Catalog(), text: r.SQL, byAlias: map[string]int{}}
	done := &Result{Tag: "CREATE PROPERTY GRAPH"}
	if _, err := d.cat.Graph(s.Name.Last()); err == nil && s.IfNotExists {
		return done, nil
	}
	g, err := d.graph(s)
	if err != nil {
		return nil, err
	}
	made, err := n.decide(ctx, catalog.Change{CreateGraph: &catalog.CreateGraph{Graph: *g, IfNotExists: s.IfNotExists}})
	if err != nil {
		return nil, fault.E("sql: create property graph", fault.At(r.SQL, s.Name.Pos()), err)
	}
	if made == nil {
		return done, nil
	}
	tables, err := n.fenceTables(ctx, g)
	for i := 0; err == nil && i < len(tables); i++ {
		err = n.reindex(ctx, tables[i])
	}
	return done, err
}

// fenceTables tells the shards of a graph's tables what those are now.
func (n *Node) fenceTables(ctx context.Context, g *catalog.Graph) ([]*catalog.Table, error) {
	cat := n.Catalog()
	var tables []*catalog.Table
	for _, id := range g.Tables() {
		t := cat.ByID(id)
		if t == nil {
			continue
		}
		if err := n.fence(ctx, t); err != nil {
			return nil, err
		}
		tables = append(tables, t)
	}
	return tables, nil
}

func (n *Node) dropGraphs(ctx context.Context, s *sql.Drop, r Request) (*Result, error) {
	for _, name := range s.Names {
		g, _ := n.Catalog().Graph(name.Last())
		changed, err := n.decide(ctx, catalog.Change{DropGraph: &catalog.DropGraph{Name: name.Last(), IfExists: s.IfExists}})
		if err == nil && changed != nil && g != nil {
			_, err = n.fenceTables(ctx, g)
		}
		if err != nil {
			return nil, fault.E("sql: drop property graph", fault.At(r.SQL, name.Pos()), err)
		}
	}
	n.graphsChanged()
	return &Result{Tag: "DROP PROPERTY GRAPH"}, nil
}

// showGraphs answers SHOW GRAPHS.
func (n *Node) showGraphs() *Result {
	kw := record.T(record.Keyword)
	columns := []plan.Column{{Name: "graph", Type: kw}, {Name: "element", Type: kw}, {Name: "kind", Type: kw}, {Name: "table", Type: kw},
		{Name: "label", Type: kw}, {Name: "key", Type: kw}, {Name: "leads", Type: kw}}
	cat := n.Catalog()
	var rows [][]record.Value
	add := func(g *catalog.Graph, alias, kind string, table record.TableID, labels []string, leads string, key ...record.ColumnID) {
		row := []record.Value{record.KeywordValue(g.Name), record.KeywordValue(alias), record.KeywordValue(kind)}
		t := cat.ByID(table)
		names := ""
		for i, f := range t.Fields(key) {
			if i > 0 {
				names += ", "
			}
			names += f.Name
		}
		row = append(row, record.KeywordValue(t.Name), record.KeywordValue(labels[0]), record.KeywordValue(names), record.NullOf(kw))
		if leads != "" {
			row[len(row)-1] = record.KeywordValue(leads)
		}
		rows = append(rows, row)
	}
	for _, g := range cat.Graphs() {
		for _, v := range g.Vertices {
			add(g, v.Alias, "vertex", v.Table, v.Labels, "", v.Key)
		}
		for _, e := range g.Edges {
			leads := g.Vertices[e.Source.Vertex].Alias + " -> " + g.Vertices[e.Target.Vertex].Alias
			add(g, e.Alias, "edge", e.Table, e.Labels, leads, e.Source.Column, e.Target.Column)
		}
	}
	return valuesResult("SHOW", columns, rows...)
}

// graphDefiner turns a CREATE PROPERTY GRAPH into a graph for the catalog.
type graphDefiner struct {
	cat     *catalog.Catalog
	text    string
	g       catalog.Graph
	byAlias map[string]int // vertex tables
}

func (d *graphDefiner) graph(s *sql.CreateGraph) (*catalog.Graph, error) {
	d.g.Name = s.Name.Last()
	names := map[string]bool{}
	once := func(name string, pos int) error {
		if names[name] {
			return d.bad(pos, "42712", "two tables of the graph are called "+name+"; give one another name with AS")
		}
		names[name] = true
		return nil
	}
	for i := range s.Vertices {
		v, err := d.vertex(&s.Vertices[i])
		if err == nil {
			err = once(v.Alias, s.Vertices[i].Pos())
		}
		if err != nil {
			return nil, err
		}
		d.byAlias[v.Alias] = len(d.g.Vertices)
		d.g.Vertices = append(d.g.Vertices, v)
	}
	for i := range s.Edges {
		e, err := d.edge(&s.Edges[i])
		if err == nil {
			err = once(e.Alias, s.Edges[i].Pos())
		}
		if err != nil {
			return nil, err
		}
		d.g.Edges = append(d.g.Edges, e)
	}
	return &d.g, nil
}

func (d *graphDefiner) vertex(s *sql.VertexTable) (v catalog.VertexTable, err error) {
	t, err := d.table(s.Table)
	if err != nil {
		return v, err
	}
	v.Table = t.ID()
	v.Alias, v.Labels, err = d.named(t, s.Alias, s.Label, &s.Properties, s.Pos())
	if err != nil {
		return v, err
	}
	if len(s.Key) > 0 {
		v.Key, err = d.column(t, s.Key)
		return v, err
	}
	switch len(t.Key) {
	case 0:
		return v, d.bad(s.Pos(), "42P16", t.Name+" has no primary key: say KEY (column)")
	case 1:
		v.Key = t.Key[0]
	default:
		return v, d.unsupported(s.Pos(), "the primary key of "+t.Name+" has several columns; a vertex has a key of one: say KEY (column)")
	}
	return v, d.keyType(t, v.Key, s.Pos())
}

func (d *graphDefiner) edge(s *sql.EdgeTable) (e catalog.EdgeTable, err error) {
	t, err := d.table(s.Table)
	if err != nil {
		return e, err
	}
	e.Table = t.ID()
	e.Alias, e.Labels, err = d.named(t, s.Alias, s.Label, &s.Properties, s.Pos())
	if err == nil {
		e.Source, err = d.end(t, &s.Source, "SOURCE")
	}
	if err == nil {
		e.Target, err = d.end(t, &s.Destination, "DESTINATION")
	}
	return e, err
}

func (d *graphDefiner) end(t *catalog.Table, s *sql.EdgeEnd, which string) (end catalog.EdgeEnd, err error) {
	at, ok := d.byAlias[s.Vertex.Name]
	if !ok {
		hint := ""
		if near := catalog.Nearest(s.Vertex.Name, d.vertices()); near != "" {
			hint = "; did you mean " + near + "?"
		}
		return end, fault.E("sql: create property graph", fault.NotFound, fault.At(d.text, s.Vertex.Pos()),
			s.Vertex.Name+" is no vertex table of this graph"+hint)
	}
	end.Vertex, end.VertexColumn = at, d.g.Vertices[at].Key
	if len(s.Key) == 0 {
		return end, d.bad(s.Pos(), "42601", "there are no foreign keys: say "+which+" KEY (column) REFERENCES "+s.Vertex.Name)
	}
	if end.Column, err = d.column(t, s.Key); err != nil {
		return end, err
	}
	v := d.cat.ByID(d.g.Vertices[at].Table)
	if len(s.Columns) > 0 {
		to, err := d.column(v, s.Columns)
		if err != nil {
			return end, err
		}
		if to != end.VertexColumn {
			return end, d.unsupported(s.Columns[0].Pos(), "an edge refers to the key of "+s.Vertex.Name+", which is "+d.name(v, end.VertexColumn))
		}
	}
	from, to := t.Fields([]record.ColumnID{end.Column})[0], v.Fields([]record.ColumnID{end.VertexColumn})[0]
	if !engines.SameKeys(from.Type, to.Type) {
		return end, d.bad(s.Key[0].Pos(), "42804", t.Name+"."+from.Name+" is "+from.Type.String()+", the key "+v.Name+"."+to.Name+" is "+to.Type.String())
	}
	return end, nil
}

func (d *graphDefiner) vertices() (names []string) {
	for _, v := range d.g.Vertices {
		names = append(names, v.Alias)
	}
	return names
}

func (d *graphDefiner) name(t *catalog.Table, id record.ColumnID) string {
	return t.Fields([]record.ColumnID{id})[0].Name
}

func (d *graphDefiner) table(name *sql.Name) (*catalog.Table, error) {
	t, err := d.cat.Table(name.Last())
	if err != nil {
		return nil, fault.E("sql: create property graph", fault.At(d.text, name.Pos()), err)
	}
	return t, nil
}

// named returns an element's name in the graph and its labels.
func (d *graphDefiner) named(t *catalog.Table, alias, label sql.Ident, props *sql.Properties, pos int) (string, []string, error) {
	name := t.Name
	if alias.Name != "" {
		name = alias.Name
	}
	if props.None || len(props.Items) > 0 {
		return "", nil, d.unsupported(pos, "PROPERTIES is not there yet; every column of "+t.Name+" is a property")
	}
	if label.Name != "" {
		return name, []string{label.Name}, nil
	}
	return name, []string{name}, nil
}

// column returns the one column that names vertices.
func (d *graphDefiner) column(t *catalog.Table, key []sql.Ident) (record.ColumnID, error) {
	if len(key) > 1 {
		return 0, d.unsupported(key[1].Pos(), "a key of several columns is not there yet")
	}
	i := t.Schema.Field(key[0].Name)
	if i < 0 {
		return 0, noColumn("sql: create property graph", d.text, key[0].Pos(), key[0].Name, t)
	}
	id := t.Schema.Fields[i].ID
	return id, d.keyType(t, id, key[0].Pos())
}

func (d *graphDefiner) keyType(t *catalog.Table, id record.ColumnID, pos int) error {
	f := t.Fields([]record.ColumnID{id})[0]
	if err := engines.NodeKey(f.Type); err != nil {
		return fault.E("sql: create property graph", fault.At(d.text, pos), fault.Item(f.Name), err)
	}
	return nil
}

func (d *graphDefiner) unsupported(pos int, why string) error {
	return fault.E("sql: create property graph", fault.Unsupported, fault.At(d.text, pos), why)
}

func (d *graphDefiner) bad(pos int, code fault.Code, why string) error {
	return fault.E("sql: create property graph", fault.Invalid, code, fault.At(d.text, pos), why)
}
