package scalar

import (
	"github.com/quindex/quindex/record"
)

// lax are the functions that see their NULL arguments.
var lax = map[string]func(args Values) (record.Value, error){
	"and":                  func(a Values) (record.Value, error) { return connect(a, false) },
	"or":                   func(a Values) (record.Value, error) { return connect(a, true) },
	"case":                 caseOf,
	"coalesce":             coalesce,
	"greatest":             func(a Values) (record.Value, error) { return extreme(a, 1) },
	"least":                func(a Values) (record.Value, error) { return extreme(a, -1) },
	"nullif":               nullIf,
	"between":              between,
	"in":                   in,
	"any_eq":               quantified("=", false),
	"any_ne":               quantified("<>", false),
	"any_lt":               quantified("<", false),
	"any_le":               quantified("<=", false),
	"any_gt":               quantified(">", false),
	"any_ge":               quantified(">=", false),
	"all_eq":               quantified("=", true),
	"all_ne":               quantified("<>", true),
	"all_lt":               quantified("<", true),
	"all_le":               quantified("<=", true),
	"all_gt":               quantified(">", true),
	"all_ge":               quantified(">=", true),
	"concat":               concat,
	"concat_ws":            concatWith,
	"is_null":              func(a Values) (record.Value, error) { return boolean(!a[0].Valid) },
	"is_not_null":          func(a Values) (record.Value, error) { return boolean(a[0].Valid) },
	"is_true":              func(a Values) (record.Value, error) { return boolean(a[0].Bool()) },
	"is_not_true":          func(a Values) (record.Value, error) { return boolean(!a[0].Bool()) },
	"is_false":             func(a Values) (record.Value, error) { return boolean(isFalse(a[0])) },
	"is_not_false":         func(a Values) (record.Value, error) { return boolean(!isFalse(a[0])) },
	"is_unknown":           func(a Values) (record.Value, error) { return boolean(!a[0].Valid) },
	"is_not_unknown":       func(a Values) (record.Value, error) { return boolean(a[0].Valid) },
	"is_distinct_from":     func(a Values) (record.Value, error) { return boolean(!record.Equal(a[0], a[1])) },
	"is_not_distinct_from": func(a Values) (record.Value, error) { return boolean(record.Equal(a[0], a[1])) },
}

func isFalse(v record.Value) bool { return v.Valid && v.I == 0 }

// connect is AND where decisive is false and OR where it is true.
func connect(args Values, decisive bool) (record.Value, error) {
	unknown := false
	for _, a := range args {
		switch {
		case !a.Valid:
			unknown = true
		case a.Bool() == decisive:
			return boolean(decisive)
		}
	}
	if unknown {
		return null()
	}
	return boolean(!decisive)
}

func caseOf(args Values) (record.Value, error) {
	i := 0
	for ; i+1 < len(args); i += 2 {
		if args[i].Bool() {
			return args[i+1], nil
		}
	}
	if i < len(args) {
		return args[i], nil
	}
	return null()
}

func coalesce(args Values) (record.Value, error) {
	for _, a := range args {
		if a.Valid {
			return a, nil
		}
	}
	return null()
}

// extreme is greatest (sign 1) or least (-1), which pass over NULLs.
func extreme(args Values, sign int) (record.Value, error) {
	var best record.Value
	for _, a := range args {
		if a.Valid && (!best.Valid || record.Compare(a, best)*sign > 0) {
			best = a
		}
	}
	return best, nil
}

func nullIf(args Values) (record.Value, error) {
	if args[0].Valid && args[1].Valid && record.Compare(args[0], args[1]) == 0 {
		return null()
	}
	return args[0], nil
}

// compare is a op b for scalars, NULL if one is.
func compare(op string, a, b record.Value) record.Value {
	if !a.Valid || !b.Valid {
		return record.NullOf(record.T(record.Bool))
	}
	c := record.Compare(a, b)
	switch op {
	case "=":
		return record.BoolValue(c == 0)
	case "<>":
		return record.BoolValue(c != 0)
	case "<":
		return record.BoolValue(c < 0)
	case "<=":
		return record.BoolValue(c <= 0)
	case ">":
		return record.BoolValue(c > 0)
	}
	return record.BoolValue(c >= 0)
}

func between(args Values) (record.Value, error) {
	return connect(Values{compare(">=", args[0], args[1]), compare("<=", args[0], args[2])}, false)
}

// in is x = any of the others; of an array x, any element is.
func in(args Values) (record.Value, error) {
	x := Values{args[0]}
	if args[0].Type.IsArray() {
		if !args[0].Valid {
			return null()
		}
		x = args[0].Elems
	}
	var all Values
	for _, e := range x {
		for _, m := range args[1:] {
			all = append(all, compare("=", e, m))
		}
	}
	return connect(all, true)
}

// quantified is x op ANY (array) or ALL (array).
func quantified(op string, all bool) func(Values) (record.Value, error) {
	return func(args Values) (record.Value, error) {
		if !args[1].Valid {
			return null()
		}
		var each Values
		for _, e := range args[1].Elems {
			each = append(each, compare(op, args[0], e))
		}
		return connect(each, !all)
	}
}

// has is array op x: one of its elements is.
func has(op string) function {
	return func(args Values, _ record.Type) (record.Value, error) {
		var each Values
		for _, e := range args[0].Elems {
			each = append(each, compare(op, e, args[1]))
		}
		return connect(each, true)
	}
}

func concat(args Values) (record.Value, error) {
	out := ""
	for _, a := range args {
		out += plain(a)
	}
	return text(out)
}

// plain is the text of a value, "" for NULL.
func plain(v record.Value) string {
	if v.Valid && v.Type.IsString() {
		return v.S
	}
	return v.Text()
}

func concatWith(args Values) (record.Value, error) {
	if !args[0].Valid {
		return null()
	}
	out, first := "", true
	for _, a := range args[1:] {
		if !a.Valid {
			continue
		}
		if !first {
			out += args[0].S
		}
		out, first = out+plain(a), false
	}
	return text(out)
}
