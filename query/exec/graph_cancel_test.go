package exec

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/engines/all"
	"github.com/quindex/quindex/engines/enginetest"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
	"github.com/quindex/quindex/store"
)

// network is a graph over vertices 0..n-1 whose edges lie in several parts,
// with the indexes of the graph engine or without any.
type network struct {
	reg     *engines.Registry
	views   []*store.View
	vertex  *catalog.Table
	edge    *catalog.Table
	n       int
	shared  *engines.Nodes // the directory of all statements
	indexed bool
}

func newNetwork(t *testing.T, n, parts int, edges [][2]int64, indexed bool) *network {
	t.Helper()
	i64 := record.T(record.Int64)
	g := &network{reg: all.Registry(), n: n, indexed: indexed,
		vertex: &catalog.Table{Name: "v", Schema: record.Schema{Table: 1, Version: 1, Fields: []record.Field{{ID: 1, Name: "id", Type: i64}}}},
		edge:   &catalog.Table{Name: "e", Schema: record.Schema{Table: 2, Version: 1, Fields: []record.Field{{ID: 1, Name: "a", Type: i64}, {ID: 2, Name: "b", Type: i64}}}}}
	var err error
	if g.shared, err = engines.NewNodes(i64); err != nil {
		t.Fatal(err)
	}
	ids := record.NewBatch(&g.vertex.Schema, n)
	for i := range n {
		ids.AppendRow(record.IntValue(int64(i)))
	}
	g.views = append(g.views, &store.View{Table: g.vertex, Parts: []store.Part{g.part(t, &g.vertex.Schema, ids, "vertex")}})
	view := &store.View{Table: g.edge}
	for p := range parts {
		b := record.NewBatch(&g.edge.Schema, 0)
		for i := p; i < len(edges); i += parts {
			b.AppendRow(record.IntValue(edges[i][0]), record.IntValue(edges[i][1]))
		}
		view.Parts = append(view.Parts, g.part(t, &g.edge.Schema, b, "edge"))
	}
	g.views = append(g.views, view)
	return g
}

func (g *network) part(t *testing.T, s *record.Schema, b *record.Batch, role string) store.Part {
	t.Helper()
	src := engines.BatchColumns(s, b)
	p := store.Part{Name: role, Rows: b.N, Live: rows.All(b.N), Columns: src}
	if !g.indexed {
		return p
	}
	def := engines.IndexDef{Name: role, Engine: "graph", Fields: s.Fields, Options: map[string]string{"role": role}}
	e, err := g.reg.Lookup(def.Engine)
	if err != nil {
		t.Fatal(err)
	}
	ix, err := e.Open(engines.Section{Def: def, Rows: b.N, Bytes: enginetest.Build(t, e, def, src), Columns: src})
	if err != nil {
		t.Fatal(err)
	}
	p.Indexes = []store.OpenIndex{{Def: def, Index: ix}}
	return p
}

func (g *network) scan(t *catalog.Table) *plan.Scan {
	s := &plan.Scan{Table: t}
	for _, f := range t.Schema.Fields {
		s.Columns, s.Out = append(s.Columns, f.ID), append(s.Out, plan.Column{Name: f.Name, Type: f.Type})
	}
	return s
}

func (g *network) steps() []plan.WalkStep {
	return []plan.WalkStep{{Edge: g.scan(g.edge), Near: 0, Far: 1}}
}

func (g *network) algorithm(kind plan.AlgorithmKind, iterations int) *plan.GraphAlgorithm {
	return &plan.GraphAlgorithm{Kind: kind, Places: []plan.Place{{Vertex: g.scan(g.vertex)}}, Names: []string{"v"}, Steps: g.steps(),
		Iterations: iterations, Damping: 0.85, From: record.IntValue(0), To: record.IntValue(int64(g.n - 1))}
}

func (g *network) env(workers int) Env {
	return Env{Registry: g.reg, Workers: workers, Nodes: func(record.TableID, record.ColumnID, record.Type) (*engines.Nodes, error) { return g.shared, nil }}
}

// impatient is a context that is looked at so many times before it has ended.
// It counts the looks.
type impatient struct {
	context.Context
	left  int64
	looks atomic.Int64
}

func (c *impatient) Err() error {
	if c.looks.Add(1) > c.left {
		return context.Canceled
	}
	return nil
}

// Value hides the context below, whose end is not this one's.
func (c *impatient) Value(any) any { return nil }

// computed runs an algorithm under a context that ends at a look.
func (g *network) computed(t *testing.T, n *plan.GraphAlgorithm, left int64) (looks int64, err error) {
	t.Helper()
	q := newQuery(context.Background(), g.env(1))
	defer q.close()
	op, err := (&builder{q: q, views: g.views, several: true}).build(n)
	if err != nil {
		t.Fatal(err)
	}
	ctx := &impatient{Context: q.ctx, left: left}
	q.ctx = ctx
	err = op.prepare()
	return ctx.looks.Load(), err
}

