package store

import (
	"context"
	"testing"

	"github.com/quindex/quindex/record"
)

// TestTruncatedWhileFlushed truncates a table in the midst of a flush. The
// entries between the flush's moment and the truncation depend on the rows
// that were there: with a manifest that lacks them a replay would number rows
// anew, and lose what later entries do to those of other tables.
func TestTruncatedWhileFlushed(t *testing.T) {
	ctx := context.Background()
	h := readingsOf(t, record.Timestamp, Options{NoMerge: true})
	other := readings(record.Timestamp)
	other.Name, other.Schema.Table = "others", 2
	h.must(EncodeDefine(other))
	h.batch(false, 1, 10, 2, 20)
	m, err := h.s.sealMoment(ctx)
	if err != nil {
		t.Fatal(err)
	}
	h.batch(true, 1, 11, 2, 21, 3, 31) // keeps one row: two keys are there
	b := record.NewBatch(&other.Schema, 0)
	b.AppendRow(record.IntValue(7), record.IntValue(1))
	added := h.must(EncodeBatch(IdempotencyKey{}, b)).(BatchResult)
	h.must(EncodeTruncate(1))
	h.must(EncodeChange(IdempotencyKey{}, 2, []uint64{added.FirstRow}, nil))
	if again, err := h.s.flushMoment(ctx, m); !again || err != nil {
		t.Errorf("the flush of a moment that is gone: %v, %v", again, err)
	}
	if h.s.durable.applied >= m.applied {
		t.Errorf("the manifest is of entry %d", h.s.durable.applied)
	}
	h.again()
	defer h.s.Close()
	for id := record.TableID(1); id <= 2; id++ {
		if rows := read(t, h.s, id); len(rows) != 0 {
			t.Errorf("table %d: %v", id, rows)
		}
	}
	h.flush()
}
