package main

import (
	"maps"
	"math/rand/v2"
	"slices"

	"github.com/RoaringBitmap/roaring/v2/roaring64"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/store"
)

// rewriting is a table that takes another form, as by ALTER TABLE SET: its next
// generation is filled in rounds while it is written to, then it is frozen, a
// last round brings them level, and the one takes the place of the other. Other
// steps come between the rounds.
type rewriting struct {
	from            record.TableID
	filling, filled *catalog.Table
	origin          catalog.OriginFields
	have            map[uint64]string // by row of the former: the row of the next, by name
	frozen          bool
	marked          bool
}

// rewrite takes the rewrite one step further, or begins one.
func (r *run) rewrite(rng *rand.Rand) error {
	w := r.model.rewriting
	if w == nil {
		return r.beginRewrite(rng)
	}
	from := r.model.tables[w.from]
	if from != nil && w.marked && from.mark != r.model.tables[w.filling.ID()].mark {
		w.marked = false // more rows are past their time
	}
	switch {
	case from == nil || rng.IntN(12) == 0 && !w.frozen: // it was dropped, or somebody thought better of it
		return r.giveUpRewrite(w)
	case w.marked:
		return r.endRewrite(w, from)
	case r.model.switches(w.from): // a load has the table
		return nil
	case !w.frozen && !from.frozen && rng.IntN(3) == 0:
		w.frozen = true
		return r.freezeFor(w.from)
	}
	level, err := r.plant == "stale" && w.frozen, error(nil)
	if !level {
		level, err = r.round(w, from)
	}
	if err != nil || !w.frozen || !level {
		return err
	}
	w.marked = true
	if from.mark == r.model.tables[w.filling.ID()].mark {
		return nil
	}
	r.model.tables[w.filling.ID()].expire(from.mark)
	_, err = r.apply(store.EncodeExpire(w.filling.ID(), from.mark))
	return err
}

// rewrites reports whether a table is being rewritten, and (ends) whether it is
// frozen for that.
func (m *model) rewrites(id record.TableID) (on, ends bool) {
	w := m.rewriting
	on = w != nil && w.from == id
	return on, on && w.frozen
}

func (r *run) beginRewrite(rng *rand.Rand) error {
	t := r.model.tables[r.someTable(rng)]
	if t.frozen {
		return nil
	}
	w := &rewriting{from: t.def.ID(), have: map[uint64]string{}}
	w.filling, w.filled, w.origin = t.def.NextGeneration(r.model.lastID + 1)
	w.filled.Former = nil // nobody writes by the key of another table here
	w.filling.Name = "next"
	if t.def.Time == nil && rng.IntN(2) == 0 {
		w.filling.Order = otherOrder(rng, t.def)
		w.filled.Order = w.filling.Order
	}
	r.model.rewriting = w
	r.model.define(w.filling)
	_, err := r.apply(store.EncodeDefine(w.filling))
	return err
}

func (r *run) giveUpRewrite(w *rewriting) error {
	r.model.rewriting = nil
	r.model.drop(w.filling.ID())
	_, err := r.apply(store.EncodeDrop(w.filling.ID()))
	return err
}

// round brings the next generation level with a view of the former, and reports
// whether it was.
func (r *run) round(w *rewriting, from *modelTable) (level bool, err error) {
	v, err := r.shard.View(r.ctx, w.from)
	if err != nil {
		return false, err
	}
	defer v.Close()
	live, came := map[uint64]bool{}, roaring64.New()
	for i := range v.Parts {
		p := &v.Parts[i]
		for row := range p.Live.Each() {
			id := p.IDs().ID(row)
			live[id] = true
			if _, ok := w.have[id]; !ok {
				came.Add(id)
			}
		}
	}
	var gone []uint64
	for _, id := range slices.Sorted(maps.Keys(w.have)) {
		if !live[id] {
			gone = append(gone, id)
		}
	}
	if len(gone) > 0 {
		if err := r.deleteCopies(w, gone); err != nil {
			return false, err
		}
	}
	if came.IsEmpty() {
		return len(gone) == 0, nil
	}
	byID := map[uint64]modelRow{}
	for _, row := range from.rows {
		byID[row.id] = row
	}
	return false, v.Copy(r.ctx, w.filled.Schema.Fields, came, func(ids []uint64, b *record.Batch) error {
		return r.copyRows(w, ids, b, byID)
	})
}

