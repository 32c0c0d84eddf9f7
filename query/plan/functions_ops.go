package plan

import (
	"slices"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
)

// form returns the rule of a name whose types do not stand in the table of
// functions, or nil.
func form(name string) func(string, []Arg) (Signature, error) {
	switch name {
	case "+", "-", "*", "/", "%":
		return arithmetic
	case "=", "<>", "<", "<=", ">", ">=", "is_distinct_from", "is_not_distinct_from":
		return comparison
	case "and", "or":
		return connective
	case "between":
		return between
	case "in":
		return inList
	case "any_eq", "any_ne", "any_lt", "any_le", "any_gt", "any_ge", "all_eq", "all_ne", "all_lt", "all_le", "all_gt", "all_ge":
		return quantified
	case "case":
		return caseForm
	case "coalesce", "greatest", "least":
		return oneType
	case "nullif":
		return nullIf
	case "array":
		return arrayForm
	case "@>", "<@", "&&":
		return arrayPair
	}
	return nil
}

// timeArithmetic lists what + - * / do with times; numbers follow numeric.
var timeArithmetic = []struct {
	op                  string
	left, right, result param
}{
	{"+", "ts", "span", "ts"}, {"+", "span", "ts", "ts"}, {"-", "ts", "span", "ts"},
	{"+", "date", "int", "date"}, {"+", "int", "date", "date"}, {"-", "date", "int", "date"}, {"-", "date", "date", "int"},
	{"-", "ts", "ts", "span"}, {"+", "span", "span", "span"}, {"-", "span", "span", "span"},
	{"*", "span", "float", "span"}, {"*", "float", "span", "span"}, {"/", "span", "float", "span"},
}

// arithmetic resolves + - * / %. An open literal first takes the other
// side's type, as in PostgreSQL: n + '1' adds two numbers.
func arithmetic(name string, args []Arg) (Signature, error) {
	if len(args) == 1 && name == "+" {
		args = []Arg{{Type: record.T(record.Int64)}, args[0]}
	}
	if len(args) != 2 {
		return Signature{}, unknownFunction(name, args)
	}
	if l, r, ok := matchNumbers(args[0], args[1]); ok {
		return numeric(name, l, r)
	}
	best, cost := -1, noCast
	for i, t := range timeArithmetic {
		if t.op != name || name == "*" && args[0].Literal && args[1].Literal { // '5' * '2' is no time
			continue
		}
		if c := t.left.cost(args[0]) + t.right.cost(args[1]); c < cost {
			best, cost = i, c
		}
	}
	if best < 0 {
		return Signature{}, unknownFunction(name, args)
	}
	t := timeArithmetic[best]
	return Signature{Name: name, Args: []record.Type{t.left.take(args[0]), t.right.take(args[1])}, Result: t.result.take(Arg{}), Strict: true}, nil
}

// matchNumbers gives NULLs and literals the numeric type of the other side.
func matchNumbers(a, b Arg) (l, r record.Type, ok bool) {
	open := func(x Arg) bool { return x.Literal || x.Type.Kind == record.Null }
	switch {
	case a.Type.IsNumeric() && b.Type.IsNumeric():
		return a.Type, b.Type, true
	case a.Type.IsNumeric() && open(b):
		return a.Type, a.Type, true
	case b.Type.IsNumeric() && open(a):
		return b.Type, b.Type, true
	case open(a) && open(b) && !a.Literal && !b.Literal:
		return record.T(record.Int64), record.T(record.Int64), true
	}
	return l, r, false
}

// numeric is the rule for two numbers: a DOUBLE makes both DOUBLE; BIGINT
// with DECIMAL is DECIMAL; + - % take the larger scale, * adds the scales and
// / of anything but two BIGINTs is DOUBLE.
func numeric(name string, l, r record.Type) (Signature, error) {
	s := Signature{Name: name, Strict: true}
	switch {
	case l.Kind == record.Int64 && r.Kind == record.Int64:
		s.Args, s.Result = []record.Type{l, r}, l
		return s, nil
	case l.Kind == record.Float64 || r.Kind == record.Float64 || name == "/":
		f := record.T(record.Float64)
		s.Args, s.Result = []record.Type{f, f}, f
		return s, nil
	}
	l, r = asDecimal(l), asDecimal(r)
	if name == "*" {
		scale := int(l.Scale) + int(r.Scale)
		if scale > record.MaxDigits {
			return s, fault.E("plan: resolve", fault.Invalid, fault.Code("22003"),
				fault.Hint("cast one side to DOUBLE, or to a DECIMAL of smaller scale"),
				fault.Errorf("plan: *", fault.Invalid, "%s times %s has scale %d, more than %d", l, r, scale, record.MaxDigits))
		}
		s.Args = []record.Type{l, r}
		s.Result = record.DecimalType(max(scale, min(record.MaxDigits, int(l.Precision)+int(r.Precision))), scale)
		return s, nil
	}
	scale := int(max(l.Scale, r.Scale))
	digits := max(int(l.Precision)-int(l.Scale), int(r.Precision)-int(r.Scale)) + scale
	if name != "%" {
		digits++
	}
	s.Result = record.DecimalType(min(record.MaxDigits, digits), scale)
	side := record.DecimalType(record.MaxDigits, scale)
	s.Args = []record.Type{side, side}
	return s, nil
}

