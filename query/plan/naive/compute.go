package naive

import (
	"fmt"
	"math"
	"math/big"
	"slices"
	"strings"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/record"
)

// compute is an aggregate over the arguments of all rows of a group.
func compute(a plan.Agg, in []input) (record.Value, error) {
	if len(a.Order) > 0 {
		slices.SortStableFunc(in, func(x, y input) int { return compareKeys(x.order, y.order, a.Order) })
	}
	if a.Distinct {
		in = distinct(in)
	}
	switch a.Func {
	case "count":
		return count(in), nil
	case "first_row", "only_row":
		return row(a, in)
	case "first", "last":
		return atEnd(a, in), nil
	case "array_agg":
		return arrayAgg(a, in)
	case "percentile_cont", "percentile_disc":
		return percentile(a, in), nil
	}
	in = notNull(in)
	if len(in) == 0 {
		return record.NullOf(a.T), nil
	}
	switch a.Func {
	case "sum":
		return sum(a, in)
	case "avg":
		return record.FloatValue(toFloat(mean(in))), nil
	case "min", "max", "any_value":
		return extreme(a, in), nil
	case "bool_and", "bool_or":
		return boolOf(a, in), nil
	case "stddev", "stddev_pop", "var_samp", "var_pop":
		return variance(a, in), nil
	case "string_agg":
		return stringAgg(in), nil
	}
	return record.Value{}, fmt.Errorf("naive: aggregate %s", a.Func)
}

// notNull drops rows where an argument is NULL.
func notNull(in []input) []input {
	var out []input
	for _, x := range in {
		if !slices.ContainsFunc(x.args, record.Value.IsNull) {
			out = append(out, x)
		}
	}
	return out
}

func distinct(in []input) []input {
	seen := map[string]bool{}
	var out []input
	for _, x := range in {
		if k := printed(x.args); !seen[k] {
			seen[k] = true
			out = append(out, x)
		}
	}
	return out
}

func count(in []input) record.Value { return record.IntValue(int64(len(notNull(in)))) }

func row(a plan.Agg, in []input) (record.Value, error) {
	switch {
	case len(in) == 0:
		return record.NullOf(a.T), nil
	case len(in) > 1 && a.Func == "only_row":
		return record.Value{}, cardinality()
	}
	return in[0].args[0], nil
}

// atEnd is the value at the least or greatest time.
func atEnd(a plan.Agg, in []input) record.Value {
	var best *input
	for i := range in {
		t := in[i].args[1]
		if !t.Valid {
			continue
		}
		if best == nil || a.Func == "first" && record.Compare(t, best.args[1]) < 0 || a.Func == "last" && record.Compare(t, best.args[1]) > 0 {
			best = &in[i]
		}
	}
	if best == nil {
		return record.NullOf(a.T)
	}
	return best.args[0]
}

func arrayAgg(a plan.Agg, in []input) (record.Value, error) {
	if len(in) == 0 {
		return record.NullOf(a.T), nil
	}
	out := record.Value{Type: a.T, Valid: true}
	for _, x := range in {
		if !x.args[0].Valid {
			return out, fault.E("naive: array_agg", fault.Invalid, fault.Code("22004"), "an element is NULL")
		}
		v := x.args[0]
		v.Type = a.T.Elem()
		out.Elems = append(out.Elems, v)
	}
	return out, nil
}

// percentile is over the key of the order, which sorted the rows.
func percentile(a plan.Agg, in []input) record.Value {
	var keys Row
	for _, x := range in {
		if x.order[0].Valid {
			keys = append(keys, x.order[0])
		}
	}
	if len(keys) == 0 || !in[0].args[0].Valid {
		return record.NullOf(a.T)
	}
	p := in[0].args[0].F
	if a.Func == "percentile_disc" {
		i := int(math.Ceil(p*float64(len(keys)))) - 1
		return keys[max(0, i)]
	}
	at := p * float64(len(keys)-1)
	lo, hi := int(math.Floor(at)), int(math.Ceil(at))
	x, y := keys[lo].F, keys[hi].F
	if lo == hi {
		return record.FloatValue(x)
	}
	return record.FloatValue(x + (at-float64(lo))*(y-x))
}

