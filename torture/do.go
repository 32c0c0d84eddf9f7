package main

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"

	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/store"
)

// do does one operation. An error may be what an injected fault makes of it.
func (r *run) do(kind opKind, rng *rand.Rand) error {
	switch kind {
	case opWrite:
		return r.write(rng)
	case opFresh:
		return r.writeFresh(rng)
	case opChange:
		return r.change(rng)
	case opTruncate:
		return r.truncate(rng)
	case opRetry:
		return r.retry(rng)
	case opDefine:
		return r.alter(rng)
	case opExpire:
		return r.expire(rng)
	case opClock:
		return r.jump(rng)
	case opTend:
		return r.shard.Tend(r.ctx)
	case opFlush:
		return r.flush()
	case opMerge:
		return r.shard.Merge(r.ctx, r.someTable(rng))
	case opReindex:
		return r.shard.Reindex(r.ctx, r.someTable(rng))
	case opSnapshot:
		return r.snapshot()
	case opReopen:
		return r.reopen(rng)
	}
	return violated("no operation %d", kind)
}

func (r *run) someTable(rng *rand.Rand) record.TableID {
	return r.model.byName[tableNames[rng.IntN(len(tableNames))]]
}

// write appends a batch, often with a key of its own.
func (r *run) write(rng *rand.Rand) error {
	id := r.someTable(rng)
	t := r.model.tables[id]
	rows := r.someRows(rng, t)
	n := len(rows)
	var key store.IdempotencyKey
	if rng.IntN(2) == 0 {
		r.model.seq++
		binary.LittleEndian.PutUint64(key.Client[:], 1+r.model.seq%3)
		key.Seq = r.model.seq
	}
	entry := store.EncodeBatch(key, batchOf(t.def, rows))
	first := r.model.write(id, rows)
	if key.Seq > 0 {
		r.model.sent = append(r.model.sent, sentBatch{id, entry, first, n})
	}
	r.tally.Rows += n
	value, err := r.apply(entry)
	if err != nil {
		return err
	}
	if got, ok := value.(store.BatchResult); !ok || got.FirstRow != first || got.Rows != n || got.Duplicate {
		return violated("a batch of %d rows from id %d gave %+v", n, first, value)
	}
	return nil
}

func (r *run) someRows(rng *rand.Rand, t *modelTable) (rows [][]record.Value) {
	n := 1 + rng.IntN(6)
	if rng.IntN(4) == 0 {
		n = 1 + rng.IntN(120)
	}
	for range n {
		r.now += rng.Int64N(60)
		rows = append(rows, rowOf(rng, t.def, r.now))
	}
	return rows
}

// retry sends an acknowledged batch again, as a client does that has not seen
// the answer: nothing may change.
func (r *run) retry(rng *rand.Rand) error {
	if len(r.model.sent) == 0 {
		return nil
	}
	b := r.model.sent[rng.IntN(len(r.model.sent))]
	if r.model.tables[b.table] == nil {
		return nil // it was dropped
	}
	entry := b.entry
	if r.plant == "window" {
		entry = withoutKey(entry)
	}
	value, err := r.apply(entry)
	if err != nil {
		return err
	}
	if got, ok := value.(store.BatchResult); !ok || got.FirstRow != b.first || got.Rows != b.rows || !got.Duplicate {
		return violated("the retry of a batch of %d rows from id %d gave %+v", b.rows, b.first, value)
	}
	return nil
}

// withoutKey is a batch's entry that no window can tell from a new one; see
// store/entry.go for where the key stands.
func withoutKey(entry []byte) []byte {
	out := bytes.Clone(entry)
	clear(out[8:32])
	return out
}

func (r *run) flush() error {
	at := r.shard.Applied()
	err := r.shard.Flush(r.ctx)
	if err == nil {
		r.safe = max(r.safe, at)
	}
	return err
}

// snapshot links the state into a folder and takes it back from there.
func (r *run) snapshot() error {
	const dir = "snapshot"
	if err := r.disk.RemoveAll(dir); err != nil {
		return err
	}
	if err := r.disk.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	index, err := r.shard.Link(dir)
	if err != nil {
		return err
	}
	r.safe = max(r.safe, index)
	if err := r.shard.Restore(dir, index); err != nil {
		return err
	}
	return r.disk.RemoveAll(dir)
}

func (r *run) reopen(rng *rand.Rand) error {
	if err := r.shard.Close(); err != nil {
		return err
	}
	if err := r.open(); err != nil {
		return err
	}
	for i := r.shard.Applied(); i < uint64(len(r.log)); i++ {
		if _, err, broken := r.shard.Apply(i+1, r.log[i]); broken != nil {
			return broken
		} else if err != nil && !r.refusable(err) {
			return err
		}
	}
	return r.look(rng)
}

// refusable reports whether the shard may refuse an entry again as it did the
// first time.
func (r *run) refusable(error) bool { return false }
