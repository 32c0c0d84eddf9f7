package store

import (
	"errors"
	"slices"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/segment"
)

// The rows that a batch takes the place of are looked for in segments before
// the lock is taken, so that views need not wait for it: what is dead in a
// segment in sight, which rows have expired and how the table is defined only
// Apply changes, and it is Apply that looks. Under the lock the answer holds
// if the segments are still the same; a seal, a flush or a merge may have put
// others in their place meanwhile, and then those are asked.

var errNullKey = errors.New("a column of the primary key is NULL")

// keysOf reads the keys of b's rows.
func keysOf(def *catalog.Table, b *record.Batch) (*engines.KeyList, error) {
	cols, list := keyColumns(def, b), engines.NewKeyList(b.N)
	for i := range b.N {
		if !list.AddRow(cols, i) {
			return nil, fault.E("store: apply batch", fault.Invalid, fault.Code("23502"), fault.Item(def.Name), errNullKey)
		}
	}
	return list, nil
}

// asked is a piece and its segment at the moment of asking: an index that
// comes to a segment makes another one of it.
type asked struct {
	*piece
	seg *segment.Segment
}

// found is what is known of the keys of a batch before its rows are added.
type found struct {
	keys *engines.KeyList
	old  []place // in pieces; piece is nil where no piece has the key, live
	in   []asked // the pieces that old is of
}

// few rows are looked for under the lock at once: taking it twice costs more.
const few = 16

// lookAhead finds what it can of the keys of b without the lock. It returns
// nil where there is nothing to find or something is wrong: then lookUp says so.
func (s *Shard) lookAhead(b *record.Batch) *found {
	if b == nil || b.N <= few {
		return nil
	}
	s.mu.Lock()
	t := s.tables[b.Table]
	if t == nil || t.keys == nil || fits(t.def, b) != nil {
		s.mu.Unlock()
		return nil
	}
	f := &found{in: t.asking()}
	segs := make([]*segment.Segment, len(f.in))
	for i, a := range f.in {
		a.seg.Acquire()
		segs[i] = a.seg
	}
	s.mu.Unlock()
	defer s.releaseAll(segs)
	s.at(atLooks)

	var err error
	if f.keys, err = keysOf(t.def, b); err != nil {
		return nil
	}
	s.mu.Lock()
	want := t.notOpen(f.keys)
	s.mu.Unlock()
	if err := f.probe(t, want); err != nil {
		return nil
	}
	return f
}

// asking lists the pieces of t as they are now. mu is held.
func (t *table) asking() []asked {
	out := make([]asked, len(t.pieces))
	for i, p := range t.pieces {
		out[i] = asked{p, p.seg}
	}
	return out
}

// lookUp finds the rows in pieces whose keys the rows of b have; ahead is what
// was found before, or nil. It changes nothing. mu is held.
func (t *table) lookUp(b *record.Batch, ahead *found) (f found, err error) {
	if ahead != nil {
		f.keys = ahead.keys
	} else if f.keys, err = keysOf(t.def, b); err != nil {
		return f, err
	}
	f.in = t.asking()
	if ahead != nil && slices.EqualFunc(f.in, ahead.in, func(a, b asked) bool { return a.piece == b.piece }) {
		return *ahead, nil // and what was open still is: seals make pieces
	}
	return f, f.probe(t, t.notOpen(f.keys))
}

// probe finds the live rows of the keys called want, in the newest piece that
// has one: a piece at a time is asked for all keys that are left, in the order
// of their hashes, so that its filter and its entries are read from front to
// back.
func (f *found) probe(t *table, want []int32) error {
	f.old = make([]place, f.keys.Len())
	want = f.keys.ByHash(want)
	var hits []engines.KeyRow
	return segment.Guard(func() (err error) {
		if len(want) <= few {
			f.touch(want)
		}
		for i := len(f.in) - 1; i >= 0 && len(want) > 0; i-- {
			if hits, err = f.ask(t, f.in[i], want, hits[:0]); err != nil {
				return err
			}
			if len(hits) > 0 {
				want = slices.DeleteFunc(want, func(i int32) bool { return f.old[i].piece != nil })
			}
		}
		return nil
	})
}

// touch has all pieces wait for memory at once, not one after the other.
func (f *found) touch(want []int32) {
	for _, a := range f.in {
		if ix := a.seg.Keys(); ix != nil {
			for _, i := range want {
				ix.Touch(f.keys.Hashes()[i])
			}
		}
	}
}

// ask finds in one piece the live rows of the keys called want; hits is room
// for what has the keys, live or dead.
func (f *found) ask(t *table, a asked, want []int32, hits []engines.KeyRow) ([]engines.KeyRow, error) {
	ix := a.seg.Keys()
	if ix == nil {
		return hits, fault.Errorf("store: find key", fault.Corrupt, "segment %s has no keys", a.name)
	}
	hits, err := ix.FindAll(hits, f.keys, want)
	if err != nil {
		return hits, fault.E("store: find key", fault.Item(a.name), err)
	}
	for _, hit := range hits {
		if f.old[hit.Key].piece != nil || a.deaths.has(hit.Row) {
			continue
		}
		gone, err := t.isExpiredIn(a.seg, a.name, hit.Row)
		if err != nil {
			return hits, err
		}
		if !gone {
			f.old[hit.Key] = place{piece: a.piece, row: hit.Row}
		}
	}
	return hits, nil
}
