package codec

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// BenchmarkRange compares the kernels by width; half of the rows match.
func BenchmarkRange(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, width := range []int{8, 16, 32, 64} {
		x := Ints{N: BlockRows}
		lo, hi := int64(1), int64(1)<<(width-2)
		switch width {
		case 8:
			x.W8 = make([]uint8, BlockRows)
		case 16:
			x.W16 = make([]uint16, BlockRows)
		case 32:
			x.W32 = make([]uint32, BlockRows)
		case 64:
			x.W64 = make([]uint64, BlockRows)
		}
		for i := range BlockRows {
			v := r.Uint64N(1 << (width - 1))
			switch width {
			case 8:
				x.W8[i] = uint8(v)
			case 16:
				x.W16[i] = uint16(v)
			case 32:
				x.W32[i] = uint32(v)
			case 64:
				x.W64[i] = v
			}
		}
		var out Sel
		bench(b, fmt.Sprintf("Range/width=%d", width), func() { x.Range(lo, hi, &out) })
		bench(b, fmt.Sprintf("Sum/width=%d/sel=0.5", width), func() { x.Sum(&out, Some) })
		bench(b, fmt.Sprintf("Sum/width=%d/sel=1", width), func() { x.Sum(&out, All) })
		dst := make([]int64, BlockRows)
		bench(b, fmt.Sprintf("Decode/width=%d", width), func() { x.Decode(dst) })
		bench(b, fmt.Sprintf("Gather/width=%d/sel=0.5", width), func() { dst = x.Gather(&out, Some, dst[:0]) })
		var spans []Span
		for i := range int64(20) {
			spans = append(spans, Span{i * 5, i * 5})
		}
		set := NewIntSet(spans)
		bench(b, fmt.Sprintf("Select/width=%d/values=20", width), func() { x.Select(set, &out) })
	}
}

func BenchmarkFloats(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	blk := &Block{Form: FormFloats, N: BlockRows, Floats: make([]float64, BlockRows)}
	for i := range blk.Floats {
		blk.Floats[i] = r.Float64()
	}
	var out Sel
	bench(b, "RangeFloats/sel=0.5", func() { blk.RangeFloats(0, 0.5, false, &out) })
	bench(b, "SumFloats/sel=0.5", func() { blk.SumFloats(&out, Some) })
	bench(b, "SumFloats/sel=1", func() { blk.SumFloats(&out, All) })
	bench(b, "MinMaxFloats/sel=1", func() { blk.MinMaxFloats(&out, All) })
}

func bench(b *testing.B, name string, f func()) {
	b.Run(fmt.Sprintf("%s/rows=%d", name, BlockRows), func(b *testing.B) {
		for b.Loop() {
			f()
		}
		b.ReportMetric(float64(BlockRows)*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mrows/s")
	})
}

func BenchmarkIntern(b *testing.B) {
	var words [1000]string
	for i := range words {
		words[i] = fmt.Sprintf("country-%d", i)
	}
	for _, distinct := range []int{10, 1000} {
		bench(b, fmt.Sprintf("distinct=%d", distinct), func() {
			var in Interner
			for i := range BlockRows {
				in.Code(words[i*7919%distinct])
			}
		})
	}
}
