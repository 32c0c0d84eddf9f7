package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
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
	case opLoad:
		return r.load(rng)
	case opStage:
		return r.stage(rng)
	case opRewrite:
		return r.rewrite(rng)
	case opFreeze:
		return r.freeze(rng)
	case opTend:
		return r.start(kind, r.points(rng), r.shard.Tend, nothing)
	case opFlush:
		return r.startDurable(kind, r.points(rng), r.shard.Flush)
	case opMerge:
		id := r.someTable(rng)
		return r.startDurable(kind, r.points(rng), func(ctx context.Context) error { return r.shard.Merge(ctx, id) })
	case opReindex:
		id := r.someTable(rng)
		return r.start(kind, r.points(rng), func(ctx context.Context) error { return r.shard.Reindex(ctx, id) }, nothing)
	case opVerify:
		return r.start(kind, r.points(rng), r.shard.Verify, nothing)
	case opSnapshot:
		return r.snapshot(rng)
	case opView:
		return r.openView(rng)
	case opLook:
		return r.lookAgain(rng)
	case opGoOn:
		return r.letGoOn(rng)
	case opCallOff:
		return r.callOff(rng)
	case opReopen:
		return r.reopen(rng)
	}
	return violated("no operation %d", kind)
}

// someTable picks the table that the step is about.
func (r *run) someTable(rng *rand.Rand) record.TableID {
	at := rng.IntN(len(tableNames))
	if r.op.table > 0 {
		at = r.op.table - 1
	}
	return r.model.byName[tableNames[at]]
}

// write appends a batch, often with a key of its own.
func (r *run) write(rng *rand.Rand) error {
	t, err := r.someThawed(rng)
	if t == nil || err != nil {
		return err
	}
	id, rows := t.def.ID(), r.someRows(rng, t)
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
	if t := r.model.tables[b.table]; t == nil || t.frozen {
		return nil // it was dropped, or takes nothing
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

func nothing() error { return nil }

// startDurable begins a job that makes durable what is applied now.
func (r *run) startDurable(kind opKind, points int, work func(context.Context) error) error {
	at := r.shard.Applied()
	return r.start(kind, points, work, func() error {
		r.safe = max(r.safe, at)
		return nil
	})
}

// snapshot links the state into a folder, and sees what the shard itself, or a
// replica, makes of it.
func (r *run) snapshot(rng *rand.Rand) error {
	r.folders++
	dir, own := fmt.Sprint("snapshot-", r.folders), rng.IntN(2) == 0
	at, index := r.shard.Applied(), uint64(0)
	return r.start(opSnapshot, r.points(rng), func(ctx context.Context) (err error) {
		if err := r.disk.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		index, err = r.shard.Link(dir)
		return err
	}, func() error {
		if index < at || index > uint64(len(r.log)) {
			return violated("a snapshot covers entry %d, want %d to %d", index, at, len(r.log))
		}
		r.safe = max(r.safe, index)
		var err error
		if own && r.waits == 0 && !r.closing && index == uint64(len(r.log)) {
			err = r.shard.Restore(dir, index)
		} else {
			err = r.replica(dir, index, rng)
		}
		return errors.Join(err, r.disk.RemoveAll(dir))
	})
}

// replica makes a shard of a snapshot and of the log after it.
func (r *run) replica(dir string, index uint64, rng *rand.Rand) error {
	r.tally.Replicas++
	home := dir + "-replica"
	s, err := store.OpenStill(r.ctx, home, r.options())
	if err != nil {
		return err
	}
	defer s.Close()
	if err := s.Restore(dir, index); err != nil {
		return err
	}
	if err := r.replay(s, "in a replica"); err != nil {
		return err
	}
	if err := check(r.ctx, s, r.model, r.reg, rng); err != nil {
		return fmt.Errorf("a replica: %w", err)
	}
	return errors.Join(s.Close(), r.disk.RemoveAll(home))
}

// replay applies what a shard does not have of the log.
func (r *run) replay(s *store.Shard, when string) error {
	for i := int(s.Applied()); i < len(r.log); i++ {
		_, err, broken := s.Apply(uint64(i+1), r.log[i])
		if broken != nil || (err != nil) != r.refused[i+1] || err != nil && !errors.Is(err, store.ErrMoved) && !errors.Is(err, store.ErrChanged) {
			return violated("%s entry %d cannot be applied again: %v, %v", when, i+1, err, broken)
		}
	}
	return nil
}

func (r *run) reopen(rng *rand.Rand) error {
	if err := r.shut(rng); err != nil {
		return err
	}
	if err := r.open(); err != nil {
		return err
	}
	if err := r.replay(r.shard, "after it was opened"); err != nil {
		return err
	}
	return r.look(rng)
}

// shut closes the shard, perhaps with jobs on their way.
func (r *run) shut(rng *rand.Rand) error {
	var err error
	if rng.IntN(2) == 0 {
		err = r.drain()
	}
	err = errors.Join(err, r.close())
	return errors.Join(err, r.letGo(rng))
}
