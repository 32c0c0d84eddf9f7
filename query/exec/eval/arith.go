package eval

import (
	"math"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/record"
)

func errRange(t record.Type) error {
	return fault.E("eval: arithmetic", fault.Invalid, fault.Code("22003"), t.String()+" out of range")
}

func errDivide() error {
	return fault.E("eval: arithmetic", fault.Invalid, fault.Code("22012"), "division by zero")
}

// arithmetic compiles + - * / % and neg of two numbers, dates and integers,
// or a timestamp and a constant span of fixed length; nil for other types.
func (c *compiler) arithmetic(e plan.Call, a args) node {
	t, kind := e.T, func(i int) record.Kind { return e.Args[i].Type().Kind }
	if e.Func == "neg" {
		switch kind(0) {
		case record.Int64, record.Decimal:
			return &intMath{id: c.slot(), args: args{constant(record.IntValue(0)), a[0]}, op: "-", t: t}
		case record.Float64:
			return &floatMath{id: c.slot(), args: args{constant(record.FloatValue(math.Copysign(0, -1))), a[0]}, op: "-"}
		}
		return nil
	}
	if span, ok := constOf(a[1]); ok && kind(0) == record.Timestamp && kind(1) == record.Interval && span.Valid && span.Span.Months == 0 {
		if ns, ok := fixedSpan(span.Span); ok {
			return &intMath{id: c.slot(), args: args{a[0], constant(record.IntValue(ns))}, op: e.Func, t: t}
		}
	}
	switch {
	case kind(0) == record.Float64 && kind(1) == record.Float64:
		return c.fuse(&floatMath{id: c.slot(), args: a, op: e.Func})
	case kind(0) != record.Timestamp && e.Args[0].Type().Storage() == record.Ints && e.Args[1].Type().Storage() == record.Ints:
		return &intMath{id: c.slot(), args: a, op: e.Func, t: t}
	}
	return nil
}

// intMath is arithmetic on BIGINT, DECIMAL (of equal scales, except *) and DATE.
type intMath struct {
	id int
	args
	op string
	t  record.Type
}

func (n *intMath) slotID() int  { return n.id }
func (n *intMath) faulty() bool { return true }

func (n *intMath) eval(f *frame) (*record.Column, error) {
	a, b, err := n.both(f)
	if err != nil {
		return nil, err
	}
	s := &f.s.slots[n.id]
	if isNull(a) || isNull(b) {
		return s.null(n.t), nil
	}
	dst := s.ints(n.t, max(a.N, b.N))
	if n.op == "/" || n.op == "%" {
		s.validity(a, b)
		return &s.col, n.divide(&s.col, a.Ints, b.Ints)
	}
	if !intKernel(n.op, dst, a.Ints[:a.N], b.Ints[:b.N]) && !n.onlyNulls(s.validity(a, b), a, b) {
		return nil, errRange(n.t)
	}
	if n.t.Kind == record.Decimal && !within(dst, record.Pow10(record.MaxDigits)-1) {
		return nil, errRange(n.t)
	}
	return s.validity(a, b), nil
}

// onlyNulls reports whether a subtraction overflowed on NULL rows only, where
// 0 - -2^63 does. No other operator overflows with a zero.
func (n *intMath) onlyNulls(c, a, b *record.Column) bool {
	if n.op != "-" {
		return false
	}
	ma, mb := rowMask(a, c.N), rowMask(b, c.N)
	for i := range c.N {
		x, y := a.Ints[i&ma], b.Ints[i&mb]
		if (x^y)&(x^(x-y)) < 0 && !c.IsNull(i) {
			return false
		}
	}
	return true
}

// both evaluates the two arguments of a binary node.
func (a args) both(f *frame) (x, y *record.Column, err error) {
	if x, err = a[0].eval(f); err == nil {
		y, err = a[1].eval(f)
	}
	return x, y, err
}

// divide is / and %, which fail only on rows that are not NULL.
func (n *intMath) divide(c *record.Column, a, b []int64) error {
	ma, mb := mask(a, c.N), mask(b, c.N)
	for i := range c.Ints {
		x, y := a[i&ma], b[i&mb]
		switch {
		case c.IsNull(i):
			c.Ints[i] = 0
		case y == 0:
			return errDivide()
		case n.op == "%":
			c.Ints[i] = x % y
		case y == -1 && x == math.MinInt64:
			return errRange(n.t)
		default:
			c.Ints[i] = x / y
		}
	}
	return nil
}

// mask turns a row number into an index: 0 where one value stands for all.
func mask(values []int64, n int) int {
	if len(values) == n {
		return -1
	}
	return 0
}

// floatMath is arithmetic on DOUBLE.
type floatMath struct {
	id int
	args
	op string
}

func (n *floatMath) slotID() int  { return n.id }
func (n *floatMath) faulty() bool { return true }

func (n *floatMath) eval(f *frame) (*record.Column, error) {
	a, b, err := n.both(f)
	if err != nil {
		return nil, err
	}
	s := &f.s.slots[n.id]
	t := record.T(record.Float64)
	if isNull(a) || isNull(b) {
		return s.null(t), nil
	}
	dst := s.floats(t, max(a.N, b.N))
	x, y := a.Floats[:a.N], b.Floats[:b.N]
	if n.op == "/" || n.op == "%" {
		s.validity(a, b)
		if zeroAt(&s.col, x, y) {
			return nil, errDivide()
		}
	}
	if !floatKernel(n.op, dst, x, y) {
		if err := checkFloats(n.op, dst, x, y); err != nil {
			return nil, err
		}
	}
	return s.validity(a, b), nil
}

// zeroAt reports whether a row of c that is not NULL divides x by zero. NaN
// divided by zero is NaN.
func zeroAt(c *record.Column, x, y []float64) bool {
	for i, v := range y {
		if v != 0 {
			continue
		}
		if len(y) == c.N {
			if !c.IsNull(i) && !math.IsNaN(x[min(i, len(x)-1)]) {
				return true
			}
			continue
		}
		for k := range c.N {
			if !c.IsNull(k) && !math.IsNaN(x[min(k, len(x)-1)]) {
				return true
			}
		}
	}
	return false
}

// checkFloats looks for the row that made a kernel suspicious: an infinite
// result of finite arguments is an overflow, other infinities and NaN are
// values. Division by zero was ruled out, but for NULL rows.
func checkFloats(op string, dst, a, b []float64) error {
	for i, r := range dst {
		x, y := a[min(i, len(a)-1)], b[min(i, len(b)-1)]
		if math.IsInf(r, 0) && !math.IsInf(x, 0) && !math.IsInf(y, 0) && (op != "/" || y != 0) {
			return errRange(record.T(record.Float64))
		}
	}
	return nil
}