func asDecimal(t record.Type) record.Type {
	if t.Kind == record.Decimal {
		return t
	}
	return record.DecimalType(record.MaxDigits, 0)
}

var boolType = record.T(record.Bool)

// comparison resolves = <> < <= > >= and IS [NOT] DISTINCT FROM. An array on
// one side and an element on the other means ANY: the name becomes "has_eq"
// (array, x) or "any_eq" (x, array).
func comparison(name string, args []Arg) (Signature, error) {
	s := Signature{Name: name, Result: boolType, Strict: name != "is_distinct_from" && name != "is_not_distinct_from"}
	if len(args) != 2 {
		return s, unknownFunction(name, args)
	}
	if l, r, ok := comparable(args[0], args[1]); ok {
		s.Args = []record.Type{l, r}
		return s, nil
	}
	word, ok := opWords[name]
	if !ok {
		return s, unknownFunction(name, args)
	}
	if args[0].Type.IsArray() {
		if _, r, ok := comparable(Arg{Type: args[0].Type.Elem()}, args[1]); ok {
			s.Name, s.Args = "has_"+word, []record.Type{args[0].Type, r}
			return s, nil
		}
	}
	if args[1].Type.IsArray() {
		return quantified("any_"+word, args)
	}
	return s, unknownFunction(name, args)
}

