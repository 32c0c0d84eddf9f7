package catalog

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
)

// skies is a machine with airports (id 1), flights (id 2) and the graph of them.
func skies(t *testing.T, dir string) *Machine {
	t.Helper()
	m, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	table := func(index uint64, name string, columns ...record.Field) {
		apply(t, m, index, Change{Create: &CreateTable{Table: Table{Name: name, Schema: record.Schema{Fields: columns}, Sharding: Sharding{Ranges: EvenRanges([]uint32{1, 2})}}}})
	}
	kw := func(name string) record.Field { return record.Field{Name: name, Type: record.T(record.Keyword)} }
	table(1, "airports", kw("iata"), record.Field{Name: "elev", Type: record.T(record.Int64)}, record.Field{Name: "height", Type: record.T(record.Float64)})
	table(2, "flights", kw("origin"), kw("dest"))
	apply(t, m, 3, Change{CreateGraph: &CreateGraph{Graph: skiesGraph()}})
	return m
}

func skiesGraph() Graph {
	return Graph{Name: "skies", Vertices: []VertexTable{{Table: 1, Alias: "airports", Key: 1, Labels: []string{"airports"}}},
		Edges: []EdgeTable{{Table: 2, Alias: "flights", Source: EdgeEnd{1, 0, 1}, Target: EdgeEnd{2, 0, 1}, Labels: []string{"flies"}}}}
}

func TestGraphGivesItsTablesIndexes(t *testing.T) {
	m := skies(t, t.TempDir())
	want := func(table string, version uint32, names ...string) {
		t.Helper()
		tab, err := m.Current().Table(table)
		if err != nil {
			t.Fatal(err)
		}
		var have []string
		for _, ix := range tab.Indexes {
			have = append(have, ix.Name)
		}
		if strings.Join(have, " ") != strings.Join(names, " ") || tab.Schema.Version != version {
			t.Fatalf("%s has indexes %v at version %d, want %v at %d", table, have, tab.Schema.Version, names, version)
		}
	}
	want("airports", 2, "airports_iata_vertex")
	want("flights", 2, "flights_origin_dest_edge")
	tab, _ := m.Current().Table("flights")
	if ix := tab.GraphIndex(RoleEdge, 1, 2); ix == nil || ix.Options[RoleOption] != RoleEdge || tab.GraphIndex(RoleEdge, 2, 1) != nil {
		t.Fatalf("the index of the edges is %+v", ix)
	}

	// A second graph walks on the same index one way, and needs one more the other way.
	back := skiesGraph()
	back.Name = "back"
	back.Edges = append(back.Edges, back.Edges[0])
	back.Edges[1].Alias, back.Edges[1].Source, back.Edges[1].Target = "returns", EdgeEnd{2, 0, 1}, EdgeEnd{1, 0, 1}
	apply(t, m, 4, Change{CreateGraph: &CreateGraph{Graph: back}})
	want("airports", 2, "airports_iata_vertex")
	want("flights", 3, "flights_origin_dest_edge", "flights_dest_origin_edge")
	apply(t, m, 5, Change{DropGraph: &DropGraph{Name: "back"}})
	want("airports", 2, "airports_iata_vertex")
	want("flights", 4, "flights_origin_dest_edge")
	apply(t, m, 6, Change{DropGraph: &DropGraph{Name: "skies"}})
	want("airports", 3)
	want("flights", 5)
	apply(t, m, 7, Change{Drop: &DropTable{Name: "flights"}})
}

