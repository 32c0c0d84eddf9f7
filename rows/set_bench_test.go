package rows

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/RoaringBitmap/roaring/v2"
)

// benchSet has one row in every step on average, of 4 M.
func benchSet(step int) (Set, *roaring.Bitmap) {
	rnd := rand.New(rand.NewPCG(1, uint64(step)))
	words := make([]uint64, 1<<22/64)
	for i := range 1 << 22 {
		if rnd.IntN(step) == 0 {
			words[i/64] |= 1 << (i % 64)
		}
	}
	return FromDense(words), roaring.FromDense(words, true)
}

var steps = []int{2, 10, 100, 10_000}

func BenchmarkAnd(b *testing.B) {
	for _, x := range steps {
		for _, y := range steps[:3] {
			if y > x {
				continue
			}
			s, rs := benchSet(x)
			t, rt := benchSet(y + 1)
			b.Run(fmt.Sprintf("rows=4e6/sel=1:%d,1:%d/form=set", x, y+1), func(b *testing.B) {
				for b.Loop() {
					s.And(t)
				}
			})
			b.Run(fmt.Sprintf("rows=4e6/sel=1:%d,1:%d/form=roaring", x, y+1), func(b *testing.B) {
				for b.Loop() {
					roaring.And(rs, rt)
				}
			})
		}
	}
}

func BenchmarkEach(b *testing.B) {
	for _, step := range steps {
		s, rs := benchSet(step)
		sum := uint64(0)
		b.Run(fmt.Sprintf("rows=4e6/sel=1:%d/form=set", step), func(b *testing.B) {
			for b.Loop() {
				for r := range s.Each() {
					sum += uint64(r)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(s.Len()), "ns/row")
		})
		b.Run(fmt.Sprintf("rows=4e6/sel=1:%d/form=roaring", step), func(b *testing.B) {
			for b.Loop() {
				for it := rs.Iterator(); it.HasNext(); {
					sum += uint64(it.Next())
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(s.Len()), "ns/row")
		})
	}
}

func BenchmarkBlock(b *testing.B) {
	var out [BlockRows / 64]uint64
	for _, step := range steps {
		s, rs := benchSet(step)
		forms := map[string]Set{"own": s, "roaring": {bm: rs}, "range": Range(5, 1<<22-5)}
		for name, s := range forms {
			b.Run(fmt.Sprintf("sel=1:%d/form=%s", step, name), func(b *testing.B) {
				for i := 0; b.Loop(); i++ {
					s.Block(i%64, &out)
				}
			})
		}
	}
}

func BenchmarkBuilder(b *testing.B) {
	for _, step := range steps {
		s, _ := benchSet(step)
		var sel [64][BlockRows / 64]uint64
		var st [64]BlockState
		for i := range sel {
			st[i] = s.Block(i, &sel[i])
		}
		b.Run(fmt.Sprintf("rows=4e6/sel=1:%d", step), func(b *testing.B) {
			for b.Loop() {
				var bu Builder
				for i := range sel {
					bu.AddBlock(i, BlockRows, st[i], &sel[i])
				}
				bu.Set()
			}
		})
	}
}
