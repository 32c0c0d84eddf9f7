package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/columnar"
	"github.com/quindex/quindex/record"
)

// readings is a table with a key and a time.
func readings(kind record.Kind) *catalog.Table {
	t := &catalog.Table{Name: "readings", Schema: record.Schema{Table: 1, Version: 1, Fields: []record.Field{
		{ID: 1, Name: "k", Type: record.T(record.Int64)}, {ID: 2, Name: "at", Type: record.T(kind)}}},
		Key: []record.ColumnID{1}, Time: &catalog.TimeOptions{Column: 2}}
	return t
}

// timed is a history of readings, and what of them is to be seen.
type timed struct {
	*recorded
	def   *catalog.Table
	rows  map[int64]int64 // key -> time; NULL is -1
	marks int64
}

// readingsOf is the history of a table whose time is of that kind, and empty.
func readingsOf(t *testing.T, kind record.Kind, o Options) *timed {
	t.Helper()
	o.Registry = testRegistry(columnar.Engine{})
	h := &timed{recorded: recording(t, o), def: readings(kind), rows: map[int64]int64{}, marks: -1}
	h.must(EncodeDefine(h.def))
	return h
}

// write is batch of some random rows, whose times are not far after now; few have none.
func (h *timed) write(rng *rand.Rand, now int64, keep bool) {
	h.t.Helper()
	var pairs []int64
	for range 1 + rng.IntN(12) {
		at := now + rng.Int64N(20)
		if rng.IntN(20) == 0 {
			at = -1
		}
		pairs = append(pairs, rng.Int64N(400), at)
	}
	h.batch(keep, pairs...)
}

// batch adds rows of pairs of a key and a time; keep: those whose key is there stay.
func (h *timed) batch(keep bool, pairs ...int64) any {
	h.t.Helper()
	b := record.NewBatch(&h.def.Schema, 0)
	for i := 0; i < len(pairs); i += 2 {
		v := record.Value{Type: h.def.Schema.Fields[1].Type, Valid: pairs[i+1] >= 0, I: pairs[i+1]}
		b.AppendRow(record.IntValue(pairs[i]), v)
		if have, ok := h.rows[pairs[i]]; !keep || !ok || have >= 0 && have < h.marks {
			h.rows[pairs[i]] = pairs[i+1]
		}
	}
	entry := EncodeBatch(IdempotencyKey{}, b)
	if keep {
		entry = EncodeFresh(IdempotencyKey{}, b)
	}
	return h.must(entry)
}

func (h *timed) mark(at int64) {
	unit := int64(1)
	if h.def.Schema.Fields[1].Type.Kind == record.Date {
		unit = 86_400_000_000_000
	}
	h.must(EncodeExpire(1, at*unit))
	h.marks = max(h.marks, at)
}

func (h *timed) check(what string) {
	h.t.Helper()
	want := 0
	for _, at := range h.rows {
		if at < 0 || at >= h.marks {
			want++
		}
	}
	have := read(h.t, h.s, 1)
	if len(have) != want {
		h.t.Fatalf("%s: %d rows, want %d: %v of %v below %d", what, len(have), want, have, h.rows, h.marks)
	}
}

// TestExpire raises the watermark between writes, flushes, merges and
// restarts, and wants what is below neither seen nor found.
func TestExpire(t *testing.T) {
	for _, kind := range []record.Kind{record.Timestamp, record.Date} {
		rng := random(t)
		h := readingsOf(t, kind, Options{TailRows: 20, SealRows: 100, MergeWidth: 2, FlushBytes: 4 << 10})
		ctx := context.Background()
		for step := range int64(250) {
			h.write(rng, step, rng.IntN(3) == 0)
			var err error
			switch rng.IntN(12) {
			case 0:
				h.mark(step - rng.Int64N(20))
			case 1:
				err = h.s.Flush(ctx)
			case 2:
				err = h.s.Tend(ctx)
			case 3:
				err = h.s.Merge(ctx, 1)
			case 4:
				h.again()
			}
			if err != nil {
				t.Fatal(err)
			}
			h.check(fmt.Sprint("step ", step))
		}
		h.mark(1000)
		if err := h.s.Merge(ctx, 1); err != nil {
			t.Fatal(err)
		}
		h.check("all below")
		for _, seg := range h.s.Segments() {
			if kept := seg.Rows - seg.Deleted; kept > len(h.rows) {
				t.Errorf("segment %s keeps %d rows", seg.Name, kept)
			}
		}
		h.s.Close()
	}
}

// TestExpiredIsGone neither changes a row below the watermark, nor lets it
// stand in the way of a new one.
func TestExpiredIsGone(t *testing.T) {
	h := readingsOf(t, record.Timestamp, Options{})
	defer h.s.Close()
	h.batch(false, 1, 10, 2, 30)
	h.flush()
	h.mark(20)
	if _, err := h.apply(EncodeChange(IdempotencyKey{}, 1, []uint64{1}, nil)); !errors.Is(err, ErrChanged) {
		t.Errorf("delete of an expired row: %v, want %v", err, ErrChanged)
	}
	if r := h.batch(true, 1, 40, 2, 50).(BatchResult); r.Kept != 1 {
		t.Errorf("%+v, want one row kept", r)
	}
	h.check("at the end")
}

// TestViewIsOneMoment opens a view as of a moment at which rows were there
// that have been replaced since: it shows those, not none.
func TestViewIsOneMoment(t *testing.T) {
	h := readingsOf(t, record.Timestamp, Options{TailRows: 4})
	defer h.s.Close()
	h.batch(false, 1, 1, 2, 1)
	h.flush()
	h.batch(false, 3, 1, 4, 1)
	then := h.s.Applied()
	h.batch(false, 1, 2, 2, 2, 3, 2, 4, 2)
	v, _, _, err := h.s.tryView(1, then)
	if err != nil || v == nil {
		t.Fatalf("view %v, %v", v, err)
	}
	defer v.Close()
	if rows := readView(t, v); len(rows) != 4 || v.Applied != then {
		t.Errorf("as of %d: %v, want 4 rows as of %d", v.Applied, rows, then)
	}
}
