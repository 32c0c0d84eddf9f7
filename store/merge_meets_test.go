package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/columnar"
	"github.com/quindex/quindex/record"
)

// TestMergeMeets lets a table be dropped or truncated, or lose rows, at each
// point of a merge of its segments on disk, with and without a flush of that
// before the merge ends. What is gone stays gone, then and after a restart, the
// other table is whole, and no folder is left that no manifest names.
func TestMergeMeets(t *testing.T) {
	for _, point := range []string{atMergeChosen, atMergeWritten, atMergeDone} {
		for what, entry := range map[string][]byte{"drop": EncodeDrop(1), "truncate": EncodeTruncate(1), "delete": EncodeChange(IdempotencyKey{}, 1, []uint64{2, 45}, nil)} {
			for _, flush := range []bool{false, true} {
				if flush && point != atMergeChosen {
					continue // the merge holds the manifest
				}
				t.Run(fmt.Sprintf("%s/%s/flush=%v", what, point[len("merge: "):], flush), func(t *testing.T) { mergeMeets(t, point, entry, flush) })
			}
		}
	}
}

func mergeMeets(t *testing.T, point string, entry []byte, flush bool) {
	met := 0
	var h *recorded
	h = recording(t, Options{Registry: testRegistry(columnar.Engine{}), NoMerge: true, At: func(at string) {
		if at != point || met > 0 {
			return
		}
		met++
		h.must(entry)
		if flush {
			h.flush()
		}
	}})
	rng := random(t)
	one, two := flights(1, 1), flights(2, 1)
	h.must(EncodeDefine(one))
	h.must(EncodeDefine(two))
	for range 2 {
		h.must(EncodeBatch(IdempotencyKey{}, batchOf(rng, one, 0, 30)))
		h.must(EncodeBatch(IdempotencyKey{}, batchOf(rng, two, 0, 10)))
		h.flush()
	}
	if err := h.s.Merge(context.Background(), 1); err != nil || met != 1 {
		t.Fatalf("merge: %v, met %d times", err, met)
	}
	var was [2][]string
	for i := range was {
		was[i] = h.rowsIn(record.TableID(i + 1))
	}
	if want := map[byte]int{tagDrop: 0, tagTruncate: 0, tagChange: 58}[entry[0]]; len(was[0]) != want || len(was[1]) != 20 {
		t.Fatalf("%d and %d rows, want %d and 20", len(was[0]), len(was[1]), want)
	}
	for range 2 {
		h.again()
		for i := range was {
			if have := h.rowsIn(record.TableID(i + 1)); !slices.Equal(have, was[i]) {
				t.Errorf("table %d after a restart: %d rows, want %d", i+1, len(have), len(was[i]))
			}
		}
		h.flush()
	}
	names, err := h.fs.List("shard")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range h.s.Segments() {
		names = slices.DeleteFunc(names, func(name string) bool { return name == s.Name })
	}
	for _, name := range names {
		if strings.HasPrefix(name, "seg-") {
			t.Errorf("%s is left behind", name)
		}
	}
	h.close()
}

// rowsIn is the rows of a table, none if there is no such table.
func (r *recorded) rowsIn(id record.TableID) []string {
	r.t.Helper()
	if !slices.ContainsFunc(r.s.Tables(), func(t *catalog.Table) bool { return t.ID() == id }) {
		return nil
	}
	return read(r.t, r.s, id)
}
