package store

import (
	"context"
	"slices"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/quindex/quindex/columnar"
	"github.com/quindex/quindex/fault"
)

// TestWhole: a frozen table takes the rows of a whole load once, also after a
// restart from manifest or log, and after it was emptied.
func TestWhole(t *testing.T) {
	for _, flush := range []bool{false, true} {
		rng, ctx, fs := random(t), context.Background(), vfs.NewMem()
		o := Options{Registry: testRegistry(columnar.Engine{})}
		s, def := openTest(t, fs, o), withKey(flights(1, 1))
		var log [][]byte
		apply := func(entry []byte) (any, error) {
			t.Helper()
			log = append(log, slices.Clone(entry))
			value, err, broken := s.Apply(uint64(len(log)), entry)
			if broken != nil {
				t.Fatal(broken)
			}
			return value, err
		}
		again := func() {
			t.Helper()
			if flush {
				if err := s.Flush(ctx); err != nil {
					t.Fatal(err)
				}
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			s = openTest(t, fs, o)
			for i, e := range log {
				if _, _, broken := s.Apply(uint64(i+1), slices.Clone(e)); broken != nil {
					t.Fatal(broken)
				}
			}
		}
		must := func(entry []byte) any {
			t.Helper()
			v, err := apply(entry)
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
		must(EncodeDefine(def))
		must(EncodeBatch(IdempotencyKey{}, batchOf(rng, def, 0, 30)))
		load := EncodeWhole(7, batchOf(rng, def, 20, 20))
		if _, err := apply(load); !fault.Is(err, fault.Conflict) {
			t.Fatalf("into a table that takes rows: %v", err)
		}
		must(EncodeFreeze(1, true))
		again()
		if r := must(load).(BatchResult); r.Rows != 20 || r.Replaced != 10 || r.Duplicate {
			t.Fatalf("%+v, want 20 rows in the place of 10", r)
		}
		again()
		if r := must(load).(BatchResult); !r.Duplicate || s.RowsOf(1) != 40 {
			t.Fatalf("again: %+v, %d rows", r, s.RowsOf(1))
		}
		must(EncodeFreeze(1, false))
		must(EncodeTruncate(1))
		again()
		if r := must(load).(BatchResult); !r.Duplicate || s.RowsOf(1) != 0 {
			t.Fatalf("into the table when it was emptied: %+v, %d rows", r, s.RowsOf(1))
		}
		must(EncodeFreeze(1, true))
		if r := must(EncodeWhole(9, batchOf(rng, def, 0, 5))).(BatchResult); r.Duplicate || s.RowsOf(1) != 5 {
			t.Fatalf("the next load: %+v, %d rows", r, s.RowsOf(1))
		}
		if _, err := apply(EncodeWhole(10, batchOf(rng, flights(3, 1), 0, 1))); !fault.Is(err, fault.NotFound) {
			t.Errorf("into no table: %v", err)
		}
		if _, err := apply(EncodeWhole(10, batchOf(rng, def, 0, 1))[:wholeAt-1]); !fault.Is(err, fault.Corrupt) {
			t.Errorf("an entry that is cut: %v", err)
		}
	}
}
