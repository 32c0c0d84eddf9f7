package codec

import (
	"math/bits"
	"slices"
	"sort"
)

// Span is the integers in [Lo, Hi], both included.
type Span struct{ Lo, Hi int64 }

// IntSet is a set of integers or codes that a kernel can test fast. It is
// immutable.
type IntSet struct {
	spans []Span // sorted, apart from one another, none empty
	base  int64
	bits  []uint64 // where not nil: bit i is base+i
}

const (
	// fewSpans is how many ranges are compared one after the other; more are
	// looked up in a table.
	fewSpans = 3
	// maxTable is the largest range of values for which a table is made, in bits.
	maxTable = 1 << 23
)

// NewIntSet returns the union of spans, which may come in any order, overlap
// and be empty.
func NewIntSet(spans []Span) *IntSet {
	s := &IntSet{spans: Union(spans)}
	if len(s.spans) <= fewSpans {
		return s
	}
	first, last := s.spans[0].Lo, s.spans[len(s.spans)-1].Hi
	width := uint64(last) - uint64(first)
	if width >= maxTable {
		return s
	}
	s.base, s.bits = first, make([]uint64, width/64+1)
	for _, p := range s.spans {
		SetRange(s.bits, int(p.Lo-first), int(p.Hi-first)+1)
	}
	return s
}

// Union returns the same integers as sorted spans apart from one another.
func Union(spans []Span) []Span {
	all := slices.DeleteFunc(slices.Clone(spans), func(p Span) bool { return p.Lo > p.Hi })
	slices.SortFunc(all, func(a, b Span) int {
		if a.Lo < b.Lo {
			return -1
		}
		if a.Lo > b.Lo {
			return 1
		}
		return 0
	})
	out := all[:0]
	for _, p := range all {
		if n := len(out); n > 0 && (p.Lo <= out[n-1].Hi || p.Lo == out[n-1].Hi+1) {
			out[n-1].Hi = max(out[n-1].Hi, p.Hi)
			continue
		}
		out = append(out, p)
	}
	return out
}

// Without returns the integers of domain that are not in spans, which are
// sorted and apart.
func Without(domain Span, spans []Span) []Span {
	var out []Span
	lo := domain.Lo
	for _, p := range spans {
		if p.Hi < domain.Lo || p.Lo > domain.Hi {
			continue
		}
		if lo < p.Lo {
			out = append(out, Span{lo, p.Lo - 1})
		}
		if p.Hi >= domain.Hi {
			return out
		}
		lo = p.Hi + 1
	}
	if lo <= domain.Hi {
		out = append(out, Span{lo, domain.Hi})
	}
	return out
}

// Spans returns the set as sorted spans apart from one another; they must not
// be changed.
func (s *IntSet) Spans() []Span { return s.spans }

// Has reports whether v is in the set.
func (s *IntSet) Has(v int64) bool {
	if s.bits != nil {
		o := uint64(v) - uint64(s.base)
		return o < uint64(len(s.bits))<<6 && s.bits[o>>6]>>(o&63)&1 != 0
	}
	i := s.at(v)
	return i < len(s.spans) && s.spans[i].Lo <= v
}

// at returns the first span that ends at v or above.
func (s *IntSet) at(v int64) int {
	return sort.Search(len(s.spans), func(i int) bool { return s.spans[i].Hi >= v })
}

// Zone says how much of a block with values in [lo, hi] is in the set: all or
// none for certain, or some.
func (s *IntSet) Zone(lo, hi int64) State {
	i := s.at(lo)
	switch {
	case i == len(s.spans) || s.spans[i].Lo > hi:
		return None
	case s.spans[i].Lo <= lo && s.spans[i].Hi >= hi:
		return All
	}
	return Some
}

// Select puts into out the rows whose value is in the set. NULL rows are
// selected or not at will.
func (x *Ints) Select(s *IntSet, out *Sel) State {
	st := x.selectBits(s, out[:])
	if st == Some {
		clear(out[(x.N+63)>>6:])
	}
	return st
}

// SelectBits is Select for any number of rows: len(out) is at least
// (N+63)/64, and only so many words are written.
func (x *Ints) SelectBits(s *IntSet, out []uint64) State { return x.selectBits(s, out) }

