package codec

import (
	"math/bits"
	"slices"
)

// At returns the value of row i. On runs it searches.
func (x *Ints) At(i int) int64 {
	switch {
	case x.W8 != nil:
		return x.Ref + int64(x.W8[i])
	case x.W16 != nil:
		return x.Ref + int64(x.W16[i])
	case x.W32 != nil:
		return x.Ref + int64(x.W32[i])
	case x.W64 != nil:
		return x.Ref + int64(x.W64[i])
	case x.RunEnd != nil:
		return x.RunVal[x.runOf(i)]
	}
	return x.Ref
}

// runOf returns the run that row i lies in.
func (x *Ints) runOf(i int) int {
	r, _ := slices.BinarySearch(x.RunEnd, uint32(i)+1)
	return r
}

// Decode writes all N values; len(dst) >= N.
func (x *Ints) Decode(dst []int64) {
	dst = dst[:x.N]
	switch {
	case x.W8 != nil:
		for i, v := range x.W8[:x.N] {
			dst[i] = x.Ref + int64(v)
		}
	case x.W16 != nil:
		for i, v := range x.W16[:x.N] {
			dst[i] = x.Ref + int64(v)
		}
	case x.W32 != nil:
		for i, v := range x.W32[:x.N] {
			dst[i] = x.Ref + int64(v)
		}
	case x.W64 != nil:
		for i, v := range x.W64[:x.N] {
			dst[i] = x.Ref + int64(v)
		}
	case x.RunEnd != nil:
		start := 0
		for r, end := range x.RunEnd {
			fill(dst[start:end], x.RunVal[r])
			start = int(end)
		}
	default:
		fill(dst, x.Ref)
	}
}

// DecodeU32 writes all N values, which are dictionary codes; len(dst) >= N.
func (x *Ints) DecodeU32(dst []uint32) {
	dst = dst[:x.N]
	ref := uint32(x.Ref)
	switch {
	case x.W8 != nil:
		for i, v := range x.W8[:x.N] {
			dst[i] = ref + uint32(v)
		}
	case x.W16 != nil:
		for i, v := range x.W16[:x.N] {
			dst[i] = ref + uint32(v)
		}
	case x.W32 != nil:
		for i, v := range x.W32[:x.N] {
			dst[i] = ref + v
		}
	case x.W64 != nil:
		for i, v := range x.W64[:x.N] {
			dst[i] = ref + uint32(v)
		}
	case x.RunEnd != nil:
		start := 0
		for r, end := range x.RunEnd {
			fill(dst[start:end], uint32(x.RunVal[r]))
			start = int(end)
		}
	default:
		fill(dst, ref)
	}
}

func fill[T any](dst []T, v T) {
	for i := range dst {
		dst[i] = v
	}
}

// Gather appends the values of the selected rows, in row order, to dst.
func (x *Ints) Gather(sel *Sel, st State, dst []int64) []int64 {
	switch st {
	case None:
		return dst
	case All:
		at := len(dst)
		dst = slices.Grow(dst, x.N)[:at+x.N]
		x.Decode(dst[at:])
		return dst
	}
	switch {
	case x.W8 != nil:
		return gather(x.W8, x.Ref, sel, dst)
	case x.W16 != nil:
		return gather(x.W16, x.Ref, sel, dst)
	case x.W32 != nil:
		return gather(x.W32, x.Ref, sel, dst)
	case x.W64 != nil:
		return gather(x.W64, x.Ref, sel, dst)
	case x.RunEnd != nil:
		x.eachRun(sel, func(v int64, n int) {
			for range n {
				dst = append(dst, v)
			}
		})
		return dst
	}
	for range Count(sel) {
		dst = append(dst, x.Ref)
	}
	return dst
}

func gather[T uint8 | uint16 | uint32 | uint64](v []T, ref int64, sel *Sel, dst []int64) []int64 {
	for w, m := range sel {
		if m == 0 {
			continue
		}
		s := v[w<<6 : min(len(v), w<<6+64)]
		for ; m != 0; m &= m - 1 {
			dst = append(dst, ref+int64(s[bits.TrailingZeros64(m)]))
		}
	}
	return dst
}

// eachRun calls f for every run with at least one selected row: its value and
// how many of its rows are selected.
func (x *Ints) eachRun(sel *Sel, f func(v int64, n int)) {
	start := 0
	for r, end := range x.RunEnd {
		if n := CountRange(sel, start, int(end)); n > 0 {
			f(x.RunVal[r], n)
		}
		start = int(end)
	}
}

// CountRange returns the number of rows of s in [lo, hi).
func CountRange(s *Sel, lo, hi int) int {
	if lo >= hi {
		return 0
	}
	first, last := lo>>6, (hi-1)>>6
	head, tail := ^uint64(0)<<(uint(lo)&63), ^uint64(0)>>(63-uint(hi-1)&63)
	if first == last {
		return bits.OnesCount64(s[first] & head & tail)
	}
	n := bits.OnesCount64(s[first]&head) + bits.OnesCount64(s[last]&tail)
	for _, w := range s[first+1 : last] {
		n += bits.OnesCount64(w)
	}
	return n
}

