package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/store"
)

// create makes a table, of an id of its own.
func (r *run) create(name string) error {
	t := newTable(name, r.model.lastID+1)
	r.model.define(t)
	_, err := r.apply(store.EncodeDefine(t))
	return err
}

// alter changes what a table is: a column comes, goes or gets another name, an
// index comes or goes, or another table takes its name.
func (r *run) alter(rng *rand.Rand) error {
	r.tally.Alters++
	old := r.model.tables[r.someTable(rng)].def
	on, ends := r.model.rewrites(old.ID())
	if rng.IntN(6) == 0 && !ends && !r.model.switches(old.ID()) {
		r.model.drop(old.ID())
		if _, err := r.apply(store.EncodeDrop(old.ID())); err != nil {
			return err
		}
		return r.create(old.Name)
	}
	if on {
		return nil // it is refused
	}
	t := *old
	t.Schema.Version++
	t.Schema.Fields = slices.Clone(old.Schema.Fields)
	t.Last = lastColumn(old)
	switch rng.IntN(5) {
	case 4:
		if t.Time == nil {
			t.Order = otherOrder(rng, &t)
		}
	case 0:
		t.Last++
		t.Schema.Fields = append(t.Schema.Fields, newColumn(rng, t.Last))
	case 1:
		if free := freeColumns(old); len(free) > 0 {
			at := t.Schema.ByID(free[rng.IntN(len(free))])
			t.Schema.Fields = slices.Delete(t.Schema.Fields, at, at+1)
		}
	case 2:
		f := &t.Schema.Fields[rng.IntN(len(t.Schema.Fields))]
		f.Name = fmt.Sprintf("%.8s_%d", f.Name, t.Schema.Version)
	case 3:
		if t.Name == placesName {
			t.Indexes = otherIndexes(rng, t.Indexes)
		}
	}
	r.model.define(&t)
	_, err := r.apply(store.EncodeDefine(&t))
	return err
}

// otherOrder picks by which columns the rows of new segments lie, or none.
func otherOrder(rng *rand.Rand, t *catalog.Table) (by []record.ColumnID) {
	for _, f := range t.Schema.Fields {
		switch f.Type.Kind {
		case record.Int64, record.Float64, record.Keyword:
			if rng.IntN(4) == 0 {
				by = append(by, f.ID)
			}
		}
	}
	return by
}

// lastColumn is the largest id that a column of t ever had.
func lastColumn(t *catalog.Table) record.ColumnID {
	last := t.Last
	for _, f := range t.Schema.Fields {
		last = max(last, f.ID)
	}
	return last
}

func newColumn(rng *rand.Rand, id record.ColumnID) record.Field {
	f := field(id, fmt.Sprintf("more_%d", id), record.T([]record.Kind{record.Keyword, record.Int64, record.Float64}[rng.IntN(3)]))
	switch {
	case rng.IntN(2) == 0: // NULL in the rows that are there
	case f.Type.Kind == record.Keyword:
		f.Default = record.KeywordValue("none")
	case f.Type.Kind == record.Int64:
		f.Default = record.IntValue(7)
	default:
		f.Default = record.FloatValue(0.5)
	}
	return f
}

// freeColumns are those that no key, time or index needs.
func freeColumns(t *catalog.Table) (out []record.ColumnID) {
	needed := append(slices.Clone(t.Key), t.Order...)
	if t.Time != nil {
		needed = append(needed, t.Time.Column)
	}
	for _, ix := range t.Indexes {
		needed = append(needed, ix.Columns...)
	}
	if t.Name == placesName { // their indexes may come back
		needed = append(needed, colName, colLoc)
	}
	for _, f := range t.Schema.Fields {
		if !slices.Contains(needed, f.ID) {
			out = append(out, f.ID)
		}
	}
	return out
}

// otherIndexes drops one of the indexes, or brings one back.
func otherIndexes(rng *rand.Rand, have []catalog.Index) []catalog.Index {
	ix := placesIndexes()[rng.IntN(2)]
	at := slices.IndexFunc(have, func(h catalog.Index) bool { return h.Name == ix.Name })
	if at < 0 {
		return append(slices.Clone(have), ix)
	}
	return slices.Delete(slices.Clone(have), at, at+1)
}

// expire moves the watermark of events to some hours before what the clock
// says: not always up.
func (r *run) expire(rng *rand.Rand) error {
	r.tally.Marks++
	t := r.model.named(eventsName)
	mark := r.clock().Add(-time.Duration(rng.IntN(48)) * time.Hour).UnixNano()
	t.expire(mark)
	_, err := r.apply(store.EncodeExpire(t.def.ID(), mark))
	return err
}

// clock is what the shard takes for the time.
func (r *run) clock() time.Time { return time.Unix(r.now+r.skew, 0) }

// jump turns the clock, forwards or backwards, by minutes or by days.
func (r *run) jump(rng *rand.Rand) error {
	by := time.Minute
	if rng.IntN(3) == 0 {
		by = 20 * time.Hour
	}
	r.skew += int64(time.Duration(rng.NormFloat64() * float64(by)).Seconds())
	r.tally.fault("jump of the clock", 1)
	return nil
}
