package rows

import (
	"fmt"
	"iter"
	"math/bits"
	"sync/atomic"

	"github.com/RoaringBitmap/roaring/v2"
)

// Set is an immutable set of rows of one segment. It picks its own form: empty,
// one range, dense words, or roaring. The zero Set is empty. Sets are small,
// copied freely and shared between goroutines.
//
// A contiguous set is always held as a range, whatever it was made of, so that
// IsAll and And with a whole segment cost nothing.
type Set struct {
	lo, hi uint32 // the range [lo, hi) where neither pointer is set
	dense  *dense
	bm     *roaring.Bitmap
}

// dense is a set as one bit a row. words has no trailing zero word.
type dense struct {
	words []uint64
	n     int
	bm    atomic.Pointer[roaring.Bitmap] // made when first asked for; aliases words
}

// All returns [0, n).
func All(n int) Set { return Range(0, n) }

// Range returns [lo, hi); it is empty if hi <= lo.
func Range(lo, hi int) Set {
	if hi <= lo {
		return Set{}
	}
	if lo < 0 || hi > MaxRows {
		panic(fmt.Sprintf("BUG: rows: range [%d, %d) is not within [0, %d)", lo, hi, MaxRows))
	}
	return Set{lo: uint32(lo), hi: uint32(hi)}
}

// Of returns the set bm holds. It takes bm over: nobody may change it any
// more. bm may point into mapped memory, and so may sets made from this one.
func Of(bm *roaring.Bitmap) Set {
	if bm == nil || bm.IsEmpty() {
		return Set{}
	}
	lo, hi := bm.Minimum(), bm.Maximum()
	if bm.GetCardinality() == uint64(hi-lo)+1 {
		return Set{lo: lo, hi: hi + 1}
	}
	return Set{bm: bm}
}

// FromDense returns the set of the rows j*64+i where bit i of words[j] is set.
// It takes words over.
func FromDense(words []uint64) Set {
	for len(words) > 0 && words[len(words)-1] == 0 {
		words = words[:len(words)-1]
	}
	n := onesIn(words)
	if n == 0 {
		return Set{}
	}
	lo, hi := firstBit(words), len(words)*64-bits.LeadingZeros64(words[len(words)-1])
	switch {
	case n == hi-lo:
		return Set{lo: uint32(lo), hi: uint32(hi)}
	case n < len(words)*64/sparser:
		// A copy, so that a few rows do not keep the words of a whole segment alive.
		return Set{bm: roaring.FromDense(words, true)}
	}
	return Set{dense: &dense{words: words, n: n}}
}

// made is Of for a bitmap that was just computed: it may also become words,
// which are faster to compute on where there are many rows.
func made(bm *roaring.Bitmap) Set {
	s := Of(bm)
	if s.bm != nil && s.Len() >= (int(bm.Maximum())+1)/sparser {
		return FromDense(bm.ToDense())
	}
	return s
}

// sparser is the number of rows for each member from which roaring is smaller
// than words: its containers are arrays of 2 bytes below one row in 16.
const sparser = 16

// FromSorted returns the set of nums, which ascend and are distinct. It does
// not keep nums.
func FromSorted(nums []Num) Set {
	var b Builder
	for _, r := range nums {
		b.Add(r)
	}
	return b.Set()
}

// IsEmpty reports whether s has no rows.
func (s Set) IsEmpty() bool { return s.dense == nil && s.bm == nil && s.lo >= s.hi }

// span reports whether s is held as a range, which may be empty.
func (s Set) span() bool { return s.dense == nil && s.bm == nil }

// Len returns the number of rows.
func (s Set) Len() int {
	switch {
	case s.dense != nil:
		return s.dense.n
	case s.bm != nil:
		return int(s.bm.GetCardinality())
	}
	return int(s.hi - s.lo)
}

