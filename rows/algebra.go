package rows

import (
	"math/bits"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"
)

// And returns the rows in both s and t.
func (s Set) And(t Set) Set {
	switch {
	case s.span():
		return t.clip(s.lo, s.hi)
	case t.span():
		return s.clip(t.lo, t.hi)
	case s.dense != nil && t.dense != nil:
		a, b := s.dense.words, t.dense.words
		out := make([]uint64, min(len(a), len(b)))
		for i := range out {
			out[i] = a[i] & b[i]
		}
		return FromDense(out)
	}
	return made(roaring.And(s.Roaring(), t.Roaring()))
}

// clip returns the rows of s in [lo, hi).
func (s Set) clip(lo, hi uint32) Set {
	first, some := s.Min()
	last, _ := s.Max()
	switch {
	case !some || lo >= hi || uint32(last) < lo || uint32(first) >= hi:
		return Set{}
	case lo <= uint32(first) && uint32(last) < hi:
		return s
	case s.span():
		return Set{lo: max(lo, s.lo), hi: min(hi, s.hi)}
	case s.dense != nil:
		return FromDense(clipped(s.dense.words, lo, hi))
	}
	return made(roaring.And(s.bm, Set{lo: lo, hi: hi}.Roaring()))
}

func clipped(words []uint64, lo, hi uint32) []uint64 {
	out := slices.Clone(words[:min(len(words), wordsFor(int(hi)))])
	clearBits(out, 0, lo)
	clearBits(out, hi, uint32(len(out)*64))
	return out
}

// Or returns the rows in s or t.
func (s Set) Or(t Set) Set {
	switch {
	case s.IsEmpty():
		return t
	case t.IsEmpty():
		return s
	case s.span():
		return t.orRange(s)
	case t.span():
		return s.orRange(t)
	case s.dense != nil && t.dense != nil:
		long, short := s.dense.words, t.dense.words
		if len(long) < len(short) {
			long, short = short, long
		}
		out := slices.Clone(long)
		for i, w := range short {
			out[i] |= w
		}
		return FromDense(out)
	}
	return made(roaring.Or(s.Roaring(), t.Roaring()))
}

// orRange adds a range; neither is empty.
func (s Set) orRange(r Set) Set {
	first, _ := s.Min()
	last, _ := s.Max()
	switch {
	case r.lo <= uint32(first) && uint32(last) < r.hi:
		return r
	case s.span() && r.lo <= s.hi && s.lo <= r.hi:
		return Set{lo: min(r.lo, s.lo), hi: max(r.hi, s.hi)}
	case s.dense != nil:
		out := make([]uint64, max(len(s.dense.words), wordsFor(int(r.hi))))
		copy(out, s.dense.words)
		setBits(out, r.lo, r.hi)
		return FromDense(out)
	}
	return made(roaring.Or(s.Roaring(), r.Roaring()))
}

// AndNot returns the rows of s that are not in t.
func (s Set) AndNot(t Set) Set {
	switch {
	case s.IsEmpty() || t.IsEmpty():
		return s
	case t.span():
		return s.cut(t.lo, t.hi)
	case s.dense != nil && t.dense != nil:
		return FromDense(andNot(slices.Clone(s.dense.words), t.dense.words))
	case s.span() && t.dense != nil:
		out := make([]uint64, wordsFor(int(s.hi)))
		setBits(out, s.lo, s.hi)
		return FromDense(andNot(out, t.dense.words))
	}
	return made(roaring.AndNot(s.Roaring(), t.Roaring()))
}

func andNot(out, b []uint64) []uint64 {
	for i, w := range b[:min(len(out), len(b))] {
		out[i] &^= w
	}
	return out
}

// cut returns the rows of s outside [lo, hi), lo < hi.
func (s Set) cut(lo, hi uint32) Set {
	first, _ := s.Min()
	last, _ := s.Max()
	switch {
	case hi <= uint32(first) || uint32(last) < lo:
		return s
	case lo <= uint32(first) && uint32(last) < hi:
		return Set{}
	case s.span() && lo <= s.lo:
		return Set{lo: hi, hi: s.hi}
	case s.span() && hi >= s.hi:
		return Set{lo: s.lo, hi: lo}
	case s.dense != nil:
		out := slices.Clone(s.dense.words)
		clearBits(out, lo, hi)
		return FromDense(out)
	}
	return made(roaring.AndNot(s.Roaring(), Set{lo: lo, hi: hi}.Roaring()))
}

// Not returns the rows of [0, n) that are not in s.
func (s Set) Not(n int) Set { return All(n).AndNot(s) }

// AndLen returns s.And(t).Len() without making the set.
func (s Set) AndLen(t Set) int {
	switch {
	case s.span():
		return t.lenIn(s.lo, s.hi)
	case t.span():
		return s.lenIn(t.lo, t.hi)
	case s.dense != nil && t.dense != nil:
		a, b, n := s.dense.words, t.dense.words, 0
		for i := range min(len(a), len(b)) {
			n += bits.OnesCount64(a[i] & b[i])
		}
		return n
	}
	return int(s.Roaring().AndCardinality(t.Roaring()))
}
