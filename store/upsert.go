package store

import (
	"bytes"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
)

// A table with a primary key has at most one live row of a key. A row that is
// written lets the one before it die; of two in one batch the last one lives.
// The row before is found in memory among the open rows, and in segments by
// their keys: one probe of each.

// openKeys finds the live open rows of a table by key.
type openKeys struct {
	byHash map[uint64]uint64   // hash -> id of a row
	more   map[uint64][]uint64 // ids of rows whose hash another key has too
}

func newOpenKeys() *openKeys {
	return &openKeys{byHash: map[uint64]uint64{}, more: map[uint64][]uint64{}}
}

// keyColumns returns the columns of the table's key in b.
func keyColumns(def *catalog.Table, b *record.Batch) []*record.Column {
	cols := make([]*record.Column, len(def.Key))
	for i, id := range def.Key {
		cols[i] = b.Column(id)
	}
	return cols
}

// openKey finds the open row with a key. mu is held.
func (t *table) openKey(hash uint64, key []byte) (uint64, bool) {
	id, ok := t.keys.byHash[hash]
	if !ok {
		return 0, false
	}
	if t.sameKey(id, key) {
		return id, true
	}
	for _, id := range t.keys.more[hash] {
		if t.sameKey(id, key) {
			return id, true
		}
	}
	return 0, false
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

// put makes id the open row of its key, whose open row so far was old, or 0.
func (k *openKeys) put(hash, id, old uint64) {
	have, taken := k.byHash[hash]
	switch {
	case !taken || have == old:
		k.byHash[hash] = id
	case old == 0:
		k.more[hash] = append(k.more[hash], id)
	default:
		for i, other := range k.more[hash] {
			if other == old {
				k.more[hash][i] = id
			}
		}
	}
}

// remove forgets the open row called id.
func (k *openKeys) remove(hash, id uint64) {
	rest := slicesKeep(k.more[hash], func(other uint64) bool { return other != id })
	if k.byHash[hash] == id {
		delete(k.byHash, hash)
		if len(rest) > 0 {
			k.byHash[hash], rest = rest[0], rest[1:]
		}
	}
	if delete(k.more, hash); len(rest) > 0 {
		k.more[hash] = rest
	}
}

// rekey makes the open keys anew of the open rows that live. mu is held.
func (t *table) rekey() {
	if t.keys == nil {
		return
	}
	t.keys = newOpenKeys()
	for i := range t.open {
		o := &t.open[i]
		for row, h := range o.hashes {
			if o.dead.has(rows.Num(row)) {
				continue
			}
			id := o.first + uint64(row)
			if _, taken := t.keys.byHash[h]; taken {
				t.keys.more[h] = append(t.keys.more[h], id)
			} else {
				t.keys.byHash[h] = id
			}
		}
	}
}

// fresh returns the rows of b whose key no live row has, nor one before them
// in b, and what was found of those. mu is held.
func (t *table) fresh(b *record.Batch, f found) (*record.Batch, found) {
	seen := map[string]bool{}
	var keep []uint32
	out := found{keys: engines.NewKeyList(b.N)}
	for i, hash := range f.keys.Hashes() {
		key := f.keys.Key(i)
		id, open := t.openKey(hash, key)
		if at, ok := t.find(id); open && ok {
			gone, _ := t.isExpired(at) // an open row: nothing is read
			open = !gone
		}
		if open || f.old[i].piece != nil || seen[string(key)] {
			continue
		}
		seen[string(key)] = true
		keep = append(keep, uint32(i))
		out.keys.Add(key, hash)
		out.old = append(out.old, place{})
	}
	if len(keep) == b.N {
		return b, f
	}
	kept := &record.Batch{Table: b.Table, Version: b.Version, IDs: b.IDs, Cols: make([]record.Column, len(b.Cols))}
	for i := range b.Cols {
		kept.Cols[i] = *record.NewColumn(b.Cols[i].Type, len(keep))
	}
	kept.Take(b, keep)
	return kept, out
}

// supersede lets the rows die whose keys the last open batch has, and finds
// its rows by key from now on. It returns how many died. mu is held.
func (s *Shard) supersede(t *table, f found, index uint64) (died int) {
	at := len(t.open) - 1
	o := &t.open[at]
	o.hashes = f.keys.Hashes()
	for i, h := range f.keys.Hashes() {
		if f.old[i].piece != nil && s.kill(t, f.old[i], index) {
			died++
		}
		id, old := o.first+uint64(i), uint64(0)
		if _, taken := t.keys.byHash[h]; taken {
			if have, ok := t.openKey(h, f.keys.Key(i)); ok {
				old = have
				if p, ok := t.find(old); ok && s.kill(t, p, index) {
					died++
				}
			}
		}
		t.keys.put(h, id, old)
	}
	return died
}
