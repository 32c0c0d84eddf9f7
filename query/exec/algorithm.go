package exec

import (
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/record"
)

// algorithmOp computes something of every vertex of a graph. A vertex is the
// base of its place plus its number, so that flat arrays hold what is known of
// them.
type algorithmOp struct {
	*walker
	node  *plan.GraphAlgorithm
	base  []int // by place; the last is the size of arrays
	alive int   // vertices that live

	nums  []uint32 // the vertices of the answer
	value *record.Column
}

func (b *builder) algorithm(n *plan.GraphAlgorithm) (operator, error) {
	w := &walker{q: b.q, node: &plan.GraphWalk{Places: n.Places, Steps: n.Steps}, stats: b.q.stats(n)}
	if err := w.open(b); err != nil {
		return nil, err
	}
	return &algorithmOp{walker: w, node: n}, nil
}

func (a *algorithmOp) tasks() int    { return 1 }
func (a *algorithmOp) weight() int64 { return int64(len(a.nums)) }

func (a *algorithmOp) prepare() error {
	defer a.stats.clock()()
	if err := a.walker.prepare(); err != nil {
		return err
	}
	total := 0
	for i := range a.places {
		a.base = append(a.base, total)
		total += a.places[i].nodes.Len()
		a.alive += a.places[i].live.Len()
	}
	a.base = append(a.base, total)
	if uint64(total) >= uint64(engines.NoNode) {
		return fault.Errorf("exec: "+a.node.Kind.String(), fault.TooLarge, "%d vertices, want fewer than %d", total, engines.NoNode)
	}
	a.value = record.NewColumn(a.node.Output()[1].Type, 0)
	err := a.compute()
	a.stats.add("vertices", int64(a.alive))
	a.stats.add("edges", a.edges)
	return err
}

func (a *algorithmOp) compute() error {
	switch a.node.Kind {
	case plan.PageRank:
		return a.pageRank()
	case plan.Components:
		return a.components()
	case plan.TriangleCount:
		return a.triangles()
	case plan.ShortestPath:
		return a.shortestPath()
	}
	return fault.Errorf("exec: algorithm", fault.Internal, "BUG: an algorithm of kind %d", a.node.Kind)
}

// size is the length of an array with an element for each vertex.
func (a *algorithmOp) size() int { return a.base[len(a.places)] }

// grow counts memory.
func (a *algorithmOp) grow(bytes int) error {
	return a.q.env.Memory.Grow(a.node.Kind.String(), int64(bytes))
}

// all lists the vertices that live.
func (a *algorithmOp) all() error {
	if err := a.grow(4 * a.alive); err != nil {
		return err
	}
	a.nums = make([]uint32, 0, a.alive)
	for i := range a.places {
		from := len(a.nums)
		a.nums = a.places[i].live.AppendTo(a.nums)
		for k := from; k < len(a.nums); k++ {
			a.nums[k] += uint32(a.base[i])
		}
	}
	return nil
}

// eachEdge calls f with the edges between vertices that live: one vertex, and
// those that edges lead to from it, which f may not keep. A vertex may come again.
func (a *algorithmOp) eachEdge(f func(from uint32, to []uint32) error) error {
	var far []uint32
	for i := range a.steps {
		s := &a.steps[i]
		source, target := a.places[s.From].live, a.places[s.To].live
		from, to := uint32(a.base[s.From]), uint32(a.base[s.To])
		give := func(near uint32, ends []uint32) error {
			if !source.Has(near) {
				return nil
			}
			far = far[:0]
			for _, end := range ends {
				if target.Has(end) {
					far = append(far, to+end)
				}
			}
			return f(from+near, far)
		}
		for j := range s.parts {
			at := engines.Step{Source: a.places[s.From].nodes, Target: a.places[s.To].nodes, Edges: &a.edges, Most: mostEdges}
			if err := s.parts[j].lists(a.q.ctx, &at, give); err != nil {
				return err
			}
		}
	}
	return nil
}

// run gives the answer's rows.
func (a *algorithmOp) run(_ *worker, _ int, emit emitFunc) error {
	defer a.stats.clock()()
	emit = a.stats.passes(emit)
	out := a.node.Output()
	for lo := 0; lo < len(a.nums); lo += vectorRows {
		nums := a.nums[lo:min(len(a.nums), lo+vectorRows)]
		c := &plan.Chunk{N: len(nums), Cols: []*record.Column{record.NewColumn(out[0].Type, len(nums)),
			record.NewColumn(out[1].Type, len(nums)), record.NewColumn(out[2].Type, len(nums))}}
		a.keys(c.Cols[0], nums)
		c.Cols[1].AppendRows(a.value, lo, lo+len(nums))
		for _, v := range nums {
			c.Cols[2].Append(record.KeywordValue(a.node.Names[a.placeOf(v)]))
		}
		if err := emit(c); err != nil {
			return err
		}
	}
	return nil
}

// placeOf is the place of a vertex.
func (a *algorithmOp) placeOf(v uint32) int {
	i := 0
	for int(v) >= a.base[i+1] {
		i++
	}
	return i
}

// keys appends the keys of vertices, those of one place at a time.
func (a *algorithmOp) keys(dst *record.Column, vertices []uint32) {
	for lo := 0; lo < len(vertices); {
		i := a.placeOf(vertices[lo])
		var nums []uint32
		for ; lo < len(vertices) && a.placeOf(vertices[lo]) == i; lo++ {
			nums = append(nums, vertices[lo]-uint32(a.base[i]))
		}
		a.places[i].nodes.Keys(dst, nums)
	}
}
