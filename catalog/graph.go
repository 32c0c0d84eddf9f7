package catalog

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
)

// Graph is a property graph: tables whose rows are vertices, and tables whose
// rows are edges between them. It is immutable.
type Graph struct {
	Name     string
	ID       record.TableID // from the numbers of tables, never used again
	Vertices []VertexTable  // at least one
	Edges    []EdgeTable    `json:",omitempty"`
}

// VertexTable is a table of a graph whose rows are vertices.
type VertexTable struct {
	Table  record.TableID
	Alias  string          // its name in the graph, which no other element has
	Key    record.ColumnID // what edges name a vertex by: KEYWORD, TEXT or BIGINT
	Labels []string        // at least one; the alias unless others were given
}

// EdgeTable is a table of a graph whose rows are edges.
type EdgeTable struct {
	Table          record.TableID
	Alias          string
	Source, Target EdgeEnd
	Labels         []string
}

// EdgeEnd says which vertex an edge starts from or leads to: the one whose key
// equals Column.
type EdgeEnd struct {
	Column       record.ColumnID // of the edge table
	Vertex       int             // position in Graph.Vertices
	VertexColumn record.ColumnID // today always the key of that vertex table
}

// CreateGraph makes a property graph, and gives its tables the indexes it
// walks on. Graph.ID is given by Apply.
type CreateGraph struct {
	Graph       Graph
	IfNotExists bool
}

// DropGraph removes a property graph and those of its indexes that no other
// graph walks on. The tables stay.
type DropGraph struct {
	Name     string
	IfExists bool
}

// GraphEngine is the engine of the indexes that CreateGraph adds; RoleOption is
// the option that tells the two kinds of them apart.
const (
	GraphEngine = "graph"
	RoleOption  = "role"
	RoleVertex  = "vertex" // over the key
	RoleEdge    = "edge"   // over source and target, in this order
)

// Graph returns the property graph called name.
func (c *Catalog) Graph(name string) (*Graph, error) {
	if g := c.graphs[name]; g != nil {
		return g, nil
	}
	hint := fault.Hint("SHOW GRAPHS lists what exists")
	if near := Nearest(name, slices.Sorted(maps.Keys(c.graphs))); near != "" {
		hint = fault.Hint("did you mean " + near + "?")
	}
	return nil, fault.E("catalog: look up", fault.NotFound, fault.Item(name), hint, "no such property graph")
}

// Graphs returns all property graphs by name.
func (c *Catalog) Graphs() []*Graph {
	var out []*Graph
	for _, n := range slices.Sorted(maps.Keys(c.graphs)) {
		out = append(out, c.graphs[n])
	}
	return out
}

