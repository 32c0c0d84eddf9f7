package rows

import (
	"github.com/RoaringBitmap/roaring/v2"
)

// BlockState says how much of a block a set holds. Its values are those of
// codec.State: 0 none, 1 all, 2 some.
type BlockState uint8

const (
	BlockNone BlockState = iota // no row
	BlockAll                    // every row
	BlockSome                   // see the selection
)

// BlockLen returns the number of rows in block b: [b*65536, (b+1)*65536).
func (s Set) BlockLen(b int) int { return s.lenIn(uint32(b)*BlockRows, uint32(b+1)*BlockRows) }

// Block gives block b as a selection: bit i is row b*65536+i. out is filled,
// all of it, only with BlockSome. BlockAll means all 65,536 rows; use BlockN
// where the block may be the last of its segment.
func (s Set) Block(b int, out *[BlockRows / 64]uint64) BlockState {
	return s.BlockN(b, BlockRows, out)
}

// BlockN is Block for a block of n rows, n in [0, 65536]: BlockAll means all n.
// Rows of the set at and past n are left out.
func (s Set) BlockN(b, n int, out *[BlockRows / 64]uint64) BlockState {
	lo := uint32(b) * BlockRows
	switch s.lenIn(lo, lo+uint32(n)) {
	case 0:
		return BlockNone
	case n:
		return BlockAll
	}
	clear(out[:])
	switch {
	case s.dense != nil:
		copy(out[:], s.dense.words[lo/64:])
	case s.bm != nil:
		// Two copies of one container, 2-10 us: roaring hands out no container as words.
		one := roaring.And(s.bm, Set{lo: lo, hi: lo + BlockRows}.Roaring())
		roaring.AddOffset64(one, -int64(lo)).WriteDenseTo(out[:])
	default:
		setBits(out[:], max(s.lo, lo)-lo, min(s.hi, lo+BlockRows)-lo)
	}
	clearBits(out[:], uint32(n), BlockRows)
	return BlockSome
}
