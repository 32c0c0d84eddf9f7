package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/quindex/quindex/columnar"
	"github.com/quindex/quindex/fault"
)

// TestMove moves rows from one table to another, with deaths on both sides: a
// row is in one of the two whenever the shard is closed and its log replayed,
// and what was moved cannot be moved again.
func TestMove(t *testing.T) {
	for _, seal := range []bool{false, true} {
		for _, keyed := range []bool{false, true} {
			t.Run(fmt.Sprintf("seal=%v,key=%v", seal, keyed), func(t *testing.T) { moveRows(t, seal, keyed) })
		}
	}
}

func moveRows(t *testing.T, seal, keyed bool) {
	rng := random(t)
	h := recording(t, Options{Registry: testRegistry(columnar.Engine{})})
	to, from := flights(1, 1), flights(2, 1)
	if keyed {
		to, from = withKey(to), withKey(from)
	}
	again := func() {
		t.Helper()
		if seal {
			h.flush()
		}
		h.again()
	}
	h.must(EncodeDefine(to))
	h.must(EncodeDefine(from))
	h.must(EncodeBatch(IdempotencyKey{}, batchOf(rng, to, 0, 30)))    // rows 1 to 30
	h.must(EncodeBatch(IdempotencyKey{}, batchOf(rng, from, 20, 40))) // rows 31 to 70, of which ten have keys of those
	h.must(EncodeChange(IdempotencyKey{}, 2, []uint64{70}, nil))      // one is gone
	rows := batchOf(rng, to, 20, 39)                                  // what comes in their place
	names := func(first, n int) (ids []uint64) {
		for i := range n {
			ids = append(ids, uint64(first+i))
		}
		return ids
	}
	move := EncodeMove(2, names(31, 20), rows.Slice(0, 20))
	if _, err := h.apply(move); !fault.Is(err, fault.Conflict) {
		t.Fatalf("a move between tables that take rows: %v", err)
	}
	h.must(EncodeFreeze(1, true))
	h.must(EncodeFreeze(2, true))
	again()
	r := h.must(move).(BatchResult)
	if replaced := map[bool]int{true: 10, false: 0}[keyed]; r.Rows != 20 || r.Replaced != replaced {
		t.Fatalf("%+v, want 20 rows in the place of %d", r, replaced)
	}
	for _, wrong := range [][]byte{move, EncodeMove(2, names(51, 20), rows.Slice(19, 39))} { // moved before; one is dead
		if _, err := h.apply(wrong); !errors.Is(err, ErrChanged) {
			t.Errorf("rows that are not there: %v", err)
		}
	}
	if _, err := h.apply(EncodeMove(3, names(1, 1), rows.Slice(0, 1))); !fault.Is(err, fault.NotFound) {
		t.Errorf("from no table: %v", err)
	}
	if _, err := h.apply(EncodeMove(2, names(51, 2), rows.Slice(0, 1))); !fault.Is(err, fault.Corrupt) {
		t.Errorf("fewer rows than names: %v", err)
	}
	again()
	if a, b := h.s.RowsOf(1), h.s.RowsOf(2); a != 50-int64(r.Replaced) || b != 19 {
		t.Fatalf("%d and %d rows", a, b)
	}
	h.must(EncodeMove(2, names(51, 19), rows.Slice(20, 39)))
	chunk := Chunk{Table: 1, Source: [16]byte{1}, Start: 0, End: 9}
	if _, err := h.apply(EncodeMarked(chunk, 39)); !errors.Is(err, ErrMoved) {
		t.Errorf("a mark in a frozen table: %v", err)
	}
	h.must(EncodeMoved(chunk, 39))
	h.must(EncodeMoved(chunk, 39))
	h.must(EncodeFreeze(1, false))
	h.must(EncodeDrop(2))
	again()
	if n := h.s.RowsOf(1); n != 69-int64(r.Replaced) || h.s.RowsOf(2) != 0 {
		t.Fatalf("%d rows", n)
	}
	if st := h.s.Source(1, [16]byte{1}); st.Rows != 39 || len(st.Done) != 1 || st.Done[0] != chunk.span() {
		t.Errorf("the source: %+v", st)
	}
	if got := h.s.SourcesOf(1); len(got) != 1 || got[0] != chunk.Source || len(h.s.SourcesOf(2)) > 0 {
		t.Errorf("sources %v", got)
	}
	have := read(t, h.s, 1)
	for _, row := range rowsOfBatch(to, rows.Slice(0, 20), r.FirstRow) {
		if !slices.Contains(have, row) {
			t.Errorf("%s was moved and is not there", row)
		}
	}
	if len(have) != 69-r.Replaced {
		t.Errorf("%d rows are read", len(have))
	}
	h.close()
}

// TestSharedView lets readers share a view: the segments go when the last of
// them has closed it, and none gets it after it was let go.
func TestSharedView(t *testing.T) {
	rng, ctx := random(t), context.Background()
	s := openTest(t, vfs.NewMem(), Options{Registry: testRegistry(columnar.Engine{})})
	defer s.Close()
	def := flights(1, 1)
	mustApply(t, s, 1, EncodeDefine(def))
	mustApply(t, s, 2, EncodeBatch(IdempotencyKey{}, batchOf(rng, def, 0, 50)))
	if err := s.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	view, err := s.View(ctx, 1)
	if err != nil {
		t.Fatal(err)
	}
	closed := 0
	release := view.release
	view.release = func() { closed++; release() }
	want := readView(t, view)
	shared := Share(view)
	a, err := shared.View()
	if err != nil {
		t.Fatal(err)
	}
	b, err := shared.View()
	if err != nil {
		t.Fatal(err)
	}
	mustApply(t, s, 3, EncodeTruncate(1))
	a.Close()
	a.Close() // a view that is closed twice gives back one use
	shared.LetGo()
	if _, err := shared.View(); err != nil {
		t.Errorf("a view that another still reads: %v", err)
	} else if shared.LetGo(); closed != 0 {
		t.Error("closed under a reader")
	}
	equal(t, "the shared view", readView(t, b), want)
	if b.Close(); closed != 1 {
		t.Errorf("closed %d times, want once", closed)
	}
	if _, err := shared.View(); !errors.Is(err, ErrLetGo) {
		t.Errorf("a view that was let go: %v", err)
	}
}
