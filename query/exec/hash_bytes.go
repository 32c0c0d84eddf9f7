package exec

import (
	"bytes"

	"github.com/quindex/quindex/record"
)

// bytesTable numbers distinct keys, given as bytes, from 0 in order of first
// sight. It is used by one goroutine at a time.
type bytesTable struct {
	types []record.Type // of the key's columns
	one   bool          // a single string
	slots []uint32      // number+1, by hash; a power of two long
	hash  []uint64      // by number
	off   []int         // key n is keys[off[n]:off[n+1]]
	keys  []byte
	room  []byte
}

func newBytesTable(types []record.Type) *bytesTable {
	t := &bytesTable{types: types, off: []int{0}, slots: make([]uint32, 64)}
	t.one = len(types) == 1 && types[0].Storage() == record.Strs
	return t
}

func (t *bytesTable) len() int                 { return len(t.hash) }
func (t *bytesTable) hashOf(n uint32) uint64   { return t.hash[n] }
func (t *bytesTable) key(n uint32) []byte      { return t.keys[t.off[n]:t.off[n+1]] }
func (t *bytesTable) insert(key []byte) uint32 { return t.insertHash(key, hashKey(key, t.one)) }

func (t *bytesTable) bytes() int64 {
	return int64(cap(t.slots)*4 + cap(t.hash)*8 + cap(t.off)*8 + cap(t.keys))
}

// insertHash returns the number of key, whose hash is h; it copies a new key.
func (t *bytesTable) insertHash(key []byte, h uint64) uint32 {
	mask := uint64(len(t.slots) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
		s := t.slots[i]
		if s == 0 {
			t.slots[i] = uint32(len(t.hash)) + 1
			break
		}
		if t.hash[s-1] == h && bytes.Equal(t.key(s-1), key) {
			return s - 1
		}
	}
	n := uint32(len(t.hash))
	t.hash = append(t.hash, h)
	t.keys = append(t.keys, key...)
	t.off = append(t.off, len(t.keys))
	if len(t.hash)*2 > len(t.slots) {
		t.grow()
	}
	return n
}

// find returns the number of key, and false if it is not there.
func (t *bytesTable) find(key []byte) (uint32, bool) {
	h, mask := hashKey(key, t.one), uint64(len(t.slots)-1)
	for i := h & mask; t.slots[i] != 0; i = (i + 1) & mask {
		if s := t.slots[i]; t.hash[s-1] == h && bytes.Equal(t.key(s-1), key) {
			return s - 1, true
		}
	}
	return 0, false
}

func (t *bytesTable) grow() {
	t.slots = make([]uint32, 4*len(t.slots))
	mask := uint64(len(t.slots) - 1)
	for n, h := range t.hash {
		i := h & mask
		for t.slots[i] != 0 {
			i = (i + 1) & mask
		}
		t.slots[i] = uint32(n) + 1
	}
}

// take returns the number here of key n of other, a bytesTable or a codeTable.
func (t *bytesTable) take(other groupTable, n uint32) uint32 {
	if c, ok := other.(*codeTable); ok {
		t.room = c.appendKey(t.room[:0], n)
		return t.insertHash(t.room, c.hashOf(n))
	}
	o := other.(*bytesTable)
	return t.insertHash(o.key(n), o.hash[n])
}

func (t *bytesTable) empty() groupTable { return newBytesTable(t.types) }

// columns decodes keys [lo, hi).
func (t *bytesTable) columns(lo, hi int) []*record.Column {
	out := make([]*record.Column, len(t.types))
	for i, typ := range t.types {
		out[i] = record.NewColumn(typ, hi-lo)
	}
	for n := lo; n < hi; n++ {
		key := t.key(uint32(n))
		for _, c := range out {
			key = readKey(c, key)
		}
	}
	return out
}
