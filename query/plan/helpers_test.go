package plan

import (
	"testing"
	"time"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/query/sql"
	"github.com/quindex/quindex/record"
)

// column is a field of a table of the tests; ids are given by the catalog.
func column(name string, t record.Type) record.Field { return record.Field{Name: name, Type: t} }

func kind(k record.Kind) record.Type { return record.T(k) }

// testCatalog has the demo's tables, and one of every type.
func testCatalog(t testing.TB) *catalog.Catalog {
	t.Helper()
	c := catalog.Empty()
	add := func(name string, by []record.ColumnID, fields ...record.Field) {
		shards := []uint32{1, 2, 3, 4, 5, 6, 7, 8}
		table := catalog.Table{Name: name, Schema: record.Schema{Fields: fields}, Sharding: catalog.Sharding{By: by, Ranges: catalog.EvenRanges(shards)}}
		next, _, err := c.Apply(catalog.Change{Create: &catalog.CreateTable{Table: table}})
		if err != nil {
			t.Fatal(err)
		}
		c = next
	}
	k, i := kind(record.Keyword), kind(record.Int64)
	add("flights", []record.ColumnID{1}, column("origin", k), column("dest", k), column("dep", kind(record.Timestamp)), column("delay", i), column("dist", i))
	add("airports", nil, column("ident", k), column("iata", k), column("name", kind(record.Text)), column("loc", kind(record.Point)),
		column("country", k), column("elev_ft", i))
	add("quakes", nil, column("id", k), column("at", kind(record.Timestamp)), column("loc", kind(record.Point)),
		column("mag", record.DecimalType(4, 2)), column("place", kind(record.Text)))
	add("types", nil, column("b", kind(record.Bool)), column("i", i), column("f", kind(record.Float64)), column("d", record.DecimalType(10, 2)),
		column("k", k), column("t", kind(record.Text)), column("ts", kind(record.Timestamp)), column("day", kind(record.Date)),
		column("p", kind(record.Point)), column("j", kind(record.JSON)), column("bytes", kind(record.Bytes)),
		column("ks", kind(record.KeywordArray)), column("is", kind(record.Int64Array)), column("fs", kind(record.Float64Array)))
	add("buoys", nil, column("n", i), column("loc", kind(record.Point)))
	next, _, err := c.Apply(catalog.Change{AddIndex: &catalog.AddIndex{Table: "buoys", Index: catalog.Index{Name: "loc_geo", Engine: "geo", Columns: []record.ColumnID{2}}}})
	if err != nil {
		t.Fatal(err)
	}
	return withGraph(t, next)
}

// withGraph makes flights edges between airports, and rows of types edges from
// airports to buoys, whose keys are numbers.
func withGraph(t testing.TB, c *catalog.Catalog) *catalog.Catalog {
	t.Helper()
	id := func(name string) record.TableID {
		table, err := c.Table(name)
		if err != nil {
			t.Fatal(err)
		}
		return table.ID()
	}
	g := catalog.Graph{Name: "skies",
		Vertices: []catalog.VertexTable{{Table: id("airports"), Alias: "airports", Key: 2, Labels: []string{"airports"}}, {Table: id("buoys"), Alias: "buoys", Key: 1, Labels: []string{"buoys"}}},
		Edges: []catalog.EdgeTable{
			{Table: id("flights"), Alias: "flights", Source: catalog.EdgeEnd{Column: 1, VertexColumn: 2}, Target: catalog.EdgeEnd{Column: 2, VertexColumn: 2}, Labels: []string{"flies"}},
			{Table: id("types"), Alias: "types", Source: catalog.EdgeEnd{Column: 5, VertexColumn: 2}, Target: catalog.EdgeEnd{Column: 2, Vertex: 1, VertexColumn: 1}, Labels: []string{"sees"}},
		}}
	next, _, err := c.Apply(catalog.Change{CreateGraph: &catalog.CreateGraph{Graph: g}})
	if err != nil {
		t.Fatal(err)
	}
	return next
}

// stats are sizes of the demo's tables.
type stats struct{ c *catalog.Catalog }

func (s stats) Rows(id record.TableID) (int64, bool) {
	t := s.c.ByID(id)
	rows, ok := map[string]int64{"flights": 228_738, "airports": 5_210, "quakes": 1_707}[t.Name]
	return rows, ok
}

// within is an engine of the tests that brings one function and builds nothing.
type within struct{ engines.Engine }

func (within) Name() string { return "within" }
func (within) Functions() []engines.Function {
	return []engines.Function{{
		Name: "st_dwithin", Fields: []record.Kind{record.Point},
		Args: []engines.Arg{{Name: "point", Kinds: []record.Kind{record.Point}}, {Name: "metres", Kinds: []record.Kind{record.Float64}}},
		Eval: func(fields, args []record.Value) (predicate.Truth, error) { return predicate.True, nil },
		Doc:  "st_dwithin(loc, point, metres): within metres of point",
	}}
}

func testOptions(t testing.TB, text string) Options {
	c := testCatalog(t)
	return Options{Catalog: c, Registry: engines.NewRegistry(within{}), Text: text, Stats: stats{c},
		Now: time.Date(2001, 1, 10, 12, 0, 0, 0, time.UTC)}
}

// parse reads a query.
func parseQuery(t testing.TB, text string) (*sql.Query, error) {
	t.Helper()
	s, err := sql.Parse(text)
	if err != nil {
		return nil, err
	}
	q, ok := s.(*sql.Query)
	if !ok {
		t.Fatalf("%s: not a query", text)
	}
	return q, nil
}
