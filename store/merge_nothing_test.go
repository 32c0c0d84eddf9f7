package store

import (
	"context"
	"testing"

	"github.com/quindex/quindex/columnar"
)

// TestMergeOfNothing merges segments, more of them than are made in memory, in
// which no row lives any more: nothing is left of them.
func TestMergeOfNothing(t *testing.T) {
	h := recording(t, Options{Registry: testRegistry(columnar.Engine{}), NoMerge: true, SealRows: 20})
	rng, def := random(t), flights(1, 1)
	h.must(EncodeDefine(def))
	var all []uint64
	for i := range 2 {
		h.must(EncodeBatch(IdempotencyKey{}, batchOf(rng, def, 0, 30)))
		h.flush()
		for k := range 30 {
			all = append(all, uint64(1+30*i+k))
		}
	}
	h.must(EncodeChange(IdempotencyKey{}, 1, all, nil))
	if err := h.s.Merge(context.Background(), 1); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if segs := h.s.Segments(); len(segs) > 0 || len(h.rowsIn(1)) > 0 {
			t.Errorf("%d segments are left", len(segs))
		}
		h.flush()
		h.again()
	}
}
