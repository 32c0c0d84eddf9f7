package main

import (
	"cmp"
	"errors"
	"maps"
	"math/rand/v2"
	"slices"

	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/store"
)

// sourceKey names one source of rows that is loaded into a table.
type sourceKey struct {
	table  record.TableID
	source byte
}

// loading is how far a source is in: chunk i is its bytes [100 i, 100 (i+1)).
type loading struct {
	rows   uint64
	marked []bool                         // by chunk
	parts  []map[uint64]store.BatchResult // by chunk
}

const (
	chunkBytes = 100
	chunkParts = 3
)

func (k sourceKey) chunk(i int) store.Chunk {
	return store.Chunk{Table: k.table, Source: [16]byte{k.source}, Start: uint64(i) * chunkBytes, End: uint64(i+1) * chunkBytes}
}

// load sends a part of a source, one that is in already perhaps, or marks a
// chunk whose parts are.
func (r *run) load(rng *rand.Rand) error {
	t, err := r.someThawed(rng)
	if t == nil || err != nil {
		return err
	}
	return r.loadInto(rng, t)
}

func (r *run) loadInto(rng *rand.Rand, t *modelTable) error {
	k := sourceKey{t.def.ID(), byte(1 + rng.IntN(2))}
	l := r.model.loads[k]
	if l == nil {
		l = &loading{}
		r.model.loads[k] = l
	}
	at := max(0, len(l.parts)-rng.IntN(3))
	if at == len(l.parts) {
		l.parts, l.marked = append(l.parts, map[uint64]store.BatchResult{}), append(l.marked, false)
	}
	if len(l.parts[at]) > 1 && rng.IntN(3) == 0 {
		return r.mark(k, l, at)
	}
	part := uint64(rng.IntN(chunkParts))
	rows := r.someRows(rng, t)
	entry := store.EncodePart(k.chunk(at), part, store.EncodeBatch(store.IdempotencyKey{}, batchOf(t.def, rows)))
	want, there := l.parts[at][part]
	switch {
	case l.marked[at]:
		want = store.BatchResult{Duplicate: true}
	case there:
		want.Duplicate = true
	default:
		want = store.BatchResult{FirstRow: r.model.write(k.table, rows), Rows: len(rows)}
		l.parts[at][part] = want
		r.tally.Rows += len(rows)
	}
	value, err := r.apply(entry)
	if err != nil {
		return err
	}
	got, ok := value.(store.BatchResult)
	if got.Replaced = 0; !ok || got != want {
		return violated("part %d of chunk %d of a source gave %+v, want %+v", part, at, value, want)
	}
	return nil
}

func (r *run) mark(k sourceKey, l *loading, at int) error {
	if !l.marked[at] {
		n := uint64(len(l.parts[at]))
		l.rows, l.marked[at] = l.rows+n, true
		_, err := r.apply(store.EncodeMarked(k.chunk(at), n))
		return err
	}
	_, err := r.apply(store.EncodeMarked(k.chunk(at), 99)) // again: it counts nothing
	return err
}

// forget drops what was loaded into a table.
func (m *model) forget(id record.TableID) {
	maps.DeleteFunc(m.loads, func(k sourceKey, _ *loading) bool { return k.table == id })
}

// checkLoads compares what the shard knows of sources with the model.
func checkLoads(s *store.Shard, m *model) error {
	keys := slices.SortedFunc(maps.Keys(m.loads), func(a, b sourceKey) int {
		return cmp.Or(cmp.Compare(a.table, b.table), cmp.Compare(a.source, b.source))
	})
	var tables []record.TableID
	for _, k := range keys {
		l, have := m.loads[k], s.Source(k.table, [16]byte{k.source})
		done, begun := l.spans(k)
		if have.Rows != l.rows || !slices.Equal(have.Done, done) || !slices.Equal(have.Begun, begun) {
			return violated("source %d of table %d is in as %+v, want %d rows, done %v, begun %v", k.source, k.table, have, l.rows, done, begun)
		}
		if len(done)+len(begun) > 0 {
			tables = append(tables, k.table)
		}
	}
	if loaded, want := s.Loaded(), slices.Compact(tables); !slices.Equal(loaded, want) {
		return violated("tables %v were loaded, want %v", loaded, want)
	}
	return nil
}

// spans are the bytes of chunks that are marked, as one where they touch, and
// of those that have parts.
func (l *loading) spans(k sourceKey) (done, begun []store.Span) {
	for i, parts := range l.parts {
		c := k.chunk(i)
		switch n := len(done); {
		case l.marked[i] && n > 0 && done[n-1].End == c.Start:
			done[n-1].End = c.End
		case l.marked[i]:
			done = append(done, store.Span{Start: c.Start, End: c.End})
		case len(parts) > 0:
			begun = append(begun, store.Span{Start: c.Start, End: c.End})
		}
	}
	return done, begun
}

// freeze lets a table take no more rows, or take them again, or ends it for
// good, as a rewrite does.
func (r *run) freeze(rng *rand.Rand) error {
	id := r.someTable(rng)
	t := r.model.tables[id]
	if _, ends := r.model.rewrites(id); ends || r.model.switches(id) {
		return nil
	}
	if t.frozen && rng.IntN(3) == 0 {
		r.model.retire(id)
		if _, err := r.apply(store.EncodeRetire(id)); err != nil {
			return err
		}
		return r.create(t.def.Name)
	}
	t.frozen = !t.frozen
	_, err := r.apply(store.EncodeFreeze(id, t.frozen))
	return err
}

// someThawed picks a table to write to. If it is frozen, it must refuse a batch,
// and there is none.
func (r *run) someThawed(rng *rand.Rand) (*modelTable, error) {
	t := r.model.tables[r.someTable(rng)]
	if !t.frozen {
		return t, nil
	}
	r.refused[len(r.log)+1] = true
	_, err := r.apply(store.EncodeBatch(store.IdempotencyKey{}, batchOf(t.def, r.someRows(rng, t))))
	if err != nil && r.shard.Broken() != nil {
		return nil, err
	}
	if !errors.Is(err, store.ErrMoved) {
		return nil, violated("a frozen table took rows: %v", err)
	}
	return nil, nil
}
