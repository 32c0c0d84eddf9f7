package eval

import (
	"cmp"
	"math"
	"strings"

	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/record"
)

// compareOp is = <> < <= > or >=.
type compareOp uint8

const (
	opEQ compareOp = iota
	opNE
	opLT
	opLE
	opGT
	opGE
)

var compareOps = map[string]compareOp{"=": opEQ, "<>": opNE, "<": opLT, "<=": opLE, ">": opGT, ">=": opGE}

// holds reports whether a op b, where c is the sign of a - b.
func (op compareOp) holds(c int) bool {
	switch op {
	case opEQ:
		return c == 0
	case opNE:
		return c != 0
	case opLT:
		return c < 0
	case opLE:
		return c <= 0
	case opGT:
		return c > 0
	}
	return c >= 0
}

// swapped is the operator with its sides exchanged.
func (op compareOp) swapped() compareOp {
	return [...]compareOp{opEQ, opNE, opGT, opGE, opLT, opLE}[op]
}

// compare is a comparison of two values; NULL makes it NULL.
type compare struct {
	id int
	args
	op     compareOp
	ta, tb record.Type
}

func (c *compiler) comparison(op compareOp, a, b node, ta, tb record.Type) node {
	if _, ok := a.(*konst); ok {
		a, b, ta, tb, op = b, a, tb, ta, op.swapped()
	}
	return &compare{id: c.slot(), args: args{a, b}, op: op, ta: ta, tb: tb}
}

func (n *compare) slotID() int                           { return n.id }
func (n *compare) eval(f *frame) (*record.Column, error) { return boolColumn(f, n.id, n) }

func (n *compare) test(f *frame, t, u record.Bitmap) error {
	a, b, err := n.both(f)
	if err != nil {
		return err
	}
	if isNull(a) || isNull(b) {
		clear(t)
		fill(u, f.n)
		return nil
	}
	n.kernel(f.n, a, b, t)
	eitherNull(f.n, a, b, u)
	for w := range t {
		t[w] &^= u[w]
	}
	return nil
}

// eitherNull sets u to the rows where a or b is NULL.
func eitherNull(n int, a, b *record.Column, u record.Bitmap) {
	nullBits(a, n, u)
	if b.Valid == nil {
		return
	}
	if b.N != n {
		if b.IsNull(0) {
			fill(u, n)
		}
		return
	}
	for w := range u {
		u[w] |= ^b.Valid[w]
	}
	u[len(u)-1] &= lastWord(n)
}

// kernel sets t to the rows where the comparison holds, NULL rows apart.
func (n *compare) kernel(rows int, a, b *record.Column, t record.Bitmap) {
	ta, tb := n.ta, n.tb
	switch {
	case ta.Storage() == record.Ints && ta.Kind == tb.Kind && ta.Scale == tb.Scale:
		compareNumbers(n.op, rows, a.Ints[:a.N], b.Ints[:b.N], t)
	case ta.Kind == record.Float64 && tb.Kind == record.Float64:
		compareNumbers(n.op, rows, a.Floats[:a.N], b.Floats[:b.N], t)
	case ta.Storage() == record.Ints && tb.Storage() == record.Ints:
		compareScaled(n.op, rows, a.Ints[:a.N], b.Ints[:b.N], unitOf(ta, tb), unitOf(tb, ta), t)
	case ta.Storage() == record.Strs && tb.Storage() == record.Strs:
		compareStrings(n.op, rows, a, b, t)
	default:
		compareValues(n.op, rows, a, b, t)
	}
}

// compareNumbers reduces the six operators to = and <, and for constants to
// =, < and >, with NaN equal to itself and above every number.
func compareNumbers[T int64 | float64](op compareOp, n int, a, b []T, t record.Bitmap) {
	switch {
	case len(a) < n && len(b) < n:
		clear(t)
		one := make(record.Bitmap, 1)
		compareNumbers(op, 1, a, b, one)
		if one[0] != 0 {
			fill(t, n)
		}
		return
	case len(a) < n:
		a, b, op = b, a, op.swapped()
	}
	negate := op == opNE || op == opGE || op == opLE
	switch {
	case len(b) == n && (op == opEQ || op == opNE):
		equalVV(a, b, t)
	case len(b) == n && (op == opLT || op == opGE):
		lessVV(a, b, t)
	case len(b) == n:
		lessVV(b, a, t)
	case b[0] != b[0]: // NaN
		compareNaN(a, op == opEQ || op == opNE, op == opLT || op == opGE, t)
	case op == opEQ || op == opNE:
		equalVC(a, b[0], t)
	case op == opLT || op == opGE:
		lessVC(a, b[0], t)
	default:
		aboveVC(a, b[0], t)
	}
	if negate {
		for w := range t {
			t[w] = ^t[w]
		}
		t[len(t)-1] &= lastWord(n)
	}
}

