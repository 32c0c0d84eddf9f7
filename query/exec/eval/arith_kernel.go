package eval

import "math"

// The loops of arithmetic. Arguments have len(dst) values, or one that stands
// for all. They report false where something is wrong with some row (integer
// overflow) or may be (a DOUBLE that is not finite).

func intKernel(op string, dst, a, b []int64) bool {
	switch op {
	case "+":
		if len(a) < len(b) {
			a, b = b, a
		}
		if len(b) < len(a) {
			return addIntsC(dst, a, b[0])
		}
		return addInts(dst, a, b)
	case "-":
		if len(b) < len(a) {
			return subIntsC(dst, a, b[0])
		}
		return subInts(dst, a, b)
	}
	if len(a) < len(b) {
		a, b = b, a
	}
	return mulInts(dst, a, b)
}

func addInts(dst, a, b []int64) bool {
	a, b = a[:len(dst)], b[:len(dst)]
	var over int64
	for i := range dst {
		x, y := a[i], b[i]
		r := x + y
		dst[i] = r
		over |= (x ^ r) & (y ^ r)
	}
	return over >= 0
}

func addIntsC(dst, a []int64, y int64) bool {
	a = a[:len(dst)]
	var over int64
	for i := range dst {
		x := a[i]
		r := x + y
		dst[i] = r
		over |= (x ^ r) & (y ^ r)
	}
	return over >= 0
}

func subInts(dst, a, b []int64) bool {
	b = b[:len(dst)]
	ma := mask(a, len(dst))
	var over int64
	for i := range dst {
		x, y := a[i&ma], b[i]
		r := x - y
		dst[i] = r
		over |= (x ^ y) & (x ^ r)
	}
	return over >= 0
}

func subIntsC(dst, a []int64, y int64) bool {
	a = a[:len(dst)]
	var over int64
	for i := range dst {
		x := a[i]
		r := x - y
		dst[i] = r
		over |= (x ^ y) & (x ^ r)
	}
	return over >= 0
}

func mulInts(dst, a, b []int64) bool {
	a = a[:len(dst)]
	mb := mask(b, len(dst))
	for i := range dst {
		x, y := a[i], b[i&mb]
		r := x * y
		dst[i] = r
		if int64(int32(x)) == x && int64(int32(y)) == y {
			continue
		}
		if y != 0 && (r/y != x || y == -1 && x == math.MinInt64) {
			return false
		}
	}
	return true
}

// within reports whether all values lie in [-limit, limit]; limit < 2^62 and
// the values are sums of two such or products that did not overflow.
func within(values []int64, limit int64) bool {
	for _, v := range values {
		if v > limit || v < -limit {
			return false
		}
	}
	return true
}

func floatKernel(op string, dst, a, b []float64) bool {
	switch {
	case op == "%":
		for i := range dst {
			dst[i] = math.Mod(a[min(i, len(a)-1)], b[min(i, len(b)-1)])
		}
		return false
	case len(a) == len(b):
		floatsVV(op, dst, a, b)
	case len(b) < len(a):
		floatsVC(op, dst, a, b[0])
	default:
		floatsCV(op, dst, a[0], b)
	}
	return finite(dst)
}

// finite reports whether all values are numbers, neither infinite nor NaN:
// v*0 is 0 for those only. Four sums, because an addition waits for the one
// before it; measured by BenchmarkQ1 on 2026-11-21: a sum within the loops of
// arithmetic halves their speed.
func finite(values []float64) bool {
	var s0, s1, s2, s3 float64
	for ; len(values) >= 4; values = values[4:] {
		s0 += values[0] * 0
		s1 += values[1] * 0
		s2 += values[2] * 0
		s3 += values[3] * 0
	}
	for _, v := range values {
		s0 += v * 0
	}
	return s0+s1+s2+s3 == 0
}

func floatsVV(op string, dst, a, b []float64) {
	a, b = a[:len(dst)], b[:len(dst)]
	switch op {
	case "+":
		for i := range dst {
			dst[i] = a[i] + b[i]
		}
	case "-":
		for i := range dst {
			dst[i] = a[i] - b[i]
		}
	case "*":
		for i := range dst {
			dst[i] = a[i] * b[i]
		}
	case "/":
		for i := range dst {
			dst[i] = a[i] / b[i]
		}
	}
}

func floatsVC(op string, dst, a []float64, y float64) {
	a = a[:len(dst)]
	switch op {
	case "+", "-":
		if op == "-" {
			y = -y
		}
		for i := range dst {
			dst[i] = a[i] + y
		}
	case "*":
		for i := range dst {
			dst[i] = a[i] * y
		}
	case "/":
		for i := range dst {
			dst[i] = a[i] / y
		}
	}
}

func floatsCV(op string, dst []float64, x float64, b []float64) {
	b = b[:len(dst)]
	switch op {
	case "-":
		for i := range dst {
			dst[i] = x - b[i]
		}
	case "/":
		for i := range dst {
			dst[i] = x / b[i]
		}
	default:
		floatsVC(op, dst, b, x)
	}
}
