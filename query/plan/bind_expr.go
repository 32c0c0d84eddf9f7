package plan

import (
	"fmt"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/query/sql"
	"github.com/quindex/quindex/record"
)

// value binds an expression that may be of any type; no literal stays open.
func (b *binder) value(e sql.Expr, s *scope) Expr { return b.settle(b.expr(e, s)) }

// condition binds an expression that must be BOOLEAN; where names the clause.
func (b *binder) condition(e sql.Expr, s *scope, where string) Expr {
	x := b.expr(e, s)
	if !canBool(x) {
		b.mismatch(e.Pos(), "the condition of "+where+" is "+x.Type().String()+", not BOOLEAN")
	}
	return b.cast(x, boolType, e.Pos())
}

func canBool(e Expr) bool {
	o, isOpen := e.(open)
	k := e.Type().Kind
	return isOpen && !o.number || k == record.Bool || k == record.Null
}

// expr gives an expression its type. It may return an open literal.
func (b *binder) expr(e sql.Expr, s *scope) Expr {
	switch e := e.(type) {
	case *sql.Name:
		return b.column(e, s)
	case *sql.Literal:
		return b.literal(e)
	case *sql.Param:
		return b.param(e)
	case *sql.Unary:
		return b.unary(e, s)
	case *sql.Binary:
		return b.binary(e, s)
	case *sql.Between:
		return b.between(e, s)
	case *sql.In:
		return b.in(e, s)
	case *sql.Like:
		return b.like(e, s)
	case *sql.IsNull:
		return b.call(choose(e.Not, "is_not_null", "is_null"), e.Pos(), b.expr(e.X, s))
	case *sql.IsBool:
		name := choose(e.Not, "is_not_", "is_") + [...]string{"unknown", "false", "true"}[e.Value]
		return b.call(name, e.Pos(), b.expr(e.X, s))
	case *sql.Case:
		return b.caseOf(e, s)
	case *sql.Cast:
		return b.castTo(e, s)
	case *sql.Call:
		return b.function(e, s)
	case *sql.Quantified:
		return b.quantified(e, s)
	case *sql.Exists:
		return b.exists(e, s)
	case *sql.Subquery:
		return b.scalarSubquery(e, s)
	case *sql.ArrayLit:
		if e.Query != nil {
			b.unsupported(e.Pos(), "ARRAY(SELECT ...)")
		}
		return b.array(e, s)
	case *sql.Index:
		return b.call("subscript", e.Pos(), b.expr(e.X, s), b.expr(e.I, s))
	case *sql.Default:
		b.fail(e.Pos(), fault.Syntax, "DEFAULT stands only in INSERT and UPDATE")
	case *sql.Star:
		b.fail(e.Pos(), fault.Syntax, "* stands only in the list of SELECT and in count(*)")
	case *sql.Row:
		b.unsupported(e.Pos(), "a row as a value")
	}
	b.unsupported(e.Pos(), fmt.Sprintf("the expression %s", e))
	return nil
}

func choose(cond bool, yes, no string) string {
	if cond {
		return yes
	}
	return no
}

func (b *binder) exprs(es []sql.Expr, s *scope) []Expr {
	out := make([]Expr, len(es))
	for i, e := range es {
		out[i] = b.expr(e, s)
	}
	return out
}

func (b *binder) unary(e *sql.Unary, s *scope) Expr {
	x := b.expr(e.X, s)
	switch e.Op {
	case sql.Not:
		if !canBool(x) {
			b.mismatch(e.X.Pos(), "NOT takes BOOLEAN, not "+x.Type().String())
		}
		return b.not(x, e.Pos())
	case sql.Neg:
		return b.call("-", e.Pos(), x)
	}
	if !x.Type().IsNumeric() && x.Type().Kind != record.Interval {
		b.mismatch(e.X.Pos(), "+ takes a number, not "+x.Type().String())
	}
	return x
}

func (b *binder) not(x Expr, pos int) Expr { return b.call("not", pos, x) }

func (b *binder) binary(e *sql.Binary, s *scope) Expr {
	switch e.Op {
	case sql.And, sql.Or:
		return b.connective(e, s)
	case sql.NotRegex, sql.NotRegexFold:
		name := choose(e.Op == sql.NotRegex, "regexp", "regexp_fold")
		return b.not(b.call(name, e.Pos(), b.expr(e.L, s), b.expr(e.R, s)), e.Pos())
	}
	if l, ok := e.L.(*sql.Row); ok {
		return b.rows(e, l, s)
	}
	if q, ok := e.R.(*sql.Subquery); ok && e.Op.Comparison() {
		return b.call(e.Op.String(), e.Pos(), b.expr(e.L, s), b.scalarSubquery(q, s))
	}
	if b.way != nil {
		if x, ok := b.way.sameElement(e, s); ok {
			return x
		}
	}
	return b.call(opName(e.Op), e.Pos(), b.expr(e.L, s), b.expr(e.R, s))
}

