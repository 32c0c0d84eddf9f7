// Package scalar is the slow and plain meaning of scalar functions on single
// values. The binder folds constants with it, and the naive evaluator, which
// is the oracle of the executor's kernels, computes with it; so it shares no
// code with them.
package scalar

import (
	"errors"
	"fmt"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
)

// ErrUnknown is returned for functions that have no slow meaning here. They
// are not folded, and the oracle cannot judge them.
var ErrUnknown = errors.New("scalar: no slow meaning of this function")

// Values are arguments; none of them is NULL unless the function is lax.
type Values = []record.Value

// Call computes the function or operator name, one of the table of functions
// of package plan, whose arguments have the types its signature asks for.
// result is the signature's result type. Errors carry PostgreSQL's SQLSTATE.
func Call(name string, args Values, result record.Type) (record.Value, error) {
	if f, ok := lax[name]; ok {
		return typed(f(args))(result)
	}
	for _, a := range args {
		if !a.Valid {
			return record.NullOf(result), nil
		}
	}
	if name == "cast" {
		return record.Cast(args[0], result)
	}
	if f, ok := operators[name]; ok {
		return typed(f(args, result))(result)
	}
	if f, ok := functions[name]; ok {
		return typed(f(args, result))(result)
	}
	if v, ok, err := Place(name, args, result); ok {
		return v, err
	}
	return record.NullOf(result), fmt.Errorf("%w: %s", ErrUnknown, name)
}

// typed gives NULLs and strings the result type of the signature.
func typed(v record.Value, err error) func(record.Type) (record.Value, error) {
	return func(t record.Type) (record.Value, error) {
		if err != nil || !v.Valid {
			return record.NullOf(t), err
		}
		wider := v.Type.Kind == record.Decimal && t.Kind == record.Decimal && v.Type.Scale == t.Scale
		if v.Type.IsString() && t.IsString() || wider { // no cast was needed
			v.Type = t
		}
		if v.Type != t {
			return v, fault.Errorf("scalar: call", fault.Internal, "BUG: a %s where the signature says %s", v.Type, t)
		}
		return v, nil
	}
}

type function = func(args Values, result record.Type) (record.Value, error)

func boolean(b bool) (record.Value, error)     { return record.BoolValue(b), nil }
func integer(i int64) (record.Value, error)    { return record.IntValue(i), nil }
func float(f float64) (record.Value, error)    { return record.FloatValue(f), nil }
func text(s string) (record.Value, error)      { return record.KeywordValue(s), nil }
func stamp(ns int64) (record.Value, error)     { return record.TimestampValue(ns), nil }
func null() (record.Value, error)              { return record.Value{}, nil }
func bad(code fault.Code, why string) error    { return fault.E("scalar", fault.Invalid, code, why) }
func outOfRange() (record.Value, error)        { return record.Value{}, bad("22003", "out of range") }
func divisionByZero() (record.Value, error)    { return record.Value{}, bad("22012", "division by zero") }
func invalid(why string) (record.Value, error) { return record.Value{}, bad("22023", why) }
