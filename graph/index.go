package graph

import (
	"sync"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
)

// Edges is the open index of one segment of an edge table.
type Edges struct {
	*section
	def   engines.IndexDef
	sides [2]side // by engines.Out and engines.In: seen from sources, from targets
}

// side is the edges as lists, one for each node at one end; it is read and
// checked at first use.
type side struct {
	once sync.Once
	err  error

	keys    *dict
	offsets []uint32
	far     []uint32   // ascending in each list
	rows    []uint32   // nil: an edge's place is its row
	halves  []halfEdge // rows without a far end

	numbers numbers
}

// halfEdge is a row that has one end only.
type halfEdge struct{ num, row uint32 }

func newEdges(s *section, def engines.IndexDef) *Edges { return &Edges{section: s, def: def} }

// Close lets go of what directories keep for it.
func (ix *Edges) Close() error {
	for d := range ix.sides {
		ix.sides[d].numbers.close()
	}
	return nil
}

// field is the column that a side's keys are of.
func (ix *Edges) field(d engines.Direction) record.Field { return ix.def.Fields[d] }

// side returns one side, checked: every number in it is in range.
func (ix *Edges) side(d engines.Direction) (*side, error) {
	s := &ix.sides[d]
	s.once.Do(func() { s.err = ix.load(s, int(d)) })
	return s, s.err
}

func (ix *Edges) load(s *side, d int) (err error) {
	first := d * sideParts
	if s.keys, err = ix.dict(d); err != nil {
		return err
	}
	if s.offsets, err = ix.offsets(first+partOffsets, s.keys.n, ix.linked); err != nil {
		return err
	}
	if s.far, err = ix.below(first+partFar, ix.keys[1-d], "a far end"); err != nil {
		return err
	}
	if s.rows, err = ix.below(first+partRows, ix.section.rows, "a row"); err != nil {
		return err
	}
	pairs, err := ix.words(partHalves)
	if err != nil {
		return err
	}
	pairs = pairs[2*d*ix.halves[0]:]
	for i := range ix.halves[d] {
		h := halfEdge{pairs[2*i], pairs[2*i+1]}
		if int(h.num) >= s.keys.n || int(h.row) >= ix.section.rows || i > 0 && h.num < s.halves[i-1].num {
			return corrupt("half edge %d is of node %d and row %d", i, h.num, h.row)
		}
		s.halves = append(s.halves, h)
	}
	return nil
}

// offsets returns a part of n+1 offsets that rise from 0 to end.
func (s *section) offsets(i, n, end int) ([]uint32, error) {
	at, err := s.words(i)
	if err != nil {
		return nil, err
	}
	if at[0] != 0 || int(at[n]) != end {
		return nil, corrupt("offsets from %d to %d, want 0 to %d", at[0], at[n], end)
	}
	for k := range n {
		if at[k] > at[k+1] {
			return nil, corrupt("offset %d is %d, the next %d", k, at[k], at[k+1])
		}
	}
	return at, nil
}

// below returns a part of numbers that are all below n.
func (s *section) below(i, n int, what string) ([]uint32, error) {
	nums, err := s.words(i)
	if err != nil {
		return nil, err
	}
	for at, v := range nums {
		if int(v) >= n {
			return nil, corrupt("%s at place %d is %d of %d", what, at, v, n)
		}
	}
	return nums, nil
}

// row returns the row of the edge at a place.
func (s *side) row(at uint32) uint32 {
	if s.rows == nil {
		return at
	}
	return s.rows[at]
}

// Vertices is the open index of one segment of a vertex table.
type Vertices struct {
	*section
	def  engines.IndexDef
	once sync.Once
	err  error

	keys    *dict
	offsets []uint32 // nil: every key has one row
	byRow   []uint32
	rows    []uint32 // nil: a key's place is its row

	numbers numbers
}

func newVertices(s *section, def engines.IndexDef) *Vertices { return &Vertices{section: s, def: def} }

// Close lets go of what directories keep for it.
func (ix *Vertices) Close() error {
	ix.numbers.close()
	return nil
}

// ready reads and checks all parts at first use.
func (ix *Vertices) ready() error {
	ix.once.Do(func() { ix.err = ix.load() })
	return ix.err
}

func (ix *Vertices) load() (err error) {
	if ix.keys, err = ix.dict(0); err != nil {
		return err
	}
	if ix.parts[partOffsets].bytes > 0 {
		if ix.offsets, err = ix.section.offsets(partOffsets, ix.keys.n, ix.linked); err != nil {
			return err
		}
	}
	if ix.rows, err = ix.below(partRows, ix.section.rows, "a row"); err != nil {
		return err
	}
	if ix.byRow, err = ix.words(partNumbers); err != nil {
		return err
	}
	for r, k := range ix.byRow {
		if int(k) >= ix.keys.n && k != engines.NoNode {
			return corrupt("the key of row %d is %d of %d", r, k, ix.keys.n)
		}
	}
	return nil
}

// span returns the places of a key's rows.
func (ix *Vertices) span(key uint32) (lo, hi uint32) {
	if ix.offsets == nil {
		return key, key + 1
	}
	return ix.offsets[key], ix.offsets[key+1]
}

func (ix *Vertices) row(at uint32) uint32 {
	if ix.rows == nil {
		return at
	}
	return ix.rows[at]
}

// fewRows is the number of rows up to which sorting them makes a set faster
// than a bit for each row of the segment, measured for package geo.
const fewRows = 1500

// setOf makes a set of rows in no order, each below n.
func setOf(found []uint32, n int) rows.Set {
	words := make([]uint64, (n+63)/64)
	for _, r := range found {
		words[r>>6] |= 1 << (r & 63)
	}
	return rows.FromDense(words)
}

// flat returns s as a bit for each of n rows; nobody may change it.
func flat(s rows.Set, n int) []uint64 {
	out := make([]uint64, (n+63)/64)
	if lo, some := s.Min(); some {
		if hi, _ := s.Max(); s.Len() == int(hi-lo)+1 {
			for r := int(lo); r <= int(hi); {
				if r&63 == 0 && r+63 <= int(hi) {
					out[r>>6] = ^uint64(0)
					r += 64
					continue
				}
				out[r>>6] |= 1 << (r & 63)
				r++
			}
			return out
		}
		copy(out, s.Roaring().ToDense())
	}
	return out
}
