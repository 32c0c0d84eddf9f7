package columnar

import (
	"math"

	"github.com/quindex/quindex/codec"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/record"
)

// A constant becomes integer bounds once, so that no kernel ever compares
// values of two types. Integers stand for themselves, dictionary codes for
// their strings, and floats for their place in record.CompareFloats order.

var empty = codec.Span{Lo: 1, Hi: 0}

// order is a domain of keys cut at a constant: the keys below it, equal to it
// and above it. Each may be empty.
type order struct{ below, equal, above codec.Span }

// domainOf returns the keys that values of type t are projected on, and the
// value of a key.
func domainOf(t record.Type) (codec.Span, func(key int64) record.Value) {
	if t.Storage() == record.Floats {
		return codec.Span{Lo: floatKey(math.Inf(-1)), Hi: nanKey},
			func(k int64) record.Value { return record.FloatValue(keyFloat(k)) }
	}
	return codec.Span{Lo: math.MinInt64, Hi: math.MaxInt64},
		func(k int64) record.Value { return record.Value{Type: t, Valid: true, I: k} }
}

// nanKey is the key of every NaN: one above +Inf.
const nanKey = 0x7FF0000000000000 + 1

// floatKey maps floats to integers in the order of record.CompareFloats; -0
// and 0 share key 0.
func floatKey(f float64) int64 {
	if f != f {
		return nanKey
	}
	b := int64(math.Float64bits(f))
	if b < 0 {
		return (b ^ math.MaxInt64) + 1
	}
	return b
}

// keyFloat is the inverse of floatKey.
func keyFloat(k int64) float64 {
	if k < 0 {
		return math.Float64frombits(uint64((k - 1) ^ math.MaxInt64))
	}
	return math.Float64frombits(uint64(k))
}

// split finds where v lies among the values of type t. Where the types differ
// it searches with record.Compare itself, so the answer is exact whatever the
// two types are.
func split(t record.Type, v record.Value) order {
	d, value := domainOf(t)
	if v.Type.Kind == t.Kind && v.Type.Scale == t.Scale {
		key := v.I
		if t.Storage() == record.Floats {
			key = floatKey(v.F)
		}
		return cut(d, key, true, key, true)
	}
	equal, hasEqual := firstKey(d, func(k int64) bool { return record.Compare(value(k), v) >= 0 })
	past, hasPast := firstKey(d, func(k int64) bool { return record.Compare(value(k), v) > 0 })
	if hasPast {
		if past == d.Lo {
			return order{empty, empty, d}
		}
		past--
	}
	return cut(d, equal, hasEqual, past, hasPast)
}

// cut makes an order of the first key that is not below and the last that is
// not above; false means there is none, up to the end of d.
func cut(d codec.Span, first int64, hasFirst bool, last int64, hasPast bool) order {
	o := order{d, empty, empty}
	if !hasFirst {
		return o
	}
	o.below = empty
	if first > d.Lo {
		o.below = codec.Span{Lo: d.Lo, Hi: first - 1}
	}
	if !hasPast {
		last = d.Hi
	}
	o.equal = codec.Span{Lo: first, Hi: last}
	if last < d.Hi {
		o.above = codec.Span{Lo: last + 1, Hi: d.Hi}
	}
	return o
}

// firstKey returns the first key of d for which is holds; is must stay true
// once it is. False if it holds for none.
func firstKey(d codec.Span, is func(int64) bool) (int64, bool) {
	if !is(d.Hi) {
		return 0, false
	}
	lo, hi := d.Lo, d.Hi
	for lo < hi {
		mid := lo + int64((uint64(hi)-uint64(lo))/2)
		if is(mid) {
			hi = mid
		} else {
			lo = mid + 1
		}
	}
	return lo, true
}

// splitDict is split for a column of codes: codes order like their strings. near
// is a place at or below which s is likely to be found: 0, or above.Lo of the last.
func splitDict(d *codec.Dict, s string, near int) order {
	all := codec.Span{Lo: 0, Hi: int64(d.Len()) - 1}
	at, found := d.FindFrom(near, s)
	i := int64(at)
	o := order{below: codec.Span{Lo: 0, Hi: i - 1}, equal: empty, above: codec.Span{Lo: i, Hi: all.Hi}}
	if found {
		o.equal, o.above.Lo = codec.Span{Lo: i, Hi: i}, i+1
	}
	return o
}

// keep returns the keys for which op holds.
func (o order) keep(op predicate.Op) []codec.Span {
	switch op {
	case predicate.EQ:
		return []codec.Span{o.equal}
	case predicate.NE:
		return []codec.Span{o.below, o.above}
	case predicate.LT:
		return []codec.Span{o.below}
	case predicate.LE:
		return []codec.Span{o.below, o.equal}
	case predicate.GT:
		return []codec.Span{o.above}
	}
	return []codec.Span{o.equal, o.above}
}

// both returns the keys in a and in b.
func both(domain codec.Span, a, b []codec.Span) []codec.Span {
	outside := append(codec.Without(domain, codec.Union(a)), codec.Without(domain, codec.Union(b))...)
	return codec.Without(domain, codec.Union(outside))
}

// projects reports whether values of a column of type t can be brought to the
// order of v: the projections are not defined across storages.
func projects(t record.Type, v record.Value) bool {
	switch t.Storage() {
	case record.Ints, record.Floats:
		return t.IsNumeric() && v.Type.IsNumeric() ||
			!t.IsNumeric() && !v.Type.IsNumeric() && v.Type.Storage() == record.Ints
	case record.Strs:
		return v.Type.Storage() == record.Strs
	}
	return false
}