func bit(b bool) uint64 {
	var x uint64
	if b {
		x = 1
	}
	return x
}

func equalVV[T int64 | float64](a, b []T, t record.Bitmap) {
	for w := range t {
		x := a[w<<6 : min(len(a), w<<6+64)]
		y := b[w<<6:][:len(x)]
		var m uint64
		for i, v := range x {
			m |= bit(v == y[i] || v != v && y[i] != y[i]) << (uint(i) & 63)
		}
		t[w] = m
	}
}

func lessVV[T int64 | float64](a, b []T, t record.Bitmap) {
	for w := range t {
		x := a[w<<6 : min(len(a), w<<6+64)]
		y := b[w<<6:][:len(x)]
		var m uint64
		for i, v := range x {
			m |= bit(v < y[i] || v == v && y[i] != y[i]) << (uint(i) & 63)
		}
		t[w] = m
	}
}

func equalVC[T int64 | float64](a []T, c T, t record.Bitmap) {
	for w := range t {
		var m uint64
		for i, v := range a[w<<6 : min(len(a), w<<6+64)] {
			m |= bit(v == c) << (uint(i) & 63)
		}
		t[w] = m
	}
}

func lessVC[T int64 | float64](a []T, c T, t record.Bitmap) {
	for w := range t {
		var m uint64
		for i, v := range a[w<<6 : min(len(a), w<<6+64)] {
			m |= bit(v < c) << (uint(i) & 63)
		}
		t[w] = m
	}
}

// aboveVC is a > c written so that NaN is above.
func aboveVC[T int64 | float64](a []T, c T, t record.Bitmap) {
	for w := range t {
		var m uint64
		for i, v := range a[w<<6 : min(len(a), w<<6+64)] {
			m |= bit(!(v <= c)) << (uint(i) & 63)
		}
		t[w] = m
	}
}

// compareNaN compares with the constant NaN: equal, less, or else above.
func compareNaN[T int64 | float64](a []T, equal, less bool, t record.Bitmap) {
	clear(t)
	for i, v := range a {
		if equal && v != v || less && v == v {
			t.Set(i)
		}
	}
}

// unitOf returns how many units of the finer of both types one of t is: of
// numbers with different scales, or of a date beside a timestamp.
func unitOf(t, other record.Type) int64 {
	switch {
	case t.Kind == record.Date && other.Kind == record.Timestamp:
		return dayNanos
	case scaleOf(other) > scaleOf(t):
		return record.Pow10(scaleOf(other) - scaleOf(t))
	}
	return 1
}

// compareScaled compares a*ua with b*ub exactly; one of the units is 1.
func compareScaled(op compareOp, n int, a, b []int64, ua, ub int64, t record.Bitmap) {
	if ua == 1 {
		a, b, ua, op = b, a, ub, op.swapped()
	}
	ma, mb := mask(a, n), mask(b, n)
	most := math.MaxInt64 / ua
	clear(t)
	for i := range n {
		x, y := a[i&ma], b[i&mb]
		c := 0
		switch {
		case x > most:
			c = 1
		case x < -most:
			c = -1
		default:
			c = cmp.Compare(x*ua, y)
		}
		if op.holds(c) {
			t.Set(i)
		}
	}
}

func compareStrings(op compareOp, n int, a, b *record.Column, t record.Bitmap) {
	if a.N == n && b.N != n && (op == opEQ || op == opNE) {
		equalString(a, b.Strs.At(0), n, t)
		if op == opNE {
			for w := range t {
				t[w] = ^t[w]
			}
			t[len(t)-1] &= lastWord(n)
		}
		return
	}
	clear(t)
	ma, mb := rowMask(a, n), rowMask(b, n)
	for i := range n {
		if op.holds(strings.Compare(a.Strs.At(i&ma), b.Strs.At(i&mb))) {
			t.Set(i)
		}
	}
}

