package main

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
	"github.com/quindex/quindex/store"
)

// checkWalk walks some steps over the roads of a view, from city to city, and
// compares whom it reaches at each with the model.
func checkWalk(ctx context.Context, roads *store.View, s *store.Shard, m *model, r *rand.Rand) error {
	cities, err := s.View(ctx, m.byName[citiesName])
	if err != nil {
		return err
	}
	defer cities.Close()
	nodes, err := engines.NewNodes(record.T(record.Int64))
	if err != nil {
		return err
	}
	defer nodes.Close()
	w := walk{ctx: ctx, roads: roads, nodes: nodes, dir: engines.Direction(r.IntN(2))}
	if err := w.number(cities, m.named(citiesName)); err != nil {
		return err
	}
	near, far := record.ColumnID(colFrom), record.ColumnID(colTo)
	if w.dir == engines.In {
		near, far = far, near
	}
	m.walks++
	at := map[int64]bool{}
	for range 3 {
		at[r.Int64N(citySpace)] = true
	}
	for step := range 3 {
		have, err := w.step(at, m.named(roadsName), near, far)
		if err != nil {
			return err
		}
		want := m.step(at, near, far)
		if !maps.Equal(have, want) {
			return violated("step %d of a walk reaches %v, want %v", step, names(have), names(want))
		}
		at = want
	}
	return nil
}

func names(set map[int64]bool) []int64 { return slices.Sorted(maps.Keys(set)) }

// step is where one step over the model's roads leads.
func (m *model) step(from map[int64]bool, near, far record.ColumnID) map[int64]bool {
	t, cities := m.named(roadsName), m.named(citiesName)
	end := func(row *modelRow, id record.ColumnID) record.Value {
		return row.value(t.def.Schema.Fields[t.def.Schema.ByID(id)])
	}
	out := map[int64]bool{}
	for _, row := range t.rows {
		a, b := end(&row, near), end(&row, far)
		if !a.Valid || !b.Valid || !from[a.I] {
			continue
		}
		if _, there := cities.rows[fmt.Sprint("key ", b.I)]; there {
			out[b.I] = true
		}
	}
	return out
}

// walk is a walk over the parts of a view.
type walk struct {
	ctx     context.Context
	roads   *store.View
	nodes   *engines.Nodes
	dir     engines.Direction
	allowed engines.Bits
}

// number gives the cities of a view their numbers, and allows them as far ends.
func (w *walk) number(v *store.View, t *modelTable) error {
	key := t.def.Schema.Fields[t.def.Schema.ByID(colCity)]
	col := record.Column{Type: key.Type}
	for i := range v.Parts {
		p := &v.Parts[i]
		for row := range p.Live.Each() {
			k, err := p.Value(key, int(row))
			if err != nil {
				return err
			}
			col.Append(k)
		}
	}
	nums, err := w.nodes.Add(&col, nil)
	if err != nil {
		return err
	}
	w.allowed = engines.NewBits(w.nodes.Len())
	for _, n := range nums {
		w.allowed.Set(n)
	}
	return nil
}

func (w *walk) step(from map[int64]bool, t *modelTable, near, far record.ColumnID) (map[int64]bool, error) {
	out := map[int64]bool{}
	for i := range w.roads.Parts {
		p := &w.roads.Parts[i]
		var err error
		if walker := walkerOf(p); walker != nil {
			err = w.indexed(walker, p.Live, from, out)
		} else {
			err = w.plain(p, t, near, far, from, out)
		}
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

func walkerOf(p *store.Part) engines.Walker {
	for _, ix := range p.Indexes {
		if w, ok := ix.Index.(engines.Walker); ok {
			return w
		}
	}
	return nil
}

// indexed takes the step over a segment's index.
func (w *walk) indexed(ix engines.Walker, live rows.Set, from, out map[int64]bool) error {
	col := record.Column{Type: w.nodes.Type()}
	for k := range from {
		col.Append(record.IntValue(k))
	}
	nums, err := w.nodes.Add(&col, nil)
	if err != nil {
		return err
	}
	s := engines.Step{Source: w.nodes, Target: w.nodes, Dir: w.dir, Within: live, Frontier: engines.NewBits(w.nodes.Len()), Allowed: w.allowed}
	for _, n := range nums {
		s.Frontier.Set(n)
	}
	if err := ix.Step(w.ctx, &s); err != nil {
		return err
	}
	var reached []uint32
	for n := range uint32(w.nodes.Len()) {
		if s.Reached.Has(n) {
			reached = append(reached, n)
		}
	}
	keys := record.Column{Type: w.nodes.Type()}
	w.nodes.Keys(&keys, reached)
	for i := range keys.N {
		out[keys.Value(i).I] = true
	}
	return nil
}

// plain takes the step over rows that no index holds yet.
func (w *walk) plain(p *store.Part, t *modelTable, near, far record.ColumnID, from, out map[int64]bool) error {
	for row := range p.Live.Each() {
		var ends [2]record.Value
		for i, id := range []record.ColumnID{near, far} {
			v, err := p.Value(t.def.Schema.Fields[t.def.Schema.ByID(id)], int(row))
			if err != nil {
				return err
			}
			ends[i] = v
		}
		if !ends[0].Valid || !ends[1].Valid || !from[ends[0].I] {
			continue
		}
		col := record.Column{Type: w.nodes.Type()}
		col.Append(ends[1])
		if n := w.nodes.Find(&col, nil); len(n) == 1 && int(n[0]) < w.nodes.Len() && w.allowed.Has(n[0]) {
			out[ends[1].I] = true
		}
	}
	return nil
}
