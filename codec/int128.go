package codec

import "math/bits"

// Int128 is a sum of int64s that cannot overflow: Hi*2^64 + Lo, two's complement.
type Int128 struct {
	Hi int64
	Lo uint64
}

// Add returns a + b.
func (a Int128) Add(b Int128) Int128 {
	lo, carry := bits.Add64(a.Lo, b.Lo, 0)
	hi, _ := bits.Add64(uint64(a.Hi), uint64(b.Hi), carry)
	return Int128{int64(hi), lo}
}

// AddInt returns a + v.
func (a Int128) AddInt(v int64) Int128 { return a.Add(Int128{v >> 63, uint64(v)}) }

// addUint returns a + v.
func (a Int128) addUint(v uint64) Int128 { return a.Add(Int128{0, v}) }

// MulInt returns v * n for n >= 0.
func MulInt(v int64, n int) Int128 {
	hi, lo := bits.Mul64(uint64(v), uint64(n))
	if v < 0 {
		hi -= uint64(n)
	}
	return Int128{int64(hi), lo}
}

// Int64 returns a as an int64, and false if it does not fit.
func (a Int128) Int64() (int64, bool) { return int64(a.Lo), a.Hi == int64(a.Lo)>>63 }

// Float returns a rounded to a float64.
func (a Int128) Float() float64 {
	if a.Hi >= 0 {
		return float64(a.Hi)*(1<<64) + float64(a.Lo)
	}
	lo, borrow := bits.Sub64(0, a.Lo, 0)
	return -(float64(uint64(-a.Hi)-borrow)*(1<<64) + float64(lo))
}

// Cmp compares a and b.
func (a Int128) Cmp(b Int128) int {
	switch {
	case a.Hi < b.Hi || a.Hi == b.Hi && a.Lo < b.Lo:
		return -1
	case a == b:
		return 0
	}
	return 1
}
