package plan

import (
	"github.com/quindex/quindex/record"
)

// Expr is a typed scalar expression over the columns of its node's input.
// Exprs are immutable and have a wire form.
type Expr interface {
	Type() record.Type
	String() string // SQL-like, for EXPLAIN
	isExpr()
}

// Col is column Index of the input.
type Col struct {
	Index int
	Name  string
	T     record.Type
}

// Const is a value known before the plan runs.
type Const struct{ Value record.Value }

// Call applies a scalar function or operator, named as in the table of
// functions (functions.go): "+", "=", "and", "lower", "cast". Arguments have
// exactly the types that the chosen overload takes: the binder put casts in.
// Special forms, whose arguments are not all evaluated for every row:
// "and", "or", "not", "case" (cond, value, cond, value, ..., else), "coalesce".
type Call struct {
	Func string
	Args []Expr
	T    record.Type
}

// Param is $N, from 1, of a statement planned without values for its
// parameters: the executor puts params[N-1] in its place, a value of type T.
type Param struct {
	N int
	T record.Type
}

// SubqueryValue is the value of an uncorrelated scalar subquery, run once
// before the rest: Plan.Subqueries[ID]. Exists makes it a BOOLEAN.
type SubqueryValue struct {
	ID     int
	Exists bool
	T      record.Type
}

// EngineCall is a condition that an engine brings, where it could not become
// part of a Scan's Where because other things decide with it (a column of
// another table in an OR). Its Fields are columns of the input; the executor
// answers it by the function's slow meaning.
type EngineCall struct {
	Function string
	Fields   []Expr
	Args     []record.Value
}

func (e Col) Type() record.Type           { return e.T }
func (e Const) Type() record.Type         { return e.Value.Type }
func (e Call) Type() record.Type          { return e.T }
func (e Param) Type() record.Type         { return e.T }
func (e SubqueryValue) Type() record.Type { return e.T }
func (e EngineCall) Type() record.Type    { return boolType }

func (Col) isExpr()           {}
func (Const) isExpr()         {}
func (Call) isExpr()          {}
func (Param) isExpr()         {}
func (SubqueryValue) isExpr() {}
func (EngineCall) isExpr()    {}

// children returns the expressions directly below e.
func children(e Expr) []Expr {
	switch e := e.(type) {
	case Call:
		return e.Args
	case EngineCall:
		return e.Fields
	}
	return nil
}

// Walk calls f for e and, where f returns true, for what is below it.
func Walk(e Expr, f func(Expr) bool) {
	if e == nil || !f(e) {
		return
	}
	for _, c := range children(e) {
		Walk(c, f)
	}
}

// Rewrite returns e with f applied to every part, from the leaves up. It
// shares what f leaves alone.
func Rewrite(e Expr, f func(Expr) Expr) Expr {
	switch x := e.(type) {
	case nil:
		return nil
	case Call:
		if args, changed := rewriteAll(x.Args, f); changed {
			x.Args = args
			e = x
		}
	case EngineCall:
		if fields, changed := rewriteAll(x.Fields, f); changed {
			x.Fields = fields
			e = x
		}
	}
	return f(e)
}

func rewriteAll(in []Expr, f func(Expr) Expr) ([]Expr, bool) {
	out, changed := in, false
	for i, a := range in {
		b := Rewrite(a, f)
		if !changed && !same(a, b) {
			out, changed = append([]Expr(nil), in...), true
		}
		if changed {
			out[i] = b
		}
	}
	return out, changed
}

// same reports whether b is certainly a, without looking deeper than one
// level: an expression rewritten below is not the same.
func same(a, b Expr) bool {
	switch a := a.(type) {
	case Col:
		b, ok := b.(Col)
		return ok && a == b
	case Param:
		b, ok := b.(Param)
		return ok && a == b
	case SubqueryValue:
		b, ok := b.(SubqueryValue)
		return ok && a == b
	case Call:
		b, ok := b.(Call)
		return ok && a.Func == b.Func && a.T == b.T && sameSlice(a.Args, b.Args)
	}
	return false
}

// sameSlice reports whether both are one slice.
func sameSlice(a, b []Expr) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}

// Equal reports whether two expressions are written alike: same functions,
// columns, constants and types.
func Equal(a, b Expr) bool {
	switch a := a.(type) {
	case nil:
		return b == nil
	case Col:
		b, ok := b.(Col)
		return ok && a.Index == b.Index
	case Const:
		b, ok := b.(Const)
		return ok && a.Value.Type == b.Value.Type && record.Equal(a.Value, b.Value)
	case Param:
		b, ok := b.(Param)
		return ok && a == b
	case SubqueryValue:
		b, ok := b.(SubqueryValue)
		return ok && a == b
	case aggRef:
		b, ok := b.(aggRef)
		return ok && a == b
	case outerCol:
		b, ok := b.(outerCol)
		return ok && a.Index == b.Index
	case Call:
		b, ok := b.(Call)
		return ok && a.Func == b.Func && a.T == b.T && equalAll(a.Args, b.Args)
	case EngineCall:
		b, ok := b.(EngineCall)
		return ok && a.Function == b.Function && equalAll(a.Fields, b.Fields) && equalValues(a.Args, b.Args)
	}
	return false
}

func equalAll(a, b []Expr) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !Equal(a[i], b[i]) {
			return false
		}
	}
	return true
}

func equalValues(a, b []record.Value) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Type != b[i].Type || !record.Equal(a[i], b[i]) {
			return false
		}
	}
	return true
}