// exact is a number as a fraction; ok is false for NaN and infinity.
func exact(v record.Value) (r *big.Rat, ok bool) {
	switch v.Type.Kind {
	case record.Float64:
		if math.IsNaN(v.F) || math.IsInf(v.F, 0) {
			return nil, false
		}
		return new(big.Rat).SetFloat64(v.F), true
	case record.Decimal:
		return new(big.Rat).SetFrac64(v.I, record.Pow10(int(v.Type.Scale))), true
	}
	return new(big.Rat).SetInt64(v.I), true
}

// total is the exact sum, or the float that infinities and NaN make of it.
func total(in []input) (*big.Rat, float64, bool) {
	out, special, isSpecial := new(big.Rat), 0.0, false
	for _, x := range in {
		r, ok := exact(x.args[0])
		if !ok {
			special, isSpecial = special+x.args[0].F, true
			continue
		}
		out.Add(out, r)
	}
	return out, special, isSpecial
}

func sum(a plan.Agg, in []input) (record.Value, error) {
	t, special, isSpecial := total(in)
	if isSpecial {
		return record.FloatValue(special), nil
	}
	if a.T.Kind == record.Float64 {
		return record.FloatValue(toFloat(t, 0, false)), nil
	}
	scale := 0
	if a.T.Kind == record.Decimal {
		scale = int(a.T.Scale)
	}
	t.Mul(t, new(big.Rat).SetInt64(record.Pow10(scale)))
	n := t.Num()
	if !n.IsInt64() || a.T.Kind == record.Decimal && !record.FitsDigits(n.Int64(), int(a.T.Precision)) {
		return record.Value{}, fault.E("naive: sum", fault.Invalid, fault.Code("22003"), "out of range")
	}
	return record.Value{Type: a.T, Valid: true, I: n.Int64()}, nil
}

func mean(in []input) (*big.Rat, float64, bool) {
	t, special, isSpecial := total(in)
	return t.Quo(t, new(big.Rat).SetInt64(int64(len(in)))), special, isSpecial
}

func toFloat(r *big.Rat, special float64, isSpecial bool) float64 {
	if isSpecial {
		return special
	}
	f, _ := r.Float64()
	return f
}

func extreme(a plan.Agg, in []input) record.Value {
	best := in[0].args[0]
	for _, x := range in[1:] {
		c := record.Compare(x.args[0], best)
		if a.Func == "min" && c < 0 || a.Func == "max" && c > 0 {
			best = x.args[0]
		}
	}
	return best
}

func boolOf(a plan.Agg, in []input) record.Value {
	decisive := a.Func == "bool_or"
	for _, x := range in {
		if x.args[0].Bool() == decisive {
			return record.BoolValue(decisive)
		}
	}
	return record.BoolValue(!decisive)
}

func variance(a plan.Agg, in []input) record.Value {
	m, _, isSpecial := mean(in)
	if isSpecial {
		return record.FloatValue(math.NaN())
	}
	squares := new(big.Rat)
	for _, x := range in {
		r, _ := exact(x.args[0])
		d := new(big.Rat).Sub(r, m)
		squares.Add(squares, d.Mul(d, d))
	}
	n := int64(len(in))
	if a.Func == "stddev" || a.Func == "var_samp" {
		n--
	}
	if n == 0 {
		return record.NullOf(a.T)
	}
	f := toFloat(squares.Quo(squares, new(big.Rat).SetInt64(n)), 0, false)
	if strings.HasPrefix(a.Func, "stddev") {
		f = math.Sqrt(f)
	}
	return record.FloatValue(f)
}

// stringAgg puts each row's separator before its value, but the first's.
func stringAgg(in []input) record.Value {
	out := in[0].args[0].S
	for _, x := range in[1:] {
		out += x.args[1].S + x.args[0].S
	}
	return record.KeywordValue(out)
}
