package scalar

import (
	"math"
	"math/big"

	"github.com/quindex/quindex/record"
)

// functions are those called by a name.
var functions = map[string]function{
	"abs": absolute, "ceil": rounded(math.Ceil, ceilQuo), "floor": rounded(math.Floor, floorQuo),
	"round": rounded(math.RoundToEven, roundQuo), "trunc": rounded(math.Trunc, truncQuo), "sign": sign,
	"sqrt": root, "cbrt": math1(math.Cbrt), "exp": exponential, "ln": logarithm(math.Log), "log10": logarithm(math.Log10), "log": log,
	"power": power, "pi": func(Values, record.Type) (record.Value, error) { return float(math.Pi) },
	"degrees": math1(func(x float64) float64 { return x * (180 / math.Pi) }), "radians": math1(func(x float64) float64 { return x * (math.Pi / 180) }),
	"sin": math1(math.Sin), "cos": math1(math.Cos), "tan": math1(math.Tan), "atan": math1(math.Atan),
	"gcd": gcd,

	"lower": textual(lower), "upper": textual(upper), "reverse": textual(reverse), "length": length, "octet_length": octets,
	"substring": substring, "left": left, "right": right, "btrim": trim(true, true), "ltrim": trim(true, false), "rtrim": trim(false, true),
	"replace": replace, "strpos": position, "split_part": splitPart, "starts_with": startsWith, "lpad": pad(true), "rpad": pad(false),
	"repeat": repeat, "ascii": ascii, "chr": chr, "to_hex": toHex, "md5": digest,
	"like": like(false), "ilike": like(true), "regexp": match(false), "regexp_fold": match(true),

	"date_trunc": truncate, "date_part": part, "time_bucket": bucket, "make_date": makeDate,

	"array": array, "cardinality": cardinality, "array_length": arrayLength, "subscript": subscript,
	"st_makepoint": makePoint, "st_x": func(a Values, _ record.Type) (record.Value, error) { return float(a[0].F) },
	"st_y": func(a Values, _ record.Type) (record.Value, error) { return float(a[0].Lat) },
}

func math1(f func(float64) float64) function {
	return func(a Values, _ record.Type) (record.Value, error) {
		r := f(a[0].F)
		if math.IsInf(a[0].F, 0) && math.IsNaN(r) {
			return record.Value{}, bad("22003", "input is out of range")
		}
		return float(r)
	}
}

func absolute(a Values, t record.Type) (record.Value, error) {
	if t.Kind == record.Float64 {
		return float(math.Abs(a[0].F))
	}
	return bounded(new(big.Int).Abs(big.NewInt(a[0].I)), t)
}

// rounded applies f to a DOUBLE and quo to a DECIMAL. With a number of digits
// a DECIMAL keeps its scale; a DOUBLE then has no meaning here.
func rounded(f func(float64) float64, quo func(x, unit *big.Int) *big.Int) function {
	return func(a Values, t record.Type) (record.Value, error) {
		if t.Kind == record.Float64 {
			if len(a) > 1 {
				return record.Value{}, ErrUnknown
			}
			return float(f(a[0].F))
		}
		scale := int64(a[0].Type.Scale)
		digits := int64(0)
		if len(a) > 1 {
			digits = a[1].I
		}
		if digits >= scale && len(a) > 1 {
			return a[0], nil
		}
		if digits < -18 {
			digits = -18 - 1
		}
		unit := tens(scale - digits)
		q := quo(big.NewInt(a[0].I), unit)
		if len(a) > 1 {
			q.Mul(q, unit)
		}
		return bounded(q, t)
	}
}

func truncQuo(x, unit *big.Int) *big.Int { return new(big.Int).Quo(x, unit) }
func floorQuo(x, unit *big.Int) *big.Int { return new(big.Int).Div(x, unit) } // Euclidean; unit is positive
func ceilQuo(x, unit *big.Int) *big.Int {
	return new(big.Int).Neg(floorQuo(new(big.Int).Neg(x), unit))
}

// roundQuo rounds half away from zero.
func roundQuo(x, unit *big.Int) *big.Int {
	twice := new(big.Int).Mul(new(big.Int).Abs(x), big.NewInt(2))
	twice.Add(twice, unit)
	q := twice.Quo(twice, new(big.Int).Mul(unit, big.NewInt(2)))
	if x.Sign() < 0 {
		q.Neg(q)
	}
	return q
}

func sign(a Values, t record.Type) (record.Value, error) {
	if t.Kind == record.Float64 {
		switch {
		case a[0].F > 0:
			return float(1)
		case a[0].F < 0:
			return float(-1)
		case math.IsNaN(a[0].F):
			return float(math.NaN())
		}
		return float(0)
	}
	return bounded(big.NewInt(int64(big.NewInt(a[0].I).Sign())), t)
}

func root(a Values, _ record.Type) (record.Value, error) {
	if a[0].F < 0 {
		return record.Value{}, bad("2201F", "square root of a negative number")
	}
	return float(math.Sqrt(a[0].F))
}

func exponential(a Values, _ record.Type) (record.Value, error) {
	r := math.Exp(a[0].F)
	if math.IsInf(r, 0) && !math.IsInf(a[0].F, 0) || r == 0 && !math.IsInf(a[0].F, 0) {
		return outOfRange()
	}
	return float(r)
}

func logarithm(f func(float64) float64) function {
	return func(a Values, _ record.Type) (record.Value, error) {
		if a[0].F <= 0 {
			return record.Value{}, bad("2201E", "logarithm of a number that is not positive")
		}
		return float(f(a[0].F))
	}
}

func log(a Values, t record.Type) (record.Value, error) {
	if len(a) > 1 {
		return record.Value{}, ErrUnknown // the base comes first, and digits are lost differently
	}
	return logarithm(math.Log10)(a, t)
}

func gcd(a Values, t record.Type) (record.Value, error) {
	x, y := new(big.Int).Abs(big.NewInt(a[0].I)), new(big.Int).Abs(big.NewInt(a[1].I))
	return bounded(new(big.Int).GCD(nil, nil, x, y), t)
}

func array(a Values, t record.Type) (record.Value, error) {
	out := record.Value{Type: t, Valid: true}
	for _, e := range a {
		e.Type = t.Elem()
		out.Elems = append(out.Elems, e)
	}
	return out, nil
}

func cardinality(a Values, _ record.Type) (record.Value, error) {
	return integer(int64(len(a[0].Elems)))
}

// arrayLength is NULL for an empty array and for a dimension but the first.
func arrayLength(a Values, _ record.Type) (record.Value, error) {
	if len(a[0].Elems) == 0 || len(a) > 1 && a[1].I != 1 {
		return null()
	}
	return cardinality(a, record.Type{})
}

func subscript(a Values, _ record.Type) (record.Value, error) {
	if i := a[1].I; i >= 1 && i <= int64(len(a[0].Elems)) {
		return a[0].Elems[i-1], nil
	}
	return null()
}

func makePoint(a Values, _ record.Type) (record.Value, error) {
	lon, lat := a[0].F, a[1].F
	if !(lon >= -180 && lon <= 180 && lat >= -90 && lat <= 90) {
		return outOfRange()
	}
	return record.PointValue(lon, lat), nil
}
