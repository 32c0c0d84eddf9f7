package record

import (
	"slices"
	"testing"
)

// TestMoves compares every way of moving rows with moving them value by value.
func TestMoves(t *testing.T) {
	rnd := newRand(t)
	for _, typ := range allTypes {
		for range 60 {
			nulls := []int{0, 1, 2, 40}
			src := randomColumn(rnd, typ, rnd.IntN(300), nulls[rnd.IntN(4)])
			dst := randomColumn(rnd, typ, rnd.IntN(200), nulls[rnd.IntN(4)])
			want, from := values(dst), values(src)
			for range 3 {
				lo := rnd.IntN(src.N + 1)
				hi := lo + rnd.IntN(src.N-lo+1)
				dst.AppendRows(src, lo, hi)
				want = append(want, from[lo:hi]...)
				checkColumn(t, "AppendRows", dst, want)

				part := src.Slice(lo, hi)
				checkColumn(t, "Slice", &part, from[lo:hi])
				dst.AppendRows(&part, 0, part.N)
				want = append(want, from[lo:hi]...)
				checkColumn(t, "AppendRows of a slice", dst, want)

				var positions []uint32
				for range rnd.IntN(80) * min(src.N, 1) {
					positions = append(positions, uint32(rnd.IntN(src.N)))
				}
				dst.Take(src, positions)
				for _, p := range positions {
					want = append(want, from[p])
				}
				checkColumn(t, "Take", dst, want)

				v := randomValue(rnd, typ)
				dst.Append(v)
				dst.AppendNull()
				want = append(want, v, NullOf(typ))
				checkColumn(t, "Append after a move", dst, want)
			}
			checkColumn(t, "the source", src, from)
			dst.Reset()
			dst.AppendRows(src, 0, src.N)
			checkColumn(t, "after Reset", dst, from)
		}
	}
}

func TestBatchMoves(t *testing.T) {
	rnd := newRand(t)
	src := randomBatch(rnd, 100)
	got := &Batch{IDs: src.IDs}
	for _, c := range src.Cols {
		got.Cols = append(got.Cols, *NewColumn(c.Type, 0))
	}
	got.AppendRows(src, 20, 50)
	got.Take(src, []uint32{7, 7, 99})
	if got.N != 33 {
		t.Fatalf("%d rows, want 33", got.N)
	}
	part := src.Slice(20, 50)
	if part.FirstRow != src.FirstRow+20 {
		t.Errorf("a slice from row 20 starts at %d, want %d", part.FirstRow, src.FirstRow+20)
	}
	for i := range src.Cols {
		from := values(&src.Cols[i])
		checkColumn(t, "batch", &got.Cols[i], slices.Concat(from[20:50], []Value{from[7], from[7], from[99]}))
	}
	if full, none := src.Bytes(), src.Slice(3, 3).Bytes(); full < 100*10*8 || none > full/20 {
		t.Errorf("Bytes: %d of 100 rows, %d of none", full, none)
	}
}
