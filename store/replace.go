package store

import (
	"maps"
	"slices"
)

// some is the list of p, or of nothing where it is nil.
func some(p *piece) []*piece {
	if p == nil {
		return nil
	}
	return []*piece{p}
}

func newest(ps []*piece) uint64 {
	n := uint64(0)
	for _, p := range ps {
		n = max(n, p.index)
	}
	return n
}

// replace puts to, if it is not nil, in the place of the first of from. mu is held.
func replace(t *table, from []*piece, to *piece) bool {
	next, found := swap(t.pieces, from, to)
	if found {
		t.pieces = next
	}
	return found
}

// swap returns pieces with to, if it is not nil, in the place of the first of
// from and without the others, and whether all of from were there.
func swap(pieces, from []*piece, to *piece) ([]*piece, bool) {
	var out []*piece
	found := 0
	for _, p := range pieces {
		if !slices.Contains(from, p) {
			out = append(out, p)
			continue
		}
		if found++; found == 1 && to != nil {
			out = append(out, to)
		}
	}
	return out, found == len(from)
}

// install writes a manifest with what was made of pieces, if any row lives, in
// their place, as of the same log index as the last one.
func (s *Shard) install(t *table, r *rebuild, to *piece, syncs uint64) error {
	s.manifest.hold()
	defer s.manifest.unlock()
	old := s.durable
	d := *old
	d.tables, d.dead = slices.Clone(old.tables), maps.Clone(old.dead)
	found := false
	for i := range d.tables {
		if d.tables[i].t == t {
			d.tables[i].pieces, found = swap(d.tables[i].pieces, r.from, to)
		}
	}
	if !found { // the table was dropped
		s.discard(some(to))
		return nil
	}
	for _, p := range r.from {
		delete(d.dead, p)
	}
	if to != nil {
		s.mu.Lock()
		carried := r.carried()
		s.mu.Unlock()
		d.note(to, carried.asOf(d.applied))
	}
	s.at(atMergeWritten)
	if err := s.commit(&d, some(to), syncs); err != nil {
		return err
	}
	s.at(atMergeDone)
	s.durable = &d
	s.mu.Lock()
	if to != nil {
		to.deaths = r.carried()
	}
	replace(t, r.from, to) // not there if the table is dropped: then the next flush lets go of to
	s.mu.Unlock()
	s.dropLost(old, &d)
	return nil
}
