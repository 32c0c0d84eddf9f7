package store

import (
	"context"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/quindex/quindex/columnar"
	"github.com/quindex/quindex/record"
)

// TestTruncatedWhileFlushed truncates a table in the midst of a flush. The
// entries between the flush's moment and the truncation depend on the rows
// that were there: with a manifest that lacks them a replay would number rows
// anew, and lose what later entries do to those of other tables.
func TestTruncatedWhileFlushed(t *testing.T) {
	ctx, fs := context.Background(), vfs.NewMem()
	o := Options{Registry: testRegistry(columnar.Engine{}), NoMerge: true}
	h := &timed{t: t, s: openTest(t, fs, o), def: readings(record.Timestamp), rows: map[int64]int64{}}
	other := readings(record.Timestamp)
	other.Name, other.Schema.Table = "others", 2
	for _, e := range [][]byte{EncodeDefine(h.def), EncodeDefine(other)} {
		if _, err := h.apply(e); err != nil {
			t.Fatal(err)
		}
	}
	h.batch(false, 1, 10, 2, 20)
	m, err := h.s.sealMoment(ctx)
	if err != nil {
		t.Fatal(err)
	}
	h.batch(true, 1, 11, 2, 21, 3, 31) // keeps one row: two keys are there
	b := record.NewBatch(&other.Schema, 0)
	b.AppendRow(record.IntValue(7), record.IntValue(1))
	added, err := h.apply(EncodeBatch(IdempotencyKey{}, b))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.apply(EncodeTruncate(1)); err != nil {
		t.Fatal(err)
	}
	if _, err := h.apply(EncodeChange(IdempotencyKey{}, 2, []uint64{added.(BatchResult).FirstRow}, nil)); err != nil {
		t.Fatal(err)
	}
	if again, err := h.s.flushMoment(ctx, m); !again || err != nil {
		t.Errorf("the flush of a moment that is gone: %v, %v", again, err)
	}
	if h.s.durable.applied >= m.applied {
		t.Errorf("the manifest is of entry %d", h.s.durable.applied)
	}
	h.s.Close()
	h.s = openTest(t, fs, o)
	defer h.s.Close()
	for i, e := range h.log {
		if _, err, broken := h.s.Apply(uint64(i+1), e); err != nil || broken != nil {
			t.Fatalf("replay of entry %d: %v, %v", i+1, err, broken)
		}
	}
	for id := record.TableID(1); id <= 2; id++ {
		if rows := read(t, h.s, id); len(rows) != 0 {
			t.Errorf("table %d: %v", id, rows)
		}
	}
	if err := h.s.Flush(ctx); err != nil {
		t.Fatal(err)
	}
}
