package engines

import (
	"math"
	"sync"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
)

// NoNode stands where there is no node: the key is NULL or unknown.
const NoNode = ^uint32(0)

// MaxNodes is the largest number of keys of one Nodes.
const MaxNodes = math.MaxUint32 - 1

// Nodes numbers the keys of one vertex table in this process: a key is given
// the next number when it is first added, and keeps it. Two runs number
// differently; a number never leaves the process. Any number of goroutines may
// use it.
type Nodes struct {
	t record.Type

	mu    sync.RWMutex
	ints  []int64  // BIGINT keys by number
	ends  []uint64 // else: key i ends at ends[i] of data
	data  []byte
	slots []slot // open addressing; a power of two, at most 3/4 full
	n     int

	nodesMemory
}

// slot is one place of the hash table: 0 is empty, else number+1. Its home
// follows from tag alone, so that growing reads no key.
type slot struct{ tag, next uint32 }

// NewNodes returns an empty directory of keys of type t: KEYWORD, TEXT or
// BIGINT, else fault.Unsupported.
func NewNodes(t record.Type) (*Nodes, error) {
	if err := NodeKey(t); err != nil {
		return nil, err
	}
	n := &Nodes{t: t, slots: make([]slot, 16)}
	n.held = slotBytes * int64(len(n.slots))
	return n, nil
}

// NodeKey fails with fault.Unsupported if keys of type t cannot be numbered.
func NodeKey(t record.Type) error {
	switch t.Kind {
	case record.Keyword, record.Text, record.Int64:
		return nil
	}
	return fault.E("engines: key of a vertex", fault.Unsupported, fault.Hint("a key is of type KEYWORD, TEXT or BIGINT"), "type "+t.String())
}

// SameKeys reports whether keys of these types can name the same vertex.
func SameKeys(a, b record.Type) bool {
	return NodeKey(a) == nil && NodeKey(b) == nil && a.Storage() == b.Storage()
}

// Type returns the type the keys were declared with.
func (n *Nodes) Type() record.Type { return n.t }

// Len returns how many keys there are; their numbers are [0, Len).
func (n *Nodes) Len() int {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return n.n
}

// Find appends the number of every row of keys to dst, NoNode where it is NULL
// or has none. keys has a type that SameKeys allows.
func (n *Nodes) Find(keys *record.Column, dst []uint32) []uint32 {
	hashes := n.hash(keys)
	n.mu.RLock()
	defer n.mu.RUnlock()
	for i, h := range hashes {
		num := NoNode
		if !keys.IsNull(i) {
			num, _ = n.find(keys, i, tagOf(h))
		}
		dst = append(dst, num)
	}
	return dst
}

// Add is Find that gives numbers to keys which have none. It fails with
// fault.TooLarge where there are no more numbers, and as Charge's Memory does.
func (n *Nodes) Add(keys *record.Column, dst []uint32) ([]uint32, error) {
	hashes := n.hash(keys)
	n.mu.Lock()
	defer n.mu.Unlock()
	for i, h := range hashes {
		if keys.IsNull(i) {
			dst = append(dst, NoNode)
			continue
		}
		num, _ := n.find(keys, i, tagOf(h))
		if num == NoNode {
			if n.n >= MaxNodes {
				return dst, fault.Errorf("engines: number keys", fault.TooLarge, "more than %d distinct keys", MaxNodes)
			}
			if err := n.reserve(keys, i); err != nil {
				return dst, err
			}
			num = uint32(n.n)
			_, at := n.find(keys, i, tagOf(h))
			n.put(keys, i)
			n.slots[at] = slot{tagOf(h), num + 1}
		}
		dst = append(dst, num)
	}
	return dst, nil
}

// Keys appends to dst the keys of nums, NULL for NoNode.
func (n *Nodes) Keys(dst *record.Column, nums []uint32) {
	n.same(dst)
	n.mu.RLock()
	defer n.mu.RUnlock()
	for _, num := range nums {
		switch {
		case num == NoNode:
			dst.AppendNull()
		case n.t.Kind == record.Int64:
			dst.Append(record.Value{Type: dst.Type, Valid: true, I: n.ints[num]})
		default: // Append copies the string
			dst.Append(record.Value{Type: dst.Type, Valid: true, S: string(n.str(num))})
		}
	}
}

func (n *Nodes) same(keys *record.Column) {
	if !SameKeys(keys.Type, n.t) {
		panic("BUG: engines: keys of type " + keys.Type.String() + " in a directory of " + n.t.String())
	}
}

func (n *Nodes) hash(keys *record.Column) []uint64 {
	n.same(keys)
	hashes := make([]uint64, keys.N)
	record.HashColumn(keys, hashes)
	return hashes
}

func tagOf(hash uint64) uint32 { return uint32(hash >> 32) }

// find returns the number of row i of keys, or NoNode and the slot where it
// belongs.
func (n *Nodes) find(keys *record.Column, i int, tag uint32) (num uint32, at int) {
	mask := len(n.slots) - 1
	for at = int(tag) & mask; ; at = (at + 1) & mask {
		s := n.slots[at]
		switch {
		case s.next == 0:
			return NoNode, at
		case s.tag == tag && n.is(s.next-1, keys, i):
			return s.next - 1, at
		}
	}
}

func (n *Nodes) is(num uint32, keys *record.Column, i int) bool {
	if n.t.Kind == record.Int64 {
		return n.ints[num] == keys.Ints[i]
	}
	return string(n.str(num)) == string(keys.Strs.Bytes(i))
}

// str is the bytes of a string key.
func (n *Nodes) str(num uint32) []byte {
	lo := uint64(0)
	if num > 0 {
		lo = n.ends[num-1]
	}
	return n.data[lo:n.ends[num]]
}

func (n *Nodes) put(keys *record.Column, i int) {
	if n.t.Kind == record.Int64 {
		n.ints = append(n.ints, keys.Ints[i])
	} else {
		n.data = append(n.data, keys.Strs.Bytes(i)...)
		n.ends = append(n.ends, uint64(len(n.data)))
	}
	n.n++
}

// reserve makes room for one key, and keeps a quarter of the slots empty.
func (n *Nodes) reserve(keys *record.Column, i int) (err error) {
	if n.t.Kind == record.Int64 {
		n.ints, err = roomFor(n, n.ints, 1, 8)
	} else {
		if n.data, err = roomFor(n, n.data, len(keys.Strs.Bytes(i)), 1); err == nil {
			n.ends, err = roomFor(n, n.ends, 1, 8)
		}
	}
	if err != nil || 4*(n.n+1) < 3*len(n.slots) {
		return err
	}
	old := n.slots
	if err := n.hold(2 * slotBytes * int64(len(old))); err != nil {
		return err
	}
	n.slots = make([]slot, 2*len(old))
	mask := len(n.slots) - 1
	for _, s := range old {
		if s.next == 0 {
			continue
		}
		at := int(s.tag) & mask
		for n.slots[at].next != 0 {
			at = (at + 1) & mask
		}
		n.slots[at] = s
	}
	n.release(slotBytes * int64(len(old)))
	return nil
}

// roomFor returns list with room for more elements of size bytes, which is
// counted before it is taken.
func roomFor[T any](n *Nodes, list []T, more, size int) ([]T, error) {
	if len(list)+more <= cap(list) {
		return list, nil
	}
	room := max(64, cap(list)+cap(list)/4, len(list)+more)
	if err := n.hold(int64(room * size)); err != nil {
		return list, err
	}
	out := make([]T, len(list), room)
	copy(out, list)
	n.release(int64(cap(list) * size))
	return out, nil
}