// lenIn returns the number of rows in [lo, hi).
func (s Set) lenIn(lo, hi uint32) int {
	switch {
	case lo >= hi:
		return 0
	case s.dense != nil:
		return onesBetween(s.dense.words, lo, hi)
	case s.bm != nil:
		return int(s.bm.CardinalityInRange(uint64(lo), uint64(hi)))
	}
	return int(max(min(hi, s.hi), max(lo, s.lo)) - max(lo, s.lo))
}

// Has reports whether row r is in s.
func (s Set) Has(r Num) bool {
	switch {
	case s.dense != nil:
		w := int(r >> 6)
		return w < len(s.dense.words) && s.dense.words[w]>>(r&63)&1 != 0
	case s.bm != nil:
		return s.bm.Contains(uint32(r))
	}
	return uint32(r) >= s.lo && uint32(r) < s.hi
}

// Min returns the smallest row, or false if there is none.
func (s Set) Min() (Num, bool) {
	switch {
	case s.dense != nil:
		return Num(firstBit(s.dense.words)), true
	case s.bm != nil:
		return Num(s.bm.Minimum()), true
	}
	return Num(s.lo), s.lo < s.hi
}

// Max returns the largest row, or false if there is none.
func (s Set) Max() (Num, bool) {
	switch {
	case s.dense != nil:
		last := len(s.dense.words) - 1
		return Num(last*64 + 63 - bits.LeadingZeros64(s.dense.words[last])), true
	case s.bm != nil:
		return Num(s.bm.Maximum()), true
	case s.lo < s.hi:
		return Num(s.hi - 1), true
	}
	return 0, false
}

// IsAll reports whether s is [0, n).
func (s Set) IsAll(n int) bool {
	return s.span() && (s.IsEmpty() && n == 0 || s.lo == 0 && int(s.hi) == n)
}

// Equal reports whether s and t hold the same rows.
func (s Set) Equal(t Set) bool {
	n := s.Len()
	return n == t.Len() && s.AndLen(t) == n
}

// Roaring returns s as a roaring bitmap. It is shared: nobody may change it.
func (s Set) Roaring() *roaring.Bitmap {
	switch {
	case s.dense != nil:
		if bm := s.dense.bm.Load(); bm != nil {
			return bm
		}
		bm := roaring.FromDense(s.dense.words, false)
		s.dense.bm.Store(bm)
		return bm
	case s.bm != nil:
		return s.bm
	}
	bm := roaring.New()
	bm.AddRange(uint64(s.lo), uint64(s.hi))
	return bm
}

// Each yields the rows in ascending order.
func (s Set) Each() iter.Seq[Num] {
	switch {
	case s.dense != nil:
		return eachBit(s.dense.words)
	case s.bm != nil:
		return eachOf(s.bm)
	}
	return func(yield func(Num) bool) {
		for r := s.lo; r < s.hi; r++ {
			if !yield(Num(r)) {
				return
			}
		}
	}
}

// eachOf reads in steps: one virtual call per row costs three times as much.
func eachOf(bm *roaring.Bitmap) iter.Seq[Num] {
	return func(yield func(Num) bool) {
		it, buf := bm.ManyIterator(), make([]uint32, min(512, bm.GetCardinality()))
		for n := it.NextMany(buf); n > 0; n = it.NextMany(buf) {
			for _, r := range buf[:n] {
				if !yield(Num(r)) {
					return
				}
			}
		}
	}
}

// AppendTo appends the rows to dst in ascending order.
func (s Set) AppendTo(dst []Num) []Num {
	for r := range s.Each() {
		dst = append(dst, r)
	}
	return dst
}

// String is for tests and messages: the form, the number of rows and the ends.
func (s Set) String() string {
	lo, some := s.Min()
	hi, _ := s.Max()
	switch {
	case !some:
		return "{}"
	case s.dense != nil:
		return fmt.Sprintf("dense{%d rows in %d..%d}", s.Len(), lo, hi)
	case s.bm != nil:
		return fmt.Sprintf("roaring{%d rows in %d..%d}", s.Len(), lo, hi)
	}
	return fmt.Sprintf("[%d, %d)", s.lo, s.hi)
}
