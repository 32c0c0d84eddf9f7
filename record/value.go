package record

import (
	"cmp"
	"math"
	"strings"
)

// Span is the value of an INTERVAL: its three parts do not convert into each
// other, as in PostgreSQL, because months and days differ in length.
type Span struct{ Months, Days, Nanos int64 }

// Value is one value of any type. The zero Value is NULL of no type.
// Values are small and copied freely; the memory of S and Elems is shared.
type Value struct {
	Type  Type
	Valid bool    // false: NULL
	I     int64   // Ints storage
	F     float64 // Float64; Point: longitude
	Lat   float64 // Point: latitude
	S     string  // Strs storage
	Span  Span    // Interval
	Elems []Value // arrays; elements are never NULL
}

// NullOf returns the NULL of type t.
func NullOf(t Type) Value { return Value{Type: t} }

// BoolValue is b as a BOOLEAN.
func BoolValue(b bool) Value {
	v := Value{Type: T(Bool), Valid: true}
	if b {
		v.I = 1
	}
	return v
}

// IntValue is i as a BIGINT.
func IntValue(i int64) Value { return Value{Type: T(Int64), Valid: true, I: i} }

// FloatValue is f as a DOUBLE.
func FloatValue(f float64) Value { return Value{Type: T(Float64), Valid: true, F: f} }

// KeywordValue is s as a KEYWORD. It shares the memory of s.
func KeywordValue(s string) Value { return Value{Type: T(Keyword), Valid: true, S: s} }

// TextValue is s as a TEXT. It shares the memory of s.
func TextValue(s string) Value { return Value{Type: T(Text), Valid: true, S: s} }

// TimestampValue is a moment, in nanoseconds since 1970 UTC, as a TIMESTAMP.
func TimestampValue(ns int64) Value { return Value{Type: T(Timestamp), Valid: true, I: ns} }

// DateValue is a day, counted since 1970-01-01, as a DATE.
func DateValue(days int64) Value { return Value{Type: T(Date), Valid: true, I: days} }

// SpanValue is s as an INTERVAL.
func SpanValue(s Span) Value { return Value{Type: T(Interval), Valid: true, Span: s} }

// DecimalValue returns unscaled times 10^-t.Scale as a value of t.
func DecimalValue(t Type, unscaled int64) Value { return Value{Type: t, Valid: true, I: unscaled} }

// PointValue returns the point at lon, lat in degrees.
func PointValue(lon, lat float64) Value {
	return Value{Type: T(Point), Valid: true, F: lon, Lat: lat}
}

// IsNull reports whether v is NULL.
func (v Value) IsNull() bool { return !v.Valid }

// Bool returns the truth of a BOOLEAN value; NULL is not true.
func (v Value) Bool() bool { return v.Valid && v.I != 0 }

// Float returns a numeric value as the nearest float64.
func (v Value) Float() float64 {
	switch v.Type.Kind {
	case Float64:
		return v.F
	case Decimal:
		return decimalFloat(v.I, int(v.Type.Scale))
	}
	return float64(v.I)
}

// Compare orders two non-null values of comparable types: numbers by value
// (exactly, also across BIGINT, DECIMAL and DOUBLE), strings by bytes, times
// and dates by instant, booleans false first, arrays element by element.
// NaN sorts above every number and equals itself, as in PostgreSQL.
func Compare(a, b Value) int {
	ta, tb := a.Type, b.Type
	switch {
	case ta.Kind == Float64 && tb.Kind == Float64:
		return CompareFloats(a.F, b.F)
	case ta.Kind == Float64 && tb.IsNumeric():
		return -compareDecimalFloat(b, a.F)
	case tb.Kind == Float64 && ta.IsNumeric():
		return compareDecimalFloat(a, b.F)
	case ta.Kind == Decimal || tb.Kind == Decimal:
		return compareScaled(a.I, ta.Scale, b.I, tb.Scale)
	case ta.Kind == Date && tb.Kind == Timestamp:
		return -compareTimestampDate(b.I, a.I)
	case ta.Kind == Timestamp && tb.Kind == Date:
		return compareTimestampDate(a.I, b.I)
	case ta.Kind == Interval:
		return compareSpans(a.Span, b.Span)
	case ta.Kind == Point:
		if c := CompareFloats(a.F, b.F); c != 0 {
			return c
		}
		return CompareFloats(a.Lat, b.Lat)
	}
	switch ta.Storage() {
	case Strs:
		return strings.Compare(a.S, b.S)
	case Array:
		for i := range min(len(a.Elems), len(b.Elems)) {
			if c := Compare(a.Elems[i], b.Elems[i]); c != 0 {
				return c
			}
		}
		return cmp.Compare(len(a.Elems), len(b.Elems))
	}
	return cmp.Compare(a.I, b.I)
}

// Equal reports whether a and b are both NULL, or neither is and Compare finds no difference.
func Equal(a, b Value) bool {
	if !a.Valid || !b.Valid {
		return a.Valid == b.Valid
	}
	return Compare(a, b) == 0
}

// CompareFloats orders floats with NaN above +Inf and equal to itself; -0 equals 0.
func CompareFloats(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	case a == b:
		return 0
	case math.IsNaN(a) && math.IsNaN(b):
		return 0
	case math.IsNaN(a):
		return 1
	}
	return -1
}

const dayNanos = 86_400_000_000_000

// compareTimestampDate compares nanoseconds with the midnight of a day
// without overflow for days far away.
func compareTimestampDate(ns, day int64) int {
	d := ns / dayNanos
	if ns%dayNanos < 0 {
		d--
	}
	if c := cmp.Compare(d, day); c != 0 {
		return c
	}
	return cmp.Compare(ns-d*dayNanos, 0)
}

// length orders intervals as PostgreSQL does: a month is 30 days, a day 24
// hours. It is the whole days and the nanoseconds, in [0, one day), beyond them.
func (s Span) length() (days, nanos int64) {
	over := floorDiv(s.Nanos, dayNanos)
	return s.Months*30 + s.Days + over, s.Nanos - over*dayNanos
}

func compareSpans(a, b Span) int {
	dayA, restA := a.length()
	dayB, restB := b.length()
	return cmp.Or(cmp.Compare(dayA, dayB), cmp.Compare(restA, restB))
}
