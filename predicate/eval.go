package predicate

import (
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
)

// Eval decides p on one row, slowly and plainly. It defines what conditions
// mean: every faster way is tested against it. fns may be nil where p has no Call.
func Eval(p P, row Row, fns Functions) (Truth, error) {
	switch p := p.(type) {
	case Const:
		return p.Truth, nil
	case IsNull:
		return truthOf(row.Value(p.Field).IsNull() != p.Negate), nil
	case Compare:
		return evalCompare(p, row.Value(p.Field)), nil
	case Between:
		return anyOf(row.Value(p.Field), p.holds), nil
	case In:
		return evalIn(p, row.Value(p.Field)), nil
	case Like:
		return evalLike(p, row.Value(p.Field))
	case Call:
		return evalCall(p, row, fns)
	case And:
		return evalAll(p.Of, False, row, fns)
	case Or:
		return evalAll(p.Of, True, row, fns)
	case Not:
		t, err := Eval(p.Of, row, fns)
		return t.Not(), err
	}
	return Unknown, fault.Errorf("predicate: eval", fault.Internal, "a condition of type %T", p)
}

// Not turns True and False round and leaves Unknown.
func (t Truth) Not() Truth {
	switch t {
	case True:
		return False
	case False:
		return True
	}
	return Unknown
}

func (t Truth) String() string {
	switch t {
	case True:
		return "TRUE"
	case False:
		return "FALSE"
	}
	return "NULL"
}

func truthOf(b bool) Truth {
	if b {
		return True
	}
	return False
}

// anyOf asks holds about v, or about the elements of an array until one says yes.
func anyOf(v record.Value, holds func(record.Value) bool) Truth {
	switch {
	case v.IsNull():
		return Unknown
	case !v.Type.IsArray():
		return truthOf(holds(v))
	}
	for _, e := range v.Elems {
		if holds(e) {
			return True
		}
	}
	return False
}

func evalCompare(p Compare, v record.Value) Truth {
	if p.Value.IsNull() {
		return Unknown
	}
	return anyOf(v, func(v record.Value) bool { return p.Op.Holds(record.Compare(v, p.Value)) })
}

// Holds reports whether the operator holds of two values that record.Compare
// orders as c.
func (op Op) Holds(c int) bool {
	switch op {
	case EQ:
		return c == 0
	case NE:
		return c != 0
	case LT:
		return c < 0
	case LE:
		return c <= 0
	case GT:
		return c > 0
	}
	return c >= 0
}

// holds reports whether one value lies in the range.
func (p Between) holds(v record.Value) bool {
	lo, hi := record.Compare(v, p.Lo), record.Compare(v, p.Hi)
	return (lo > 0 || lo == 0 && !p.LoOpen) && (hi < 0 || hi == 0 && !p.HiOpen)
}

func evalIn(p In, v record.Value) Truth {
	t := anyOf(v, func(v record.Value) bool {
		for _, want := range p.Values {
			if record.Compare(v, want) == 0 {
				return true
			}
		}
		return false
	})
	if t == False && p.HasNull {
		return Unknown
	}
	return t
}

func evalLike(p Like, v record.Value) (Truth, error) {
	match, err := p.Matcher()
	if err != nil {
		return Unknown, err
	}
	return anyOf(v, func(v record.Value) bool { return match(v.S) != p.Negate }), nil
}

func evalCall(p Call, row Row, fns Functions) (Truth, error) {
	f, err := lookUp(p, fns)
	if err != nil {
		return Unknown, err
	}
	return callOn(p, f, row)
}

func lookUp(p Call, fns Functions) (EvalFunc, error) {
	if fns != nil {
		if f, known := fns.EvalFunc(p.Function); known {
			return f, nil
		}
	}
	return nil, fault.E("predicate: call", fault.NotFound, fault.Code("42883"), fault.Item(p.Function), "no such function")
}

func callOn(p Call, f EvalFunc, row Row) (Truth, error) {
	values := make([]record.Value, len(p.Fields))
	for i, field := range p.Fields {
		if values[i] = row.Value(field); values[i].IsNull() {
			return Unknown, nil
		}
	}
	return f(values, p.Args)
}

// evalAll is AND where decisive is False and OR where it is True: a decisive
// part decides, else one Unknown part makes the whole Unknown.
func evalAll(of []P, decisive Truth, row Row, fns Functions) (Truth, error) {
	t := decisive.Not()
	for _, p := range of {
		switch have, err := Eval(p, row, fns); {
		case err != nil:
			return Unknown, err
		case have == decisive:
			return decisive, nil
		case have == Unknown:
			t = Unknown
		}
	}
	return t, nil
}
