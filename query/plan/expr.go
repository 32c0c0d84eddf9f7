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

// SubqueryValue is the value of an uncorrelated scalar subquery, run once
// before the rest: Plan.Subqueries[ID]. Exists makes it a BOOLEAN.
type SubqueryValue struct {
	ID     int
	Exists bool
	T      record.Type
}

func (e Col) Type() record.Type           { return e.T }
func (e Const) Type() record.Type         { return e.Value.Type }
func (e Call) Type() record.Type          { return e.T }
func (e SubqueryValue) Type() record.Type { return e.T }
func (Col) isExpr()                       {}
func (Const) isExpr()                     {}
func (Call) isExpr()                      {}
func (SubqueryValue) isExpr()             {}
