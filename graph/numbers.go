package graph

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"weak"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/record"
)

// translation joins the local numbers of a dictionary with those of a Nodes.
type translation struct {
	nums []uint32 // by local number

	// The way back: local numbers by number where that array is not much larger
	// than nums, else both sorted by number.
	back   []uint32
	sorted []uint32
	locals []uint32
}

// bytes is the memory it takes.
func (t *translation) bytes() int64 {
	return 4 * int64(cap(t.nums)+cap(t.back)+cap(t.sorted)+cap(t.locals))
}

// numbers are the directories that an open index, or a side of it, keeps its
// numbers in. The index does not hold them: a directory that is forgotten goes
// with all that was kept in it.
type numbers struct {
	mu    sync.Mutex
	homes []weak.Pointer[engines.Nodes]
}

// keptAs tells apart what is kept in a directory for one dictionary.
type keptAs struct {
	of   *numbers
	what uint8
}

const (
	keptTranslation = iota
	keptRows
	keptSet
	keptKinds
)

// keep returns what make made for nodes the first time.
func keep[T any](n *numbers, what uint8, nodes *engines.Nodes, make func() (T, int64, error)) (T, error) {
	v, err := nodes.Keep(keptAs{n, what}, func() (any, int64, error) {
		v, bytes, err := make()
		if err == nil {
			n.remember(nodes)
		}
		return v, bytes, err
	})
	if err != nil {
		var none T
		return none, err
	}
	return v.(T), nil
}

func (n *numbers) remember(nodes *engines.Nodes) {
	n.mu.Lock()
	defer n.mu.Unlock()
	at := weak.Make(nodes)
	n.homes = slices.DeleteFunc(n.homes, func(w weak.Pointer[engines.Nodes]) bool { return w == at || w.Value() == nil })
	n.homes = append(n.homes, at)
}

// close drops what is kept anywhere.
func (n *numbers) close() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, w := range n.homes {
		if nodes := w.Value(); nodes != nil {
			for what := range uint8(keptKinds) {
				nodes.Drop(keptAs{n, what})
			}
		}
	}
	n.homes = nil
}

// in returns the translation of keys to nodes, and makes it the first time.
func (n *numbers) in(ctx context.Context, keys *dict, t record.Type, nodes *engines.Nodes) (*translation, error) {
	return keep(n, keptTranslation, nodes, func() (*translation, int64, error) {
		tr := &translation{nums: make([]uint32, 0, keys.n)}
		for lo := 0; lo < keys.n; lo += 1 << 16 {
			if err := ctx.Err(); err != nil {
				return nil, 0, err
			}
			var err error
			if tr.nums, err = nodes.Add(keys.column(t, lo, min(keys.n, lo+1<<16)), tr.nums); err != nil {
				return nil, 0, err
			}
		}
		tr.turn()
		return tr, tr.bytes(), nil
	})
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
