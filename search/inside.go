package search

import (
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
		in.block = b
		in.state = in.set.BlockN(b, min(rows.BlockRows, in.n-b*rows.BlockRows), &in.sel)
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
