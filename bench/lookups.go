package bench

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/engines/all"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
)

// The figures of docs/bench.md for a key looked up in eight segments of a
// million keys, and how much slower a lookup may be on another day.
const (
	missNanos, hitNanos = 124, 513
	keySegments         = 8
	keysAsked           = 1 << 20
	keysTogether        = 1024 // fewer than a piece of a load has for a shard
)

// keyLookups measures looking up keys in process, newest segment first, as
// upserts do it: many together, or one alone.
func keyLookups(ctx context.Context, o Options, p *Probe) error {
	each := 1_000_000
	if o.Rows > 0 {
		each = max(1000, min(each, o.Rows/keySegments))
	}
	in, err := keySections(ctx, each)
	if err != nil {
		return err
	}
	rng := NewRand(o.Seed + 2)
	for _, kind := range []struct {
		name string
		plus int64 // 1: no such key
		want int
	}{{"not there", 1, missNanos}, {"there", 0, hitNanos}} {
		lists := make([]*engines.KeyList, keysAsked/keysTogether)
		for i := range lists {
			lists[i] = engines.NewKeyList(keysTogether)
			for range keysTogether {
				key := record.AppendKey(nil, record.IntValue(2*int64(rng.N(keySegments*each))+kind.plus), false, false)
				lists[i].Add(key, engines.KeyHash(key))
			}
		}
		for _, way := range []struct {
			name string
			find func([]engines.Keyed, *engines.KeyList) (int, error)
		}{{fmt.Sprintf("%d together", keysTogether), findTogether}, {"alone", findAlone}} {
			best, err := lookUpTime(in, lists, keysAsked*(1-int(kind.plus)), way.find)
			if err != nil {
				return err
			}
			p.add(fmt.Sprintf("key looked up that is %s, %s, %d x %d keys", kind.name, way.name, keySegments, each), best, "ns", fmt.Sprintf("< %d", 3*kind.want))
		}
	}
	return nil
}

// lookUpTime returns the nanoseconds that a key of the lists takes, the best
// of three times; all in all so many are there.
func lookUpTime(in []engines.Keyed, lists []*engines.KeyList, there int, find func([]engines.Keyed, *engines.KeyList) (int, error)) (float64, error) {
	best := 0.0
	for range 3 {
		hits, start := 0, time.Now()
		for _, l := range lists {
			n, err := find(in, l)
			if err != nil {
				return 0, err
			}
			hits += n
		}
		if per := float64(time.Since(start).Nanoseconds()) / keysAsked; best == 0 || per < best {
			best = per
		}
		if hits != there {
			return 0, fault.Errorf("bench: keys", fault.Internal, "%d of %d keys were found, want %d", hits, keysAsked, there)
		}
	}
	return best, nil
}

// findTogether counts the keys of a list that are there.
func findTogether(in []engines.Keyed, list *engines.KeyList) (int, error) {
	var room [keysTogether]engines.KeyRow
	var found [keysTogether]bool
	left := list.ByHash(list.All())
	for _, ix := range in {
		hits, err := ix.FindAll(room[:0], list, left)
		if err != nil {
			return 0, err
		}
		for _, h := range hits {
			found[h.Key] = true
		}
		left = slices.DeleteFunc(left, func(k int32) bool { return found[k] })
	}
	return list.Len() - len(left), nil
}

// findAlone counts them too, one after the other.
func findAlone(in []engines.Keyed, list *engines.KeyList) (n int, err error) {
	room, err := in[0].Find(nil, list.Hashes()[0], list.Key(0))
	for i, hash := range list.Hashes() {
		for _, ix := range in {
			ix.Touch(hash)
		}
		for _, ix := range in {
			if room, err = ix.Find(room[:0], hash, list.Key(i)); err != nil {
				return n, err
			}
			if len(room) > 0 {
				n++
				break
			}
		}
	}
	return n, err
}

// keySections makes keySegments indexes of even numbers, and the columns that
// they compare keys with, as they are in segments.
func keySections(ctx context.Context, each int) ([]engines.Keyed, error) {
	schema := &record.Schema{Fields: []record.Field{{ID: 1, Name: "id", Type: record.T(record.Int64)}}}
	out := make([]engines.Keyed, keySegments)
	for s := range out {
		b := record.NewBatch(schema, each)
		for i := range each {
			b.AppendRow(record.IntValue(2 * int64(s*each+i)))
		}
		stored, err := section(ctx, "columnar", schema, each, engines.BatchColumns(schema, b), nil)
		if err != nil {
			return nil, err
		}
		columns := stored.(engines.Columns)
		keys, err := section(ctx, engines.KeysEngine, schema, each, columns, columns)
		if err != nil {
			return nil, err
		}
		out[s] = keys.(engines.Keyed)
	}
	return out, nil
}

// section builds an index over from and opens it beside columns.
func section(ctx context.Context, engine string, s *record.Schema, rows int, from, beside engines.Columns) (engines.Index, error) {
	e, err := all.Registry().Lookup(engine)
	if err != nil {
		return nil, err
	}
	def := engines.IndexDef{Name: engine, Engine: engine, Fields: s.Fields}
	builder, err := e.NewBuilder(def, from)
	if err != nil {
		return nil, err
	}
	var w bytes.Buffer
	if err := builder.Build(ctx, &w); err != nil {
		return nil, err
	}
	return e.Open(engines.Section{Def: def, Rows: rows, Bytes: w.Bytes(), Columns: beside})
}
