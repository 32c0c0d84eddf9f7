package record

import (
	"strconv"

	"github.com/quindex/quindex/fault"
)

// Coerce turns v into a value of type to as an assignment does: between
// numbers (a DOUBLE rounds half to even to a BIGINT, a DECIMAL half away from
// zero), between dates and timestamps, arrays by element, a string through
// ParseText, anything into a string. What does not fit is an error 22003, a
// pair of types with no such cast 42804.
func Coerce(v Value, to Type) (Value, error) {
	out, ok, err := coerce(v, to)
	switch {
	case err != nil:
		return NullOf(to), err
	case !ok:
		return NullOf(to), fault.E("record: coerce", fault.Invalid, fault.Code("42804"),
			fault.Hint("CAST(... AS "+to.String()+") may say what is meant"), "a "+v.Type.String()+" is not a "+to.String())
	}
	return out, nil
}

// Cast is Coerce for an explicit CAST, which also turns BOOLEAN into BIGINT
// and back.
func Cast(v Value, to Type) (Value, error) {
	out, ok, err := coerce(v, to)
	if !ok && err == nil {
		out, ok = castBool(v, to)
	}
	switch {
	case err != nil:
		return NullOf(to), err
	case !ok:
		return NullOf(to), fault.E("record: cast", fault.Invalid, fault.Code("42846"), "a "+v.Type.String()+" cannot become a "+to.String())
	}
	return out, nil
}

// CanCoerce reports whether there is an assignment from one type to the
// other; a value may still not fit.
func CanCoerce(from, to Type) bool {
	switch {
	case from == to || from.Kind == Null || from.isWords() || to.isWords():
		return true
	case from.IsNumeric() && to.IsNumeric():
		return true
	case from.IsArray() && to.IsArray():
		return CanCoerce(from.Elem(), to.Elem())
	case from.Kind == JSON:
		return false
	}
	return from.Kind == Date && to.Kind == Timestamp || from.Kind == Timestamp && to.Kind == Date
}

// CanCast is CanCoerce for an explicit CAST.
func CanCast(from, to Type) bool {
	return CanCoerce(from, to) || from.Kind == Bool && to.Kind == Int64 || from.Kind == Int64 && to.Kind == Bool
}

// isWords reports whether t is a character string of any content.
func (t Type) isWords() bool { return t.Kind == Keyword || t.Kind == Text }

func coerce(v Value, to Type) (out Value, ok bool, err error) {
	from := v.Type
	switch {
	case !v.Valid:
		return NullOf(to), CanCoerce(from, to) || from.Kind == Invalid, nil
	case from == to:
		return v, true, nil
	case to.isWords():
		return Value{Type: to, Valid: true, S: v.Text()}, true, nil
	case from.isWords():
		out, err = ParseText(to, v.S)
		return out, true, err
	case from.IsNumeric() && to.IsNumeric():
		out, err = coerceNumber(v, to)
		return out, true, err
	case from.IsArray() && to.IsArray():
		return coerceArray(v, to)
	case from.Kind == Timestamp && to.Kind == Date:
		return DateValue(floorDiv(v.I, dayNanos)), true, nil
	case from.Kind == Date && to.Kind == Timestamp:
		ns, fits := timestampOf(v.I, 0)
		if !fits {
			return out, true, outOfRange(v, to, codeTimeRange)
		}
		return TimestampValue(ns), true, nil
	}
	return out, false, nil
}

func coerceArray(v Value, to Type) (Value, bool, error) {
	out := Value{Type: to, Valid: true, Elems: make([]Value, len(v.Elems))}
	for i, e := range v.Elems {
		var ok bool
		var err error
		if out.Elems[i], ok, err = coerce(e, to.Elem()); !ok || err != nil {
			return NullOf(to), ok, err
		}
	}
	return out, true, nil
}

func coerceNumber(v Value, to Type) (Value, error) {
	out := Value{Type: to, Valid: true}
	var ok bool
	switch {
	case to.Kind == Float64:
		out.F, ok = v.Float(), true
	case v.Type.Kind == Float64 && to.Kind == Int64:
		out.I, ok = roundEven(v.F)
	case v.Type.Kind == Float64:
		return floatToDecimal(v, to)
	default: // BIGINT and DECIMAL have a scale, 0 for BIGINT
		out.I, ok = Rescale(v.I, int(v.Type.Scale), int(to.Scale))
		ok = ok && (to.Kind == Int64 || FitsDigits(out.I, int(to.Precision)))
	}
	if !ok {
		return NullOf(to), outOfRange(v, to, codeOutOfRange)
	}
	return out, nil
}

// floatToDecimal goes by the shortest digits, so that 0.1 becomes 0.1.
func floatToDecimal(v Value, to Type) (Value, error) {
	i, err := parseDecimal(to, strconv.FormatFloat(v.F, 'e', -1, 64))
	if err != nil {
		return NullOf(to), outOfRange(v, to, codeOutOfRange)
	}
	return DecimalValue(to, i), nil
}

func outOfRange(v Value, to Type, code fault.Code) error {
	return fault.E("record: "+v.Type.String()+" "+v.Text(), fault.Invalid, code, "is out of range for a "+to.String())
}

func castBool(v Value, to Type) (Value, bool) {
	switch {
	case !v.Valid:
		return NullOf(to), CanCast(v.Type, to)
	case v.Type.Kind == Bool && to.Kind == Int64:
		return IntValue(v.I), true
	case v.Type.Kind == Int64 && to.Kind == Bool:
		return BoolValue(v.I != 0), true
	}
	return Value{}, false
}