// Sum adds the values of the selected rows.
func (x *Ints) Sum(sel *Sel, st State) Int128 {
	if st == None {
		return Int128{}
	}
	n := x.N
	if st == Some {
		n = Count(sel)
	}
	base := MulInt(x.Ref, n)
	switch {
	case x.W8 != nil:
		return base.addUint(sumOffsets(x.W8[:x.N], sel, st))
	case x.W16 != nil:
		return base.addUint(sumOffsets(x.W16[:x.N], sel, st))
	case x.W32 != nil:
		return base.addUint(sumOffsets(x.W32[:x.N], sel, st))
	case x.W64 != nil:
		return x.sumWide(sel, st)
	case x.RunEnd != nil:
		return x.sumRuns(sel, st)
	}
	return base
}

// sumOffsets adds offsets of at most 32 bits: 65,536 of them cannot overflow.
func sumOffsets[T uint8 | uint16 | uint32](v []T, sel *Sel, st State) uint64 {
	if st == All {
		return sumAll(v)
	}
	var s uint64
	for w, m := range sel[:(len(v)+63)>>6] {
		if m == 0 {
			continue
		}
		x := v[w<<6 : min(len(v), w<<6+64)]
		if m == ^uint64(0) {
			s += sumAll(x)
			continue
		}
		for ; m != 0; m &= m - 1 {
			s += uint64(x[bits.TrailingZeros64(m)])
		}
	}
	return s
}

func sumAll[T uint8 | uint16 | uint32](v []T) uint64 {
	var a, b, c, d uint64
	for ; len(v) >= 4; v = v[4:] {
		a += uint64(v[0])
		b += uint64(v[1])
		c += uint64(v[2])
		d += uint64(v[3])
	}
	for _, x := range v {
		a += uint64(x)
	}
	return a + b + c + d
}

// sumWide adds 64-bit values in 128 bits, each with its sign.
func (x *Ints) sumWide(sel *Sel, st State) Int128 {
	var hi, lo, carry uint64
	if st == All {
		for _, u := range x.W64[:x.N] {
			v := x.Ref + int64(u)
			lo, carry = bits.Add64(lo, uint64(v), 0)
			hi += carry + uint64(v>>63)
		}
		return Int128{int64(hi), lo}
	}
	for w, m := range sel[:(x.N+63)>>6] {
		for ; m != 0; m &= m - 1 {
			v := x.Ref + int64(x.W64[w<<6+bits.TrailingZeros64(m)])
			lo, carry = bits.Add64(lo, uint64(v), 0)
			hi += carry + uint64(v>>63)
		}
	}
	return Int128{int64(hi), lo}
}

func (x *Ints) sumRuns(sel *Sel, st State) Int128 {
	var s Int128
	if st == Some {
		x.eachRun(sel, func(v int64, n int) { s = s.Add(MulInt(v, n)) })
		return s
	}
	start := 0
	for r, end := range x.RunEnd {
		s = s.Add(MulInt(x.RunVal[r], int(end)-start))
		start = int(end)
	}
	return s
}

// MinMax returns the least and the largest selected value, and false if no
// row is selected.
func (x *Ints) MinMax(sel *Sel, st State) (lo, hi int64, ok bool) {
	if st == None || x.N == 0 || st == Some && Count(sel) == 0 {
		return 0, 0, false
	}
	switch {
	case x.W8 != nil:
		l, h := minMaxOffsets(x.W8[:x.N], sel, st)
		return x.Ref + int64(l), x.Ref + int64(h), true
	case x.W16 != nil:
		l, h := minMaxOffsets(x.W16[:x.N], sel, st)
		return x.Ref + int64(l), x.Ref + int64(h), true
	case x.W32 != nil:
		l, h := minMaxOffsets(x.W32[:x.N], sel, st)
		return x.Ref + int64(l), x.Ref + int64(h), true
	case x.W64 != nil:
		lo, hi = x.minMaxWide(sel, st)
		return lo, hi, true
	case x.RunEnd != nil:
		lo, hi = x.minMaxRuns(sel, st)
		return lo, hi, true
	}
	return x.Ref, x.Ref, true
}

func minMaxOffsets[T uint8 | uint16 | uint32](v []T, sel *Sel, st State) (lo, hi T) {
	lo = ^T(0)
	if st == All {
		for _, x := range v {
			lo, hi = min(lo, x), max(hi, x)
		}
		return lo, hi
	}
	for w, m := range sel[:(len(v)+63)>>6] {
		for ; m != 0; m &= m - 1 {
			x := v[w<<6+bits.TrailingZeros64(m)]
			lo, hi = min(lo, x), max(hi, x)
		}
	}
	return lo, hi
}

// minMaxWide compares values, because a 64-bit offset from a raw Ref of zero
// is a negative number's bits.
func (x *Ints) minMaxWide(sel *Sel, st State) (lo, hi int64) {
	lo, hi = 1<<63-1, -1<<63
	if st == All {
		for _, u := range x.W64[:x.N] {
			v := x.Ref + int64(u)
			lo, hi = min(lo, v), max(hi, v)
		}
		return lo, hi
	}
	for w, m := range sel {
		for ; m != 0; m &= m - 1 {
			v := x.Ref + int64(x.W64[w<<6+bits.TrailingZeros64(m)])
			lo, hi = min(lo, v), max(hi, v)
		}
	}
	return lo, hi
}

func (x *Ints) minMaxRuns(sel *Sel, st State) (lo, hi int64) {
	lo, hi = 1<<63-1, -1<<63
	if st == All {
		for _, v := range x.RunVal {
			lo, hi = min(lo, v), max(hi, v)
		}
		return lo, hi
	}
	x.eachRun(sel, func(v int64, _ int) { lo, hi = min(lo, v), max(hi, v) })
	return lo, hi
}
