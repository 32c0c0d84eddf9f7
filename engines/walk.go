package engines

import (
	"context"
	"math/bits"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/rows"
)

// Walker is an index of the rows of an edge table: each row leads from a source
// to a target. It takes a frontier one step along them.
type Walker interface {
	Index
	// Step adds to s.Reached the far ends of the edges of this segment that start
	// in the frontier. The first step with a Nodes numbers in it the end points of
	// the segment; later ones go from array slot to array slot.
	Step(ctx context.Context, s *Step) error
	// Lists calls f for the near ends of s.Dir, which is not Both, that are in the
	// frontier, for every one if that is nil, with the far ends of their edges that
	// are within: one for each edge. f may keep nothing. Other sets are not read.
	Lists(ctx context.Context, s *Step, f func(near uint32, far []uint32) error) error
	// Number numbers the end points of the segment in source and target, which
	// the first step would do: afterwards no step makes Nodes.Len() grow.
	Number(source, target *Nodes) error
}

// Placed is an index of the keys of a vertex table.
type Placed interface {
	Index
	// Numbers returns the number of every row's key, NoNode for NULL. It is made
	// once for each Nodes and shared: nobody may change it.
	Numbers(n *Nodes) ([]uint32, error)
	// Live returns the numbers of the keys of the rows within, as a set that nobody
	// may change.
	Live(n *Nodes, within rows.Set) (Bits, error)
	// RowsOf returns the rows whose keys have these numbers, ascending, each once.
	RowsOf(n *Nodes, nums []uint32) ([]rows.Num, error)
}

// Direction says along which end of its edges a Walker goes.
type Direction uint8

const (
	Out  Direction = iota // from source to target
	In                    // from target to source
	Both                  // either way; Source and Target are the same Nodes
)

// Step is one step of a walk over the edges of one segment. Sets of nodes may be
// shorter than Nodes.Len(): what lies beyond their end is not in them.
type Step struct {
	Source, Target *Nodes
	Dir            Direction

	// Within are the rows of the edges that may be taken. It is not read if All
	// is set.
	Within rows.Set
	All    bool

	// Frontier are the near ends. Few lists the same nodes where they are so few
	// that looking for each of them is cheaper than going over the segment's; it
	// may be nil.
	Frontier Bits
	Few      []uint32

	Allowed Bits // far ends that may be reached; nil: all
	Visited Bits // far ends that are not wanted again; nil: none

	// Reached gains the far ends; Step makes it longer where it must. Several
	// steps, one after the other, may share it.
	Reached Bits
	// Trace is called once for each far end that Step adds to Reached, with one
	// of the edges that lead to it. nil: nobody asks.
	Trace func(near, far uint32, row rows.Num)

	// Edges counts the edges looked at; nil: nobody asks. Step fails with
	// fault.Limit soon after it passes Most, unless that is 0.
	Edges *int64
	Most  int64
}

// Count adds n edges looked at. It fails if ctx has ended or if there were too
// many; a Walker calls it every few thousand nodes.
func (s *Step) Count(ctx context.Context, n int64) error {
	if err := ctx.Err(); err != nil {
		return fault.E("engines: walk", err)
	}
	if s.Edges == nil {
		return nil
	}
	if *s.Edges += n; s.Most > 0 && *s.Edges > s.Most {
		return fault.E("engines: walk", fault.Limit, fault.Hint("fewer steps, a narrower start or a condition on the edges makes the walk smaller"),
			fault.Errorf("", fault.Limit, "%d edges looked at, want at most %d", *s.Edges, s.Most))
	}
	return nil
}

// Bits is a flat set of node numbers, 64 a word.
type Bits []uint64

// NewBits returns an empty set with room for the numbers [0, n).
func NewBits(n int) Bits { return make(Bits, (n+63)/64) }

// Has reports whether i is in the set; i may lie beyond its end.
func (b Bits) Has(i uint32) bool {
	w := int(i >> 6)
	return w < len(b) && b[w]>>(i&63)&1 != 0
}

// Set adds i, for which there is room.
func (b Bits) Set(i uint32) { b[i>>6] |= 1 << (i & 63) }

// Clear takes i out; there is room for it.
func (b Bits) Clear(i uint32) { b[i>>6] &^= 1 << (i & 63) }

// Grown returns b with room for [0, n): b itself where it has that, else a copy.
func (b Bits) Grown(n int) Bits {
	if len(b)*64 >= n {
		return b
	}
	out := NewBits(n)
	copy(out, b)
	return out
}

// Len returns how many numbers are in the set.
func (b Bits) Len() int {
	n := 0
	for _, w := range b {
		n += bits.OnesCount64(w)
	}
	return n
}

// AppendTo appends the numbers to dst in ascending order.
func (b Bits) AppendTo(dst []uint32) []uint32 {
	for i, w := range b {
		for ; w != 0; w &= w - 1 {
			dst = append(dst, uint32(i*64+bits.TrailingZeros64(w)))
		}
	}
	return dst
}
