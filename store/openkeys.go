package store

import (
	"bytes"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/rows"
)

// openKeys finds the live open rows of a table by key: a table of hashes with
// open addressing and linear probing, where several rows may have one hash.
// It is half of what an upsert of a key costs under the lock, and that is
// waiting for memory; a map cannot be asked for many keys at a time.
type openKeys struct {
	slots []openSlot // none, or a power of two of them; some are free
	taken int
}

// openSlot is a row and the hash of its key; the id of a free slot is 0.
type openSlot struct{ hash, id uint64 }

const minOpenSlots = 64

// reserve makes room for n more rows: at most five slots of eight are taken,
// so that a key that is not there is known not to be after four.
func (k *openKeys) reserve(n int) {
	size := max(len(k.slots), minOpenSlots)
	for (k.taken+n)*8 > size*5 {
		size *= 2
	}
	if size == len(k.slots) {
		return
	}
	old := k.slots
	k.slots = make([]openSlot, size)
	for _, s := range old {
		if s.id != 0 {
			k.put(s)
		}
	}
}

// add adds a row; there is room for it.
func (k *openKeys) add(hash, id uint64) {
	k.put(openSlot{hash, id})
	k.taken++
}

func (k *openKeys) put(s openSlot) {
	at := k.home(s.hash)
	for k.slots[at].id != 0 {
		at = k.after(at)
	}
	k.slots[at] = s
}

// home is where a hash is looked for first.
func (k *openKeys) home(hash uint64) int { return int(hash & uint64(len(k.slots)-1)) }

func (k *openKeys) after(at int) int { return (at + 1) & (len(k.slots) - 1) }

// find returns the slot, from at on, of a row whose key has the hash; -1: none.
func (k *openKeys) find(hash uint64, at int) int {
	for ; k.slots[at].id != 0; at = k.after(at) {
		if k.slots[at].hash == hash {
			return at
		}
	}
	return -1
}

// remove forgets the row called id. Those behind it that are not where they
// are looked for first close the gap (Knuth, TAOCP 3, 6.4, algorithm R).
func (k *openKeys) remove(hash, id uint64) {
	if len(k.slots) == 0 {
		return
	}
	at := k.home(hash)
	for ; k.slots[at].id != id; at = k.after(at) {
		if k.slots[at].id == 0 {
			return
		}
	}
	k.taken--
	mask := len(k.slots) - 1
	for next := k.after(at); k.slots[next].id != 0; next = k.after(next) {
		if from := k.home(k.slots[next].hash); (next-from)&mask >= (next-at)&mask {
			k.slots[at] = k.slots[next]
			at = next
		}
	}
	k.slots[at] = openSlot{}
}

// touchGroup is how many keys have their slots touched together.
const touchGroup = 64

// touch reads where hashes are looked for first, so that what is asked next is
// on its way from memory for all of them at once. The result means nothing.
//
//go:noinline
func (k *openKeys) touch(hashes []uint64) (sum uint64) {
	for _, h := range hashes {
		sum += k.slots[h&uint64(len(k.slots)-1)].hash
	}
	return sum
}

// openKey finds the slot of the open row with a key; -1: none. mu is held.
func (t *table) openKey(hash uint64, key []byte) int {
	k := t.keys
	if k.taken == 0 {
		return -1
	}
	for at := k.find(hash, k.home(hash)); at >= 0; at = k.find(hash, k.after(at)) {
		if t.sameKey(k.slots[at].id, key) {
			return at
		}
	}
	return -1
}

// sameKey compares the key of the open row called id.
func (t *table) sameKey(id uint64, key []byte) bool {
	at, ok := t.find(id)
	if !ok || at.piece != nil {
		return false
	}
	var room [64]byte
	have, _ := engines.AppendKey(room[:0], keyColumns(t.def, t.open[at.batch].batch), int(at.row))
	return bytes.Equal(have, key)
}

// notOpen lists the keys that no open row has. mu is held.
func (t *table) notOpen(list *engines.KeyList) []int32 {
	if t.keys.taken == 0 {
		return list.All()
	}
	out := make([]int32, 0, list.Len())
	for i, h := range list.Hashes() {
		if i%touchGroup == 0 {
			t.keys.touch(list.Hashes()[i:min(i+touchGroup, list.Len())])
		}
		if t.openKey(h, list.Key(i)) < 0 {
			out = append(out, int32(i))
		}
	}
	return out
}

// rekey makes the open keys anew of the open rows that live. mu is held.
func (t *table) rekey() {
	if t.keys == nil {
		return
	}
	t.keys = &openKeys{}
	for i := range t.open {
		o := &t.open[i]
		t.keys.reserve(len(o.hashes))
		for row, h := range o.hashes {
			if !o.dead.has(rows.Num(row)) {
				t.keys.add(h, o.first+uint64(row))
			}
		}
	}
}
