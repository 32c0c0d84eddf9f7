package main

import (
	"math/rand/v2"
	"slices"

	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/store"
)

// writeFresh adds rows of places whose keys are not there.
func (r *run) writeFresh(rng *rand.Rand) error {
	t := r.model.named(placesName)
	if t.frozen {
		return nil
	}
	rows := r.someRows(rng, t)
	entry := store.EncodeFresh(store.IdempotencyKey{}, batchOf(t.def, rows))
	first := r.model.nextRow
	kept := r.model.fresh(t.def.ID(), rows)
	r.tally.Rows += len(rows) - kept
	value, err := r.apply(entry)
	if err != nil {
		return err
	}
	if got, ok := value.(store.BatchResult); !ok || got.FirstRow != first || got.Rows != len(rows) || got.Kept != kept {
		return violated("%d new rows from id %d, %d of which are there, gave %+v", len(rows), first, kept, value)
	}
	return nil
}

// change deletes rows, or puts others of the same names in their place.
func (r *run) change(rng *rand.Rand) error {
	t, err := r.someThawed(rng)
	if t == nil || err != nil {
		return err
	}
	id, names := t.def.ID(), t.some(rng, 1+rng.IntN(20))
	if len(names) == 0 {
		return nil
	}
	var ids []uint64
	var images [][]record.Value
	update := rng.IntN(2) == 0
	for _, name := range names {
		old := t.rows[name]
		ids = append(ids, old.id)
		delete(t.rows, name)
		if update {
			row := rowOf(rng, t.def, r.now)
			if len(t.def.Key) > 0 {
				row[0] = old.values[0]
			}
			images = append(images, row)
		}
	}
	slices.Sort(ids)
	var b *record.Batch
	if update {
		b = batchOf(t.def, images)
	}
	first := r.model.write(id, images)
	value, err := r.apply(store.EncodeChange(store.IdempotencyKey{}, id, ids, b))
	if err != nil {
		return err
	}
	if got, ok := value.(store.ChangeResult); !ok || got.Deleted != len(ids) || got.Rows != len(images) || got.FirstRow != first {
		return violated("a change of %d rows by %d from id %d gave %+v", len(ids), len(images), first, value)
	}
	return nil
}

// truncate takes all rows of a table away.
func (r *run) truncate(rng *rand.Rand) error {
	t, err := r.someThawed(rng)
	if t == nil || err != nil {
		return err
	}
	clear(t.rows)
	r.model.forget(t.def.ID())
	_, err = r.apply(store.EncodeTruncate(t.def.ID()))
	return err
}
