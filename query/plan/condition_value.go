package plan

import (
	"math"
	"math/big"

	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/record"
)

const dayNanos = 86_400_000_000_000

// asFieldValue returns v as a value of t: the largest one that is not above v,
// and whether it is v exactly. It reports false where t has no such value, or
// where there is no need.
func asFieldValue(t record.Type, v record.Value) (floor record.Value, exact, ok bool) {
	switch {
	case !v.Valid:
		return record.NullOf(t), true, true
	case t == v.Type:
		return v, true, true
	case t.IsString() && v.Type.IsString():
		v.Type = t
		return v, true, true
	case t.Kind == record.Timestamp && v.Type.Kind == record.Date:
		if v.I > math.MaxInt64/dayNanos || v.I < math.MinInt64/dayNanos {
			return v, false, false
		}
		return record.TimestampValue(v.I * dayNanos), true, true
	case t.Kind == record.Date && v.Type.Kind == record.Timestamp:
		return record.DateValue(floorDiv(v.I, dayNanos)), v.I%dayNanos == 0, true
	case t.IsNumeric() && t.Kind != record.Float64 && v.Type.IsNumeric():
		return asInteger(t, v)
	}
	return v, false, false
}

// asInteger is asFieldValue for BIGINT and DECIMAL fields.
func asInteger(t record.Type, v record.Value) (floor record.Value, exact, ok bool) {
	if v.Type.Kind == record.Float64 && (math.IsNaN(v.F) || math.IsInf(v.F, 0)) {
		return v, false, false
	}
	r := new(big.Rat)
	switch v.Type.Kind {
	case record.Float64:
		r.SetFloat64(v.F)
	case record.Decimal:
		r.SetFrac64(v.I, record.Pow10(int(v.Type.Scale)))
	default:
		r.SetInt64(v.I)
	}
	scale := 0
	if t.Kind == record.Decimal {
		scale = int(t.Scale)
	}
	r.Mul(r, new(big.Rat).SetInt64(record.Pow10(scale)))
	q, m := new(big.Int).DivMod(r.Num(), r.Denom(), new(big.Int)) // Euclidean: floor, as the denominator is positive
	if !q.IsInt64() {
		return v, false, false
	}
	return record.Value{Type: t, Valid: true, I: q.Int64()}, m.Sign() == 0, true
}

// ranges replaces pairs of comparisons on one scalar field by a Between. It
// writes over of.
func ranges(of []predicate.P) []predicate.P {
	out := of[:0]
	for _, p := range of {
		c, ok := p.(predicate.Compare)
		if ok && !c.Field.Type.IsArray() && c.Value.Valid && joinRange(out, c) {
			continue
		}
		out = append(out, p)
	}
	return out
}

// joinRange makes a Between of c and its counterpart in of, if there is one.
func joinRange(of []predicate.P, c predicate.Compare) bool {
	for i, p := range of {
		d, ok := p.(predicate.Compare)
		if !ok || d.Field.ID != c.Field.ID || !d.Value.Valid {
			continue
		}
		lo, hi := c, d
		if isUpper(c.Op) {
			lo, hi = d, c
		}
		if isLower(lo.Op) && isUpper(hi.Op) {
			of[i] = predicate.Between{Field: c.Field, Lo: lo.Value, Hi: hi.Value, LoOpen: lo.Op == predicate.GT, HiOpen: hi.Op == predicate.LT}
			return true
		}
	}
	return false
}

func isLower(op predicate.Op) bool { return op == predicate.GT || op == predicate.GE }
func isUpper(op predicate.Op) bool { return op == predicate.LT || op == predicate.LE }
