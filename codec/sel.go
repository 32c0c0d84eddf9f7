package codec

import (
	"math/bits"

	"github.com/quindex/quindex/record"
)

// b2u is 1 for true; the compiler makes it one instruction.
func b2u(b bool) uint64 {
	var x uint64
	if b {
		x = 1
	}
	return x
}

// FillSel sets rows [0, n) of out and clears the others.
func FillSel(out *Sel, n int) {
	for w := range n >> 6 {
		out[w] = ^uint64(0)
	}
	if r := uint(n) & 63; r != 0 {
		out[n>>6] = 1<<r - 1
	}
	clear(out[(n+63)>>6:])
}

// SetRange sets rows [lo, hi) of out.
func SetRange(out []uint64, lo, hi int) {
	if lo >= hi {
		return
	}
	first, last := lo>>6, (hi-1)>>6
	head, tail := ^uint64(0)<<(uint(lo)&63), ^uint64(0)>>(63-uint(hi-1)&63)
	if first == last {
		out[first] |= head & tail
		return
	}
	out[first] |= head
	for w := first + 1; w < last; w++ {
		out[w] = ^uint64(0)
	}
	out[last] |= tail
}

// AndSel intersects: dst, in state a, becomes dst ∩ src, in state b.
func AndSel(dst *Sel, a State, src *Sel, b State) State {
	switch {
	case a == None || b == None:
		return None
	case b == All:
		return a
	case a == All:
		*dst = *src
		return Some
	}
	var any uint64
	for w := range dst {
		dst[w] &= src[w]
		any |= dst[w]
	}
	if any == 0 {
		return None
	}
	return Some
}

// OrSel unites: dst, in state a, becomes dst ∪ src, in state b.
func OrSel(dst *Sel, a State, src *Sel, b State) State {
	switch {
	case a == All || b == All:
		return All
	case b == None:
		return a
	case a == None:
		*dst = *src
		return Some
	}
	for w := range dst {
		dst[w] |= src[w]
	}
	return Some
}

// NotSel complements s within rows [0, n).
func NotSel(s *Sel, st State, n int) State {
	switch st {
	case None:
		return All
	case All:
		return None
	}
	for w := range (n + 63) >> 6 {
		s[w] = ^s[w]
	}
	if r := uint(n) & 63; r != 0 {
		s[n>>6] &= 1<<r - 1
	}
	return Some
}

// AndNotSel takes src out of dst; n is the block's row count.
func AndNotSel(dst *Sel, a State, src *Sel, b State, n int) State {
	switch {
	case a == None || b == All:
		return None
	case b == None:
		return a
	case a == All:
		FillSel(dst, n)
	}
	var any uint64
	for w := range dst {
		dst[w] &^= src[w]
		any |= dst[w]
	}
	if any == 0 {
		return None
	}
	return Some
}

// Count returns the number of rows set in s.
func Count(s *Sel) int {
	n := 0
	for _, w := range s {
		n += bits.OnesCount64(w)
	}
	return n
}

// CountState is Count for a selection in state st of a block of n rows.
func CountState(s *Sel, st State, n int) int {
	switch st {
	case None:
		return 0
	case All:
		return n
	}
	return Count(s)
}

// Positions appends the rows of s in ascending order to dst.
func Positions(s *Sel, dst []uint16) []uint16 {
	for w, m := range s {
		for ; m != 0; m &= m - 1 {
			dst = append(dst, uint16(w<<6|bits.TrailingZeros64(m)))
		}
	}
	return dst
}

// AndValid takes the NULL rows out of a selection of block b's rows: dst, in
// state st, keeps the rows that have a value.
func (b *Block) AndValid(dst *Sel, st State) State {
	if b.Nulls == 0 || st == None {
		return st
	}
	if b.Nulls == b.N {
		return None
	}
	if st == All {
		copyValid(dst, b.Valid)
		return Some
	}
	var any uint64
	for w := range b.Valid {
		dst[w] &= b.Valid[w]
		any |= dst[w]
	}
	if any == 0 {
		return None
	}
	return Some
}

// AndNull keeps of a selection of block b's rows those that are NULL.
func (b *Block) AndNull(dst *Sel, st State) State {
	if b.Nulls == 0 || st == None {
		return None
	}
	if b.Nulls == b.N {
		return st
	}
	if st == All {
		FillSel(dst, b.N)
	}
	var any uint64
	for w := range b.Valid {
		dst[w] &^= b.Valid[w]
		any |= dst[w]
	}
	if any == 0 {
		return None
	}
	return Some
}

func copyValid(dst *Sel, valid record.Bitmap) {
	n := copy(dst[:], valid)
	clear(dst[n:])
}

// IsNull reports whether row i of the block is NULL.
func (b *Block) IsNull(i int) bool { return b.Valid != nil && !b.Valid.Get(i) }

func countBits(words []uint64) int {
	n := 0
	for _, w := range words {
		n += bits.OnesCount64(w)
	}
	return n
}
