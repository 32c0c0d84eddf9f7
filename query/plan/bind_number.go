package plan

import (
	"math"
	"math/big"
	"slices"
	"strings"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
)

// number is a DECIMAL where it is written with a point and at most MaxDigits
// digits, a DOUBLE where it is written with an exponent. Digits that neither
// BIGINT nor DECIMAL holds stay open: compared they are what is written, as
// PostgreSQL's NUMERIC; where a DOUBLE is asked for they are one.
func (b *binder) number(text string, pos int) Expr {
	if strings.ContainsAny(text, "eExXoObB_") {
		return Const{b.parse(text, record.T(record.Float64), pos)}
	}
	whole, frac, _ := strings.Cut(strings.TrimPrefix(text, "-"), ".")
	if digits := len(strings.TrimLeft(whole, "0")) + len(frac); digits <= record.MaxDigits {
		return Const{b.parse(text, record.DecimalType(max(digits, 1), len(frac)), pos)}
	}
	return open{text: text, pos: pos, number: true}
}

// isNumber reports whether e is a number that is still open.
func isNumber(e Expr) (open, bool) {
	o, ok := e.(open)
	return o, ok && o.number
}

// parseNumber is parse of an open number, which has a place in the text.
func (b *binder) parseNumber(o open, t record.Type) record.Value {
	v, err := record.ParseText(t, o.text)
	if t.Kind == record.Int64 {
		if n, ok := rounded(ratOf(o.text)); ok {
			return record.IntValue(n)
		}
	}
	if err != nil {
		b.fail(o.pos, fault.Invalid, fault.Code("22003"), beyond(o.text, t.String()))
	}
	return v
}

func beyond(text, t string) string { return "number " + text + " out of range for " + t }

// wantDouble refuses a whole number that would become a DOUBLE, and lose
// digits, though nothing beside it is one.
func (b *binder) wantDouble(es []Expr) {
	for _, e := range es {
		if _, is := isNumber(e); !is && e.Type().Kind == record.Float64 {
			return
		}
	}
	for _, e := range es {
		if o, is := isNumber(e); is && !strings.Contains(o.text, ".") {
			b.fail(o.pos, fault.Invalid, fault.Code("22003"), beyond(o.text, "BIGINT"),
				fault.Hint("a DOUBLE is written "+o.text+"::DOUBLE, or with an exponent"))
		}
	}
}

// wantDoubles is wantDouble of the columns that nodes give together.
func (b *binder) wantDoubles(nodes ...Node) {
	for i := range width(nodes[0]) {
		var es []Expr
		for _, n := range nodes {
			es = append(es, columnOf(n, i)...)
		}
		b.wantDouble(es)
	}
}

// columnOf is what a node gives as its i-th column: an expression for each row
// that is listed, else one.
func columnOf(n Node, i int) []Expr {
	switch n := n.(type) {
	case *Project:
		return n.Exprs[i : i+1]
	case *Values:
		out := make([]Expr, len(n.Rows))
		for r, row := range n.Rows {
			out[r] = row[i]
		}
		return out
	}
	c := n.Output()[i]
	return []Expr{Col{i, c.Name, c.Type}}
}

// withNumbers binds a call that open numbers are among the arguments of, if it
// is a comparison: exactly, whatever the type of the other side.
func (b *binder) withNumbers(name string, pos int, es []Expr) (Expr, bool) {
	if !slices.ContainsFunc(es, func(e Expr) bool { _, is := isNumber(e); return is }) {
		return nil, false
	}
	switch {
	case name == "between":
		return b.call("and", pos, b.call(">=", pos, es[0], es[1]), b.call("<=", pos, es[0], es[2])), true
	case name == "in":
		return b.inNumbers(pos, es[0], es[1:]), true
	case len(es) == 2 && mirrored[name] != "":
		return b.compareNumber(name, pos, es[0], es[1])
	}
	if form(name) != nil {
		b.wantDouble(es)
	}
	return nil, false
}

