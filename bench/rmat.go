package bench

import (
	"math/bits"
	"slices"
)

// edgeFactor is the number of drawn edges a vertex, as Graph500 has it.
const edgeFactor = 16

// Kronecker is a directed graph as Graph500 draws it: 1<<Scale vertices and
// edgeFactor times as many edges, each put into a quadrant of the matrix again
// and again with A, B, C = .57, .19, .19, the vertices then renamed at random.
// Edges from a vertex to itself and edges drawn twice are dropped.
//
// https://graph500.org/?page_id=12, section 3 ("Kronecker generator").
type Kronecker struct {
	Scale int
	// Edges are source<<32 | target, sorted: all edges of a vertex lie together.
	Edges []uint64
	first []uint32 // by vertex, its first edge; one more at the end
	from  []uint32 // the vertices that have an edge of their own
}

// NewKronecker draws the graph of a seed; scale is in [1, 24].
func NewKronecker(seed uint64, scale int) *Kronecker {
	r, n := NewRand(seed), 1<<scale
	names := make([]uint32, n)
	for i := range names {
		j := r.N(i + 1)
		names[i], names[j] = names[j], uint32(i)
	}
	k := &Kronecker{Scale: scale, Edges: make([]uint64, 0, edgeFactor*n), first: make([]uint32, n+1)}
	for range edgeFactor * n {
		from, to := quadrants(r, scale)
		if from != to {
			k.Edges = append(k.Edges, uint64(names[from])<<32|uint64(names[to]))
		}
	}
	slices.Sort(k.Edges)
	k.Edges = slices.Compact(k.Edges)
	for _, e := range k.Edges {
		k.first[e>>32+1]++
	}
	for v := range n {
		if k.first[v+1] > 0 {
			k.from = append(k.from, uint32(v))
		}
		k.first[v+1] += k.first[v]
	}
	return k
}

// quadrants draws one edge.
func quadrants(r *Rand, scale int) (from, to uint32) {
	const a, b, c = 0.57, 0.19, 0.19
	for range scale {
		from, to = from<<1, to<<1
		switch p := r.Float(); {
		case p < a:
		case p < a+b:
			to |= 1
		case p < a+b+c:
			from |= 1
		default:
			from, to = from|1, to|1
		}
	}
	return from, to
}

// Shuffled are the edges in an order that helps nobody.
func (k *Kronecker) Shuffled(seed uint64) []uint64 {
	r, out := NewRand(seed), slices.Clone(k.Edges)
	for i := range out {
		j := r.N(i + 1)
		out[i], out[j] = out[j], out[i]
	}
	return out
}

// Start draws a vertex that has an edge of its own, as Graph500 asks for.
func (k *Kronecker) Start(r *Rand) uint32 { return k.from[r.N(len(k.from))] }

// Reached counts the vertices that a walk of 1 to hops edges from start ends
// at; start is one of them if a walk comes back to it.
func (k *Kronecker) Reached(start uint32, hops int) int {
	seen := make([]uint64, (len(k.first)+63)/64)
	front := []uint32{start}
	for range hops {
		var next []uint32
		for _, v := range front {
			for _, e := range k.Edges[k.first[v]:k.first[v+1]] {
				far := uint32(e)
				if seen[far/64]>>(far%64)&1 == 0 {
					seen[far/64] |= 1 << (far % 64)
					next = append(next, far)
				}
			}
		}
		front = next
	}
	count := 0
	for _, w := range seen {
		count += bits.OnesCount64(w)
	}
	return count
}
