package graph_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/engines/enginetest"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/graph"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
)

// world is a few segments of edges with the truth about them.
type world struct {
	t        testing.TB
	segments []engines.Walker
	rows     []int
	edges    [][]edge // by segment
	src, dst *engines.Nodes
}

// edge is a row that has both ends, by their keys' text.
type edge struct {
	from, to uint32
	row      rows.Num
}

func openIndex(t testing.TB, s *record.Schema, b *record.Batch) engines.Index {
	t.Helper()
	cols := engines.BatchColumns(s, b)
	section := enginetest.Aligned(enginetest.Build(t, graph.Engine{}, defOf(s), cols))
	ix, err := graph.Engine{}.Open(engines.Section{Def: defOf(s), Rows: b.N, Bytes: section, Columns: cols})
	if err != nil {
		t.Fatal(err)
	}
	return ix
}

func nodes(t testing.TB, typ record.Type) *engines.Nodes {
	t.Helper()
	n, err := engines.NewNodes(typ)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// randomWorld has one or two vertex tables; the directories hold other keys too.
func randomWorld(t testing.TB, r *rand.Rand) *world {
	s := edgeSchema(endTypes[r.IntN(len(endTypes))])
	w := &world{t: t, src: nodes(t, s.Fields[0].Type)}
	if w.dst = w.src; s.Fields[0].Type != s.Fields[1].Type || r.IntN(3) == 0 {
		w.dst = nodes(t, s.Fields[1].Type)
	}
	for range r.IntN(3) {
		w.number(w.src, batch(r, s, r.IntN(3000)), 0)
		w.number(w.dst, batch(r, s, r.IntN(3000)), 1)
	}
	for range 1 + r.IntN(4) {
		b := batch(r, s, []int{0, 1, 64, 300, 4000, 30_000}[r.IntN(6)])
		w.segments = append(w.segments, openIndex(t, s, b).(engines.Walker))
		w.rows = append(w.rows, b.N)
		from, to := w.number(w.src, b, 0), w.number(w.dst, b, 1)
		var edges []edge
		for i := range b.N {
			if from[i] != engines.NoNode && to[i] != engines.NoNode {
				edges = append(edges, edge{from[i], to[i], rows.Num(i)})
			}
		}
		w.edges = append(w.edges, edges)
	}
	return w
}

func (w *world) number(n *engines.Nodes, b *record.Batch, col int) []uint32 {
	w.t.Helper()
	nums, err := n.Add(&b.Cols[col], nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return nums
}

// randomBits returns a set of numbers below n, nil now and then if that is allowed.
func randomBits(r *rand.Rand, n int, orNil bool) engines.Bits {
	if orNil && r.IntN(2) == 0 {
		return nil
	}
	b := engines.NewBits(n)
	share := []float64{0.001, 0.1, 0.5, 0.99}[r.IntN(4)]
	for i := range n {
		if r.Float64() < share {
			b.Set(uint32(i))
		}
	}
	if r.IntN(4) == 0 { // a shorter set means the same
		b = b[:len(b)*r.IntN(3)/2]
	}
	return b
}

// TestStep compares random steps with going over all edges.
func TestStep(t *testing.T) {
	r := enginetest.Rand(t)
	for range 150 {
		w := randomWorld(t, r)
		for range 4 {
			w.try(r)
		}
		if t.Failed() {
			return
		}
	}
}

func (w *world) try(r *rand.Rand) {
	w.t.Helper()
	dirs := []engines.Direction{engines.Out, engines.In, engines.Both}
	if w.src != w.dst {
		dirs = dirs[:2]
	}
	s := &engines.Step{Source: w.src, Target: w.dst, Dir: dirs[r.IntN(len(dirs))], Edges: new(int64)}
	near, far := w.src, w.dst
	if s.Dir == engines.In {
		near, far = far, near
	}
	s.Frontier = randomBits(r, near.Len(), false)
	s.Allowed, s.Visited = randomBits(r, far.Len(), true), randomBits(r, far.Len(), true)
	if r.IntN(3) == 0 {
		s.Few = s.Frontier.AppendTo([]uint32{})
	}
	withins := make([]rows.Set, len(w.segments))
	s.All = r.IntN(2) == 0
	for i, n := range w.rows {
		withins[i] = rows.All(n)
		if !s.All {
			withins[i] = someRows(r, n)
		}
	}
	want := engines.NewBits(far.Len())
	type hop struct{ near, far uint32 }
	leads := make([]map[rows.Num]hop, len(w.segments))
	for i, edges := range w.edges {
		leads[i] = map[rows.Num]hop{}
		for _, e := range edges {
			if !withins[i].Has(e.row) {
				continue
			}
			leads[i][e.row] = hop{e.from, e.to}
			for d, h := range []hop{{e.from, e.to}, {e.to, e.from}} {
				goes := s.Dir == engines.Both || s.Dir == engines.Direction(d)
				if goes && s.Frontier.Has(h.near) && (s.Allowed == nil || s.Allowed.Has(h.far)) && !s.Visited.Has(h.far) {
					want.Set(h.far)
				}
			}
		}
	}
	traced := engines.NewBits(far.Len())
	for i, seg := range w.segments {
		if s.Within = withins[i]; s.All {
			s.Within = rows.Set{}
		}
		if s.Trace = nil; r.IntN(2) == 0 {
			before := slices.Clone(s.Reached)
			s.Trace = func(from, to uint32, row rows.Num) {
				h, ok := leads[i][row]
				forth := ok && s.Dir != engines.In && h == hop{from, to}
				back := ok && s.Dir != engines.Out && h == hop{to, from}
				if !forth && !back || !s.Frontier.Has(from) || traced.Has(to) || before.Has(to) {
					w.t.Errorf("traced %d to %d by row %d of segment %d, which leads %v", from, to, row, i, h)
				}
				traced.Set(to)
			}
		}
		if err := seg.Step(context.Background(), s); err != nil {
			w.t.Fatal(err)
		}
	}
	if got := s.Reached.Grown(far.Len()); !slices.Equal(got, want) {
		w.t.Errorf("direction %d, all %v, few %d, allowed %v, visited %v, %d segments: reached %d, want %d", s.Dir, s.All, len(s.Few), s.Allowed != nil, s.Visited != nil, len(w.segments), got.Len(), want.Len())
	}
}

func someRows(r *rand.Rand, n int) rows.Set {
	switch r.IntN(4) {
	case 0:
		lo := r.IntN(n + 1)
		return rows.Range(lo, lo+r.IntN(n-lo+1))
	case 1:
		return rows.All(n)
	}
	var b rows.Builder
	every := 1 + r.IntN(5)
	for i := range n {
		if r.IntN(every) == 0 {
			b.Add(rows.Num(i))
		}
	}
	return b.Set()
}

// TestBreadthFirst walks to the end from one node and compares the distances
// with a queue over the edges.
func TestBreadthFirst(t *testing.T) {
	r := enginetest.Rand(t)
	for range 60 {
		w := randomWorld(t, r)
		if w.src != w.dst || w.src.Len() == 0 {
			continue
		}
		start, dir := uint32(r.IntN(w.src.Len())), []engines.Direction{engines.Out, engines.In, engines.Both}[r.IntN(3)]
		want := w.distances(start, dir)
		got := make([]int, w.src.Len())
		visited, frontier := engines.NewBits(w.src.Len()), engines.NewBits(w.src.Len())
		for i := range got {
			got[i] = -1
		}
		got[start] = 0
		visited.Set(start)
		frontier.Set(start)
		for depth := 1; frontier.Len() > 0; depth++ {
			s := &engines.Step{Source: w.src, Target: w.dst, Dir: dir, All: true, Frontier: frontier, Visited: visited}
			for _, seg := range w.segments {
				if err := seg.Step(context.Background(), s); err != nil {
					t.Fatal(err)
				}
			}
			for _, n := range s.Reached.AppendTo(nil) {
				got[n] = depth
				visited.Set(n)
			}
			frontier = s.Reached
		}
		if !slices.Equal(got, want) {
			t.Fatalf("distances from %d in direction %d differ", start, dir)
		}
	}
}

func (w *world) distances(start uint32, dir engines.Direction) []int {
	next := map[uint32][]uint32{}
	for _, edges := range w.edges {
		for _, e := range edges {
			if dir != engines.In {
				next[e.from] = append(next[e.from], e.to)
			}
			if dir != engines.Out {
				next[e.to] = append(next[e.to], e.from)
			}
		}
	}
	out := make([]int, w.src.Len())
	for i := range out {
		out[i] = -1
	}
	out[start] = 0
	for queue := []uint32{start}; len(queue) > 0; queue = queue[1:] {
		for _, n := range next[queue[0]] {
			if out[n] < 0 {
				out[n] = out[queue[0]] + 1
				queue = append(queue, n)
			}
		}
	}
	return out
}

func TestBudget(t *testing.T) {
	s := edgeSchema(endTypes[1])
	b := record.NewBatch(s, 100_000)
	for i := range 100_000 {
		b.AppendRow(record.IntValue(int64(i)), record.IntValue(int64(i+1)))
	}
	ix := openIndex(t, s, b).(engines.Walker)
	n := nodes(t, s.Fields[0].Type)
	if err := ix.Number(n, n); err != nil {
		t.Fatal(err)
	}
	frontier := engines.NewBits(n.Len())
	for i := range n.Len() {
		frontier.Set(uint32(i))
	}
	step := &engines.Step{Source: n, Target: n, All: true, Frontier: frontier, Edges: new(int64), Most: 50_000}
	if err := ix.Step(context.Background(), step); !fault.Is(err, fault.Limit) || *step.Edges > 70_000 {
		t.Errorf("%d edges looked at of at most 50000: %v", *step.Edges, err)
	}
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if err := ix.Step(ctx, &engines.Step{Source: n, Target: n, All: true, Frontier: frontier}); !fault.Is(err, fault.Canceled) {
		t.Errorf("a cancelled walk: %v", err)
	}
}

// TestPlaced compares the two ways of a vertex table with its rows.
func TestPlaced(t *testing.T) {
	r := enginetest.Rand(t)
	for range 60 {
		s := edgeSchema(endTypes[r.IntN(len(endTypes))])
		s.Fields = s.Fields[:1]
		n := nodes(t, s.Fields[0].Type)
		for range 1 + r.IntN(3) {
			b := batch(r, s, r.IntN(3000))
			ix := openIndex(t, s, b).(engines.Placed)
			got, err := ix.Numbers(n)
			if err != nil {
				t.Fatal(err)
			}
			want := n.Find(&b.Cols[0], nil)
			if !slices.Equal(got, want) {
				t.Fatalf("numbers %v, want %v", got, want)
			}
			some := randomBits(r, n.Len(), false)
			var have []rows.Num
			for row, num := range want {
				if num != engines.NoNode && some.Has(num) {
					have = append(have, rows.Num(row))
				}
			}
			if got, err := ix.RowsOf(n, some.AppendTo(nil)); err != nil || !slices.Equal(got, have) {
				t.Fatalf("%d rows (%v), want %d", len(got), err, len(have))
			}
		}
	}
}
