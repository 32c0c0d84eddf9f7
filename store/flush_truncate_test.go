package store

import (
	"context"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/quindex/quindex/record"
)

// TestTruncatedWhileFlushed truncates a table in the midst of a flush. The
// entries between the flush's moment and the truncation depend on the rows
// that were there: with a manifest that lacks them a replay would number rows
// anew, and lose what later entries do to those of other tables.
func TestTruncatedWhileFlushed(t *testing.T) {
	for _, pinned := range []bool{false, true} {
		h := readingsOf(t, record.Timestamp, Options{NoMerge: true})
		other := readings(record.Timestamp)
		other.Name, other.Schema.Table = "others", 2
		h.must(EncodeDefine(other))
		h.batch(false, 1, 10, 2, 20)
		ctx := context.Background()
		m, err := h.s.sealMoment(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if pinned && !h.s.pinMoment(m) {
			t.Fatal("a moment that is there cannot be flushed")
		}
		h.batch(true, 1, 11, 2, 21, 3, 31) // keeps one row: two keys are there
		b := record.NewBatch(&other.Schema, 0)
		b.AppendRow(record.IntValue(7), record.IntValue(1))
		added := h.must(EncodeBatch(IdempotencyKey{}, b)).(BatchResult)
		h.must(EncodeTruncate(1))
		h.must(EncodeChange(IdempotencyKey{}, 2, []uint64{added.FirstRow}, nil))
		switch {
		case !pinned && h.s.pinMoment(m):
			t.Error("a moment that is gone would be flushed")
		case pinned:
			if err := h.s.flushMoment(ctx, m); err != nil {
				t.Error(err)
			}
		}
		if have := h.s.durable.applied; (have == m.applied) != pinned || have > m.applied {
			t.Errorf("the manifest is of entry %d, the moment of %d; pinned: %v", have, m.applied, pinned)
		}
		h.again()
		for id := record.TableID(1); id <= 2; id++ {
			if rows := read(t, h.s, id); len(rows) != 0 {
				t.Errorf("table %d: %v", id, rows)
			}
		}
		h.flush()
		h.s.Close()
	}
}

// creations is called whenever a file is made.
type creations func()

func (creations) String() string { return "creations" }

func (c creations) MaybeError(op errorfs.Op) error {
	if op.Kind == errorfs.OpCreate {
		c()
	}
	return nil
}

// TestFlushEndsWhileTablesGo adds rows and truncates a table at every file that
// a flush makes: it ends all the same, and a crash after it loses nothing.
func TestFlushEndsWhileTablesGo(t *testing.T) {
	const most = 100 // files that one flush makes; some ten are due
	ctx, rng := context.Background(), random(t)
	var s *Shard
	m, mem, made := newModel(rng), vfs.NewCrashableMem(), most
	next := func() {
		entry, want := m.next()
		m.apply(t, s, entry, want)
	}
	o := crashOptions(errorfs.Wrap(mem, creations(func() {
		if made++; made >= most {
			return
		}
		next()
		m.log = append(m.log, m.truncate(1))
		mustApply(t, s, uint64(len(m.log)), m.log[len(m.log)-1])
		next()
	})))
	s, err := Open(ctx, "shard", o)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for m.defs[1] == nil || len(m.rows[1]) == 0 {
		next()
	}
	for range 20 {
		for range 6 {
			next()
		}
		began := uint64(len(m.log))
		made = 0
		if err := s.Flush(ctx); err != nil {
			t.Fatal(err)
		}
		if made >= most || s.durable.applied < began {
			t.Fatalf("%d files made, the manifest is of entry %d, want %d at least", made, s.durable.applied, began)
		}
		made = most
		m.check(t, "flushed", s)
		again := o
		again.FS = mem.CrashClone(vfs.CrashCloneCfg{})
		after, err := Open(ctx, "shard", again)
		if err != nil {
			t.Fatal(err)
		}
		m.replay(t, after)
		m.check(t, "after a crash", after)
		after.Close()
	}
}
