package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/query/sql"
	"github.com/quindex/quindex/record"
)

// call chooses the overload for the arguments and casts them to what it takes.
func (b *binder) call(name string, pos int, es ...Expr) Expr {
	if x, ok := b.withNumbers(name, pos, es); ok {
		return x
	}
	sig, err := ResolveLit(name, args(es))
	if err != nil {
		b.check(pos, b.unknown(name, err))
	}
	out := make([]Expr, len(es))
	for i, e := range es {
		out[i] = b.fit(e, sig.Args[i], pos)
	}
	return b.fold(Call{Func: sig.Name, Args: out, T: sig.Result}, pos)
}

// fit casts an argument where its type is not already as good as the wanted one.
func (b *binder) fit(e Expr, t record.Type, pos int) Expr {
	if _, isOpen := e.(open); !isOpen && SameCast(e.Type(), t) {
		return e
	}
	return b.cast(e, t, pos)
}

// unknown adds the name that was probably meant to the error of resolution.
func (b *binder) unknown(name string, err error) error {
	if isOperator(name) || IsScalar(name) || fault.Is(err, fault.Unsupported) {
		return err
	}
	if i := slices.IndexFunc(algorithms[:], func(a algorithm) bool { return a.name == name }); i >= 0 {
		return fault.E("plan: bind", fault.NotFound, fault.Code("42883"), fault.Item(name),
			fault.Hint("SELECT * FROM "+algorithmHelp(AlgorithmKind(i))), "this function gives rows: it stands in FROM")
	}
	var all []string
	for n := range scalars() {
		if !isOperator(n) && !strings.HasPrefix(n, "is_") {
			all = append(all, n)
		}
	}
	for n := range synonyms {
		if !isOperator(n) {
			all = append(all, n)
		}
	}
	for n := range aggRules {
		all = append(all, n)
	}
	return fault.E("plan: bind", fault.NotFound, fault.Code("42883"), fault.Item(name),
		nearest(name, all, "docs/sql.md lists the functions"), "no such function")
}

// function binds a call as written: an aggregate, a condition of an engine,
// the time of the statement, or a scalar function.
func (b *binder) function(e *sql.Call, s *scope) Expr {
	if e.Over != nil {
		b.unsupported(e.Pos(), "window functions (OVER)")
	}
	if IsAggregate(e.Name) {
		return b.aggregateCall(e, s)
	}
	if e.Star || e.Distinct || len(e.OrderBy) > 0 || len(e.Within) > 0 || e.Filter != nil {
		b.fail(e.Pos(), fault.Invalid, fault.Code("42809"), fault.Item(e.Name), "it is not an aggregate: *, DISTINCT, ORDER BY and FILTER do not go with it")
	}
	if b.way != nil {
		if x, ok := b.way.pathFunction(e, s); ok {
			return x
		}
	}
	if b.o.Registry != nil {
		if f, _, ok := b.o.Registry.Function(e.Name); ok {
			return b.engineCall(e, f, s)
		}
	}
	if isScore(e) {
		return b.scoreCall(e, s)
	}
	if e.Name == Highlight {
		return b.highlightCall(e, s)
	}
	if v, ok := b.time(e); ok {
		return v
	}
	es := make([]Expr, len(e.Args))
	for i, a := range e.Args {
		if n, ok := a.(*sql.NamedArg); ok {
			b.fail(n.Pos(), fault.Unsupported, fault.Item(e.Name), "named arguments")
		}
		es[i] = b.expr(a, s)
	}
	return b.call(e.Name, e.Pos(), es...)
}

func (b *binder) misplacedAggregate(e *sql.Call) {
	b.fail(e.Pos(), fault.Invalid, fault.Code("42803"), fault.Item(e.Name), "an aggregate cannot stand here",
		fault.Hint("aggregates stand in SELECT, HAVING and ORDER BY"))
}

