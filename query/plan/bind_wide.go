package plan

import (
	"math"
	"math/big"
	"strings"

	"github.com/quindex/quindex/query/sql"
	"github.com/quindex/quindex/record"
)

// wide is a number literal of more digits than a DECIMAL has. As a value it is a
// DOUBLE, the nearest there is; beside a BIGINT or a DECIMAL it is compared as
// what is written, or 9223372036854775808 would equal the largest BIGINT.
type wide struct{ exact *big.Rat }

// wideLiteral returns the number that e is, if it is wide: bound is what e was bound to.
func wideLiteral(e sql.Expr, bound Expr) (wide, bool) {
	l, ok := e.(*sql.Literal)
	if !ok || l.Kind != sql.Number || bound.Type().Kind != record.Float64 || strings.Trim(l.Text, "-.0123456789") != "" {
		return wide{}, false
	}
	r, ok := new(big.Rat).SetString(l.Text)
	return wide{r}, ok
}

// isExact says whether values of e are compared digit by digit.
func isExact(e Expr) bool { return e.Type().Kind == record.Int64 || e.Type().Kind == record.Decimal }

// among returns the largest value of t that is not above w: equal says that it is
// w itself. Where no value of t is, side is -1; where w is above all, it is 1.
func (w wide) among(t record.Type) (floor Const, equal bool, side int) {
	scale, most := 0, int64(math.MaxInt64)
	if t.Kind == record.Decimal {
		scale, most = int(t.Scale), record.Pow10(record.MaxDigits)-1
		t = record.DecimalType(record.MaxDigits, scale)
	}
	least := -most
	if t.Kind == record.Int64 {
		least = math.MinInt64
	}
	units := new(big.Rat).Mul(w.exact, new(big.Rat).SetInt64(record.Pow10(scale)))
	whole := new(big.Int).Div(units.Num(), units.Denom()) // Euclidean: downward, as denominators are positive
	value := func(n int64) Const { return Const{record.Value{Type: t, Valid: true, I: n}} }
	switch {
	case whole.Cmp(big.NewInt(least)) < 0:
		return value(least), false, -1
	case whole.Cmp(big.NewInt(most)) > 0:
		return value(most), false, 1
	}
	return value(whole.Int64()), units.IsInt(), 0
}

// compareWide binds x op w: as a comparison with a value of x's type that is
// true, false and NULL for the same x.
func (b *binder) compareWide(op sql.Op, x Expr, w wide, pos int) Expr {
	floor, equal, side := w.among(x.Type())
	switch {
	case equal:
		return b.call(opName(op), pos, x, floor)
	case op == sql.Distinct || op == sql.NotDistinct:
		return Const{record.BoolValue(op == sql.Distinct)}
	}
	// From here on no x is w: those up to floor are below, the others above, but
	// where floor itself is above.
	below, above := "<=", ">"
	if side < 0 {
		below, above = "<", ">="
	}
	switch op {
	case sql.Lt, sql.Le:
		return b.call(below, pos, x, floor)
	case sql.Gt, sql.Ge:
		return b.call(above, pos, x, floor)
	}
	beyond, _, _ := wide{new(big.Rat).SetInt(new(big.Int).Lsh(big.NewInt(1), 64))}.among(x.Type())
	return b.call(choose(op == sql.Eq, ">", "<="), pos, x, beyond)
}

// compare binds l op r, whose expressions are bound.
func (b *binder) compare(op sql.Op, l, r sql.Expr, lx, rx Expr, pos int) Expr {
	if w, ok := wideLiteral(r, rx); ok && isExact(lx) {
		return b.compareWide(op, lx, w, pos)
	}
	if w, ok := wideLiteral(l, lx); ok && isExact(rx) {
		return b.compareWide(mirrored(op), rx, w, pos)
	}
	return b.call(opName(op), pos, lx, rx)
}

// mirrored is the comparison that says of (b, a) what op says of (a, b).
func mirrored(op sql.Op) sql.Op {
	switch op {
	case sql.Lt:
		return sql.Gt
	case sql.Le:
		return sql.Ge
	case sql.Gt:
		return sql.Lt
	case sql.Ge:
		return sql.Le
	}
	return op
}

// listed binds the members of x IN (...): a wide one that no x can be is left
// out, unless it is the last.
func (b *binder) listed(x Expr, list []sql.Expr, s *scope) []Expr {
	out := make([]Expr, 0, len(list))
	for i, e := range list {
		m := b.expr(e, s)
		if w, ok := wideLiteral(e, m); ok && isExact(x) {
			floor, equal, _ := w.among(x.Type())
			if equal {
				m = floor
			} else if len(out) > 0 || i < len(list)-1 {
				continue
			}
		}
		out = append(out, m)
	}
	return out
}
