package exec

import (
	"github.com/quindex/quindex/codec"
	"github.com/quindex/quindex/record"
)

// accumulator keeps one number, or what an aggregate needs, of every group:
// arrays indexed by group. It is used by one goroutine at a time.
type accumulator interface {
	// grow makes room for groups [0, n); new ones are empty.
	grow(n int)
	// add counts row i of args in group gids[i]; gids nil: all n rows are in group 0.
	add(gids []uint32, n int, args []*record.Column)
	// join adds group from[i] of other, of the same kind, to group to[i].
	join(other accumulator, from, to []uint32)
	bytes() int64
}

// extend returns s with n elements; new ones are v.
func extend[T any](s []T, n int, v T) []T {
	if n <= len(s) {
		return s
	}
	if n > cap(s) {
		grown := make([]T, len(s), max(n, 2*cap(s)))
		copy(grown, s)
		s = grown
	}
	old := len(s)
	s = s[:n]
	for i := old; i < n; i++ {
		s[i] = v
	}
	return s
}

// rowCount counts rows.
type rowCount struct{ n []int64 }

func (a *rowCount) grow(n int)   { a.n = extend(a.n, n, 0) }
func (a *rowCount) bytes() int64 { return int64(cap(a.n) * 8) }

func (a *rowCount) add(gids []uint32, n int, _ []*record.Column) {
	if gids == nil {
		a.n[0] += int64(n)
		return
	}
	countRows(a.n, gids)
}

func (a *rowCount) join(other accumulator, from, to []uint32) {
	o := other.(*rowCount)
	for i, f := range from {
		a.n[to[i]] += o.n[f]
	}
}

// nullCount counts rows where the argument is NULL; vectors without one cost nothing.
type nullCount struct{ rowCount }

func (a *nullCount) add(gids []uint32, n int, args []*record.Column) {
	valid := args[0].Valid
	if valid == nil {
		return
	}
	eachNull(valid, n, func(i int) { a.n[group(gids, i)]++ })
}

func (a *nullCount) join(other accumulator, from, to []uint32) {
	a.rowCount.join(&other.(*nullCount).rowCount, from, to)
}

func group(gids []uint32, i int) uint32 {
	if gids == nil {
		return 0
	}
	return gids[i]
}

// intSum adds integers: in 64 bits while that is known to suffice, in 128 from
// then on. NULL rows hold zero and need no look.
type intSum struct {
	lo    []uint64
	hi    []int64 // nil: every sum fits in an int64
	bound uint64  // no group's sum is larger in magnitude, while hi is nil
}

// safeSum is the bound below which a 64-bit sum cannot overflow.
const safeSum = 1 << 62

func (a *intSum) bytes() int64 { return int64(cap(a.lo)*8 + cap(a.hi)*8) }

func (a *intSum) grow(n int) {
	a.lo = extend(a.lo, n, 0)
	if a.hi != nil {
		a.hi = extend(a.hi, n, 0)
	}
}

// raise lets n more values of at most magnitude m in.
func (a *intSum) raise(n int, m uint64) {
	if a.hi != nil {
		return
	}
	if m >= safeSum/uint64(n+1) || a.bound+uint64(n)*m >= safeSum {
		a.widen()
		return
	}
	a.bound += uint64(n) * m
}

func (a *intSum) widen() {
	a.hi = make([]int64, len(a.lo))
	for i, lo := range a.lo {
		a.hi[i] = int64(lo) >> 63
	}
}

func (a *intSum) add(gids []uint32, n int, args []*record.Column) {
	v := args[0].Ints[:n]
	a.raise(n, magnitude(v))
	switch {
	case a.hi != nil:
		for i, x := range v {
			a.addWide(group(gids, i), codec.Int128{Hi: x >> 63, Lo: uint64(x)})
		}
	case gids == nil:
		a.lo[0] += uint64(sumInts(v))
	default:
		sumRows(a.lo, gids[:n], v)
	}
}

