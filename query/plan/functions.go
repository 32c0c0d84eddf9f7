package plan

import (
	"strings"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
)

// Volatility says when a call of constants may be replaced by its value.
type Volatility uint8

const (
	Immutable Volatility = iota // always the same: fold it
	Stable                      // the same within one statement: fold it when the statement starts
)

// Signature is one overload of a scalar function or operator, chosen for
// given arguments.
type Signature struct {
	Name       string        // what stands in Call.Func: synonyms are resolved, unary minus is "neg"
	Args       []record.Type // cast argument i to Args[i] where its type differs
	Result     record.Type
	Strict     bool // NULL in, NULL out
	Volatility Volatility
}

// Arg is an argument of a call that is to be resolved. Literal is a string
// written as 'text', whose type is still open: its Type is KEYWORD.
type Arg struct {
	Type    record.Type
	Literal bool
}

// ResolveLit chooses the overload of the function or operator name that takes
// the arguments with the fewest implicit casts (BIGINT to DECIMAL to DOUBLE,
// KEYWORD to TEXT and back, DATE to TIMESTAMP, NULL and literals to
// anything). Errors: NotFound (42883) if no overload fits, Unsupported for
// functions that are known but not built.
func ResolveLit(name string, args []Arg) (Signature, error) {
	said := name
	name = canonical(name, len(args))
	if rule := form(name); rule != nil {
		return rule(name, args)
	}
	overloads, ok := scalars()[name]
	if !ok {
		return Signature{}, unknownFunction(said, args)
	}
	best, bestCost := -1, noCast
	for i := range overloads {
		if cost := overloads[i].cost(args); cost < bestCost {
			best, bestCost = i, cost
		}
	}
	if best < 0 {
		return Signature{}, unknownFunction(said, args)
	}
	return overloads[best].bind(name, args)
}

// IsScalar reports whether name is a scalar function or operator of the table.
func IsScalar(name string) bool {
	for n := range 3 {
		c := canonical(name, n)
		if form(c) != nil || scalars()[c] != nil {
			return true
		}
	}
	return false
}

// canonical returns the name under which name stands in the table.
func canonical(name string, args int) string {
	if name == "-" && args == 1 {
		return "neg"
	}
	if c, ok := synonyms[name]; ok {
		return c
	}
	return name
}

// overload is one line of the table, parsed: see lines in functions_table.go.
type overload struct {
	params   []param
	optional int  // how many of the last params may be left out
	variadic bool // the last param may be repeated
	result   param
	lax      bool // not strict
	stable   bool
}

// cost returns the price of calling o with args, or noCast.
func (o *overload) cost(args []Arg) int {
	if len(args) > len(o.params) && !o.variadic || len(args) < len(o.params)-o.optional {
		return noCast
	}
	total := 0
	for i, a := range args {
		c := o.param(i).cost(a)
		if c == noCast {
			return noCast
		}
		total += c
	}
	return total
}

func (o *overload) param(i int) param { return o.params[min(i, len(o.params)-1)] }

// bind is called after cost found that the arguments fit.
func (o *overload) bind(name string, args []Arg) (Signature, error) {
	s := Signature{Name: name, Strict: !o.lax, Args: make([]record.Type, len(args))}
	if o.stable {
		s.Volatility = Stable
	}
	for i, a := range args {
		s.Args[i] = o.param(i).take(a)
	}
	s.Result = o.result.take(Arg{})
	switch {
	case o.result == "first":
		s.Result = s.Args[0]
	case o.result == "whole":
		s.Result = record.DecimalType(record.MaxDigits, 0)
	case o.result == "elem":
		s.Result = s.Args[0].Elem()
	}
	return s, nil
}

func unknownFunction(name string, args []Arg) error {
	if why, ok := unbuilt[name]; ok {
		return fault.Errorf("plan: resolve", fault.Unsupported, "function %s: %s", name, why)
	}
	types := make([]string, len(args))
	for i, a := range args {
		types[i] = a.Type.String()
		if a.Literal {
			types[i] = "'text'"
		}
	}
	hint := waysHint(name)
	if !IsScalar(name) {
		hint = "no function of this name exists with any arguments"
	}
	return fault.E("plan: resolve", fault.NotFound, fault.Code("42883"), hint,
		"no function or operator "+name+"("+strings.Join(types, ", ")+")")
}