func opName(op sql.Op) string {
	switch op {
	case sql.Distinct:
		return "is_distinct_from"
	case sql.NotDistinct:
		return "is_not_distinct_from"
	}
	return op.String()
}

// connective binds a whole chain of one connective as one call.
func (b *binder) connective(e *sql.Binary, s *scope) Expr {
	var parts []sql.Expr
	var walk sql.Expr = e
	for { // a chain leans to the left
		n, ok := walk.(*sql.Binary)
		if !ok || n.Op != e.Op {
			parts = append(parts, walk)
			break
		}
		parts = append(parts, n.R)
		walk = n.L
	}
	name := choose(e.Op == sql.And, "and", "or")
	out := Call{Func: name, T: boolType, Args: make([]Expr, 0, len(parts))}
	for i := len(parts) - 1; i >= 0; i-- {
		x := b.condition(parts[i], s, choose(e.Op == sql.And, "AND", "OR"))
		if c, ok := x.(Call); ok && c.Func == name {
			out.Args = append(out.Args, c.Args...)
		} else {
			out.Args = append(out.Args, x)
		}
	}
	return b.fold(out, e.Pos())
}

// rows binds (a, b) = (1, 2) and (a, b) <> (1, 2).
func (b *binder) rows(e *sql.Binary, l *sql.Row, s *scope) Expr {
	r, ok := e.R.(*sql.Row)
	if !ok || e.Op != sql.Eq && e.Op != sql.Ne {
		b.unsupported(e.Pos(), "this comparison of rows")
	}
	x := b.rowEqual(l, r, s, e.Pos())
	if e.Op == sql.Ne {
		return b.not(x, e.Pos())
	}
	return x
}

func (b *binder) rowEqual(l, r *sql.Row, s *scope, pos int) Expr {
	if len(l.Elems) != len(r.Elems) {
		b.fail(pos, fault.Syntax, fmt.Sprintf("rows of %d and %d values", len(l.Elems), len(r.Elems)))
	}
	all := Call{Func: "and", T: boolType}
	for i := range l.Elems {
		all.Args = append(all.Args, b.call("=", pos, b.expr(l.Elems[i], s), b.expr(r.Elems[i], s)))
	}
	return b.fold(all, pos)
}

// between binds x BETWEEN lo AND hi. SYMMETRIC takes both orders: the least and
// the greatest of the two would do, were it not that they pass over NULL.
func (b *binder) between(e *sql.Between, s *scope) Expr {
	x, lo, hi := b.expr(e.X, s), b.expr(e.Lo, s), b.expr(e.Hi, s)
	out := b.call("between", e.Pos(), x, lo, hi)
	switch inOrder, known := b.ordered(lo, hi, e.Pos()); {
	case !e.Symmetric || known && inOrder:
	case known:
		out = b.call("between", e.Pos(), x, hi, lo)
	default:
		out = b.fold(Call{Func: "or", T: boolType, Args: []Expr{out, b.call("between", e.Pos(), x, hi, lo)}}, e.Pos())
	}
	if e.Not {
		return b.not(out, e.Pos())
	}
	return out
}

// ordered says whether lo is at most hi, if both are constants.
func (b *binder) ordered(lo, hi Expr, pos int) (yes, known bool) {
	_, isConst := lo.(Const)
	_, bothConst := hi.(Const)
	if !isConst || !bothConst {
		return false, false
	}
	c, known := b.call("<=", pos, lo, hi).(Const)
	return known && c.Value.Bool(), known && c.Value.Valid
}

func (b *binder) in(e *sql.In, s *scope) Expr {
	var out Expr
	switch row, isRow := e.X.(*sql.Row); {
	case e.Query != nil:
		return b.inQuery(e, s)
	case isRow:
		list := Call{Func: "or", T: boolType}
		for _, m := range e.List {
			r, ok := m.(*sql.Row)
			if !ok {
				b.mismatch(m.Pos(), "a single value in a list of rows")
			}
			list.Args = append(list.Args, b.rowEqual(row, r, s, m.Pos()))
		}
		out = b.fold(list, e.Pos())
	default:
		out = b.inList(e, s)
	}
	if e.Not {
		return b.not(out, e.Pos())
	}
	return out
}

func (b *binder) inList(e *sql.In, s *scope) Expr {
	x := b.expr(e.X, s)
	es := append([]Expr{x}, b.exprs(e.List, s)...)
	if len(es) == 2 {
		return b.call("=", e.Pos(), es...)
	}
	return b.call("in", e.Pos(), es...)
}

