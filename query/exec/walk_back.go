package exec

import (
	"slices"

	"github.com/quindex/quindex/engines"
)

// waysBack remembers, level by level, where the nodes of a walk from one vertex
// were reached from: one node each, or all, once for every edge.
type waysBack struct {
	*walkPairs
	all     bool
	parents []map[node][]node

	entries int // since they were last charged
	charged int64
}

// wayBytes is about what an entry of parents takes.
const wayBytes = 64

// add notes one way.
func (b *waysBack) add(level int, from, near, to, far uint32) {
	if b.parents[level] == nil {
		b.parents[level] = map[node][]node{}
	}
	at := node{to, far}
	b.parents[level][at] = append(b.parents[level][at], node{from, near})
	b.entries++
}

// gather notes all ways of one step.
func (b *waysBack) gather(level int, frontier, reached []engines.Bits) error {
	for i := range b.steps {
		s := &b.steps[i]
		n := frontier[s.From].Len()
		if n == 0 {
			continue
		}
		at := engines.Step{Source: b.places[s.From].nodes, Target: b.places[s.To].nodes, Frontier: frontier[s.From], Edges: &b.edges, Most: mostEdges}
		if n <= fewNodes {
			at.Few = at.Frontier.AppendTo(make([]uint32, 0, n))
		}
		for j := range s.parts {
			one := at
			err := s.parts[j].lists(b.q.ctx, &one, func(near uint32, far []uint32) error {
				for _, f := range far {
					if reached[s.To].Has(f) && !(s.NoLoops && near == f) {
						b.add(level, uint32(s.From), near, uint32(s.To), f)
					}
				}
				if b.entries < fewNodes {
					return nil
				}
				return b.charge(level, nil, nil)
			})
			if err != nil {
				return err
			}
		}
	}
	return b.charge(level, nil, nil)
}

// charge counts what was noted.
func (b *waysBack) charge(int, []engines.Bits, []engines.Bits) error {
	n := wayBytes * int64(b.entries)
	if err := b.q.env.Memory.Grow("walk", n); err != nil {
		return err
	}
	b.charged += n
	b.entries = 0
	return nil
}

// forget gives back what was charged.
func (b *waysBack) forget() { b.q.env.Memory.Shrink(b.charged) }

// each calls f with every walk to a node of a level that is noted. Where nobody
// asks for the vertices path is nil.
func (b *waysBack) each(end node, level int, f func(path []node) error) error {
	if !b.all && !b.node.Vertices {
		return f(nil)
	}
	path := make([]node, level+1)
	count := 0
	var back func(at node, level int) error
	back = func(at node, level int) error {
		path[level] = at
		if level == 0 {
			if count++; count%fewNodes == 0 && b.q.err() != nil {
				return b.q.err()
			}
			if !b.node.Vertices {
				return f(nil)
			}
			return f(slices.Clone(path))
		}
		for _, from := range b.parents[level][at] {
			if err := back(from, level-1); err != nil {
				return err
			}
		}
		return nil
	}
	return back(end, level)
}
