package graph_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/graph"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
)

// rmat returns the edges of a graph of 2^scale nodes and 16 times as many
// edges, as Graph500 makes them: a/b/c = .57/.19/.19, numbers permuted.
func rmat(scale int) (from, to []int64) {
	r := rand.New(rand.NewPCG(7, 18))
	n := 1 << scale
	label := r.Perm(n)
	for range 16 * n {
		u, v := 0, 0
		for range scale {
			u, v = u<<1, v<<1
			switch p := r.Float64(); {
			case p < 0.57:
			case p < 0.76:
				v |= 1
			case p < 0.95:
				u |= 1
			default:
				u, v = u|1, v|1
			}
		}
		from, to = append(from, int64(label[u])), append(to, int64(label[v]))
	}
	return from, to
}

// shards deals edges out by source, each shard sorted by source and target.
func shards(from, to []int64, n int) []*record.Batch {
	s := edgeSchema(endTypes[1])
	out := make([]*record.Batch, n)
	for i := range out {
		out[i] = record.NewBatch(s, len(from)/n)
	}
	// Sorted by counting: first by target, then by source, which keeps that order.
	byKey := func(order []int, key []int64) []int {
		at := make([]int, 1<<20)
		for _, e := range order {
			at[key[e]+1]++
		}
		for i := 1; i < len(at); i++ {
			at[i] += at[i-1]
		}
		sorted := make([]int, len(order))
		for _, e := range order {
			sorted[at[key[e]]] = e
			at[key[e]]++
		}
		return sorted
	}
	order := make([]int, len(from))
	for i := range order {
		order[i] = i
	}
	for _, e := range byKey(byKey(order, to), from) {
		h := record.HashValue(record.IntValue(from[e]))
		out[h%uint64(n)].AppendRow(record.IntValue(from[e]), record.IntValue(to[e]))
	}
	return out
}

type rmatGraph struct {
	segments []engines.Walker
	batches  []*record.Batch
	n        *engines.Nodes
	edges    int
}

var rmat18 = sync.OnceValue(func() *rmatGraph { return openRMAT(18, 8) })

func openRMAT(scale, parts int) *rmatGraph {
	t := &testing.B{}
	g := &rmatGraph{n: nodes(t, record.T(record.Int64))}
	g.batches = shards2(scale, parts)
	for _, b := range g.batches {
		ix := openIndex(t, edgeSchema(endTypes[1]), b).(engines.Walker)
		if err := ix.Number(g.n, g.n); err != nil {
			t.Fatal(err)
		}
		g.segments, g.edges = append(g.segments, ix), g.edges+b.N
	}
	return g
}

func shards2(scale, parts int) []*record.Batch {
	from, to := rmat(scale)
	return shards(from, to, parts)
}

// hops returns the nodes that 1 to depth steps from start lead to.
func (g *rmatGraph) hops(b *testing.B, start uint32, depth int, dir engines.Direction) (reached int, edges int64) {
	visited, frontier := engines.NewBits(g.n.Len()), engines.NewBits(g.n.Len())
	visited.Set(start)
	frontier.Set(start)
	s := &engines.Step{Source: g.n, Target: g.n, Dir: dir, All: true, Frontier: frontier, Visited: visited, Edges: &edges}
	for range depth {
		s.Reached = engines.NewBits(g.n.Len())
		for _, seg := range g.segments {
			if err := seg.Step(context.Background(), s); err != nil {
				b.Fatal(err)
			}
		}
		for i, w := range s.Reached {
			visited[i] |= w
		}
		s.Frontier = s.Reached
		n := s.Reached.Len()
		if reached += n; n == 0 {
			break
		}
	}
	return reached, edges
}

