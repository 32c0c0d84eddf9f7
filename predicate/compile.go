package predicate

import (
	"slices"

	"github.com/quindex/quindex/record"
)

// Compiled decides a condition on a row. Any number of goroutines may use it.
type Compiled func(row Row) (Truth, error)

// Compile prepares p for many rows: patterns are compiled, functions looked
// up and lists searched by halves. What it says of a row is what Eval says, but
// a malformed pattern and an unknown function are errors here and now.
func Compile(p P, fns Functions) (Compiled, error) {
	switch p := p.(type) {
	case Like:
		match, err := p.Matcher()
		if err != nil {
			return nil, err
		}
		holds := func(v record.Value) bool { return match(v.S) != p.Negate }
		return func(row Row) (Truth, error) { return anyOf(row.Value(p.Field), holds), nil }, nil
	case In:
		holds := func(v record.Value) bool {
			_, found := slices.BinarySearchFunc(p.Values, v, record.Compare)
			return found
		}
		return func(row Row) (Truth, error) {
			t := anyOf(row.Value(p.Field), holds)
			if t == False && p.HasNull {
				t = Unknown
			}
			return t, nil
		}, nil
	case Call:
		return compileCall(p, fns)
	case And:
		return compileAll(p.Of, False, fns)
	case Or:
		return compileAll(p.Of, True, fns)
	case Not:
		of, err := Compile(p.Of, fns)
		if err != nil {
			return nil, err
		}
		return func(row Row) (Truth, error) {
			t, err := of(row)
			return t.Not(), err
		}, nil
	}
	return func(row Row) (Truth, error) { return Eval(p, row, fns) }, nil
}

func compileCall(p Call, fns Functions) (Compiled, error) {
	f, err := lookUp(p, fns)
	if err != nil {
		return nil, err
	}
	return func(row Row) (Truth, error) { return callOn(p, f, row) }, nil
}

func compileAll(of []P, decisive Truth, fns Functions) (Compiled, error) {
	parts := make([]Compiled, len(of))
	for i, p := range of {
		var err error
		if parts[i], err = Compile(p, fns); err != nil {
			return nil, err
		}
	}
	return func(row Row) (Truth, error) {
		t := decisive.Not()
		for _, part := range parts {
			switch have, err := part(row); {
			case err != nil:
				return Unknown, err
			case have == decisive:
				return decisive, nil
			case have == Unknown:
				t = Unknown
			}
		}
		return t, nil
	}, nil
}
