package graph

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/record"
)

// translation joins the local numbers of a dictionary with those of a Nodes.
type translation struct {
	nodes *engines.Nodes
	nums  []uint32 // by local number

	// The way back: local numbers by number where that array is not much larger
	// than nums, else both sorted by number.
	back   []uint32
	sorted []uint32
	locals []uint32
}

// numbers keeps the last translations of a dictionary: one for each Nodes, of
// which a table has one for each vertex table that its graphs join it to.
type numbers struct {
	mu   sync.Mutex
	kept []*translation
}

// keptTranslations bounds them: a statement that numbers for itself must not
// leave its translation behind for ever.
const keptTranslations = 2

// in returns the translation of keys to nodes, and makes it the first time.
func (n *numbers) in(ctx context.Context, keys *dict, t record.Type, nodes *engines.Nodes) (*translation, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, k := range n.kept {
		if k.nodes == nodes {
			return k, nil
		}
	}
	tr := &translation{nodes: nodes, nums: make([]uint32, 0, keys.n)}
	for lo := 0; lo < keys.n; lo += 1 << 16 {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		var err error
		if tr.nums, err = nodes.Add(keys.column(t, lo, min(keys.n, lo+1<<16)), tr.nums); err != nil {
			return nil, err
		}
	}
	tr.turn()
	n.kept = append(n.kept, tr)
	if len(n.kept) > keptTranslations {
		n.kept = n.kept[1:]
	}
	return tr, nil
}

// turn makes the way back.
func (t *translation) turn() {
	if len(t.nums) == 0 {
		return
	}
	top := int(slices.Max(t.nums)) + 1
	if top <= 4*len(t.nums)+1024 {
		t.back = make([]uint32, top)
		for i := range t.back {
			t.back[i] = engines.NoNode
		}
		for local, num := range t.nums {
			t.back[num] = uint32(local)
		}
		return
	}
	t.locals = make([]uint32, len(t.nums))
	for i := range t.locals {
		t.locals[i] = uint32(i)
	}
	slices.SortFunc(t.locals, func(a, b uint32) int { return cmp.Compare(t.nums[a], t.nums[b]) })
	t.sorted = make([]uint32, len(t.nums))
	for i, local := range t.locals {
		t.sorted[i] = t.nums[local]
	}
}

// local returns the local number of a node, and false if the segment does not
// have it.
func (t *translation) local(num uint32) (uint32, bool) {
	if t.back != nil {
		if int(num) >= len(t.back) {
			return 0, false
		}
		l := t.back[num]
		return l, l != engines.NoNode
	}
	at, ok := slices.BinarySearch(t.sorted, num)
	if !ok {
		return 0, false
	}
	return t.locals[at], true
}

// placed is the numbers of rows that Vertices.Numbers made last.
type placed struct {
	mu    sync.Mutex
	nodes *engines.Nodes
	nums  []uint32
}
