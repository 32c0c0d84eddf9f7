package rows

import (
	"fmt"
	"math/bits"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"
)

// Builder makes a Set of rows that arrive in ascending order, as a Match that
// goes block by block finds them. The zero Builder is empty. It is used by one
// goroutine.
//
// It holds one range as long as it can, then a short list, then words: most
// answers are one of the first two, and need no memory of the segment's size.
type Builder struct {
	lo, end uint32   // end is one past the last row added; [lo, end) is the one range while neither slice is used
	list    []uint32 // at most listMax rows
	words   []uint64
}

// listMax is where adding to a roaring bitmap row by row (13 ns each) costs as
// much as going over the words of a large segment.
const listMax = 4096

// Add adds row r, which is above every row added before.
func (b *Builder) Add(r Num) { b.AddRange(int(r), int(r)+1) }

// AddRange adds [lo, hi); lo is above every row added before.
func (b *Builder) AddRange(lo, hi int) {
	if lo >= hi {
		return
	}
	b.check(lo, hi)
	switch {
	case b.end == 0:
		b.lo = uint32(lo)
	case b.one() && uint32(lo) == b.end:
	case b.room(hi - lo):
		b.spill()
		for r := lo; r < hi; r++ {
			b.list = append(b.list, uint32(r))
		}
	default:
		b.widen(hi)
		setBits(b.words, uint32(lo), uint32(hi))
	}
	b.end = uint32(hi)
}

// AddBlock adds what a condition selects of block block, which has n rows: none,
// all, or the bits of sel below n. Blocks come in ascending order.
func (b *Builder) AddBlock(block, n int, st BlockState, sel *[BlockRows / 64]uint64) {
	base := block * BlockRows
	switch st {
	case BlockNone:
		return
	case BlockAll:
		b.AddRange(base, base+n)
		return
	}
	count := onesBetween(sel[:], 0, uint32(n))
	if count == 0 {
		return
	}
	first := firstBit(sel[:])
	b.check(base+first, base+n)
	switch {
	case count == n:
		b.AddRange(base, base+n)
		return
	case b.room(count):
		b.spill()
		b.list = appendBits(b.list, sel[:wordsFor(n)], uint32(base), count)
	default:
		b.widen(base + n)
		w := b.words[base/64:]
		for i, x := range sel[:wordsFor(n)] {
			w[i] |= x
		}
		clearBits(b.words, uint32(base+n), uint32(len(b.words)*64))
	}
	b.end = uint32(base + n)
}

// appendBits appends the first count bits of words, as rows from base on.
func appendBits(dst []uint32, words []uint64, base uint32, count int) []uint32 {
	for i, w := range words {
		for ; w != 0 && count > 0; w &= w - 1 {
			dst = append(dst, base+uint32(i*64+bits.TrailingZeros64(w)))
			count--
		}
	}
	return dst
}

// Set returns the set of the rows added. The Builder is empty again.
func (b *Builder) Set() Set {
	defer func() { *b = Builder{} }()
	switch {
	case b.words != nil:
		return FromDense(b.words)
	case b.list != nil:
		bm := roaring.New()
		bm.AddMany(b.list)
		return Of(bm)
	}
	return Set{lo: b.lo, hi: b.end}
}

func (b *Builder) check(lo, hi int) {
	if lo < int(b.end) || hi > MaxRows {
		panic(fmt.Sprintf("BUG: rows: [%d, %d) added after %d rows of at most %d", lo, hi, b.end, MaxRows))
	}
}

// one reports whether the rows so far are the range [lo, end).
func (b *Builder) one() bool { return b.list == nil && b.words == nil }

// room reports whether count more rows fit in the list.
func (b *Builder) room(count int) bool {
	have := len(b.list)
	if b.list == nil {
		have = int(b.end - b.lo)
	}
	return b.words == nil && have+count <= listMax
}

// spill turns the one range into a list.
func (b *Builder) spill() {
	if b.list != nil {
		return
	}
	b.list = make([]uint32, 0, 64)
	for r := b.lo; r < b.end; r++ {
		b.list = append(b.list, r)
	}
}

// widen turns what there is into words that reach to row hi.
func (b *Builder) widen(hi int) {
	one := b.one()
	if need := wordsFor(hi) - len(b.words); need > 0 {
		b.words = slices.Grow(b.words, need)
		b.words = b.words[:len(b.words)+need]
	}
	if one && b.lo < b.end {
		setBits(b.words, b.lo, b.end)
	}
	for _, r := range b.list {
		b.words[r>>6] |= 1 << (r & 63)
	}
	b.list = nil
}
