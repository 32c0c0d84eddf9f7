package eval

import (
	"math/bits"

	"github.com/quindex/quindex/record"
)

// scatter builds a column whose rows come from several sources in any order.
// Numbers are written at once; others are noted and appended in the end.
type scatter struct {
	s       *slot
	t       record.Type
	n       int
	valid   record.Bitmap // rows that got a value
	direct  bool
	sources []*record.Column
}

func (s *slot) scatter(t record.Type, n int) *scatter {
	s.valid = sized(s.valid, words(n))
	clear(s.valid)
	s.out = scatter{s: s, t: t, n: n, valid: s.valid, direct: fixedWidth(t), sources: s.out.sources[:0]}
	switch {
	case !s.out.direct:
		s.branch = sized(s.branch, n)
		s.pos = sized(s.pos, n)
	case t.Storage() == record.Ints:
		clear(s.ints(t, n))
	default:
		clear(s.floats(t, n))
	}
	return &s.out
}

// add takes the rows of hit from src and out of rest. With leaveNulls a row
// that is NULL in src stays in rest: the next source may know better.
func (o *scatter) add(src source, hit, rest record.Bitmap, leaveNulls bool) {
	o.sources = append(o.sources, src.col)
	switch {
	case src.single && src.col.IsNull(0):
	case o.direct && src.col.Valid == nil && o.t.Storage() == record.Ints:
		scatterValues(o.s.col.Ints, src.col.Ints, hit, src)
		o.take(hit)
	case o.direct && src.col.Valid == nil:
		scatterValues(o.s.col.Floats, src.col.Floats, hit, src)
		o.take(hit)
	default:
		o.addRows(src, hit)
	}
	for w := range rest {
		if leaveNulls {
			rest[w] &^= o.valid[w]
		} else {
			rest[w] &^= hit[w]
		}
	}
}

func (o *scatter) take(hit record.Bitmap) {
	for w, m := range hit {
		o.valid[w] |= m
	}
}

// scatterValues writes the values of the rows of hit, none of which is NULL.
func scatterValues[T int64 | float64](dst, src []T, hit record.Bitmap, from source) {
	k := 0
	for w, m := range hit {
		lo := w << 6
		if m == ^uint64(0) && !from.packed && !from.single {
			copy(dst[lo:lo+64], src[lo:])
			continue
		}
		for ; m != 0; m &= m - 1 {
			i := lo + bits.TrailingZeros64(m)
			switch {
			case from.single:
				dst[i] = src[0]
			case from.packed:
				dst[i] = src[k]
				k++
			default:
				dst[i] = src[i]
			}
		}
	}
}

// addRows takes rows that may be NULL, or whose values are not of fixed width.
func (o *scatter) addRows(src source, hit record.Bitmap) {
	k := 0
	for w, m := range hit {
		for ; m != 0; m &= m - 1 {
			i := w<<6 + bits.TrailingZeros64(m)
			at := i
			switch {
			case src.single:
				at = 0
			case src.packed:
				at = k
			}
			k++
			if !src.col.IsNull(at) {
				o.put(src.col, i, at)
			}
		}
	}
}

func (o *scatter) put(c *record.Column, i, at int) {
	o.valid.Set(i)
	switch {
	case !o.direct:
		o.s.branch[i], o.s.pos[i] = uint16(len(o.sources)-1), uint32(at)
	case o.t.Storage() == record.Floats:
		o.s.col.Floats[i] = c.Floats[at]
	default:
		o.s.col.Ints[i] = c.Ints[at]
	}
}

func (o *scatter) finish() *record.Column {
	if o.direct {
		if count(o.valid) < o.n {
			o.s.col.Valid = o.valid
		}
		return &o.s.col
	}
	out := o.s.empty(o.t)
	for i := range o.n {
		if !o.valid.Get(i) {
			out.AppendNull()
			continue
		}
		at := int(o.s.pos[i])
		out.AppendRows(o.sources[o.s.branch[i]], at, at+1)
	}
	return out
}