// inNumbers is x IN (list) with numbers that stand for no value of its type,
// or x itself such a number.
func (b *binder) inNumbers(pos int, x Expr, list []Expr) Expr {
	_, all := isNumber(x)
	plain, out := []Expr{x}, []Expr(nil)
	for _, m := range list {
		if _, is := isNumber(m); is || all {
			out = append(out, b.call("=", pos, x, m))
		} else {
			plain = append(plain, m)
		}
	}
	switch len(plain) {
	case 1:
	case 2:
		out = append(out, b.call("=", pos, plain...))
	default:
		out = append(out, b.call("in", pos, plain...))
	}
	if len(out) == 1 {
		return out[0]
	}
	return b.call("or", pos, out...)
}

// mirrored is the comparison with its sides exchanged.
var mirrored = map[string]string{"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<=",
	"is_distinct_from": "is_distinct_from", "is_not_distinct_from": "is_not_distinct_from"}

// compareNumber compares a BIGINT, a DECIMAL or another open number with an
// open one. With a DOUBLE, as in PostgreSQL, both are DOUBLE.
func (b *binder) compareNumber(name string, pos int, l, r Expr) (Expr, bool) {
	o, right := isNumber(r)
	if !right {
		o, _ = isNumber(l)
		name, l = mirrored[name], r
	}
	if other, is := isNumber(l); is {
		return Const{record.BoolValue(holds(name, ratOf(other.text).Cmp(ratOf(o.text))))}, true
	}
	t := l.Type()
	if t.Kind != record.Int64 && t.Kind != record.Decimal {
		return nil, false
	}
	floor, exact := floorOf(ratOf(o.text), t)
	if !exact {
		if strings.HasPrefix(name, "is_") {
			return Const{record.BoolValue(name == "is_distinct_from")}, true
		}
		name, floor = beside(name, floor)
	}
	return b.call(name, pos, l, Const{record.Value{Type: t, Valid: true, I: floor.Int64()}}), true
}

// floorOf is the largest value of BIGINT or a DECIMAL that is not above r, as it
// is stored were there no bounds, and whether it is r.
func floorOf(r *big.Rat, t record.Type) (floor *big.Int, exact bool) {
	scale := 0
	if t.Kind == record.Decimal {
		scale = int(t.Scale)
	}
	r = new(big.Rat).Mul(r, new(big.Rat).SetInt64(record.Pow10(scale)))
	q, m := new(big.Int).DivMod(r.Num(), r.Denom(), new(big.Int)) // Euclidean: floor, as the denominator is positive
	return q, m.Sign() == 0 && q.IsInt64()
}

var (
	mostStored  = big.NewInt(math.MaxInt64)
	leastStored = big.NewInt(math.MinInt64)
)

// beside is the comparison with a value that says what op says of a number just
// above floor, which no value is: NULL stays NULL.
func beside(op string, floor *big.Int) (string, *big.Int) {
	switch {
	case op == "=":
		return ">", mostStored
	case op == "<>":
		return "<=", mostStored
	case floor.Cmp(leastStored) < 0:
		return choose(op[0] == '<', "<", ">="), leastStored
	case floor.Cmp(mostStored) > 0:
		floor = mostStored
	}
	return choose(op[0] == '<', "<=", ">"), floor
}

func ratOf(digits string) *big.Rat {
	r, _ := new(big.Rat).SetString(digits) // the lexer knows digits
	return r
}

// rounded is the nearest integer, halves away from zero, if BIGINT holds it.
func rounded(r *big.Rat) (int64, bool) {
	half := big.NewRat(int64(r.Sign()), 2)
	r.Add(r, half)
	n := new(big.Int).Quo(r.Num(), r.Denom()) // towards zero
	return n.Int64(), n.IsInt64()
}

func holds(op string, cmp int) bool {
	switch op {
	case "=", "is_not_distinct_from":
		return cmp == 0
	case "<>", "is_distinct_from":
		return cmp != 0
	case "<":
		return cmp < 0
	case "<=":
		return cmp <= 0
	case ">":
		return cmp > 0
	}
	return cmp >= 0
}
