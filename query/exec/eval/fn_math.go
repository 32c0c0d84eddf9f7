package eval

import (
	"math"

	"github.com/quindex/quindex/record"
)

// mathFunc computes functions of numbers.
func mathFunc(s *site) (rowFunc, bool, error) {
	if len(s.types) > 0 && s.types[0].Kind == record.Decimal {
		fn, ok := decimalFuncs(s)
		return fn, ok, nil
	}
	if f, ok := float1[s.name]; ok && len(s.types) == 1 && s.types[0].Kind == record.Float64 {
		return rowFunc{float: func(r *row) (float64, error) { return f(r.float(0)) }}, true, nil
	}
	if f, ok := float2[s.name]; ok && len(s.types) == 2 && s.types[1].Kind == record.Float64 {
		return rowFunc{float: func(r *row) (float64, error) { return f(r.float(0), r.float(1)) }}, true, nil
	}
	fn, ok := otherMath[s.name]
	if s.name == "abs" && s.types[0].Kind == record.Int64 {
		fn = rowFunc{int: func(r *row) (int64, error) {
			if v := abs(r.int(0)); v >= 0 {
				return v, nil
			}
			return 0, errRange(record.T(record.Int64))
		}}
		ok = true
	}
	return fn, ok, nil
}

// whole makes a function that cannot fail fit float1.
func whole(f func(float64) float64) func(float64) (float64, error) {
	return func(x float64) (float64, error) { return f(x), nil }
}

// bounded refuses infinite results of finite arguments.
func bounded(f func(float64) float64) func(float64) (float64, error) {
	return func(x float64) (float64, error) {
		y := f(x)
		if math.IsInf(y, 0) && !math.IsInf(x, 0) {
			return 0, errRange(record.T(record.Float64))
		}
		return y, nil
	}
}

// domain refuses NaN for arguments that are numbers.
func domain(f func(float64) float64) func(float64) (float64, error) {
	return func(x float64) (float64, error) {
		y := f(x)
		if math.IsNaN(y) && !math.IsNaN(x) {
			return 0, invalid("22003", "input %v is out of range", x)
		}
		return y, nil
	}
}

func logarithm(f func(float64) float64) func(float64) (float64, error) {
	return func(x float64) (float64, error) {
		switch {
		case x == 0:
			return 0, invalid("2201E", "cannot take logarithm of zero")
		case x < 0:
			return 0, invalid("2201E", "cannot take logarithm of a negative number")
		}
		return f(x), nil
	}
}

var float1 = map[string]func(float64) (float64, error){
	"abs": whole(math.Abs), "ceil": whole(math.Ceil), "floor": whole(math.Floor), "round": whole(math.RoundToEven),
	"trunc": whole(math.Trunc), "cbrt": whole(math.Cbrt), "exp": bounded(math.Exp), "ln": logarithm(math.Log),
	"log": logarithm(math.Log10), "log10": logarithm(math.Log10), "degrees": whole(func(x float64) float64 { return x * (180 / math.Pi) }),
	"radians": whole(func(x float64) float64 { return x * (math.Pi / 180) }), "sin": domain(math.Sin), "cos": domain(math.Cos),
	"tan": domain(math.Tan), "cot": domain(func(x float64) float64 { return 1 / math.Tan(x) }), "asin": domain(math.Asin), "acos": domain(math.Acos),
	"atan": whole(math.Atan), "sinh": whole(math.Sinh), "cosh": whole(math.Cosh), "tanh": whole(math.Tanh),
	"sqrt": func(x float64) (float64, error) {
		if x < 0 {
			return 0, invalid("2201F", "cannot take square root of a negative number")
		}
		return math.Sqrt(x), nil
	},
	"sign": whole(func(x float64) float64 {
		switch {
		case x > 0:
			return 1
		case x < 0:
			return -1
		}
		return x
	}),
}

var float2 = map[string]func(x, y float64) (float64, error){
	"power": power, "^": power,
	"atan2": func(y, x float64) (float64, error) { return math.Atan2(y, x), nil },
	"log": func(base, x float64) (float64, error) {
		if base <= 0 || x <= 0 {
			return 0, invalid("2201E", "cannot take logarithm of zero or of a negative number")
		}
		if base == 1 {
			return 0, errDivide()
		}
		return math.Log(x) / math.Log(base), nil
	},
}