func TestGraphErrors(t *testing.T) {
	c := skies(t, t.TempDir()).Current()
	f := func(code fault.Code, text string, ch Change) {
		t.Helper()
		_, _, err := c.Apply(ch)
		if err == nil || fault.CodeOf(err) != code || !strings.Contains(err.Error()+fault.HintOf(err), text) {
			t.Errorf("got %v (%s, hint %q), want %s with %q", err, fault.CodeOf(err), fault.HintOf(err), code, text)
		}
	}
	graph := func(change func(*Graph)) Change {
		g := skiesGraph()
		g.Name = "other"
		change(&g)
		return Change{CreateGraph: &CreateGraph{Graph: g}}
	}
	f("42P07", "already exists", graph(func(g *Graph) { g.Name = "skies" }))
	f("42P07", "a table has this name", graph(func(g *Graph) { g.Name = "flights" }))
	f("42602", "1 to 255", graph(func(g *Graph) { g.Name = "" }))
	f("42601", "no vertex tables", graph(func(g *Graph) { g.Vertices = nil }))
	f("42703", "no table 9", graph(func(g *Graph) { g.Vertices[0].Table = 9 }))
	f("42703", "no column 7 in flights", graph(func(g *Graph) { g.Edges[0].Target.Column = 7 }))
	f("42703", "height is DOUBLE", graph(func(g *Graph) { g.Vertices[0].Key = 3 }))
	f("42804", "flights.origin is KEYWORD, the key airports.elev is BIGINT", graph(func(g *Graph) {
		g.Vertices[0].Key, g.Edges[0].Source.VertexColumn, g.Edges[0].Target.VertexColumn = 2, 2, 2
	}))
	f("0A000", "another column", graph(func(g *Graph) { g.Edges[0].Source.VertexColumn = 2 }))
	f("42P01", "vertex table 1 of 1", graph(func(g *Graph) { g.Edges[0].Source.Vertex = 1 }))
	f("42712", "two tables of the graph are called airports", graph(func(g *Graph) { g.Edges[0].Alias = "airports" }))
	f("2BP01", "DROP PROPERTY GRAPH skies first", Change{Drop: &DropTable{Name: "airports"}})
	f("2BP01", "walks on this index", Change{DropIndex: &DropIndex{Name: "airports_iata_vertex"}})
	f("42P07", "a property graph has this name", Change{Create: &CreateTable{Table: func() Table { t := flights(); t.Name = "skies"; return t }()}})
	f("42P01", "did you mean skies?", Change{DropGraph: &DropGraph{Name: "skis"}})
	for _, ch := range []Change{{DropGraph: &DropGraph{Name: "skis", IfExists: true}}, {CreateGraph: &CreateGraph{Graph: skiesGraph(), IfNotExists: true}}} {
		if next, made, err := c.Apply(ch); next != c || made != nil || err != nil {
			t.Errorf("%+v: %v, %v, want nothing done", ch, made, err)
		}
	}
}

func TestGraphsAreKept(t *testing.T) {
	dir := t.TempDir()
	m := skies(t, dir)
	if err := m.Flush(); err != nil {
		t.Fatal(err)
	}
	again, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	want := skiesGraph()
	want.ID = 3
	if g, err := again.Current().Graph("skies"); err != nil || !reflect.DeepEqual(*g, want) {
		t.Fatalf("%+v, %v, want %+v", g, err, want)
	}
	if got := want.String(); got != "skies: (airports), (airports)-[flights]->(airports)" {
		t.Error(got)
	}
	// A file from before there were graphs.
	body, err := os.ReadFile(filepath.Join(dir, fileName))
	if err != nil {
		t.Fatal(err)
	}
	s, err := decodeState(body)
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Graphs) != 1 {
		t.Fatalf("%d graphs in the file", len(s.Graphs))
	}
	old := t.TempDir()
	m, _ = Open(old)
	apply(t, m, 1, Change{Create: &CreateTable{Table: flights()}})
	if err := m.Flush(); err != nil {
		t.Fatal(err)
	}
	if body, _ = os.ReadFile(filepath.Join(old, fileName)); strings.Contains(string(body), "Graphs") {
		t.Error("a catalog without graphs writes them")
	}
	if again, err = Open(old); err != nil || len(again.Current().Graphs()) != 0 {
		t.Fatalf("%v graphs, %v", again.Current().Graphs(), err)
	}
}
