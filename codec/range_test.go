package codec

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// TestRareCode looks for one value of 16 bits among many like it, at any rate:
// rows are passed over 64 at a time where it is in none.
func TestRareCode(t *testing.T) {
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 1))
		n, want := 1+r.IntN(3000), uint16(r.Uint32())
		x := Ints{N: n, W16: make([]uint16, n)}
		rate := []int{1, 2, 50, 500, 1 << 20}[r.IntN(5)]
		for i := range x.W16 {
			switch r.IntN(4) {
			case 0:
				x.W16[i] = want ^ 1<<r.IntN(16)
			case 1:
				x.W16[i] = want + uint16(r.IntN(3)) - 1
			default:
				x.W16[i] = uint16(r.Uint32())
			}
			if r.IntN(rate) == 0 {
				x.W16[i] = want
			}
		}
		var out Sel
		out[r.IntN(len(out))] = ^uint64(0) // what was there before is gone
		if st := x.Range(int64(want), int64(want), &out); st != Some {
			t.Fatalf("seed %d: state %d", seed, st)
		}
		for i := range BlockRows {
			if have := out[i>>6]>>(i&63)&1 != 0; have != (i < n && x.W16[i] == want) {
				t.Fatalf("seed %d: row %d of %d: %v", seed, i, n, have)
			}
		}
	}
}

func BenchmarkRareCode(b *testing.B) {
	for _, rate := range []int{8, 64, 500, 5000} {
		b.Run(fmt.Sprintf("rows=%d/rate=%d", BlockRows, rate), func(b *testing.B) {
			r := rand.New(rand.NewPCG(1, 1))
			x := Ints{N: BlockRows, W16: make([]uint16, BlockRows)}
			for i := range x.W16 {
				x.W16[i] = uint16(r.IntN(rate))
			}
			var out Sel
			for b.Loop() {
				x.Range(3, 3, &out)
			}
		})
	}
}