// deleteCopies lets the copies die of rows that are gone.
func (r *run) deleteCopies(w *rewriting, gone []uint64) error {
	t := r.model.tables[w.filling.ID()]
	var ids []uint64
	for _, id := range gone {
		ids = append(ids, t.rows[w.have[id]].id)
		delete(t.rows, w.have[id])
		delete(w.have, id)
	}
	slices.Sort(ids)
	value, err := r.apply(store.EncodeChange(store.IdempotencyKey{}, w.filling.ID(), ids, nil))
	if err != nil {
		return err
	}
	if got, ok := value.(store.ChangeResult); !ok || got.Deleted != len(ids) {
		return violated("%d copies of rows that are gone gave %+v", len(ids), value)
	}
	return nil
}

// copyRows writes rows of the former generation to the next; what they are, the
// model says.
func (r *run) copyRows(w *rewriting, ids []uint64, b *record.Batch, former map[uint64]modelRow) error {
	t := r.model.tables[w.filling.ID()]
	shard, row := record.NewColumn(w.origin.Shard.Type, b.N), record.NewColumn(w.origin.Row.Type, b.N)
	first := r.model.nextRow
	for _, id := range ids {
		old, ok := former[id]
		if !ok {
			return violated("row %d of table %d is copied and was never acknowledged, or was deleted", id, w.from)
		}
		shard.Append(record.IntValue(1))
		row.Append(record.IntValue(int64(id)))
		next := modelRow{id: r.model.nextRow, fields: w.filling.Schema.Fields}
		for _, f := range w.filled.Schema.Fields {
			next.values = append(next.values, old.value(f))
		}
		next.values = append(next.values, record.IntValue(1), record.IntValue(int64(id)))
		t.put(next)
		w.have[id] = t.nameOf(next.values, next.id)
		r.model.nextRow++
	}
	b.Table, b.Version = w.filling.ID(), w.filling.Schema.Version
	b.IDs, b.Cols = append(b.IDs, w.origin.Shard.ID, w.origin.Row.ID), append(b.Cols, *shard, *row)
	value, err := r.apply(store.EncodeBatch(store.IdempotencyKey{}, b))
	if err != nil {
		return err
	}
	if got, ok := value.(store.BatchResult); !ok || got.FirstRow != first || got.Rows != len(ids) {
		return violated("copies of %d rows from id %d gave %+v", len(ids), first, value)
	}
	return nil
}

// endRewrite puts the next generation in the place of the former.
func (r *run) endRewrite(w *rewriting, from *modelTable) error {
	r.tally.Rewritten++
	t := r.model.tables[w.filling.ID()]
	if len(t.rows) != len(from.rows) {
		return violated("%d rows at their new places, want %d", len(t.rows), len(from.rows))
	}
	for _, name := range from.names() {
		old := from.rows[name]
		if next, ok := t.rows[w.have[old.id]]; !ok || t.line(&modelRow{values: next.values[:len(w.filled.Schema.Fields)], fields: w.filled.Schema.Fields}) != t.line(&old) {
			return violated("%s of table %s is not at its new place as it is", name, from.def.Name)
		}
	}
	r.model.rewriting = nil
	delete(r.model.byName, w.filling.Name)
	r.model.retire(w.from)
	r.model.define(w.filled)
	r.model.byName[w.filled.Name] = w.filled.ID()
	if _, err := r.apply(store.EncodeDefine(w.filled)); err != nil {
		return err
	}
	_, err := r.apply(store.EncodeRetire(w.from))
	return err
}
