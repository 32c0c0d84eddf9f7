package columnar

import (
	"math/rand/v2"
	"sync/atomic"
	"testing"

	"github.com/quindex/quindex/codec"
	"github.com/quindex/quindex/record"
)

// fineLeaf is a leaf over one block of integers, those of f(i).
func fineLeaf(n int, wide bool, f func(i int) int64) (*leaf, *codec.Block) {
	blk := &codec.Block{Type: record.T(record.Int64), Form: codec.FormFOR, N: n, Ints: codec.Ints{N: n, Ref: -1000}}
	for i := range n {
		if wide {
			blk.Ints.W64 = append(blk.Ints.W64, uint64(f(i)+1000))
		} else {
			blk.Ints.W32 = append(blk.Ints.W32, uint32(f(i)+1000))
		}
	}
	col := &column{field: record.Field{Type: record.T(record.Int64)}, fines: make([]atomic.Pointer[fine], 1)}
	return &leaf{col: col}, blk
}

// TestFine: a range found by stretches is the range found in the block, in
// order, nearly in order and in none.
func TestFine(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 8))
	for round := range 40 {
		n := 4*fineRows + r.IntN(codec.BlockRows-4*fineRows)
		noise := []int64{1, 5000, 1 << 22}[round%3]
		l, blk := fineLeaf(n, round%2 == 0, func(i int) int64 { return int64(i)*10 - 900 + r.Int64N(noise) })
		for range 20 {
			lo := r.Int64N(int64(n)*10+2*noise) - 2000
			span := codec.Span{Lo: lo, Hi: lo + r.Int64N(int64(n)*10)}
			if r.IntN(10) == 0 {
				span = codec.Span{Lo: -5000, Hi: 1 << 40}
			}
			l.set = codec.NewIntSet([]codec.Span{span})
			var have, want codec.Sel
			st, ok := l.scanFine(0, blk, &have)
			if !ok {
				t.Fatal("a range of wide integers is not scanned by stretches")
			}
			all := func(s *codec.Sel, st codec.State) int {
				if st == codec.All {
					codec.FillSel(s, n)
				} else if st == codec.None {
					clear(s[:])
				}
				return codec.Count(s)
			}
			a, b := all(&have, st), all(&want, blk.Ints.Select(l.set, &want))
			if a != b || have != want {
				t.Fatalf("%d rows, noise %d, %v: %d rows, want %d", n, noise, span, a, b)
			}
		}
	}
	l, blk := fineLeaf(10, true, func(i int) int64 { return int64(i) })
	l.set = codec.NewIntSet([]codec.Span{{Lo: 1, Hi: 2}})
	if _, ok := l.scanFine(0, blk, &codec.Sel{}); ok {
		t.Error("a small block was scanned by stretches")
	}
}

// BenchmarkFine finds six of nine hours of times that are 5 s out of order.
func BenchmarkFine(b *testing.B) {
	r := rand.New(rand.NewPCG(8, 8))
	l, blk := fineLeaf(codec.BlockRows, true, func(i int) int64 { return (int64(i)*500_000 + r.Int64N(5_000_000)) * 1000 })
	l.set = codec.NewIntSet([]codec.Span{{Lo: 3600e9, Hi: 7 * 3600e9}})
	var out codec.Sel
	b.Run("stretches", func(b *testing.B) {
		for b.Loop() {
			l.scanFine(0, blk, &out)
		}
	})
	b.Run("block", func(b *testing.B) {
		for b.Loop() {
			l.scan(blk, &out)
		}
	})
}
