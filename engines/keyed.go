package engines

import (
	"github.com/cespare/xxhash/v2"

	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
)

// KeysEngine is the name of the engine that keeps the primary keys of a
// segment's rows. A table with a key has its index in every segment; its
// indexes are Keyed.
const KeysEngine = "keys"

// Keyed is an index that finds rows by their primary key.
type Keyed interface {
	Index
	// Find appends to dst the rows whose key is key, the bytes of AppendKey, and
	// hash its KeyHash. It takes less than a microsecond and reads only what it must.
	Find(dst []rows.Num, hash uint64, key []byte) ([]rows.Num, error)
	// Touch reads what Find would read first, and does not wait for it: whoever
	// looks for one key in many indexes touches all of them before. The result
	// means nothing.
	Touch(hash uint64) uint64
	// FindAll appends to dst the rows of those keys of list that ask names by
	// their places, in any order. It is several times faster than Find for each:
	// what is read for one key is on its way while others are looked at.
	FindAll(dst []KeyRow, list *KeyList, ask []int32) ([]KeyRow, error)
}

// KeyRow is a row that has a key of a list.
type KeyRow struct {
	Key int32 // place in the list
	Row rows.Num
}

// AppendKey appends the bytes of row i's key, given by its columns: equal
// where the keys are. A NULL in it makes the key no key: ok is false.
func AppendKey(dst []byte, key []*record.Column, i int) (_ []byte, ok bool) {
	for _, c := range key {
		if c == nil || c.IsNull(i) {
			return dst, false
		}
		dst = c.AppendKey(dst, i)
	}
	return dst, true
}

// KeyHash is the hash of a key's bytes. It is written to disk.
func KeyHash(key []byte) uint64 { return xxhash.Sum64(key) }
