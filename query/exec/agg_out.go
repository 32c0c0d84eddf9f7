package exec

import (
	"fmt"
	"math"
	"slices"

	"github.com/quindex/quindex/codec"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/record"
)

// result returns the values of aggregate o for groups [lo, hi).
func (st *aggState) result(o *aggOut, lo, hi int) (*record.Column, error) {
	if o.acc >= 0 {
		if f, ok := st.accs[o.acc].(finisher); ok {
			return f.finish(o.Agg, lo, hi)
		}
	}
	counts := st.counts(o, lo, hi)
	if o.Func == "count" {
		return &record.Column{Type: o.T, N: hi - lo, Ints: counts}, nil
	}
	if c := st.plain(o, counts, lo, hi); c != nil {
		return c, nil
	}
	c := record.NewColumn(o.T, hi-lo)
	for g := lo; g < hi; g++ {
		n := counts[g-lo]
		if n == 0 {
			c.AppendNull()
			continue
		}
		v, err := st.value(o, g, n)
		if err != nil {
			return nil, err
		}
		c.Append(v)
	}
	return c, nil
}

// finisher is an accumulator that makes its own results.
type finisher interface {
	finish(a *plan.Agg, lo, hi int) (*record.Column, error)
}

// plain makes the commonest results without a value in between: sums and
// extremes of integers, and averages, where no group is without a value.
func (st *aggState) plain(o *aggOut, counts []int64, lo, hi int) *record.Column {
	if slices.Contains(counts, 0) {
		return nil
	}
	c := &record.Column{Type: o.T, N: hi - lo}
	switch a := st.accs[o.acc].(type) {
	case *intSum:
		if a.hi != nil || o.T.Kind == record.Decimal {
			return nil
		}
		if o.Func == "avg" {
			scale := st.spec.scale(o)
			c.Floats = make([]float64, hi-lo)
			for i, n := range counts {
				c.Floats[i] = average(a.at(lo+i), n, scale)
			}
			return c
		}
		c.Ints = make([]int64, hi-lo)
		for i, x := range a.lo[lo:hi] {
			c.Ints[i] = int64(x)
		}
	case *intExtreme:
		c.Ints = slices.Clone(a.v[lo:hi])
	default:
		return nil
	}
	return c
}

// counts is the number of values that groups [lo, hi) of o have seen.
func (st *aggState) counts(o *aggOut, lo, hi int) []int64 {
	n := slices.Clone(countsOf(st.accs[o.rows])[lo:hi])
	if o.nulls >= 0 {
		for i, x := range countsOf(st.accs[o.nulls])[lo:hi] {
			n[i] -= x
		}
	}
	return n
}

// count is the number of values that group g of o has seen.
func (st *aggState) count(o *aggOut, g int) int64 {
	n := countsOf(st.accs[o.rows])[g]
	if o.nulls >= 0 {
		n -= countsOf(st.accs[o.nulls])[g]
	}
	return n
}

func countsOf(a accumulator) []int64 {
	if n, ok := a.(*nullCount); ok {
		return n.n
	}
	return a.(*rowCount).n
}

// value is the result of a group that has seen n > 0 values.
func (st *aggState) value(o *aggOut, g int, n int64) (record.Value, error) {
	v := record.Value{Type: o.T, Valid: true}
	switch a := st.accs[o.acc].(type) {
	case *intSum:
		sum := a.at(g)
		if o.Func == "avg" {
			v.F = average(sum, n, st.spec.scale(o))
			return v, nil
		}
		var ok bool
		if v.I, ok = sum.Int64(); !ok || o.T.Kind == record.Decimal && !record.FitsDigits(v.I, record.MaxDigits) {
			return v, fault.E("exec: sum", fault.Invalid, fault.Code("22003"), fmt.Errorf("%s out of range", o.T))
		}
	case *floatSum:
		v.F = a.v[g]
		if o.Func == "avg" {
			v.F /= float64(n)
		}
	case *moments:
		return deviation(o, n, a.m2[g]), nil
	case *intExtreme:
		v.I = a.v[g]
	case *floatExtreme:
		v.F = a.v[g]
	case *stringExtreme:
		v.S = a.v[g]
	case *valueExtreme:
		return a.v[g], nil
	}
	return v, nil
}

