package exec

import (
	"cmp"
	"slices"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/record"
)

// The definitions are those of LDBC Graphalytics 1.0.3, sections 2.3.2 (PageRank)
// and 2.3.3 (weakly connected components); edges that come twice count twice in
// PageRank, and once in triangles, which also leave out loops.

// lookOften is how many vertices and edges pass between two looks at the context.
const lookOften = 1 << 14

// look fails if the statement has been ended; seen counts what has passed since
// the last look.
func (a *algorithmOp) look(seen *int, more int) error {
	if *seen += more; *seen < lookOften {
		return nil
	}
	*seen = 0
	return a.q.err()
}

// adjacency is the edges as lists: those of v are far[offsets[v]:offsets[v+1]].
type adjacency struct {
	offsets []uint32
	far     []uint32
}

func (g *adjacency) of(v uint32) []uint32 { return g.far[g.offsets[v]:g.offsets[v+1]] }

// adjacency reads all edges twice: to count, and to place them. Both ways means
// that an edge is in the lists of both its ends.
func (a *algorithmOp) adjacency(bothWays bool) (*adjacency, error) {
	n := a.size()
	if err := a.grow(4 * (n + 2)); err != nil {
		return nil, err
	}
	at := make([]uint32, n+2) // of v: at[v+2] while they are counted, at[v+1] where its next goes
	total := uint64(0)
	err := a.eachEdge(func(from uint32, to []uint32) error {
		at[from+2] += uint32(len(to))
		total += uint64(len(to))
		if bothWays {
			for _, t := range to {
				at[t+2]++
			}
			total += uint64(len(to))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if total > mostEdges {
		return nil, fault.Errorf("exec: "+a.node.Kind.String(), fault.Limit, "%d edges, want at most %d", total, uint64(mostEdges))
	}
	if err := a.grow(4 * int(total)); err != nil {
		return nil, err
	}
	for v := 2; v < len(at); v++ {
		at[v] += at[v-1]
	}
	g := &adjacency{far: make([]uint32, total)}
	err = a.eachEdge(func(from uint32, to []uint32) error {
		for _, t := range to {
			g.far[at[from+1]] = t
			at[from+1]++
			if bothWays {
				g.far[at[t+1]] = from
				at[t+1]++
			}
		}
		return nil
	})
	g.offsets = at[:n+1]
	return g, err
}

// pageRank gives every vertex the same rank at first. In each iteration it hands
// on its rank in equal parts along its edges; what those without edges have
// goes to all.
func (a *algorithmOp) pageRank() error {
	g, err := a.adjacency(false)
	if err != nil {
		return err
	}
	if err := a.all(); err != nil {
		return err
	}
	if err := a.grow(2*8*a.size() + 8*a.alive); err != nil {
		return err
	}
	rank, next := make([]float64, a.size()), make([]float64, a.size())
	count := float64(a.alive)
	for _, v := range a.nums {
		rank[v] = 1 / count
	}
	seen := 0
	for range a.node.Iterations {
		hanging := 0.0
		for _, v := range a.nums {
			to := g.of(v)
			if err := a.look(&seen, len(to)+1); err != nil {
				return err
			}
			if len(to) == 0 {
				hanging += rank[v]
				continue
			}
			part := rank[v] / float64(len(to))
			for _, t := range to {
				next[t] += part
			}
		}
		same := (1-a.node.Damping)/count + a.node.Damping*hanging/count
		for _, v := range a.nums {
			rank[v], next[v] = same+a.node.Damping*next[v], 0
		}
	}
	for _, v := range a.nums {
		a.value.Append(record.FloatValue(rank[v]))
	}
	return nil
}

// components joins the trees of both ends of every edge, and names each tree by
// the least of its keys.
func (a *algorithmOp) components() error {
	if err := a.all(); err != nil {
		return err
	}
	if err := a.grow(2 * 4 * a.size()); err != nil {
		return err
	}
	above := make([]uint32, a.size())
	for v := range above {
		above[v] = uint32(v)
	}
	root := func(v uint32) uint32 {
		for above[v] != v {
			above[v] = above[above[v]]
			v = above[v]
		}
		return v
	}
	err := a.eachEdge(func(from uint32, to []uint32) error {
		r := root(from)
		for _, t := range to {
			if s := root(t); s < r {
				above[r], r = s, s
			} else {
				above[s] = r
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	keys := record.NewColumn(a.value.Type, len(a.nums))
	a.keys(keys, a.nums)
	if err := a.grow(2 * int(chunkBytes(&plan.Chunk{Cols: []*record.Column{keys}, N: keys.N}))); err != nil {
		return err
	}
	least := make([]uint32, a.size()) // by root: the row of keys, plus 1
	for i, v := range a.nums {
		r := root(v)
		if least[r] == 0 || compareKeys(keys, i, int(least[r]-1)) < 0 {
			least[r] = uint32(i + 1)
		}
	}
	rows := make([]uint32, len(a.nums))
	for i, v := range a.nums {
		rows[i] = least[root(v)] - 1
	}
	a.value.Take(keys, rows)
	return nil
}

func compareKeys(keys *record.Column, i, j int) int {
	if keys.Type.Kind == record.Int64 {
		return cmp.Compare(keys.Ints[i], keys.Ints[j])
	}
	return cmp.Compare(keys.Strs.At(i), keys.Strs.At(j))
}

// triangles lists each edge at the end that has fewer neighbours, so that no
// list is longer than the square root of twice the edges; a vertex, one of its
// list and one of that one's list that is in the first too are a triangle.
func (a *algorithmOp) triangles() error {
	g, err := a.adjacency(true)
	if err != nil {
		return err
	}
	if err := a.all(); err != nil {
		return err
	}
	if err := a.grow((3*4 + 8) * a.size()); err != nil {
		return err
	}
	neighbours, seen := make([]uint32, a.size()), 0 // how many others
	for _, v := range a.nums {
		list := g.of(v)
		if err := a.look(&seen, len(list)+1); err != nil {
			return err
		}
		slices.Sort(list)
		kept := list[:0]
		for k, t := range list {
			if t != v && (k == 0 || t != list[k-1]) {
				kept = append(kept, t)
			}
		}
		neighbours[v] = uint32(len(kept))
	}
	ends := make([]uint32, a.size()) // of the shortened lists
	for _, v := range a.nums {
		list := g.of(v)[:neighbours[v]]
		kept := list[:0]
		for _, t := range list {
			if neighbours[t] > neighbours[v] || neighbours[t] == neighbours[v] && t > v {
				kept = append(kept, t)
			}
		}
		ends[v] = g.offsets[v] + uint32(len(kept))
	}
	count := make([]int64, a.size())
	marked := make([]uint32, a.size()) // the vertex, plus 1, whose list has this one
	for _, v := range a.nums {
		list := g.far[g.offsets[v]:ends[v]]
		for _, t := range list {
			marked[t] = v + 1
		}
		for _, t := range list {
			if err := a.look(&seen, int(ends[t]-g.offsets[t])+1); err != nil {
				return err
			}
			for _, u := range g.far[g.offsets[t]:ends[t]] {
				if marked[u] == v+1 {
					count[v]++
					count[t]++
					count[u]++
				}
			}
		}
	}
	for _, v := range a.nums {
		a.value.Append(record.IntValue(count[v]))
	}
	return nil
}

// shortestPath walks level by level from one vertex until the other is met, and
// remembers for each vertex the one it was reached from.
func (a *algorithmOp) shortestPath() error {
	from, err := a.find(a.node.From)
	if err != nil {
		return err
	}
	to, err := a.find(a.node.To)
	if err != nil || len(from) == 0 || len(to) == 0 {
		return err
	}
	const parentBytes = 40 // of an entry of the map, about
	parents := map[node]node{}
	held := 0
	visited, frontier := make([]engines.Bits, len(a.places)), make([]engines.Bits, len(a.places))
	for _, v := range from {
		frontier[v.place] = engines.NewBits(a.places[v.place].nodes.Len())
		frontier[v.place].Set(v.num)
	}
	for !nothingIn(frontier) {
		for _, v := range to {
			if frontier[v.place].Has(v.num) {
				a.path(v, parents)
				return nil
			}
		}
		for i := range visited {
			visited[i] = union(visited[i], frontier[i])
		}
		a.stats.add("levels", 1)
		frontier, err = a.take(frontier, visited, func(from, near, to, far uint32) { parents[node{to, far}] = node{from, near} })
		if err != nil {
			return err
		}
		if err := a.grow(parentBytes * (len(parents) - held)); err != nil {
			return err
		}
		held = len(parents)
	}
	return nil
}

// find returns the vertices with a key: one of each place that has it.
func (a *algorithmOp) find(key record.Value) ([]node, error) {
	var out []node
	for i := range a.places {
		p := &a.places[i]
		col := record.NewColumn(p.nodes.Type(), 1)
		v := key
		v.Type = col.Type
		col.Append(v)
		if num := p.nodes.Find(col, nil)[0]; p.live.Has(num) {
			out = append(out, node{uint32(i), num})
		}
	}
	return out, nil
}

// path answers with the way that led to v.
func (a *algorithmOp) path(v node, parents map[node]node) {
	for {
		a.nums = append(a.nums, uint32(a.base[v.place])+v.num)
		parent, ok := parents[v]
		if !ok {
			break
		}
		v = parent
	}
	slices.Reverse(a.nums)
	for i := range a.nums {
		a.value.Append(record.IntValue(int64(i)))
	}
}