func power(x, y float64) (float64, error) {
	switch {
	case x == 0 && y < 0:
		return 0, invalid("2201F", "zero raised to a negative power is undefined")
	case x < 0 && y != math.Trunc(y) && !math.IsInf(x, 0):
		return 0, invalid("2201F", "a negative number raised to a non-integer power yields a complex result")
	}
	r := math.Pow(x, y)
	if math.IsInf(r, 0) && !math.IsInf(x, 0) && !math.IsInf(y, 0) {
		return 0, errRange(record.T(record.Float64))
	}
	return r, nil
}

var otherMath = map[string]rowFunc{
	"pi":    {sure: true, float: func(*row) (float64, error) { return math.Pi, nil }},
	"round": {float: func(r *row) (float64, error) { return roundFloat(r.float(0), r.int(1), math.Round) }},
	"trunc": {float: func(r *row) (float64, error) { return roundFloat(r.float(0), r.int(1), math.Trunc) }},
	"gcd": {int: func(r *row) (int64, error) {
		a, b := r.int(0), r.int(1)
		for b != 0 {
			if b == -1 {
				return 1, nil
			}
			a, b = b, a%b
		}
		if a == math.MinInt64 {
			return 0, errRange(record.T(record.Int64))
		}
		return abs(a), nil
	}},
	"width_bucket": {int: func(r *row) (int64, error) { return widthBucket(r.float(0), r.float(1), r.float(2), r.int(3)) }},
}

// roundFloat rounds to n decimals; n may be negative.
func roundFloat(x float64, n int64, f func(float64) float64) (float64, error) {
	if n > 300 || math.IsInf(x, 0) || math.IsNaN(x) {
		return x, nil
	}
	if n < -300 {
		return 0, nil
	}
	p := math.Pow(10, float64(abs(n)))
	if n < 0 {
		return f(x/p) * p, nil
	}
	if math.IsInf(x*p, 0) {
		return x, nil
	}
	return f(x*p) / p, nil
}

func widthBucket(x, lo, hi float64, n int64) (int64, error) {
	if n <= 0 || lo == hi || math.IsNaN(x) || math.IsNaN(lo) || math.IsNaN(hi) {
		return 0, invalid("2201G", "width_bucket wants a positive count and two different bounds, got %d in [%v, %v)", n, lo, hi)
	}
	if lo > hi {
		x, lo, hi = -x, -lo, -hi
	}
	switch {
	case x < lo:
		return 0, nil
	case x >= hi:
		return n + 1, nil
	}
	return 1 + min(n-1, int64(float64(n)*((x-lo)/(hi-lo)))), nil
}

// decimalFuncs computes on the scaled integer; results have the scale of s.t.
func decimalFuncs(s *site) (rowFunc, bool) {
	scale := int(s.types[0].Scale)
	to := s.t
	whole := func(f func(q, rest int64) int64) rowFunc {
		p := record.Pow10(scale)
		return rowFunc{sure: true, int: func(r *row) (int64, error) { return f(r.int(0)/p, r.int(0)%p), nil }}
	}
	places := func(f func(v int64, drop int) int64) rowFunc {
		return rowFunc{int: func(r *row) (int64, error) {
			if r.int(1) >= int64(scale) {
				return r.int(0), nil
			}
			drop := int64(scale) - r.int(1)
			if drop > record.MaxDigits {
				return 0, nil
			}
			return rescale(f(r.int(0), int(drop)), scale-int(drop), scale, record.DecimalType(record.MaxDigits, int(to.Scale)))
		}}
	}
	down := func(v int64, drop int) int64 { return v / record.Pow10(drop) }
	near := func(v int64, drop int) int64 { q, _ := record.Rescale(v, drop, 0); return q }
	switch {
	case s.name == "abs":
		return rowFunc{sure: true, int: func(r *row) (int64, error) { return abs(r.int(0)), nil }}, true
	case s.name == "sign":
		return rowFunc{sure: true, int: func(r *row) (int64, error) { return boolInt(r.int(0) > 0) - boolInt(r.int(0) < 0), nil }}, true
	case s.name == "floor":
		return whole(func(q, rest int64) int64 { return q - boolInt(rest < 0) }), true
	case s.name == "ceil":
		return whole(func(q, rest int64) int64 { return q + boolInt(rest > 0) }), true
	case s.name == "trunc" && len(s.types) == 1:
		return whole(func(q, _ int64) int64 { return q }), true
	case s.name == "round" && len(s.types) == 1:
		return rowFunc{sure: true, int: func(r *row) (int64, error) { return near(r.int(0), scale), nil }}, true
	case s.name == "trunc":
		return places(down), true
	case s.name == "round":
		return places(near), true
	}
	return rowFunc{}, false
}
