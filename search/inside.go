package search

import (
	"math/bits"

	"github.com/quindex/quindex/rows"
)

// inside tells of rows that ascend from call to call whether they are in a
// set, a block of the set at a time.
type inside struct {
	all   bool
	set   rows.Set
	n     int // rows of the segment
	block int // the one in sel, -1 for none
	state rows.BlockState
	sel   [rows.BlockRows / 64]uint64
}

func newInside(s rows.Set, n int) *inside {
	return &inside{all: s.IsAll(n), set: s, n: n, block: -1}
}

func (in *inside) has(row uint32) bool {
	if in.all {
		return true
	}
	if b := int(row / rows.BlockRows); b != in.block {
		in.turn(b)
	}
	switch in.state {
	case rows.BlockNone:
		return false
	case rows.BlockAll:
		return true
	}
	i := row % rows.BlockRows
	return in.sel[i>>6]>>(i&63)&1 != 0
}

func (in *inside) turn(block int) {
	in.block = block
	in.state = in.set.BlockN(block, min(rows.BlockRows, in.n-block*rows.BlockRows), &in.sel)
}

// next returns the first row of the set at or above row, or atEnd.
func (in *inside) next(row uint32) uint32 {
	if in.all || row == atEnd {
		return row
	}
	for b := int(row / rows.BlockRows); b*rows.BlockRows < in.n; b++ {
		if b != in.block {
			in.turn(b)
		}
		row = max(row, uint32(b*rows.BlockRows))
		switch in.state {
		case rows.BlockAll:
			return row
		case rows.BlockNone:
			continue
		}
		i := row % rows.BlockRows
		if w := in.sel[i>>6] >> (i & 63); w != 0 {
			return row + uint32(bits.TrailingZeros64(w))
		}
		for j := i>>6 + 1; int(j) < len(in.sel); j++ {
			if in.sel[j] != 0 {
				return uint32(b*rows.BlockRows) + j<<6 + uint32(bits.TrailingZeros64(in.sel[j]))
			}
		}
	}
	return atEnd
}