// time is now() and its relatives, which are one instant for the whole statement.
func (b *binder) time(e *sql.Call) (Expr, bool) {
	if b.o.Now.IsZero() || len(e.Args) > 0 {
		return nil, false
	}
	switch e.Name {
	case "now", "current_timestamp", "localtimestamp", "transaction_timestamp", "statement_timestamp":
		b.timed = true
		return Const{record.TimestampValue(b.o.Now.UnixNano())}, true
	case "current_date":
		b.timed = true
		return Const{record.DateValue(floorDiv(b.o.Now.Unix(), 86400))}, true
	}
	return nil, false
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// engineCall binds a condition that an engine brings: columns first, then constants.
func (b *binder) engineCall(e *sql.Call, f engines.Function, s *scope) Expr {
	need := len(f.Fields)
	for _, a := range f.Args {
		if !a.Optional {
			need++
		}
	}
	if most := len(f.Fields) + len(f.Args); len(e.Args) < need || len(e.Args) > most {
		b.fail(e.Pos(), fault.NotFound, fault.Code("42883"), fault.Item(e.Name),
			wrongCount(len(e.Args), need, most), fault.Hint(f.Doc))
	}
	out := EngineCall{Function: f.Name}
	e = b.fieldFirst(e, f)
	if of, ok := weighted(e, f); ok {
		return b.severalFields(e, f, of, s)
	}
	for i, k := range f.Fields {
		x := b.expr(e.Args[i], s)
		switch x.(type) {
		case Col, outerCol:
		default:
			b.mismatch(e.Args[i].Pos(), "argument "+fmt.Sprint(i+1)+" of "+e.Name+" is a column of a table")
		}
		if have := x.Type().Kind; k != record.Invalid && have != k {
			b.mismatch(e.Args[i].Pos(), fmt.Sprintf("argument %d of %s is a column of type %s, not %s", i+1, e.Name, k, have))
		}
		out.Fields = append(out.Fields, x)
	}
	for i, a := range e.Args[len(f.Fields):] {
		out.Args = append(out.Args, b.engineArg(e.Name, f.Args[i], a, s))
	}
	if x := b.divided(e, out, nil, s); x != nil {
		return x
	}
	return b.complete(out, e.Pos(), s)
}

// fieldFirst is e with its column before the constants, where f says that the
// column may stand elsewhere.
func (b *binder) fieldFirst(e *sql.Call, f engines.Function) *sql.Call {
	if f.FieldAt == nil {
		return e
	}
	for _, at := range f.FieldAt {
		if at >= len(e.Args) {
			continue
		}
		if _, ok := e.Args[at].(*sql.Name); ok {
			moved := *e
			moved.Args = append([]sql.Expr{e.Args[at]}, slices.Delete(slices.Clone(e.Args), at, at+1)...)
			return &moved
		}
	}
	b.mismatch(e.Args[f.FieldAt[0]].Pos(), fmt.Sprintf("argument %d of %s is a column of a table", f.FieldAt[0]+1, e.Name))
	return e
}

func (b *binder) engineArg(name string, want engines.Arg, a sql.Expr, s *scope) record.Value {
	x := b.expr(a, s)
	if o, ok := isNumber(x); ok {
		x = b.settle(o)
	}
	if o, ok := x.(open); ok && o.param == 0 {
		if slices.Contains(want.Kinds, record.Keyword) || slices.Contains(want.Kinds, record.Text) || len(want.Kinds) == 0 {
			return record.KeywordValue(o.text)
		}
		return b.parse(o.text, record.T(want.Kinds[0]), o.pos)
	}
	c, ok := x.(Const)
	if !ok {
		b.check(a.Pos(), foldError(x))
		b.fail(a.Pos(), fault.Unsupported, fault.Item(name), "an argument "+want.Name+" that is not a constant")
	}
	if len(want.Kinds) == 0 || slices.Contains(want.Kinds, c.Value.Type.Kind) {
		return c.Value
	}
	for _, k := range want.Kinds {
		if k != record.Decimal && implicitCost(c.Value.Type.Kind, k) != noCast {
			if v, ok := b.cast(c, record.T(k), a.Pos()).(Const); ok {
				return v.Value
			}
		}
	}
	b.mismatch(a.Pos(), "argument "+want.Name+" of "+name+" cannot be "+c.Value.Type.String())
	return record.Value{}
}