func (a *intSum) addWide(g uint32, x codec.Int128) {
	s := codec.Int128{Hi: a.hi[g], Lo: a.lo[g]}.Add(x)
	a.hi[g], a.lo[g] = s.Hi, s.Lo
}

// put adds a sum made elsewhere to group g.
func (a *intSum) put(g uint32, x codec.Int128) {
	v, fits := x.Int64()
	if fits {
		a.raise(1, abs(v))
	} else if a.hi == nil {
		a.widen()
	}
	if a.hi != nil {
		a.addWide(g, x)
		return
	}
	a.lo[g] += uint64(v)
}

func (a *intSum) at(g int) codec.Int128 {
	if a.hi == nil {
		return codec.Int128{Hi: int64(a.lo[g]) >> 63, Lo: a.lo[g]}
	}
	return codec.Int128{Hi: a.hi[g], Lo: a.lo[g]}
}

func (a *intSum) join(other accumulator, from, to []uint32) {
	o := other.(*intSum)
	if a.hi == nil && (o.hi != nil || a.bound+o.bound >= safeSum) {
		a.widen()
	}
	if a.hi == nil {
		a.bound += o.bound
		for i, f := range from {
			a.lo[to[i]] += o.lo[f]
		}
		return
	}
	for i, f := range from {
		a.addWide(to[i], o.at(int(f)))
	}
}

func abs(v int64) uint64 {
	if v < 0 {
		return -uint64(v)
	}
	return uint64(v)
}

func sumInts(v []int64) int64 {
	var a, b int64
	for ; len(v) >= 2; v = v[2:] {
		a += v[0]
		b += v[1]
	}
	for _, x := range v {
		a += x
	}
	return a + b
}

// floatSum adds floats.
type floatSum struct{ v []float64 }

func (a *floatSum) grow(n int)   { a.v = extend(a.v, n, 0) }
func (a *floatSum) bytes() int64 { return int64(cap(a.v) * 8) }

func (a *floatSum) add(gids []uint32, n int, args []*record.Column) {
	v := args[0].Floats[:n]
	if gids == nil {
		s := 0.0
		for _, x := range v {
			s += x
		}
		a.v[0] += s
		return
	}
	sums := a.v
	for i, g := range gids[:len(v)] {
		sums[g] += v[i]
	}
}

func (a *floatSum) join(other accumulator, from, to []uint32) {
	o := other.(*floatSum)
	for i, f := range from {
		a.v[to[i]] += o.v[f]
	}
}

// moments keeps count, mean and the sum of squared differences (Welford); two
// are joined by Chan's formula.
type moments struct {
	n        []int64
	mean, m2 []float64
}

func (a *moments) bytes() int64 { return int64(cap(a.n) * 24) }

func (a *moments) grow(n int) {
	a.n, a.mean, a.m2 = extend(a.n, n, 0), extend(a.mean, n, 0), extend(a.m2, n, 0)
}

func (a *moments) add(gids []uint32, n int, args []*record.Column) {
	c := args[0]
	for i, x := range c.Floats[:n] {
		if c.IsNull(i) {
			continue
		}
		g := group(gids, i)
		a.n[g]++
		d := x - a.mean[g]
		a.mean[g] += d / float64(a.n[g])
		a.m2[g] += d * (x - a.mean[g])
	}
}

// put joins n values with the given mean and squared differences to group g.
func (a *moments) put(g uint32, n int64, mean, m2 float64) {
	if n == 0 {
		return
	}
	total := a.n[g] + n
	d := mean - a.mean[g]
	a.mean[g] += d * float64(n) / float64(total)
	a.m2[g] += m2 + d*d*float64(a.n[g])*float64(n)/float64(total)
	a.n[g] = total
}

func (a *moments) join(other accumulator, from, to []uint32) {
	o := other.(*moments)
	for i, f := range from {
		a.put(to[i], o.n[f], o.mean[f], o.m2[f])
	}
}