func (x *Ints) selectBits(s *IntSet, out []uint64) State {
	words := (x.N + 63) >> 6
	switch {
	case len(s.spans) == 0 || x.N == 0:
		return None
	case len(s.spans) == 1:
		return x.rangeBits(s.spans[0].Lo, s.spans[0].Hi, out)
	case x.RunEnd != nil:
		return x.selectRuns(s, out[:words])
	case x.W8 == nil && x.W16 == nil && x.W32 == nil && x.W64 == nil:
		if s.Has(x.Ref) {
			return All
		}
		return None
	}
	near := s.near(x)
	if len(near) <= fewSpans {
		return x.selectFew(near, out[:words])
	}
	switch {
	case x.W8 != nil:
		select8(x.W8[:x.N], s.table8(x.Ref), out[:words])
	case x.W16 != nil:
		selectOffsets(x.W16[:x.N], x.Ref, s, out[:words])
	case x.W32 != nil:
		selectOffsets(x.W32[:x.N], x.Ref, s, out[:words])
	default:
		selectOffsets(x.W64[:x.N], x.Ref, s, out[:words])
	}
	return Some
}

// near returns the spans that the values of x can lie in.
func (s *IntSet) near(x *Ints) []Span {
	if x.W64 != nil {
		return s.spans
	}
	last := x.Ref + int64(x.top())
	if last < x.Ref {
		last = 1<<63 - 1
	}
	i := s.at(x.Ref)
	j := i
	for j < len(s.spans) && s.spans[j].Lo <= last {
		j++
	}
	return s.spans[i:j]
}

func (x *Ints) selectFew(spans []Span, out []uint64) State {
	total := None
	var tmp []uint64
	for _, p := range spans {
		dst := out
		if total == Some {
			if tmp == nil {
				tmp = make([]uint64, len(out))
			}
			dst = tmp
		}
		switch st := x.rangeBits(p.Lo, p.Hi, dst); {
		case st == All:
			return All
		case st == Some && total == Some:
			for w, m := range tmp {
				out[w] |= m
			}
		case st == Some:
			total = Some
		}
	}
	return total
}

func (x *Ints) selectRuns(s *IntSet, out []uint64) State {
	clear(out)
	start, selected := 0, 0
	for i, v := range x.RunVal {
		end := int(x.RunEnd[i])
		if s.Has(v) {
			SetRange(out, start, end)
			selected += end - start
		}
		start = end
	}
	switch selected {
	case 0:
		return None
	case x.N:
		return All
	}
	return Some
}

// table8 answers Has(ref+i) for every byte i.
func (s *IntSet) table8(ref int64) *[256]uint8 {
	var t [256]uint8
	for i := range t {
		t[i] = uint8(b2u(s.Has(ref + int64(i))))
	}
	return &t
}

func select8(v []uint8, t *[256]uint8, out []uint64) {
	for w := range out {
		s := v[w<<6 : min(len(v), w<<6+64)]
		var m uint64
		if len(s) == 64 {
			for i := 0; i < 64; i += 4 {
				m |= (uint64(t[s[i]]) | uint64(t[s[i+1]])<<1 | uint64(t[s[i+2]])<<2 | uint64(t[s[i+3]])<<3) << uint(i)
			}
		} else {
			for i, x := range s {
				m |= uint64(t[x]) << uint(i)
			}
		}
		out[w] = m
	}
}

func selectOffsets[T uint16 | uint32 | uint64](v []T, ref int64, s *IntSet, out []uint64) {
	if s.bits == nil {
		for w := range out {
			var m uint64
			for i, x := range v[w<<6 : min(len(v), w<<6+64)] {
				m |= b2u(s.Has(ref+int64(x))) << uint(i&63)
			}
			out[w] = m
		}
		return
	}
	table, limit, shift := s.bits, uint64(len(s.bits))<<6, uint64(ref)-uint64(s.base)
	for w := range out {
		var m uint64
		for i, x := range v[w<<6 : min(len(v), w<<6+64)] {
			if o := uint64(x) + shift; o < limit {
				m |= (table[o>>6] >> (o & 63) & 1) << uint(i&63)
			}
		}
		out[w] = m
	}
}

// SelectSparse keeps of sel the rows whose value is in the set, one by one: for
// selections of few rows.
func (x *Ints) SelectSparse(s *IntSet, sel *Sel) State {
	var any uint64
	for w, m := range sel {
		keep := m
		for ; m != 0; m &= m - 1 {
			if i := bits.TrailingZeros64(m); !s.Has(x.At(w<<6 | i)) {
				keep &^= 1 << uint(i)
			}
		}
		sel[w] = keep
		any |= keep
	}
	if any == 0 {
		return None
	}
	return Some
}
