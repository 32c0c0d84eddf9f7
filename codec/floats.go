package codec

import (
	"math"
	"math/bits"

	"github.com/quindex/quindex/record"
)

// FloatAt returns float i of the block; points: the longitude.
func (b *Block) FloatAt(i int) float64 {
	if b.Form == FormConst {
		return b.Floats[0]
	}
	return b.Floats[i]
}

// LatAt returns the latitude of row i.
func (b *Block) LatAt(i int) float64 {
	if b.Form == FormConst {
		return b.Lats[0]
	}
	return b.Lats[i]
}

// RangeFloats selects into out the rows whose float is in [lo, hi], and with
// nan those that are NaN. NULL rows are selected or not at will.
func (b *Block) RangeFloats(lo, hi float64, nan bool, out *Sel) State {
	st := b.rangeFloatBits(lo, hi, nan, out[:])
	if st == Some {
		clear(out[(b.N+63)>>6:])
	}
	return st
}

func (b *Block) rangeFloatBits(lo, hi float64, nan bool, out []uint64) State {
	if b.N == 0 {
		return None
	}
	if b.Form == FormConst {
		if v := b.Floats[0]; v >= lo && v <= hi || nan && v != v {
			return All
		}
		return None
	}
	v := b.Floats[:b.N]
	for w := range (b.N + 63) >> 6 {
		s := v[w<<6 : min(b.N, w<<6+64)]
		var m uint64
		for i, x := range s {
			m |= (b2u(x >= lo) & b2u(x <= hi)) << uint(i&63)
		}
		if nan {
			for i, x := range s {
				m |= b2u(x != x) << uint(i&63)
			}
		}
		out[w] = m
	}
	return Some
}

// GatherFloats appends the floats of the selected rows, in row order, to dst.
func (b *Block) GatherFloats(sel *Sel, st State, dst []float64) []float64 {
	if st == None {
		return dst
	}
	if b.Form == FormConst {
		for range CountState(sel, st, b.N) {
			dst = append(dst, b.Floats[0])
		}
		return dst
	}
	if st == All {
		return append(dst, b.Floats[:b.N]...)
	}
	for w, m := range sel {
		for ; m != 0; m &= m - 1 {
			dst = append(dst, b.Floats[w<<6|bits.TrailingZeros64(m)])
		}
	}
	return dst
}

// SumFloats adds the floats of the selected rows in row order.
func (b *Block) SumFloats(sel *Sel, st State) float64 {
	var s float64
	b.eachFloat(sel, st, func(f float64, n int) { s += f * float64(n) })
	return s
}

// MinMaxFloats returns the least and largest selected float in the order of
// record.CompareFloats (NaN is largest), and false if no row is selected.
func (b *Block) MinMaxFloats(sel *Sel, st State) (lo, hi float64, ok bool) {
	lo, hi = math.NaN(), math.Inf(-1)
	b.eachFloat(sel, st, func(f float64, _ int) {
		if !ok || record.CompareFloats(f, lo) < 0 {
			lo = f
		}
		if !ok || record.CompareFloats(f, hi) > 0 {
			hi = f
		}
		ok = true
	})
	return lo, hi, ok
}

// eachFloat calls f for the selected floats: the float and how often it comes.
func (b *Block) eachFloat(sel *Sel, st State, f func(v float64, n int)) {
	switch {
	case st == None || b.N == 0:
	case b.Form == FormConst:
		if n := CountState(sel, st, b.N); n > 0 {
			f(b.Floats[0], n)
		}
	case st == All:
		for _, v := range b.Floats[:b.N] {
			f(v, 1)
		}
	default:
		for w, m := range sel {
			for ; m != 0; m &= m - 1 {
				f(b.Floats[w<<6|bits.TrailingZeros64(m)], 1)
			}
		}
	}
}
