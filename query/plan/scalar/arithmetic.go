package scalar

import (
	"math"
	"math/big"

	"github.com/quindex/quindex/record"
)

// operators are those written with signs, and their relatives.
var operators = map[string]function{
	"+": arithmetic("+"), "-": arithmetic("-"), "*": arithmetic("*"), "/": arithmetic("/"), "%": arithmetic("%"),
	"=": comparison("="), "<>": comparison("<>"), "<": comparison("<"), "<=": comparison("<="), ">": comparison(">"), ">=": comparison(">="),
	"has_eq": has("="), "has_ne": has("<>"), "has_lt": has("<"), "has_le": has("<="), "has_gt": has(">"), "has_ge": has(">="),
	"neg": negate, "not": not, "||": join, "^": power,
	"@>": func(a Values, _ record.Type) (record.Value, error) { return boolean(containsAll(a[0], a[1])) },
	"<@": func(a Values, _ record.Type) (record.Value, error) { return boolean(containsAll(a[1], a[0])) },
	"&&": func(a Values, _ record.Type) (record.Value, error) { return boolean(overlap(a[0], a[1])) },
}

func comparison(op string) function {
	return func(a Values, _ record.Type) (record.Value, error) { return compare(op, a[0], a[1]), nil }
}

func not(a Values, _ record.Type) (record.Value, error) { return boolean(!a[0].Bool()) }

func containsAll(a, b record.Value) bool {
	for _, e := range b.Elems {
		if !contains(a, e) {
			return false
		}
	}
	return true
}

func overlap(a, b record.Value) bool {
	for _, e := range b.Elems {
		if contains(a, e) {
			return true
		}
	}
	return false
}

func contains(a, e record.Value) bool {
	for _, x := range a.Elems {
		if record.Compare(x, e) == 0 {
			return true
		}
	}
	return false
}

// join is ||: of two arrays, or of texts and anything.
func join(a Values, t record.Type) (record.Value, error) {
	if t.IsArray() {
		out := record.Value{Type: t, Valid: true}
		out.Elems = append(append(out.Elems, a[0].Elems...), a[1].Elems...)
		return out, nil
	}
	return text(plain(a[0]) + plain(a[1]))
}

// arithmetic goes by the kind of the result.
func arithmetic(op string) function {
	return func(a Values, t record.Type) (record.Value, error) {
		switch {
		case t.Kind == record.Float64:
			return floats(op, a[0].F, a[1].F)
		case t.Kind == record.Int64 && a[0].Type.Kind == record.Int64 && a[1].Type.Kind == record.Int64:
			return integers(op, big.NewInt(a[0].I), big.NewInt(a[1].I), t)
		case t.Kind == record.Decimal:
			return decimals(op, a[0], a[1], t)
		}
		return times(op, a[0], a[1])
	}
}

// integers computes without bounds and then checks them.
func integers(op string, x, y *big.Int, t record.Type) (record.Value, error) {
	out := new(big.Int)
	switch op {
	case "+":
		out.Add(x, y)
	case "-":
		out.Sub(x, y)
	case "*":
		out.Mul(x, y)
	default:
		if y.Sign() == 0 {
			return divisionByZero()
		}
		if op == "/" {
			out.Quo(x, y)
		} else {
			out.Rem(x, y)
		}
	}
	return bounded(out, t)
}

// bounded makes a BIGINT or DECIMAL of an unscaled integer.
func bounded(x *big.Int, t record.Type) (record.Value, error) {
	if !x.IsInt64() || t.Kind == record.Decimal && !record.FitsDigits(x.Int64(), int(t.Precision)) {
		return outOfRange()
	}
	return record.Value{Type: t, Valid: true, I: x.Int64()}, nil
}

// decimals computes on unscaled integers of one scale, or adds the scales for *.
func decimals(op string, a, b record.Value, t record.Type) (record.Value, error) {
	x, y := big.NewInt(a.I), big.NewInt(b.I)
	if op != "*" {
		scale := int64(max(a.Type.Scale, b.Type.Scale))
		x.Mul(x, tens(scale-int64(a.Type.Scale)))
		y.Mul(y, tens(scale-int64(b.Type.Scale)))
	}
	return integers(op, x, y, t)
}

func tens(n int64) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(n), nil) }

func floats(op string, x, y float64) (record.Value, error) {
	var r float64
	switch op {
	case "+":
		r = x + y
	case "-":
		r = x - y
	case "*":
		r = x * y
	default:
		if y == 0 {
			return divisionByZero()
		}
		if r = x / y; op == "%" {
			r = math.Mod(x, y)
		}
	}
	if math.IsInf(r, 0) && !math.IsInf(x, 0) && !math.IsInf(y, 0) {
		return outOfRange()
	}
	return float(r)
}

func negate(a Values, t record.Type) (record.Value, error) {
	switch t.Kind {
	case record.Float64:
		return float(-a[0].F)
	case record.Interval:
		return spanTimes(a[0].Span, -1)
	}
	return bounded(new(big.Int).Neg(big.NewInt(a[0].I)), t)
}

func power(a Values, _ record.Type) (record.Value, error) {
	x, y := a[0].F, a[1].F
	switch {
	case x == 0 && y < 0:
		return record.Value{}, bad("2201F", "zero raised to a negative power")
	case x < 0 && y != math.Trunc(y) && !math.IsInf(x, 0) && !math.IsNaN(y):
		return record.Value{}, bad("2201F", "a negative number raised to a non-integer power")
	}
	r := math.Pow(x, y)
	if math.IsInf(r, 0) && !math.IsInf(x, 0) && !math.IsInf(y, 0) {
		return outOfRange()
	}
	return float(r)
}
