package exec

import (
	"math/bits"

	"github.com/quindex/quindex/record"
)

// groupTable numbers the groups of an aggregate from 0.
type groupTable interface {
	len() int
	// hashOf is the hash of group n; equal keys have equal hashes in all tables of
	// a statement.
	hashOf(n uint32) uint64
	// take returns the group here that has the key of group n of other.
	take(other groupTable, n uint32) uint32
	// empty returns a table of the same kind without groups.
	empty() groupTable
	// columns returns the keys of groups [lo, hi), column by column.
	columns(lo, hi int) []*record.Column
	bytes() int64
}

// intTable numbers distinct integers, and NULL, from 0 in order of first sight.
type intTable struct {
	typ   record.Type
	slots []intSlot // by hash; a power of two long
	shift uint      // 64 - log2(len(slots))
	keys  []int64   // by number
	null  uint32    // number+1 of NULL

	pack *packing // keys stand for several columns

	base  int64    // where dense is not nil: keys are in [base, base+len(dense))
	dense []uint32 // number+1 by key-base
}

// intSlot holds key and number+1 side by side: one cache line a probe.
type intSlot struct {
	key int64
	num uint32
}

func newIntTable(t record.Type) *intTable {
	return &intTable{typ: t, slots: make([]intSlot, 64), shift: 58}
}

// newDenseTable is for keys known to lie in [base, base+n).
func newDenseTable(t record.Type, base int64, n int) *intTable {
	return &intTable{typ: t, base: base, dense: make([]uint32, n)}
}

// mix spreads integers over 64 bits (Fibonacci hashing, and the high half
// folded down so that the top bits depend on all of them).
func mix(k int64) uint64 {
	h := uint64(k)
	h ^= h >> 32
	return h * 0x9E3779B97F4A7C15
}

// home is the slot where the search for k begins. The top bits of the hash are
// the same for all keys of a partition and play no part.
func (t *intTable) home(k int64) int { return int(mix(k) << partitionBits >> t.shift) }

const nullHash = 0x5bd1e995_1b873593

func (t *intTable) len() int { return len(t.keys) }

func (t *intTable) hashOf(n uint32) uint64 {
	if n+1 == t.null {
		return nullHash
	}
	return mix(t.keys[n])
}

func (t *intTable) bytes() int64 {
	return int64(cap(t.slots)*16 + cap(t.keys)*8 + cap(t.dense)*4)
}

func (t *intTable) empty() groupTable {
	e := newIntTable(t.typ)
	e.pack = t.pack
	return e
}

func (t *intTable) add(k int64) uint32 {
	t.keys = append(t.keys, k)
	return uint32(len(t.keys) - 1)
}

func (t *intTable) insertNull() uint32 {
	if t.null == 0 {
		t.null = t.add(0) + 1
	}
	return t.null - 1
}

func (t *intTable) insert(k int64) uint32 {
	if t.dense != nil {
		s := &t.dense[k-t.base]
		if *s == 0 {
			*s = t.add(k) + 1
		}
		return *s - 1
	}
	mask := len(t.slots) - 1
	for i := t.home(k); ; i = (i + 1) & mask {
		s := &t.slots[i]
		if s.num == 0 {
			n := t.add(k)
			*s = intSlot{k, n + 1}
			if len(t.keys)*2 > len(t.slots) {
				t.resize(4 * len(t.slots))
			}
			return n
		}
		if s.key == k {
			return s.num - 1
		}
	}
}

// find returns the number of k, and false if it is not there.
func (t *intTable) find(k int64) (uint32, bool) {
	mask := len(t.slots) - 1
	for i := t.home(k); t.slots[i].num != 0; i = (i + 1) & mask {
		if t.slots[i].key == k {
			return t.slots[i].num - 1, true
		}
	}
	return 0, false
}

// reserve makes room for n keys without growing on the way.
func (t *intTable) reserve(n int) {
	if want := 1 << bits.Len(uint(2*n)); t.dense == nil && want > len(t.slots) {
		t.resize(want)
	}
}

func (t *intTable) resize(n int) {
	old := t.slots
	t.slots, t.shift = make([]intSlot, n), uint(64-bits.TrailingZeros(uint(n)))
	for _, s := range old {
		if s.num == 0 {
			continue
		}
		i := t.home(s.key)
		for t.slots[i].num != 0 {
			i = (i + 1) & (n - 1)
		}
		t.slots[i] = s
	}
}

// assign writes the number of every key to dst.
func (t *intTable) assign(keys []int64, valid record.Bitmap, dst []uint32) {
	switch {
	case valid != nil:
		for i, k := range keys {
			if valid.Get(i) {
				dst[i] = t.insert(k)
			} else {
				dst[i] = t.insertNull()
			}
		}
	case t.dense != nil:
		t.assignDense(keys, dst)
	default:
		t.assignHash(keys, dst)
	}
}

func (t *intTable) assignDense(keys []int64, dst []uint32) {
	for i, k := range keys {
		s := t.dense[k-t.base]
		if s == 0 {
			s = t.add(k) + 1
			t.dense[k-t.base] = s
		}
		dst[i] = s - 1
	}
}

func (t *intTable) assignHash(keys []int64, dst []uint32) {
	slots, shift := t.slots, t.shift
	mask := len(slots) - 1
	for i, k := range keys {
		at := int(mix(k)<<partitionBits>>shift) & mask
		for slots[at].num != 0 && slots[at].key != k {
			at = (at + 1) & mask
		}
		if n := slots[at].num; n != 0 {
			dst[i] = n - 1
			continue
		}
		dst[i] = t.insert(k)
		slots, shift = t.slots, t.shift
		mask = len(slots) - 1
	}
}

// take returns the number here of key n of other, an intTable.
func (t *intTable) take(other groupTable, n uint32) uint32 {
	o := other.(*intTable)
	if n+1 == o.null {
		return t.insertNull()
	}
	return t.insert(o.keys[n])
}

func (t *intTable) columns(lo, hi int) []*record.Column {
	if t.pack != nil {
		return t.pack.columns(t.keys[lo:hi])
	}
	c := &record.Column{Type: t.typ, N: hi - lo, Ints: t.keys[lo:hi:hi]}
	if at := int(t.null) - 1; at >= lo && at < hi {
		c.Valid = record.NewBitmap(hi - lo)
		for i := range hi - lo {
			if i != at-lo {
				c.Valid.Set(i)
			}
		}
	}
	return []*record.Column{c}
}

// oneGroup is the table of an aggregate without keys.
type oneGroup struct{}

func (oneGroup) len() int                          { return 1 }
func (oneGroup) hashOf(uint32) uint64              { return 0 }
func (oneGroup) take(groupTable, uint32) uint32    { return 0 }
func (oneGroup) empty() groupTable                 { return oneGroup{} }
func (oneGroup) columns(int, int) []*record.Column { return nil }
func (oneGroup) bytes() int64                      { return 0 }
