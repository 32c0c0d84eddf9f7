package record

import (
	"cmp"
	"math"
	"math/big"
	"math/bits"
)

// compareScaled compares a*10^-sa with b*10^-sb exactly.
func compareScaled(a int64, sa uint8, b int64, sb uint8) int {
	if sa == sb {
		return cmp.Compare(a, b)
	}
	if sa > sb {
		return -compareScaled(b, sb, a, sa)
	}
	if c := cmp.Compare(sign(a), sign(b)); c != 0 {
		return c
	}
	// Same sign: compare the magnitudes in 128 bits.
	hi, lo := bits.Mul64(magnitude(a), uint64(Pow10(int(sb-sa))))
	c := 1
	if hi == 0 {
		c = cmp.Compare(lo, magnitude(b))
	}
	if sign(a) < 0 {
		c = -c
	}
	return c
}

func sign(i int64) int { return cmp.Compare(i, 0) }

func magnitude(i int64) uint64 {
	if i < 0 {
		return -uint64(i)
	}
	return uint64(i)
}

// compareDecimalFloat compares a BIGINT or DECIMAL exactly with a float.
func compareDecimalFloat(d Value, f float64) int {
	switch {
	case math.IsNaN(f) || math.IsInf(f, 1):
		return -1
	case math.IsInf(f, -1):
		return 1
	}
	scale := 0
	if d.Type.Kind == Decimal {
		scale = int(d.Type.Scale)
	}
	if scale == 0 && math.Abs(f) < 1<<53 && f == math.Trunc(f) {
		return cmp.Compare(d.I, int64(f))
	}
	exact := new(big.Rat).SetFrac(big.NewInt(d.I), big.NewInt(Pow10(scale)))
	return exact.Cmp(new(big.Rat).SetFloat64(f))
}

// Rescale returns v times 10^(to-from), rounding half away from zero, and
// false if the result does not fit.
func Rescale(v int64, from, to int) (int64, bool) {
	for ; from < to; from++ {
		if v > math.MaxInt64/10 || v < math.MinInt64/10 {
			return 0, false
		}
		v *= 10
	}
	if from > to {
		p := Pow10(min(from-to, MaxDigits))
		q, r := v/p, v%p
		if r >= p-r && r > 0 {
			q++
		} else if r < 0 && -r >= p+r {
			q--
		}
		v = q
	}
	return v, true
}

// FitsDigits reports whether v has at most precision decimal digits.
func FitsDigits(v int64, precision int) bool {
	return magnitude(v) < uint64(Pow10(min(precision, MaxDigits)))
}
