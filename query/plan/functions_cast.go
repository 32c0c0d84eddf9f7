package plan

import (
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
)

// CommonType returns the one type that the arguments of CASE, COALESCE, a
// UNION's column or an array take: the widest number, TIMESTAMP for dates and
// timestamps, TEXT for KEYWORD and TEXT. NULLs and open literals follow the
// others; alone they are KEYWORD.
func CommonType(args ...Arg) (record.Type, error) {
	var t record.Type
	for _, a := range args {
		if a.Literal || a.Type.Kind == record.Null {
			continue
		}
		if t.Kind == record.Invalid {
			t = a.Type
			continue
		}
		wide, ok := widen(t, a.Type)
		if !ok {
			return t, fault.E("plan: types", fault.Invalid, fault.Code("42804"),
				t.String()+" and "+a.Type.String()+" have no common type", fault.Hint("cast one of them"))
		}
		t = wide
	}
	if t.Kind == record.Invalid {
		return record.T(record.Keyword), nil
	}
	return t, nil
}

func widen(a, b record.Type) (record.Type, bool) {
	switch {
	case a == b:
		return a, true
	case a.IsNumeric() && b.IsNumeric():
		if a.Kind == record.Float64 || b.Kind == record.Float64 {
			return record.T(record.Float64), true
		}
		a, b = asDecimal(a), asDecimal(b)
		scale := int(max(a.Scale, b.Scale))
		whole := max(int(a.Precision)-int(a.Scale), int(b.Precision)-int(b.Scale))
		return record.DecimalType(min(record.MaxDigits, whole+scale), scale), true
	case isText(a.Kind) && isText(b.Kind):
		return record.T(record.Text), true
	case isTime(a.Kind) && isTime(b.Kind):
		return record.T(record.Timestamp), true
	}
	return a, false
}

// castable lists the casts that CAST and :: make, beside those between equal
// kinds, from NULL, and from and to strings, which exist for every type.
var castable = map[record.Kind][]record.Kind{
	record.Bool:         {record.Int64},
	record.Int64:        {record.Bool, record.Float64, record.Decimal},
	record.Float64:      {record.Int64, record.Decimal},
	record.Decimal:      {record.Int64, record.Float64},
	record.Timestamp:    {record.Date},
	record.Date:         {record.Timestamp},
	record.Bytes:        {record.Geometry},
	record.Geometry:     {record.Bytes},
	record.Int64Array:   {record.Float64Array, record.KeywordArray},
	record.Float64Array: {record.Int64Array, record.KeywordArray},
	record.KeywordArray: {record.Int64Array, record.Float64Array},
}

// CanCast reports whether CAST(from AS to) exists: Call{Func: "cast"} with
// the target as its type.
func CanCast(from, to record.Type) bool {
	if from.Kind == to.Kind || from.Kind == record.Null {
		return true
	}
	if from.IsString() || to.IsString() {
		return !(from.Kind == record.JSON && to.IsArray()) && from.Kind != record.Geometry && to.Kind != record.Geometry
	}
	for _, k := range castable[from.Kind] {
		if k == to.Kind {
			return true
		}
	}
	return false
}

// ResolveCast returns the signature of CAST(from AS to), or an error
// (42846) if there is no such cast.
func ResolveCast(from, to record.Type) (Signature, error) {
	if !CanCast(from, to) {
		return Signature{}, fault.E("plan: cast", fault.Invalid, fault.Code("42846"), "no cast from "+from.String()+" to "+to.String())
	}
	return Signature{Name: "cast", Args: []record.Type{from}, Result: to, Strict: true}, nil
}

// SameCast reports whether a value of from is one of to as it stands, so that
// no cast is needed: KEYWORD and TEXT, or a DECIMAL that has more room.
func SameCast(from, to record.Type) bool {
	switch {
	case from == to:
		return true
	case isText(from.Kind) && isText(to.Kind):
		return true
	}
	return from.Kind == record.Decimal && to.Kind == record.Decimal && from.Scale == to.Scale && from.Precision <= to.Precision
}