// Tables returns the ids of the graph's tables, ascending, each once.
func (g *Graph) Tables() []record.TableID {
	var ids []record.TableID
	for _, v := range g.Vertices {
		ids = append(ids, v.Table)
	}
	for _, e := range g.Edges {
		ids = append(ids, e.Table)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// GraphIndex returns the index of t that plays a role over these columns, or nil.
func (t *Table) GraphIndex(role string, columns ...record.ColumnID) *Index {
	i := slices.IndexFunc(t.Indexes, func(ix Index) bool { return ix.is(graphIndex{t.ID(), role, columns}) })
	if i < 0 {
		return nil
	}
	return &t.Indexes[i]
}

// graphIndex is an index that a graph needs.
type graphIndex struct {
	table   record.TableID
	role    string
	columns []record.ColumnID
}

func (g *Graph) needs() (out []graphIndex) {
	for _, v := range g.Vertices {
		out = append(out, graphIndex{v.Table, RoleVertex, []record.ColumnID{v.Key}})
	}
	for _, e := range g.Edges {
		out = append(out, graphIndex{e.Table, RoleEdge, []record.ColumnID{e.Source.Column, e.Target.Column}})
	}
	return out
}

func (ix *Index) is(n graphIndex) bool {
	return ix.Engine == GraphEngine && ix.Options[RoleOption] == n.role && slices.Equal(ix.Columns, n.columns)
}

func (c *Catalog) createGraph(cr *CreateGraph) (*Catalog, *Table, error) {
	g := cr.Graph
	if c.graphs[g.Name] != nil {
		if cr.IfNotExists {
			return c, nil, nil
		}
		return nil, nil, fault.E("catalog: create property graph", fault.Exists, fault.Item(g.Name),
			fault.Hint("DROP PROPERTY GRAPH it first, or use IF NOT EXISTS"), "the property graph already exists")
	}
	if c.byName[g.Name] != nil {
		return nil, nil, fault.E("catalog: create property graph", fault.Exists, fault.Item(g.Name), "a table has this name")
	}
	if err := c.checkGraph(&g); err != nil {
		return nil, nil, err
	}
	next := c.next()
	g.ID = next.nextID
	next.nextID++
	next.graphs[g.Name] = &g
	for _, n := range g.needs() {
		next.addGraphIndex(c, n)
	}
	return next, next.ByID(g.Vertices[0].Table), nil
}

// addGraphIndex gives a table of next an index unless it has it. The table's
// version rises once, whatever it gains over before.
func (c *Catalog) addGraphIndex(before *Catalog, n graphIndex) {
	t := c.ByID(n.table)
	if t.GraphIndex(n.role, n.columns...) != nil {
		return
	}
	ix := Index{Engine: GraphEngine, Columns: n.columns, Options: map[string]string{RoleOption: n.role}}
	stem := t.Name
	for _, f := range t.Fields(n.columns) {
		stem += "_" + f.Name
	}
	ix.Name = stem + "_" + n.role
	for i := 2; c.indexed(ix.Name) != nil; i++ {
		ix.Name = stem + "_" + n.role + "_" + strconv.Itoa(i)
	}
	c.reindexed(before, t, append(slices.Clone(t.Indexes), ix))
}

// reindexed puts t with other indexes into c, which is being made from before.
func (c *Catalog) reindexed(before *Catalog, t *Table, indexes []Index) {
	next := *t
	next.Indexes = indexes
	if next.Schema.Version == before.ByID(t.ID()).Schema.Version {
		next.Schema.Version++
	}
	c.byName[t.Name] = &next
}

func (c *Catalog) dropGraph(d *DropGraph) (*Catalog, *Table, error) {
	g, err := c.Graph(d.Name)
	if err != nil {
		if d.IfExists {
			return c, nil, nil
		}
		return nil, nil, err
	}
	next := c.next()
	delete(next.graphs, d.Name)
	for _, n := range g.needs() {
		if next.neededBy(n) != nil {
			continue
		}
		t := next.ByID(n.table)
		kept := slices.DeleteFunc(slices.Clone(t.Indexes), func(ix Index) bool { return ix.is(n) })
		if len(kept) < len(t.Indexes) {
			next.reindexed(c, t, kept)
		}
	}
	return next, next.ByID(g.Vertices[0].Table), nil
}

// neededBy returns a graph that walks on an index, or nil.
func (c *Catalog) neededBy(want graphIndex) *Graph {
	for _, g := range c.Graphs() {
		for _, n := range g.needs() {
			if n.table == want.table && n.role == want.role && slices.Equal(n.columns, want.columns) {
				return g
			}
		}
	}
	return nil
}

// inGraph refuses to remove a table that a graph is made of.
func (c *Catalog) inGraph(t *Table) error {
	for _, g := range c.Graphs() {
		if slices.Contains(g.Tables(), t.ID()) {
			return fault.E("catalog: drop table", fault.Invalid, fault.Code("2BP01"), fault.Item(t.Name),
				fault.Hint("DROP PROPERTY GRAPH "+g.Name+" first"), "property graph "+g.Name+" is made of this table")
		}
	}
	return nil
}

// walkedOn refuses to remove an index of t that a graph needs.
func (c *Catalog) walkedOn(t *Table, name string) error {
	for _, ix := range t.Indexes {
		if ix.Name != name || ix.Engine != GraphEngine {
			continue
		}
		if g := c.neededBy(graphIndex{t.ID(), ix.Options[RoleOption], ix.Columns}); g != nil {
			return fault.E("catalog: drop index", fault.Invalid, fault.Code("2BP01"), fault.Item(name),
				fault.Hint("DROP PROPERTY GRAPH "+g.Name+" drops it too"), "property graph "+g.Name+" walks on this index")
		}
	}
	return nil
}

// checkGraph checks what every graph must obey, whoever made it.
func (c *Catalog) checkGraph(g *Graph) error {
	bad := func(code fault.Code, format string, args ...any) error {
		return fault.E("catalog: create property graph", fault.Invalid, code, fault.Item(g.Name), fault.Errorf("", fault.Invalid, format, args...))
	}
	if g.Name == "" || len(g.Name) > MaxNameBytes {
		return bad("42602", "the name has %d bytes; a name has 1 to %d", len(g.Name), MaxNameBytes)
	}
	if len(g.Vertices) == 0 {
		return bad("42601", "no vertex tables; a graph has at least one")
	}
	var aliases []string
	for _, v := range g.Vertices {
		aliases = append(aliases, v.Alias)
		if _, err := c.graphColumn(v.Table, v.Key); err != nil {
			return bad("42703", "vertex table %s: %v", v.Alias, err)
		}
		if len(v.Labels) == 0 {
			return bad("42601", "vertex table %s has no label", v.Alias)
		}
	}
	for _, e := range g.Edges {
		aliases = append(aliases, e.Alias)
		if len(e.Labels) == 0 {
			return bad("42601", "edge table %s has no label", e.Alias)
		}
		for _, end := range []EdgeEnd{e.Source, e.Target} {
			if end.Vertex < 0 || end.Vertex >= len(g.Vertices) {
				return bad("42P01", "edge table %s refers to vertex table %d of %d", e.Alias, end.Vertex, len(g.Vertices))
			}
			v := g.Vertices[end.Vertex]
			from, err := c.graphColumn(e.Table, end.Column)
			if err != nil {
				return bad("42703", "edge table %s: %v", e.Alias, err)
			}
			if end.VertexColumn != v.Key {
				return bad("0A000", "edge table %s refers to another column of %s than its key", e.Alias, v.Alias)
			}
			if to, _ := c.graphColumn(v.Table, v.Key); from.Type.Storage() != to.Type.Storage() {
				return bad("42804", "%s.%s is %s, the key %s.%s is %s", e.Alias, from.Name, from.Type, v.Alias, to.Name, to.Type)
			}
		}
	}
	slices.Sort(aliases)
	for i := 1; i < len(aliases); i++ {
		if aliases[i] == aliases[i-1] {
			return bad("42712", "two tables of the graph are called %s; give one another name with AS", aliases[i])
		}
	}
	if i := slices.Index(aliases, ""); i >= 0 {
		return bad("42602", "a table of the graph has no name")
	}
	return nil
}

// graphColumn returns a column that names vertices.
func (c *Catalog) graphColumn(table record.TableID, column record.ColumnID) (record.Field, error) {
	const op = "catalog: column"
	t := c.ByID(table)
	if t == nil {
		return record.Field{}, fault.Errorf(op, fault.NotFound, "no table %d", table)
	}
	i := t.Schema.ByID(column)
	if i < 0 {
		return record.Field{}, fault.Errorf(op, fault.NotFound, "no column %d in %s", column, t.Name)
	}
	switch f := t.Schema.Fields[i]; f.Type.Kind {
	case record.Keyword, record.Text, record.Int64:
		return f, nil
	default:
		return f, fault.Errorf(op, fault.Unsupported, "%s is %s; a key is KEYWORD, TEXT or BIGINT", f.Name, f.Type)
	}
}

// String is for SHOW and messages: the vertices, and the edges between them.
func (g *Graph) String() string {
	var b strings.Builder
	b.WriteString(g.Name + ": ")
	for i, v := range g.Vertices {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString("(" + v.Alias + ")")
	}
	for _, e := range g.Edges {
		b.WriteString(", (" + g.Vertices[e.Source.Vertex].Alias + ")-[" + e.Alias + "]->(" + g.Vertices[e.Target.Vertex].Alias + ")")
	}
	return b.String()
}
