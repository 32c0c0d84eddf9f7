package plan

import (
	"slices"
	"strconv"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/query/sql"
	"github.com/quindex/quindex/record"
)

// weighted returns the columns of a condition written over several, or over one
// with a weight: match((title, body^2), 'words'). false: it is over one column.
func weighted(e *sql.Call, f engines.Function) ([]sql.Expr, bool) {
	if len(f.Fields) != 1 {
		return nil, false
	}
	switch x := e.Args[0].(type) {
	case *sql.Row:
		return x.Elems, true
	case *sql.Binary:
		if x.Op.String() == "^" {
			return []sql.Expr{x}, true
		}
	}
	return nil, false
}

// severalFields binds a condition over several columns.
func (b *binder) severalFields(e *sql.Call, f engines.Function, of []sql.Expr, s *scope) Expr {
	out := EngineCall{Function: f.Name}
	var weights []float64
	for _, x := range of {
		weight := 1.0
		if by, is := x.(*sql.Binary); is && by.Op.String() == "^" {
			x, weight = by.L, b.weight(by.R)
		}
		col := b.expr(x, s)
		switch col.(type) {
		case Col, outerCol:
		default:
			b.mismatch(x.Pos(), e.Name+" looks into columns of a table")
		}
		out.Fields, weights = append(out.Fields, col), append(weights, weight)
	}
	for i, a := range e.Args[1:] {
		out.Args = append(out.Args, b.engineArg(e.Name, f.Args[i], a, s))
	}
	x := b.divided(e, out, weights, s)
	if x == nil {
		if len(out.Fields) > 1 {
			b.fail(e.Pos(), fault.Unsupported, fault.Item(e.Name), "a condition over several columns")
		}
		return b.complete(out, e.Pos(), s)
	}
	return x
}

// weight is the number behind the ^ of a column.
func (b *binder) weight(e sql.Expr) float64 {
	lit, is := e.(*sql.Literal)
	if is && (lit.Kind == sql.Int || lit.Kind == sql.Number) {
		if w, err := strconv.ParseFloat(lit.Text, 64); err == nil && w >= 0 && w <= 1000 {
			return w
		}
	}
	b.mismatch(e.Pos(), "the weight of a column is a number between 0 and 1000")
	return 0
}

// divided takes a call apart into calls over one column each, if its engine
// says that it is made of such; nil if it is one. weights nil: all are 1.
func (b *binder) divided(e *sql.Call, c EngineCall, weights []float64, s *scope) Expr {
	_, name, _ := b.o.Registry.Function(c.Function)
	engine, err := b.o.Registry.Lookup(name)
	if err != nil {
		return nil
	}
	d, ok := engine.(engines.Divider)
	if !ok {
		return nil
	}
	cols := slices.Clone(c.Fields)
	fields := make([]engines.Weighted, len(cols))
	for i, x := range cols {
		_, def := b.engineOf(EngineCall{Function: c.Function, Fields: []Expr{x}}, s)
		if fields[i] = (engines.Weighted{Def: def, Weight: 1}); weights != nil {
			fields[i].Weight = weights[i]
		}
	}
	named := func(name string) (int, engines.IndexDef, error) {
		x := b.beside(e.Args[0], name, s)
		_, def := b.engineOf(EngineCall{Function: c.Function, Fields: []Expr{x}}, s)
		if i := slices.IndexFunc(cols, func(c Expr) bool { return Equal(c, x) }); i >= 0 {
			return i, def, nil
		}
		cols = append(cols, x)
		return len(cols) - 1, def, nil
	}
	part, err := d.Divide(c.Function, c.Args, fields, named)
	b.check(e.Pos(), err)
	if part == nil {
		return nil
	}
	p := partBinder{b: b, pos: e.Pos(), cols: cols, s: s}
	return p.bind(part)
}

// beside is the column called name of the table that x, or its first column,
// is of.
func (b *binder) beside(x sql.Expr, name string, s *scope) Expr {
	for {
		switch of := x.(type) {
		case *sql.Row:
			x = of.Elems[0]
			continue
		case *sql.Binary:
			x = of.L
			continue
		case *sql.Name:
			parts := slices.Clone(of.Parts)
			parts[len(parts)-1] = name
			return b.column(&sql.Name{At: of.At, Parts: parts}, s)
		}
		b.mismatch(x.Pos(), "it names no column")
	}
}

// partBinder makes expressions of the parts of a divided call.
type partBinder struct {
	b    *binder
	pos  int
	cols []Expr
	s    *scope
}

func (p *partBinder) bind(part *engines.Part) Expr {
	switch part.Op {
	case engines.PartCall:
		return p.call(part)
	case engines.PartAbsent:
		return logical("or", p.null("is_null", part), logical("not", p.call(part)))
	case engines.PartPresent:
		return p.null("is_not_null", part)
	}
	var of []Expr
	for i := range part.Of {
		of = append(of, p.bind(&part.Of[i]))
	}
	op := "and"
	if part.Op != engines.PartAll {
		op = "or"
	}
	if part.Op == engines.PartBonus {
		of = append(of, Const{record.BoolValue(true)})
	}
	switch len(of) {
	case 0:
		return Const{record.BoolValue(part.Op == engines.PartAll)}
	case 1:
		return of[0]
	}
	return logical(op, of...)
}

func (p *partBinder) call(part *engines.Part) Expr {
	return p.b.complete(EngineCall{Function: part.Function, Fields: []Expr{p.cols[part.Field]}, Args: part.Args}, p.pos, p.s)
}

func (p *partBinder) null(op string, part *engines.Part) Expr {
	return logical(op, p.cols[part.Field])
}

func logical(op string, of ...Expr) Expr { return Call{Func: op, Args: of, T: boolType} }
