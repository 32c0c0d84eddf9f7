package store

import (
	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/record"
)

// A table with a primary key has at most one live row of a key. A row that is
// written lets the one before it die; of two in one batch the last one lives.
// The row before is found in memory among the open rows (openkeys.go), and in
// segments by their keys (probe.go).

// keyColumns returns the columns of the table's key in b.
func keyColumns(def *catalog.Table, b *record.Batch) []*record.Column {
	cols := make([]*record.Column, len(def.Key))
	for i, id := range def.Key {
		cols[i] = b.Column(id)
	}
	return cols
}

// fresh returns the rows of b whose key no live row has, nor one before them
// in b, what was found of those, and which they are; nil: all. mu is held.
func (t *table) fresh(b *record.Batch, f found) (*record.Batch, found, []uint32) {
	seen := map[string]bool{}
	var keep []uint32
	out := found{keys: engines.NewKeyList(b.N)}
	for i, hash := range f.keys.Hashes() {
		key := f.keys.Key(i)
		slot := t.openKey(hash, key)
		open := slot >= 0
		if open {
			if at, ok := t.find(t.keys.slots[slot].id); ok {
				gone, _ := t.isExpired(at) // an open row: nothing is read
				open = !gone
			}
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
		return b, f, nil
	}
	return b.Only(keep), out, keep
}

// supersede lets the rows die whose keys the last open batch has, and finds
// its rows by key from now on. It returns how many died. mu is held.
func (s *Shard) supersede(t *table, f found, index uint64) (died int) {
	at := len(t.open) - 1
	o := &t.open[at]
	o.hashes = f.keys.Hashes()
	t.keys.reserve(len(o.hashes))
	for i, h := range o.hashes {
		if i%touchGroup == 0 {
			t.keys.touch(o.hashes[i:min(i+touchGroup, len(o.hashes))])
		}
		if f.old[i].piece != nil && s.kill(t, f.old[i], index) {
			died++
		}
		id, slot := o.first+uint64(i), t.openKey(h, f.keys.Key(i))
		if slot < 0 {
			t.keys.add(h, id)
			continue
		}
		if p, ok := t.find(t.keys.slots[slot].id); ok && s.kill(t, p, index) {
			died++
		}
		t.keys.slots[slot].id = id
	}
	return died
}
