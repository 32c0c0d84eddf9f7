package store

import (
	"errors"
	"slices"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
	"github.com/quindex/quindex/segment"
)

// The rows that a batch takes the place of are looked for in segments before
// the lock is taken, so that views need not wait for it: what is dead in a
// segment in sight, which rows have expired and how the table is defined only
// Apply changes, and it is Apply that looks. Under the lock the answer holds
// if the segments are still the same; a seal, a flush or a merge may have put
// others in their place meanwhile, and then those are asked.

// batchKeys are the keys of a batch's rows, their bytes one after the other.
type batchKeys struct {
	bytes  []byte
	ends   []int
	hashes []uint64
}

func (k *batchKeys) key(i int) []byte {
	from := 0
	if i > 0 {
		from = k.ends[i-1]
	}
	return k.bytes[from:k.ends[i]]
}

func (k *batchKeys) add(key []byte, hash uint64) {
	k.bytes = append(k.bytes, key...)
	k.ends, k.hashes = append(k.ends, len(k.bytes)), append(k.hashes, hash)
}

var errNullKey = errors.New("a column of the primary key is NULL")

// keysOf reads the keys of b's rows.
func keysOf(def *catalog.Table, b *record.Batch) (k batchKeys, err error) {
	cols := keyColumns(def, b)
	k = batchKeys{bytes: make([]byte, 0, 16*b.N), ends: make([]int, b.N), hashes: make([]uint64, b.N)}
	for i := range b.N {
		at := len(k.bytes)
		var ok bool
		if k.bytes, ok = engines.AppendKey(k.bytes, cols, i); !ok {
			return k, fault.E("store: apply batch", fault.Invalid, fault.Code("23502"), fault.Item(def.Name), errNullKey)
		}
		k.ends[i], k.hashes[i] = len(k.bytes), engines.KeyHash(k.bytes[at:])
	}
	return k, nil
}

// asked is a piece and its segment at the moment of asking: an index that
// comes to a segment makes another one of it.
type asked struct {
	*piece
	seg *segment.Segment
}

// found is what is known of the keys of a batch before its rows are added.
type found struct {
	keys batchKeys
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

	var err error
	if f.keys, err = keysOf(t.def, b); err != nil {
		return nil
	}
	s.mu.Lock()
	want := t.notOpen(&f.keys)
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

// notOpen lists the rows whose keys no open row has. mu is held.
func (t *table) notOpen(k *batchKeys) []int {
	out := make([]int, 0, len(k.hashes))
	for i, h := range k.hashes {
		if _, open := t.openKey(h, k.key(i)); !open {
			out = append(out, i)
		}
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
	return f, f.probe(t, t.notOpen(&f.keys))
}

// probe finds the live rows of the keys of the rows called want, in the newest
// piece that has one: a piece at a time is asked for all keys that are left,
// in the order of their hashes, so that its filter and its entries are read
// from front to back.
func (f *found) probe(t *table, want []int) error {
	f.old = make([]place, len(f.keys.hashes))
	want = byHash(want, f.keys.hashes)
	return segment.Guard(func() error {
		for i := len(f.in) - 1; i >= 0 && len(want) > 0; i-- {
			var err error
			if want, err = f.ask(t, f.in[i], want); err != nil {
				return err
			}
		}
		return nil
	})
}

// ask looks for rows in one piece and returns those that it has not, live.
func (f *found) ask(t *table, a asked, want []int) (left []int, err error) {
	ix := a.seg.Keys()
	if ix == nil {
		return nil, fault.Errorf("store: find key", fault.Corrupt, "segment %s has no keys", a.name)
	}
	left = want[:0]
	var hits []rows.Num
	for _, i := range want {
		if hits, err = ix.Find(hits[:0], f.keys.hashes[i], f.keys.key(i)); err != nil {
			return nil, fault.E("store: find key", fault.Item(a.name), err)
		}
		there := false
		for _, row := range hits {
			if a.deaths.has(row) {
				continue
			}
			gone, err := t.isExpiredIn(a.seg, a.name, row)
			if err != nil {
				return nil, err
			}
			if there = !gone; there {
				f.old[i] = place{piece: a.piece, row: row}
				break
			}
		}
		if !there {
			left = append(left, i)
		}
	}
	return left, nil
}

// hashBuckets is into how many parts byHash cuts the hashes: a part of a
// filter or of the entries of a million keys then fits into a few pages.
const hashBuckets = 1 << 12

// byHash orders rows by their hashes, about: those of one bucket stay as they are.
func byHash(want []int, hashes []uint64) []int {
	if len(want) < hashBuckets/16 {
		return want
	}
	var starts [hashBuckets + 1]int
	for _, i := range want {
		starts[hashes[i]/(1<<64/hashBuckets)+1]++
	}
	for b := range hashBuckets {
		starts[b+1] += starts[b]
	}
	out := make([]int, len(want))
	for _, i := range want {
		b := hashes[i] / (1 << 64 / hashBuckets)
		out[starts[b]] = i
		starts[b]++
	}
	return out
}
