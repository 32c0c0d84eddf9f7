package exec

import "sync"

// groupIndex finds the entries of a set accumulator by group. Sets are joined
// partition by partition: without it each of the 256 partitions would look at
// every entry of every set (5 s instead of 0.05 s for 2 M values in 60 k groups).
type groupIndex struct {
	once    sync.Once
	starts  []uint32 // by group: where its entries begin in entries; one more at the end
	entries []uint32
}

// build sorts n entries by their group; groupOf says -1 of those that are empty.
// It may be called by several goroutines while nobody adds to the set.
func (ix *groupIndex) build(groups, n int, groupOf func(i int) int) {
	ix.once.Do(func() {
		ix.starts = make([]uint32, groups+1)
		for i := range n {
			if g := groupOf(i); g >= 0 {
				ix.starts[g+1]++
			}
		}
		for g := range groups {
			ix.starts[g+1] += ix.starts[g]
		}
		ix.entries = make([]uint32, ix.starts[groups])
		at := append([]uint32(nil), ix.starts[:groups]...)
		for i := range n {
			if g := groupOf(i); g >= 0 {
				ix.entries[at[g]] = uint32(i)
				at[g]++
			}
		}
	})
}

// of returns the entries of group g.
func (ix *groupIndex) of(g uint32) []uint32 {
	return ix.entries[ix.starts[g]:ix.starts[g+1]]
}
