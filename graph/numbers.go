package graph

import (
	"context"
	"math/bits"
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
	// than nums; else a bit for each number that is there, how many are before
	// each word of them, and the local numbers in the order of numbers.
	back   []uint32
	there  engines.Bits
	before []uint32
	locals []uint32
}

// bytes is the memory it takes.
func (t *translation) bytes() int64 {
	return 4 * int64(cap(t.nums)+cap(t.back)+2*cap(t.there)+cap(t.before)+cap(t.locals))
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
	t.there = engines.NewBits(top)
	for _, num := range t.nums {
		t.there.Set(num)
	}
	t.before = make([]uint32, len(t.there))
	n := 0
	for i, w := range t.there {
		t.before[i] = uint32(n)
		n += bits.OnesCount64(w)
	}
	t.locals = make([]uint32, n)
	for local, num := range t.nums {
		t.locals[t.rank(num)] = uint32(local)
	}
}

// rank is how many numbers that are there are below num.
func (t *translation) rank(num uint32) uint32 {
	below := t.there[num>>6] & (1<<(num&63) - 1)
	return t.before[num>>6] + uint32(bits.OnesCount64(below))
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
	if !t.there.Has(num) {
		return 0, false
	}
	return t.locals[t.rank(num)], true
}