var opWords = map[string]string{"=": "eq", "<>": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"}

// comparable returns the types at which two values are compared. BIGINT and
// DECIMAL, DECIMALs of different scales, and DATE and TIMESTAMP are compared
// exactly as they are, because a cast could overflow.
func comparable(a, b Arg) (l, r record.Type, ok bool) {
	a, b = settle(a, b), settle(b, a)
	switch {
	case a.Type == b.Type:
		return a.Type, b.Type, a.Type.Kind != record.Invalid
	case a.Type.IsNumeric() && b.Type.IsNumeric():
		if a.Type.Kind == record.Float64 || b.Type.Kind == record.Float64 {
			f := record.T(record.Float64)
			return f, f, true
		}
		return a.Type, b.Type, true
	case isText(a.Type.Kind) && isText(b.Type.Kind), isTime(a.Type.Kind) && isTime(b.Type.Kind):
		return a.Type, b.Type, true
	}
	return l, r, false
}

// settle gives an open argument the type of the other side; two open ones are strings.
func settle(a, other Arg) Arg {
	switch {
	case (a.Literal || a.Type.Kind == record.Null) && !other.Literal && other.Type.Kind != record.Null && !(a.Literal && other.Type.IsArray()):
		return Arg{Type: other.Type}
	case a.Type.Kind == record.Null:
		return Arg{Type: record.T(record.Keyword)}
	}
	return a
}

func isTime(k record.Kind) bool { return k == record.Timestamp || k == record.Date }

func connective(name string, args []Arg) (Signature, error) {
	s := Signature{Name: name, Result: boolType}
	for _, a := range args {
		if param("bool").cost(a) == noCast {
			return s, unknownFunction(name, args)
		}
		s.Args = append(s.Args, boolType)
	}
	if len(args) == 0 {
		return s, unknownFunction(name, args)
	}
	return s, nil
}

// between is x BETWEEN lo AND hi, as between(x, lo, hi).
func between(name string, args []Arg) (Signature, error) {
	s := Signature{Name: name, Result: boolType}
	if len(args) != 3 {
		return s, unknownFunction(name, args)
	}
	if t, err := CommonType(args...); err == nil && !t.IsNumeric() && !isTime(t.Kind) {
		s.Args = []record.Type{t, t, t}
		return s, nil
	}
	x, lo, ok1 := comparable(args[0], args[1])
	x2, hi, ok2 := comparable(args[0], args[2])
	if !ok1 || !ok2 {
		return s, unknownFunction(name, args)
	}
	if x2.Kind == record.Float64 && x.Kind != record.Float64 || x.Kind == record.Float64 {
		x, lo, hi = x2, floatIfNumeric(lo), floatIfNumeric(hi)
		x = floatIfNumeric(x)
	}
	s.Args = []record.Type{x, lo, hi}
	return s, nil
}

func floatIfNumeric(t record.Type) record.Type {
	if t.IsNumeric() {
		return record.T(record.Float64)
	}
	return t
}

// inList is x IN (a, b, ...), as in(x, a, b, ...): every member is compared
// with x as = would compare it. An array x means ANY of its elements.
func inList(name string, args []Arg) (Signature, error) {
	s := Signature{Name: name, Result: boolType}
	if len(args) < 2 {
		return s, unknownFunction(name, args)
	}
	x := args[0]
	if x.Type.IsArray() {
		x.Type = x.Type.Elem()
	}
	if x.Literal || x.Type.Kind == record.Null {
		t, err := CommonType(args...)
		if err != nil {
			return s, err
		}
		x = Arg{Type: t}
	}
	s.Args = []record.Type{x.Type}
	float := false
	for _, a := range args[1:] {
		l, r, ok := comparable(x, a)
		if !ok {
			return s, unknownFunction(name, args)
		}
		float = float || l.Kind == record.Float64
		s.Args = append(s.Args, r)
	}
	if float {
		for i, t := range s.Args {
			s.Args[i] = floatIfNumeric(t)
		}
	}
	if args[0].Type.IsArray() {
		s.Args[0] = args[0].Type
	}
	return s, nil
}

// quantified is x op ANY (array) as any_eq(x, array), and ALL as all_eq.
func quantified(name string, args []Arg) (Signature, error) {
	s := Signature{Name: name, Result: boolType}
	if len(args) != 2 {
		return s, unknownFunction(name, args)
	}
	if args[1].Literal || args[1].Type.Kind == record.Null {
		t, ok := record.ArrayOf(args[0].Type)
		if !ok {
			return s, unknownFunction(name, args)
		}
		args = []Arg{args[0], {Type: t}}
	}
	if !args[1].Type.IsArray() {
		return s, unknownFunction(name, args)
	}
	x, _, ok := comparable(args[0], Arg{Type: args[1].Type.Elem()})
	if !ok {
		return s, unknownFunction(name, args)
	}
	s.Args = []record.Type{x, args[1].Type}
	return s, nil
}

// caseForm is case(cond, value, cond, value, ..., [else]).
func caseForm(name string, args []Arg) (Signature, error) {
	s := Signature{Name: name, Args: make([]record.Type, len(args))}
	var values []Arg
	for i, a := range args {
		if i%2 == 1 || i == len(args)-1 && len(args)%2 == 1 {
			values = append(values, a)
			continue
		}
		if param("bool").cost(a) == noCast {
			return s, fault.Errorf("plan: case", fault.Invalid, "condition %d is %s, not BOOLEAN", i/2+1, a.Type)
		}
	}
	if len(args) < 2 {
		return s, unknownFunction(name, args)
	}
	t, err := CommonType(values...)
	if err != nil {
		return s, fault.E("plan: case", err)
	}
	for i := range s.Args {
		s.Args[i] = t
		if i%2 == 0 && !(i == len(args)-1 && len(args)%2 == 1) {
			s.Args[i] = boolType
		}
	}
	s.Result = t
	return s, nil
}

// oneType is coalesce, greatest and least: all arguments have one type.
func oneType(name string, args []Arg) (Signature, error) {
	s := Signature{Name: name}
	if len(args) == 0 {
		return s, unknownFunction(name, args)
	}
	t, err := CommonType(args...)
	if err != nil {
		return s, fault.E("plan: "+name, err)
	}
	s.Args, s.Result = slices.Repeat([]record.Type{t}, len(args)), t
	return s, nil
}

// nullIf is nullif(a, b): NULL where a = b, else a.
func nullIf(name string, args []Arg) (Signature, error) {
	s, err := comparison("=", args)
	if err != nil || s.Name != "=" {
		return s, unknownFunction(name, args)
	}
	s.Name, s.Strict, s.Result = name, false, s.Args[0]
	return s, nil
}

// arrayForm is ARRAY[a, b, ...]; its elements may not be NULL.
func arrayForm(name string, args []Arg) (Signature, error) {
	s := Signature{Name: name, Strict: true}
	t := record.T(record.Keyword)
	if len(args) > 0 {
		var err error
		if t, err = CommonType(args...); err != nil {
			return s, fault.E("plan: array", err)
		}
	}
	if t.Kind == record.Decimal {
		t = record.T(record.Float64)
	}
	var ok bool
	if s.Result, ok = record.ArrayOf(t); !ok {
		return s, fault.Errorf("plan: array", fault.Unsupported, "no array of %s", t)
	}
	s.Args = slices.Repeat([]record.Type{s.Result.Elem()}, len(args))
	return s, nil
}

// arrayPair is @> (contains), <@ (is contained) and && (overlaps).
func arrayPair(name string, args []Arg) (Signature, error) {
	s := Signature{Name: name, Result: boolType, Strict: true}
	if len(args) == 2 {
		a, b := settle(args[0], args[1]), settle(args[1], args[0])
		if args[0].Literal {
			a = Arg{Type: b.Type}
		}
		if args[1].Literal {
			b = Arg{Type: a.Type}
		}
		if a.Type == b.Type && a.Type.IsArray() {
			s.Args = []record.Type{a.Type, b.Type}
			return s, nil
		}
	}
	return s, unknownFunction(name, args)
}
