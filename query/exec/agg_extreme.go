package exec

import (
	"math"
	"strings"

	"github.com/quindex/quindex/record"
)

// Extremes: min, max, any_value, bool_and (min of 0 and 1), bool_or (max),
// first and last. What an empty group holds is nobody's business: the count
// of its values says that it is empty.

// intExtreme is the least or greatest integer.
type intExtreme struct {
	max  bool
	v    []int64
	room []int64
}

func (a *intExtreme) start() int64 {
	if a.max {
		return math.MinInt64
	}
	return math.MaxInt64
}

func (a *intExtreme) grow(n int)   { a.v = extend(a.v, n, a.start()) }
func (a *intExtreme) bytes() int64 { return int64(cap(a.v) * 8) }

func (a *intExtreme) add(gids []uint32, n int, args []*record.Column) {
	c := args[0]
	v := c.Ints[:n]
	if c.Valid != nil {
		a.room = without(a.room, v, c.Valid, a.start())
		v = a.room
	}
	switch {
	case gids == nil:
		best := a.v[0]
		if a.max {
			for _, x := range v {
				best = max(best, x)
			}
		} else {
			for _, x := range v {
				best = min(best, x)
			}
		}
		a.v[0] = best
	case a.max:
		best := a.v
		for i, g := range gids[:len(v)] {
			if x := v[i]; x > best[g] {
				best[g] = x
			}
		}
	default:
		best := a.v
		for i, g := range gids[:len(v)] {
			if x := v[i]; x < best[g] {
				best[g] = x
			}
		}
	}
}

func (a *intExtreme) put(g uint32, x int64) {
	if a.max == (x > a.v[g]) {
		a.v[g] = x
	}
}

func (a *intExtreme) join(other accumulator, from, to []uint32) {
	o := other.(*intExtreme)
	for i, f := range from {
		a.put(to[i], o.v[f])
	}
}

// floatExtreme is the least or greatest float in the order of CompareFloats.
type floatExtreme struct {
	max  bool
	v    []float64
	seen []bool
}

func (a *floatExtreme) bytes() int64 { return int64(cap(a.v) * 9) }

func (a *floatExtreme) grow(n int) {
	a.v, a.seen = extend(a.v, n, 0), extend(a.seen, n, false)
}

func (a *floatExtreme) add(gids []uint32, n int, args []*record.Column) {
	c := args[0]
	for i, x := range c.Floats[:n] {
		if c.Valid == nil || c.Valid.Get(i) {
			a.put(group(gids, i), x)
		}
	}
}

func (a *floatExtreme) put(g uint32, x float64) {
	old := a.v[g]
	switch {
	case !a.seen[g]:
		a.v[g], a.seen[g] = x, true
	case a.max && x <= old || !a.max && x >= old: // neither is NaN: the common case
	case a.max == (record.CompareFloats(x, old) > 0):
		a.v[g] = x
	}
}

func (a *floatExtreme) join(other accumulator, from, to []uint32) {
	o := other.(*floatExtreme)
	for i, f := range from {
		if o.seen[f] {
			a.put(to[i], o.v[f])
		}
	}
}

// stringExtreme is the least or greatest string, copied.
type stringExtreme struct {
	max  bool
	v    []string
	seen []bool
	held int64
}

func (a *stringExtreme) bytes() int64 { return int64(cap(a.v)*17) + a.held }

func (a *stringExtreme) grow(n int) {
	a.v, a.seen = extend(a.v, n, ""), extend(a.seen, n, false)
}

func (a *stringExtreme) add(gids []uint32, n int, args []*record.Column) {
	c := args[0]
	for i := range n {
		if !c.IsNull(i) {
			a.put(group(gids, i), c.Strs.At(i))
		}
	}
}

func (a *stringExtreme) put(g uint32, s string) {
	if !a.seen[g] || s != a.v[g] && a.max == (s > a.v[g]) {
		a.held += int64(len(s)) - int64(len(a.v[g]))
		a.v[g], a.seen[g] = strings.Clone(s), true
	}
}

func (a *stringExtreme) join(other accumulator, from, to []uint32) {
	o := other.(*stringExtreme)
	for i, f := range from {
		if o.seen[f] {
			a.put(to[i], o.v[f])
		}
	}
}

// valueExtreme is for all other types, and for first and last: args[0] of the
// row whose last argument is least or greatest; among equals the first seen.
type valueExtreme struct {
	max, pair bool // pair: the key is args[1], and only its NULL passes a row over
	v, key    []record.Value
}

func (a *valueExtreme) bytes() int64 { return int64(cap(a.v)+cap(a.key)) * 128 }

func (a *valueExtreme) grow(n int) {
	a.v, a.key = extend(a.v, n, record.Value{}), extend(a.key, n, record.Value{})
}

func (a *valueExtreme) add(gids []uint32, n int, args []*record.Column) {
	key := args[len(args)-1]
	for i := range n {
		if key.IsNull(i) {
			continue
		}
		g, k := group(gids, i), key.Value(i)
		if !a.better(g, k) {
			continue
		}
		a.key[g] = cloneValue(k)
		if a.pair {
			a.v[g] = cloneValue(args[0].Value(i))
		} else {
			a.v[g] = a.key[g]
		}
	}
}

func (a *valueExtreme) better(g uint32, k record.Value) bool {
	if !a.key[g].Valid {
		return true
	}
	c := record.Compare(k, a.key[g])
	return a.max && c > 0 || !a.max && c < 0
}

func (a *valueExtreme) join(other accumulator, from, to []uint32) {
	o := other.(*valueExtreme)
	for i, f := range from {
		if g := to[i]; o.key[f].Valid && a.better(g, o.key[f]) {
			a.key[g], a.v[g] = o.key[f], o.v[f]
		}
	}
}

// cloneValue copies the memory that v shares.
func cloneValue(v record.Value) record.Value {
	v.S = strings.Clone(v.S)
	if v.Elems != nil {
		elems := make([]record.Value, len(v.Elems))
		for i, e := range v.Elems {
			elems[i] = cloneValue(e)
		}
		v.Elems = elems
	}
	return v
}