// average divides an unscaled sum; one correctly rounded division where the
// sum is exact as a float.
func average(sum codec.Int128, n int64, scale int) float64 {
	if v, ok := sum.Int64(); ok && abs(v) < 1<<53 && n < 1<<53/record.Pow10(min(scale, 15)) {
		return float64(v) / (float64(n) * float64(record.Pow10(scale)))
	}
	return sum.Float() / float64(n) / float64(record.Pow10(scale))
}

// scale is the scale of the sum that o averages: 0 but for decimals.
func (s *aggSpec) scale(o *aggOut) int {
	if t := s.argType(o.Agg); t.Kind == record.Decimal {
		return int(t.Scale)
	}
	return 0
}

func deviation(o *aggOut, n int64, m2 float64) record.Value {
	v := record.Value{Type: o.T, Valid: true}
	switch o.Func {
	case "var_pop":
		v.F = m2 / float64(n)
	case "stddev_pop":
		v.F = math.Sqrt(m2 / float64(n))
	case "var_samp":
		v.F, v.Valid = m2/float64(n-1), n > 1
	default:
		v.F, v.Valid = math.Sqrt(m2/float64(n-1)), n > 1
	}
	if !v.Valid {
		v.F = 0
	}
	return v
}

// states appends the state columns of aggregate o for groups [lo, hi).
func (st *aggState) states(o *aggOut, lo, hi int, dst []*record.Column) ([]*record.Column, error) {
	i64, f64 := record.T(record.Int64), record.T(record.Float64)
	counts := func() *record.Column {
		c := record.NewColumn(i64, hi-lo)
		for g := lo; g < hi; g++ {
			c.Ints = append(c.Ints, st.count(o, g))
		}
		c.N = hi - lo
		return c
	}
	if o.acc < 0 {
		return append(dst, counts()), nil
	}
	switch a := st.accs[o.acc].(type) {
	case *intSum:
		his, los := record.NewColumn(i64, hi-lo), record.NewColumn(i64, hi-lo)
		for g := lo; g < hi; g++ {
			sum := a.at(g)
			if los.Append(record.IntValue(int64(sum.Lo))); st.count(o, g) == 0 {
				his.AppendNull()
			} else {
				his.Append(record.IntValue(sum.Hi))
			}
		}
		dst = append(dst, his, los)
	case *moments:
		n, mean, m2 := record.NewColumn(i64, hi-lo), record.NewColumn(f64, hi-lo), record.NewColumn(f64, hi-lo)
		for g := lo; g < hi; g++ {
			n.Append(record.IntValue(a.n[g]))
			mean.Append(record.FloatValue(a.mean[g]))
			m2.Append(record.FloatValue(a.m2[g]))
		}
		return append(dst, n, mean, m2), nil
	case stateGiver:
		return a.states(o.Agg, lo, hi, dst)
	default:
		// The state is the value, and NULL where there is none.
		c := record.NewColumn(o.Args[0].Type(), hi-lo)
		for g := lo; g < hi; g++ {
			n := st.count(o, g)
			if n == 0 {
				c.AppendNull()
				continue
			}
			v := record.FloatValue(0)
			if s, ok := a.(*floatSum); ok {
				v.F = s.v[g]
			} else {
				v, _ = st.value(o, g, n)
			}
			c.Append(v)
		}
		if dst = append(dst, c); o.Func == "first" || o.Func == "last" {
			key := record.NewColumn(o.Args[1].Type(), hi-lo)
			for g := lo; g < hi; g++ {
				key.Append(st.accs[o.acc].(*valueExtreme).key[g])
			}
			dst = append(dst, key)
		}
	}
	if o.Func == "avg" {
		dst = append(dst, counts())
	}
	return dst, nil
}

// stateGiver is an accumulator that makes its own states.
type stateGiver interface {
	states(a *plan.Agg, lo, hi int, dst []*record.Column) ([]*record.Column, error)
}

func (a *rowCount) addStates(gids []uint32, n int, states []*record.Column) error {
	for i, x := range states[0].Ints[:n] {
		a.n[group(gids, i)] += x
	}
	return nil
}

func (a *intSum) addStates(gids []uint32, n int, states []*record.Column) error {
	his, los := states[0], states[1]
	for i := range n {
		if !his.IsNull(i) {
			a.put(group(gids, i), codec.Int128{Hi: his.Ints[i], Lo: uint64(los.Ints[i])})
		}
	}
	return nil
}

func (a *moments) addStates(gids []uint32, n int, states []*record.Column) error {
	for i := range n {
		a.put(group(gids, i), states[0].Ints[i], states[1].Floats[i], states[2].Floats[i])
	}
	return nil
}
