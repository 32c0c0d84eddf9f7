package rows

import (
	"iter"
	"math/bits"
)

// Helpers on one bit a row, 64 rows a word.

// wordsFor returns the number of words that n rows need.
func wordsFor(n int) int { return (n + 63) / 64 }

func onesIn(words []uint64) int {
	n := 0
	for _, w := range words {
		n += bits.OnesCount64(w)
	}
	return n
}

// onesBetween counts the bits in [lo, hi), lo < hi; hi may be past the end.
func onesBetween(words []uint64, lo, hi uint32) int {
	hi = min(hi, uint32(len(words)*64))
	if lo >= hi {
		return 0
	}
	first, last := lo>>6, (hi-1)>>6
	if first == last {
		return bits.OnesCount64(words[first] & maskFrom(lo) & maskTo(hi))
	}
	return bits.OnesCount64(words[first]&maskFrom(lo)) + onesIn(words[first+1:last]) +
		bits.OnesCount64(words[last]&maskTo(hi))
}

// maskFrom has the bits of a word at and above lo; maskTo those below hi, at
// least one.
func maskFrom(lo uint32) uint64 { return ^uint64(0) << (lo & 63) }
func maskTo(hi uint32) uint64   { return ^uint64(0) >> (-hi & 63) }

// setBits sets [lo, hi), lo < hi, within words.
func setBits(words []uint64, lo, hi uint32) {
	first, last := lo>>6, (hi-1)>>6
	if first == last {
		words[first] |= maskFrom(lo) & maskTo(hi)
		return
	}
	words[first] |= maskFrom(lo)
	for i := first + 1; i < last; i++ {
		words[i] = ^uint64(0)
	}
	words[last] |= maskTo(hi)
}

// clearBits clears [lo, hi) as far as words reach.
func clearBits(words []uint64, lo, hi uint32) {
	hi = min(hi, uint32(len(words)*64))
	if lo >= hi {
		return
	}
	first, last := lo>>6, (hi-1)>>6
	if first == last {
		words[first] &^= maskFrom(lo) & maskTo(hi)
		return
	}
	words[first] &^= maskFrom(lo)
	clear(words[first+1 : last])
	words[last] &^= maskTo(hi)
}

// firstBit returns the position of the first bit; there is one.
func firstBit(words []uint64) int {
	i := 0
	for words[i] == 0 {
		i++
	}
	return i*64 + bits.TrailingZeros64(words[i])
}

func eachBit(words []uint64) iter.Seq[Num] {
	return func(yield func(Num) bool) {
		for i, w := range words {
			for ; w != 0; w &= w - 1 {
				if !yield(Num(i*64 + bits.TrailingZeros64(w))) {
					return
				}
			}
		}
	}
}