func equalString(a *record.Column, s string, n int, t record.Bitmap) {
	off := a.Strs.Off[:n+1]
	clear(t)
	for i := range n {
		if int(off[i+1]-off[i]) == len(s) && string(a.Strs.Data[off[i]:off[i+1]]) == s {
			t.Set(i)
		}
	}
}

// rowMask is mask for any column.
func rowMask(c *record.Column, n int) int {
	if c.N == n {
		return -1
	}
	return 0
}

// compareValues compares row by row what has no kernel: numbers of different
// types, dates with timestamps, points, spans, arrays.
func compareValues(op compareOp, n int, a, b *record.Column, t record.Bitmap) {
	clear(t)
	ma, mb := rowMask(a, n), rowMask(b, n)
	for i := range n {
		if a.IsNull(i&ma) || b.IsNull(i&mb) {
			continue
		}
		if op.holds(record.Compare(a.Value(i&ma), b.Value(i&mb))) {
			t.Set(i)
		}
	}
}

// between is x >= lo and x <= hi.
func (c *compiler) between(e plan.Call) (node, error) {
	x, lo, hi := e.Args[0], e.Args[1], e.Args[2]
	boolean := record.T(record.Bool)
	return c.compile(plan.Call{Func: "and", T: boolean, Args: []plan.Expr{
		plan.Call{Func: ">=", T: boolean, Args: []plan.Expr{x, lo}},
		plan.Call{Func: "<=", T: boolean, Args: []plan.Expr{x, hi}},
	}})
}

// distinct is IS [NOT] DISTINCT FROM: never NULL.
type distinct struct {
	id int
	*compare
	negate bool
}

func (c *compiler) distinct(negate bool, a args, e plan.Call) node {
	cmp := &compare{id: c.slot(), args: a, op: opEQ, ta: e.Args[0].Type(), tb: e.Args[1].Type()}
	return &distinct{c.slot(), cmp, negate}
}

func (n *distinct) slotID() int                           { return n.id }
func (n *distinct) eval(f *frame) (*record.Column, error) { return boolColumn(f, n.id, n) }

func (n *distinct) test(f *frame, t, u record.Bitmap) error {
	a, b, err := n.both(f)
	if err != nil {
		return err
	}
	if isNull(a) || isNull(b) {
		clear(t)
	} else {
		n.kernel(f.n, a, b, t)
	}
	nullA := f.s.slots[n.compare.id].first(f.n)
	nullB := f.s.slots[n.compare.id].second(f.n)
	nullBits(a, f.n, nullA)
	nullBits(b, f.n, nullB)
	for w := range t { // t: not distinct
		t[w] = t[w]&^(nullA[w]|nullB[w]) | nullA[w]&nullB[w]
		if !n.negate {
			t[w] = ^t[w]
		}
	}
	t[len(t)-1] &= lastWord(f.n)
	clear(u)
	return nil
}

// extreme is greatest and least: NULL arguments are left out.
type extreme struct {
	id int
	args
	op compareOp // a later value takes its place if it op the best so far
	t  record.Type
}

func (c *compiler) extreme(greatest bool, a args, t record.Type) node {
	op := opLT
	if greatest {
		op = opGT
	}
	return &extreme{id: c.slot(), args: a, op: op, t: t}
}

func (n *extreme) slotID() int { return n.id }

func (n *extreme) eval(f *frame) (*record.Column, error) {
	cols := make([]*record.Column, len(n.args))
	rows := 1
	for i, a := range n.args {
		var err error
		if cols[i], err = a.eval(f); err != nil {
			return nil, err
		}
		rows = max(rows, cols[i].N)
	}
	out := f.s.slots[n.id].empty(n.t)
	for i := range rows {
		best := record.NullOf(n.t)
		for _, c := range cols {
			v := c.Value(i & rowMask(c, rows))
			if v.Valid && (!best.Valid || n.op.holds(record.Compare(v, best))) {
				best = v
			}
		}
		out.Append(best)
	}
	return out, nil
}