// TestCancelAlgorithms ends the context at every stage of the algorithms over
// graphs: each looks at it after bounded work, and stops at the first look
// that says so.
func TestCancelAlgorithms(t *testing.T) {
	clique, chain, spokes := 400, 2000, 100_000
	if testing.Short() {
		clique, chain, spokes = 120, 500, 30_000
	}
	var dense, long, hub [][2]int64
	for a := range int64(clique) {
		for b := range a {
			dense = append(dense, [2]int64{a, b})
		}
	}
	for a := range int64(chain - 1) {
		long = append(long, [2]int64{a, a + 1})
	}
	for range 3 { // one vertex with many edges
		for a := range int64(spokes) {
			hub = append(hub, [2]int64{0, a})
		}
	}
	triangles := int64(clique * (clique - 1) * (clique - 2) / 6)
	for _, c := range []struct {
		what       string
		kind       plan.AlgorithmKind
		vertices   int
		edges      [][2]int64
		iterations int
		least      int64 // looks: the work over what may be done between two
	}{
		{"pagerank of a clique", plan.PageRank, clique, dense, 100, 100 * int64(len(dense)) / (16 * lookOften)},
		{"pagerank of a hub", plan.PageRank, spokes, hub, 20, 20 * int64(len(hub)) / (16 * lookOften)},
		{"wcc of a hub", plan.Components, spokes, hub, 0, int64(len(hub)) / (32 * lookOften)},
		{"triangle_count of a clique", plan.TriangleCount, clique, dense, 0, triangles / (2 * lookOften)},
		{"shortest_path along a chain", plan.ShortestPath, chain, long, 0, int64(chain - 1)},
	} {
		for _, indexed := range []bool{true, false} {
			g := newNetwork(t, c.vertices, 3, c.edges, indexed)
			n := g.algorithm(c.kind, c.iterations)
			looks, err := g.computed(t, n, 1<<60)
			if err != nil || looks < c.least {
				t.Errorf("%s, indexed %v: %d looks (%v), want at least %d", c.what, indexed, looks, err, c.least)
			}
			for _, at := range []int64{0, 1, 2, 3, 5, looks / 2, looks - 2, looks - 1} {
				if at < 0 || at >= looks {
					continue
				}
				after, err := g.computed(t, n, at)
				if !fault.Is(err, fault.Canceled) || after > at+5 { // those of the error itself
					t.Errorf("%s, indexed %v, ended at look %d of %d: %v, and %d looks more", c.what, indexed, at, looks, err, after-at-1)
				}
			}
		}
	}
}

// TestConcurrentWalks walks over many parts on several workers, several
// statements at once over one directory of keys: all find what one alone does.
// The race detector looks on.
func TestConcurrentWalks(t *testing.T) {
	r := newRand(t)
	vertices := int64(20_000)
	if testing.Short() {
		vertices = 4000
	}
	edges := make([][2]int64, 3*vertices)
	for i := range edges {
		edges[i] = [2]int64{r.Int64N(vertices), r.Int64N(vertices)}
	}
	g := newNetwork(t, int(vertices), 7, edges, true)
	walk := &plan.GraphWalk{Mode: plan.WalkEnds, Start: g.scan(g.vertex), End: g.scan(g.vertex), Places: []plan.Place{{Vertex: g.scan(g.vertex)}},
		Steps: g.steps(), Min: 1, Max: 3}
	ask := func(n plan.Node, workers int) ([]string, error) {
		s, err := RunNode(context.Background(), n, nil, g.views, g.env(workers))
		if err != nil {
			return nil, err
		}
		got, err := rowsOf(s)
		out := text(got)
		slices.Sort(out)
		return out, err
	}
	statements := []plan.Node{walk, g.algorithm(plan.Components, 0), g.algorithm(plan.TriangleCount, 0), g.algorithm(plan.PageRank, 3)}
	var want [][]string
	for _, n := range statements {
		alone, err := ask(n, 1)
		if err != nil || len(alone) < int(vertices)/2 {
			t.Fatalf("%d rows, %v", len(alone), err)
		}
		want = append(want, alone)
	}
	var wg sync.WaitGroup
	for i := range 2 * len(statements) {
		wg.Go(func() {
			have, err := ask(statements[i%len(statements)], 4)
			if w := want[i%len(statements)]; err != nil || !slices.Equal(have, w) {
				t.Errorf("statement %d: %d rows, want %d: %v", i%len(statements), len(have), len(w), err)
			}
		})
	}
	wg.Wait()
	if got := fmt.Sprint(g.shared.Len()); got != fmt.Sprint(vertices) {
		t.Errorf("%s keys, want %d", got, vertices)
	}
}