func (b *binder) like(e *sql.Like, s *scope) Expr {
	es := []Expr{b.expr(e.X, s), b.expr(e.Pattern, s)}
	if e.Escape != nil {
		es = append(es, b.expr(e.Escape, s))
	}
	out := b.call(choose(e.Fold, "ilike", "like"), e.Pos(), es...)
	if e.Not {
		return b.not(out, e.Pos())
	}
	return out
}

func (b *binder) caseOf(e *sql.Case, s *scope) Expr {
	var operand Expr
	if e.Operand != nil {
		operand = b.expr(e.Operand, s)
	}
	var es []Expr
	for _, w := range e.Whens {
		if operand == nil {
			es = append(es, b.condition(w.Cond, s, "WHEN"))
		} else {
			es = append(es, b.call("=", w.Pos(), operand, b.expr(w.Cond, s)))
		}
		es = append(es, b.expr(w.Then, s))
	}
	if e.Else != nil {
		es = append(es, b.expr(e.Else, s))
	}
	return b.call("case", e.Pos(), es...)
}

func (b *binder) quantified(e *sql.Quantified, s *scope) Expr {
	if e.Query != nil {
		switch {
		case e.Op == sql.Eq && !e.All:
			return b.inQuery(&sql.In{At: e.At, X: e.X, Query: e.Query}, s)
		case e.Op == sql.Ne && e.All:
			return b.inQuery(&sql.In{At: e.At, X: e.X, Query: e.Query, Not: true}, s)
		}
		b.unsupported(e.Pos(), e.Op.String()+choose(e.All, " ALL", " ANY")+" (SELECT ...); = ANY and <> ALL exist")
	}
	word, ok := opWords[e.Op.String()]
	if !ok {
		b.unsupported(e.Pos(), e.Op.String()+choose(e.All, " ALL", " ANY")+" (array)")
	}
	if list, ok := e.Array.(*sql.ArrayLit); ok && list.Query == nil && len(list.Elems) > 0 {
		return b.quantifiedList(e, list.Elems, s)
	}
	return b.call(choose(e.All, "all_", "any_")+word, e.Pos(), b.expr(e.X, s), b.expr(e.Array, s))
}

// quantifiedList binds x op ANY | ALL (ARRAY[...]) as comparisons with the
// elements: an array holds no NULL, and these may be.
func (b *binder) quantifiedList(e *sql.Quantified, list []sql.Expr, s *scope) Expr {
	if e.Op == sql.Eq && !e.All || e.Op == sql.Ne && e.All {
		return b.in(&sql.In{At: e.At, X: e.X, List: list, Not: e.All}, s)
	}
	x := b.expr(e.X, s)
	out := Call{Func: choose(e.All, "and", "or"), T: boolType}
	for _, m := range list {
		out.Args = append(out.Args, b.call(e.Op.String(), m.Pos(), x, b.expr(m, s)))
	}
	return b.fold(out, e.Pos())
}

// array binds ARRAY[...]. What is NULL as it is written is an error; what turns
// out to be makes the whole array NULL.
func (b *binder) array(e *sql.ArrayLit, s *scope) Expr {
	elems := b.exprs(e.Elems, s)
	for i, x := range elems {
		if c, ok := x.(Const); ok && !c.Value.Valid {
			b.fail(e.Elems[i].Pos(), fault.Invalid, fault.Code("22004"), "an array holds no NULL")
		}
	}
	return b.call("array", e.Pos(), elems...)
}

func (b *binder) castTo(e *sql.Cast, s *scope) Expr {
	t, err := TypeOf(e.Type)
	b.check(e.Type.Pos(), err)
	x := b.expr(e.X, s)
	if o, ok := x.(open); ok && o.param > 0 {
		return b.cast(x, t, e.Pos())
	}
	if o, ok := x.(open); (!ok || o.number) && x.Type() != t {
		if _, err := ResolveCast(x.Type(), t); err != nil {
			b.check(e.Pos(), err)
		}
	}
	return b.cast(x, t, e.Pos())
}

// cast makes e a value of t; the cast exists.
func (b *binder) cast(e Expr, t record.Type, pos int) Expr {
	switch x := e.(type) {
	case open:
		if x.param > 0 {
			b.params[x.param-1] = t
			return Param{N: x.param, T: t}
		}
		if x.number {
			return Const{b.parseNumber(x, t)}
		}
		return Const{b.parse(x.text, t, x.pos)}
	case Const:
		if !x.Value.Valid {
			return Const{record.NullOf(t)}
		}
	}
	if e.Type() == t {
		return e
	}
	if p, ok := e.(Param); ok && p.T.Kind == record.Null {
		return Param{N: p.N, T: t}
	}
	return b.fold(Call{Func: "cast", Args: []Expr{e}, T: t}, pos)
}
