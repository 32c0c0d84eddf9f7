package store

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/quindex/quindex/columnar"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
)

// TestFreeze: a table that is frozen takes nothing that changes its rows,
// after a restart from the manifest or from the log too, until it is freed; one
// that is retired leaves its sources in the ledger.
func TestFreeze(t *testing.T) {
	for _, flush := range []bool{false, true} {
		rng := random(t)
		h := recording(t, Options{Registry: testRegistry(columnar.Engine{})})
		def := flights(1, 1)
		again := func() {
			t.Helper()
			if flush {
				h.flush()
			}
			h.again()
		}
		chunk := Chunk{Table: 1, Source: [16]byte{1}, Start: 0, End: 9}
		rows := func(first int) []byte { return EncodeBatch(IdempotencyKey{}, batchOf(rng, def, first, 5)) }
		for _, e := range [][]byte{EncodeDefine(def), rows(0), EncodePart(chunk, 1, rows(5)), EncodeFreeze(1, true)} {
			h.must(e)
		}
		again()
		if got := h.s.Frozen(); !slices.Equal(got, []record.TableID{1}) {
			t.Fatalf("frozen are %v", got)
		}
		for _, e := range [][]byte{rows(10), EncodeFresh(IdempotencyKey{}, batchOf(rng, def, 10, 1)), EncodeChange(IdempotencyKey{}, 1, []uint64{1}, nil),
			EncodeTruncate(1), EncodePart(chunk, 2, rows(10)), EncodeMarked(chunk, 5)} {
			if _, err := h.apply(e); !errors.Is(err, ErrMoved) || !fault.Is(err, fault.Conflict) {
				t.Errorf("entry %d of a frozen table: %v", e[0], err)
			}
		}
		if _, err := h.apply(EncodePart(chunk, 1, rows(5))); err != nil {
			t.Errorf("a part that is in: %v", err)
		}
		if n := h.s.RowsOf(1); n != 10 || !h.s.HasPart(chunk, 1) || h.s.HasPart(chunk, 2) {
			t.Errorf("%d rows, want 10", n)
		}
		for _, e := range [][]byte{EncodeFreeze(1, false), rows(10), EncodeMarked(chunk, 5), EncodeRetire(1)} {
			h.must(e)
		}
		again()
		if src := h.s.Source(1, chunk.Source); src.Rows != 5 || len(src.Done) != 1 || len(h.s.Tables()) != 0 || !slices.Equal(h.s.Loaded(), []record.TableID{1}) {
			t.Errorf("of a table that is retired: %+v, tables %v", src, h.s.Tables())
		}
		if _, err := h.apply(EncodeDrop(1)); err != nil || len(h.s.Loaded()) != 0 {
			t.Errorf("a table that is dropped has sources: %v, %v", h.s.Loaded(), err)
		}
		again()
		if len(h.s.Loaded()) != 0 {
			t.Error("its sources are back")
		}
		h.close()
	}
}

// TestCopy keeps a copy of a table level by what its views have in names that
// the copy has not, and the other way round, through writes, deletes, seals,
// flushes and merges: the copy is always the table.
func TestCopy(t *testing.T) {
	rng, ctx := random(t), context.Background()
	for _, id := range []record.TableID{1, 10} { // 10 lies in an order of its own
		s := openTest(t, vfs.NewMem(), Options{Registry: testRegistry(columnar.Engine{}), TailRows: 30, SealRows: 100, MergeWidth: 2})
		def := flights(id, 1)
		index := uint64(0)
		apply := func(entry []byte) {
			t.Helper()
			index++
			if _, err, broken := s.Apply(index, entry); err != nil || broken != nil {
				t.Fatal(err, broken)
			}
		}
		apply(EncodeDefine(def))
		var cache IDCache
		have, copied, next := &IDs{}, map[uint64]string{}, 0
		for round := range 60 {
			for range rng.IntN(4) {
				n := 1 + rng.IntN(60)
				apply(EncodeBatch(IdempotencyKey{}, batchOf(rng, def, next, n)))
				next += n
			}
			var victims []uint64
			for name := range copied {
				if rng.IntN(6) == 0 {
					victims = append(victims, name)
				}
			}
			if slices.Sort(victims); len(victims) > 0 {
				apply(EncodeChange(IdempotencyKey{}, id, victims, nil))
			}
			switch rng.IntN(6) {
			case 0:
				if err := s.Flush(ctx); err != nil {
					t.Fatal(err)
				}
			case 1:
				if err := s.Merge(ctx, id); err != nil {
					t.Fatal(err)
				}
			case 2:
				def = flights(id, 2)
				apply(EncodeDefine(def))
			}
			v, err := s.View(ctx, id)
			if err != nil {
				t.Fatal(err)
			}
			live := cache.Live(v)
			for name := range copied {
				if !live.Contains(name) {
					delete(copied, name)
				}
			}
			want := live.Clone()
			want.AndNot(have)
			if def.Schema.Version == 2 && round%7 == 0 { // its columns are more now
				want, copied = nil, map[uint64]string{}
			}
			err = v.Copy(ctx, def.Schema.Fields, want, func(ids []uint64, b *record.Batch) error {
				lines := rowsOfBatch(def, b, 0)
				for i, name := range ids {
					if _, twice := copied[name]; twice {
						t.Errorf("row %d comes twice", name)
					}
					copied[name] = lines[i][len("#")+len(strconv.Itoa(i)):]
				}
				return nil
			})
			have = live
			var got []string
			for name, line := range copied {
				got = append(got, "#"+strconv.FormatUint(name, 10)+line)
			}
			slices.Sort(got)
			all := readView(t, v)
			v.Close()
			if slices.Sort(all); err != nil || def.Schema.Version == 1 && !slices.Equal(got, all) || len(got) != len(all) {
				t.Fatalf("table %d, round %d: %d rows of %d, %v", id, round, len(got), len(all), err)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
