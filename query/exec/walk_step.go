package exec

import (
	"context"
	"slices"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/rows"
)

// take goes one step from frontier to what is live and not visited. By place;
// trace may be nil.
func (w *walker) take(frontier, visited []engines.Bits, trace func(from, near, to, far uint32)) ([]engines.Bits, error) {
	reached := make([]engines.Bits, len(w.places))
	open := make([]engines.Bits, len(w.places))
	for i := range w.steps {
		s := &w.steps[i]
		n := frontier[s.From].Len()
		if n == 0 {
			continue
		}
		if open[s.To] == nil {
			open[s.To] = lessBits(w.places[s.To].live, visited[s.To])
		}
		at := engines.Step{Source: w.places[s.From].nodes, Target: w.places[s.To].nodes, Frontier: frontier[s.From],
			Allowed: open[s.To], Reached: reached[s.To].Grown(w.places[s.To].nodes.Len()), Edges: &w.edges, Most: mostEdges}
		if n <= fewNodes {
			at.Few = frontier[s.From].AppendTo(make([]uint32, 0, n))
		}
		if trace != nil {
			at.Trace = func(near, far uint32, _ rows.Num) { trace(uint32(s.From), near, uint32(s.To), far) }
		}
		if err := w.along(s, &at, n); err != nil {
			return nil, err
		}
		reached[s.To] = at.Reached
	}
	return reached, nil
}

// lessBits is a without b; it may be a itself, which is not nil.
func lessBits(a, b engines.Bits) engines.Bits {
	if b == nil {
		return a
	}
	out := slices.Clone(a)
	for i, v := range b[:min(len(a), len(b))] {
		out[i] &^= v
	}
	return out
}

// along takes one step over the edges of all parts: on all workers where there
// is much to do and nobody wants to know the way.
func (w *walker) along(s *walkStep, at *engines.Step, near int) error {
	if at.Trace != nil || near < manyNodes || len(s.parts) == 1 || w.node.Pairs {
		for j := range s.parts {
			if err := s.parts[j].step(w.q.ctx, at); err != nil {
				return err
			}
		}
		return nil
	}
	steps := make([]engines.Step, w.q.workers)
	edges := make([]int64, len(steps))
	err := w.q.each(len(s.parts), inlineRows, func(on *worker, j int) error {
		own := &steps[on.id]
		if own.Source == nil {
			*own = *at
			own.Reached = slices.Clone(at.Reached)
			own.Edges, own.Most = &edges[on.id], at.Most-*at.Edges
		}
		return s.parts[j].step(w.q.ctx, own)
	})
	for i := range steps {
		if steps[i].Source != nil {
			at.Reached = union(at.Reached, steps[i].Reached)
			*at.Edges += edges[i]
		}
	}
	return err
}

// step goes along the edges of one part. What it reaches is added to at.Reached,
// which has room for all.
func (e *edgePart) step(ctx context.Context, at *engines.Step) error {
	if e.index != nil {
		one := *at
		e.direct(&one)
		err := e.index.Step(ctx, &one)
		at.Reached = one.Reached
		return err
	}
	return e.open(ctx, at, func(near, far uint32, r rows.Num) error {
		if !at.Allowed.Has(far) || at.Visited.Has(far) || at.Reached.Has(far) {
			return nil
		}
		at.Reached.Set(far)
		if at.Trace != nil {
			at.Trace(near, far, r)
		}
		return nil
	})
}

// lists calls f for near ends with far ends that edges of one part lead to.
func (e *edgePart) lists(ctx context.Context, at *engines.Step, f func(near uint32, far []uint32) error) error {
	if e.index != nil {
		e.direct(at)
		return e.index.Lists(ctx, at, f)
	}
	return e.open(ctx, at, func(near, _ uint32, r rows.Num) error { return f(near, e.far[r:r+1]) })
}

// direct has at go the way of the pattern along the edges of the part.
func (e *edgePart) direct(at *engines.Step) {
	at.Dir, at.Within, at.All = e.dir, e.part.set, e.part.set.IsAll(e.part.Rows)
	if e.dir == engines.In {
		at.Source, at.Target = at.Target, at.Source
	}
}

// open calls f for the edges of open rows that begin in the frontier; a nil one
// is everywhere.
func (e *edgePart) open(ctx context.Context, at *engines.Step, f func(near, far uint32, r rows.Num) error) error {
	if err := at.Count(ctx, int64(len(e.near))); err != nil {
		return err
	}
	seen := 0
	for r := range e.part.set.Each() {
		if seen++; seen&(lookOften-1) == 0 && ctx.Err() != nil {
			return at.Count(ctx, 0)
		}
		near, far := e.near[r], e.far[r]
		if near == engines.NoNode || far == engines.NoNode || at.Frontier != nil && !at.Frontier.Has(near) {
			continue
		}
		if err := f(near, far, r); err != nil {
			return err
		}
	}
	return nil
}

func empty(b engines.Bits) bool {
	for _, w := range b {
		if w != 0 {
			return false
		}
	}
	return true
}

// levels calls found for every level from Min to Max with the nodes that were
// not in an earlier one of these. It ends where found says so, or nothing new is there.
func (w *walker) levels(start []engines.Bits, trace func(level int, from, near, to, far uint32), found func(level int, at []engines.Bits) bool) error {
	visited := make([]engines.Bits, len(w.places))
	frontier := start
	for k := 0; ; k++ {
		if k >= w.node.Min {
			if !found(k, frontier) {
				return nil
			}
			for i := range visited {
				if k < w.node.Max {
					visited[i] = union(visited[i], frontier[i])
				}
			}
		}
		if k == w.node.Max || nothingIn(frontier) {
			return nil
		}
		w.stats.add("levels", 1)
		var follow func(from, near, to, far uint32)
		if trace != nil {
			follow = func(from, near, to, far uint32) { trace(k+1, from, near, to, far) }
		}
		reached, err := w.take(frontier, visited, follow)
		if err != nil {
			return err
		}
		if w.taken != nil {
			if err := w.taken(k+1, frontier, reached); err != nil {
				return err
			}
		}
		frontier = reached
	}
}

func nothingIn(of []engines.Bits) bool {
	for _, b := range of {
		if !empty(b) {
			return false
		}
	}
	return true
}

// union adds b to a, which it may change and return.
func union(a, b engines.Bits) engines.Bits {
	if len(a) < len(b) {
		a = a.Grown(len(b) * 64)
	}
	for i, w := range b {
		a[i] |= w
	}
	return a
}