func BenchmarkHops(b *testing.B) {
	g := rmat18()
	for _, depth := range []int{1, 2, 3, 20} {
		b.Run(fmt.Sprintf("rmat=18/shards=8/hops=%d", depth), func(b *testing.B) {
			i, reached, edges := 0, 0, int64(0)
			for b.Loop() {
				n, e := g.hops(b, uint32(i*7919%g.n.Len()), depth, engines.Out)
				reached, edges, i = reached+n, edges+e, i+1
			}
			b.ReportMetric(float64(reached)/float64(i), "reached/op")
			b.ReportMetric(float64(edges)/float64(i), "edges/op")
		})
	}
}

// BenchmarkStep steps from a share of the nodes, all edges or half of them.
func BenchmarkStep(b *testing.B) {
	g := rmat18()
	for _, share := range []float64{0.0001, 0.01, 0.3} {
		frontier := engines.NewBits(g.n.Len())
		r := rand.New(rand.NewPCG(1, 2))
		for i := range g.n.Len() {
			if r.Float64() < share {
				frontier.Set(uint32(i))
			}
		}
		for _, within := range []bool{false, true} {
			b.Run(fmt.Sprintf("rmat=18/shards=8/frontier=%v/within=%v", share, within), func(b *testing.B) {
				var sets []rows.Set
				for _, batch := range g.batches {
					words := make([]uint64, (batch.N+63)/64)
					for i := range words[:batch.N/64] {
						words[i] = r.Uint64()
					}
					sets = append(sets, rows.FromDense(words))
				}
				for b.Loop() {
					s := &engines.Step{Source: g.n, Target: g.n, All: !within, Frontier: frontier}
					for i, seg := range g.segments {
						s.Within = sets[i]
						if err := seg.Step(context.Background(), s); err != nil {
							b.Fatal(err)
						}
					}
				}
			})
		}
	}
}

func BenchmarkBuild(b *testing.B) {
	batch := rmat18().batches[0]
	s := edgeSchema(endTypes[1])
	words := edgeSchema(endTypes[0])
	named := record.NewBatch(words, batch.N)
	for i := range batch.N {
		named.AppendRow(record.KeywordValue(fmt.Sprint("node", batch.Cols[0].Ints[i])), record.KeywordValue(fmt.Sprint("node", batch.Cols[1].Ints[i])))
	}
	for _, c := range []struct {
		name   string
		schema *record.Schema
		batch  *record.Batch
	}{{"bigint", s, batch}, {"keyword", words, named}} {
		b.Run(fmt.Sprintf("%s/rows=%d", c.name, batch.N), func(b *testing.B) {
			var size int
			for b.Loop() {
				bld, err := graph.Engine{}.NewBuilder(defOf(c.schema), engines.BatchColumns(c.schema, c.batch))
				if err != nil {
					b.Fatal(err)
				}
				var w bytes.Buffer
				if err := bld.Build(context.Background(), &w); err != nil {
					b.Fatal(err)
				}
				size = w.Len()
			}
			b.ReportMetric(float64(batch.N)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
			b.ReportMetric(float64(size)/float64(batch.N), "bytes/row")
		})
	}
}

// BenchmarkMatch finds the edges of a few sources or targets.
func BenchmarkMatch(b *testing.B) {
	g := rmat18()
	s := edgeSchema(endTypes[1])
	r := rand.New(rand.NewPCG(1, 2))
	for i, end := range []string{"source", "target"} {
		f := predicate.Field{ID: s.Fields[i].ID, Name: end, Type: s.Fields[i].Type}
		for _, keys := range []int{1, 100, 10_000} {
			var list []record.Value
			for range keys {
				list = append(list, g.batches[0].Cols[i].Value(r.IntN(g.batches[0].N)))
			}
			p := predicate.NewIn(f, list)
			b.Run(fmt.Sprintf("%s/keys=%d", end, len(p.Values)), func(b *testing.B) {
				found := 0
				for b.Loop() {
					set, err := g.segments[0].Match(context.Background(), p, rows.All(g.batches[0].N))
					if err != nil {
						b.Fatal(err)
					}
					found = set.Len()
				}
				b.ReportMetric(float64(found), "rows/op")
			})
		}
	}
}
