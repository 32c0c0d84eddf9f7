package engines

import (
	"github.com/quindex/quindex/record"
)

// KeyList is a list of keys that are looked for together: their bytes, those of
// AppendKey, one after the other, and their hashes. The zero list is empty.
type KeyList struct {
	bytes  []byte
	ends   []int
	hashes []uint64
}

// NewKeyList returns an empty list with room for n keys of a usual length.
func NewKeyList(n int) *KeyList {
	return &KeyList{bytes: make([]byte, 0, 16*n), ends: make([]int, 0, n), hashes: make([]uint64, 0, n)}
}

// Len returns how many keys there are.
func (l *KeyList) Len() int { return len(l.hashes) }

// Reset empties the list, which keeps its memory.
func (l *KeyList) Reset() { l.bytes, l.ends, l.hashes = l.bytes[:0], l.ends[:0], l.hashes[:0] }

// All returns the places of all keys, in order; they are the caller's.
func (l *KeyList) All() []int32 {
	all := make([]int32, l.Len())
	for i := range all {
		all[i] = int32(i)
	}
	return all
}

// Key returns the bytes of key i, which must not be changed.
func (l *KeyList) Key(i int) []byte {
	from := 0
	if i > 0 {
		from = l.ends[i-1]
	}
	return l.bytes[from:l.ends[i]:l.ends[i]]
}

// Hashes returns the KeyHash of each key; it must not be changed.
func (l *KeyList) Hashes() []uint64 { return l.hashes }

// Add adds a key whose hash is known.
func (l *KeyList) Add(key []byte, hash uint64) {
	l.bytes = append(l.bytes, key...)
	l.ends, l.hashes = append(l.ends, len(l.bytes)), append(l.hashes, hash)
}

// AddRow adds the key of row i, given by its columns. It adds nothing and
// returns false where there is a NULL in it.
func (l *KeyList) AddRow(key []*record.Column, i int) bool {
	at := len(l.bytes)
	longer, ok := AppendKey(l.bytes, key, i)
	if !ok {
		return false
	}
	l.bytes = longer
	l.ends, l.hashes = append(l.ends, len(longer)), append(l.hashes, KeyHash(longer[at:]))
	return true
}

// hashBuckets is into how many parts ByHash cuts the hashes: a part of a
// filter or of the entries of a million keys then fits into a few pages.
const hashBuckets = 1 << 12

// ByHash returns the keys that ask names in the order of their hashes, about:
// those of one bucket stay as they are, and so do a few. An index that is asked
// in this order reads its filter and its entries from front to back. ask is
// kept as it is.
func (l *KeyList) ByHash(ask []int32) []int32 {
	if len(ask) < hashBuckets/16 {
		return ask
	}
	var starts [hashBuckets + 1]int32
	for _, i := range ask {
		starts[l.hashes[i]/(1<<64/hashBuckets)+1]++
	}
	for b := range hashBuckets {
		starts[b+1] += starts[b]
	}
	out := make([]int32, len(ask))
	for _, i := range ask {
		b := l.hashes[i] / (1 << 64 / hashBuckets)
		out[starts[b]] = i
		starts[b]++
	}
	return out
}
