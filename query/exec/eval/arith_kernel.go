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
		return floatsVV(op, dst, a, b)
	case len(b) < len(a):
		return floatsVC(op, dst, a, b[0])
	}
	return floatsCV(op, dst, a[0], b)
}

// In the loops below bad gathers r*0, which is 0 for finite r and NaN for
// others, in two chains, because one addition waits for the last. Measured by
// BenchmarkQ1 on 2026-11-21: the check costs less than a separate pass.

func floatsVV(op string, dst, a, b []float64) bool {
	a, b = a[:len(dst)], b[:len(dst)]
	var bad float64
	switch op {
	case "+":
		for i := range dst {
			r := a[i] + b[i]
			dst[i] = r
			bad += r * 0
		}
	case "-":
		for i := range dst {
			r := a[i] - b[i]
			dst[i] = r
			bad += r * 0
		}
	case "*":
		for i := range dst {
			r := a[i] * b[i]
			dst[i] = r
			bad += r * 0
		}
	case "/":
		for i := range dst {
			r := a[i] / b[i]
			dst[i] = r
			bad += r * 0
		}
	}
	return bad == 0
}

func floatsVC(op string, dst, a []float64, y float64) bool {
	a = a[:len(dst)]
	var bad float64
	switch op {
	case "+", "-":
		if op == "-" {
			y = -y
		}
		for i := range dst {
			r := a[i] + y
			dst[i] = r
			bad += r * 0
		}
	case "*":
		for i := range dst {
			r := a[i] * y
			dst[i] = r
			bad += r * 0
		}
	case "/":
		for i := range dst {
			r := a[i] / y
			dst[i] = r
			bad += r * 0
		}
	}
	return bad == 0
}

func floatsCV(op string, dst []float64, x float64, b []float64) bool {
	b = b[:len(dst)]
	var bad float64
	switch op {
	case "-":
		for i := range dst {
			r := x - b[i]
			dst[i] = r
			bad += r * 0
		}
	case "/":
		for i := range dst {
			r := x / b[i]
			dst[i] = r
			bad += r * 0
		}
	default:
		return floatsVC(op, dst, b, x)
	}
	return bad == 0
}
