package eval

import (
	"strings"
	"testing"
	"time"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/record"
)

// Test expressions are written as (function argument ...), with the atoms
//
//	12  1.5  1.5f  'text'  null  true  false  $name       (1.5 is a DECIMAL, 1.5f a DOUBLE; $name a column)
//	DATE'...'  TIMESTAMP'...'  INTERVAL'...'  TEXT'...' and so on for every type
//	(cast x TYPE)
//
// and bound by the table of functions as the binder does it.
type reader struct {
	t    *testing.T
	rest string
	cols map[string]plan.Col
}

func parse(t *testing.T, text string, cols map[string]plan.Col) (plan.Expr, error) {
	t.Helper()
	r := &reader{t: t, rest: text, cols: cols}
	a, err := r.expr()
	if err == nil && strings.TrimSpace(r.rest) != "" {
		t.Fatalf("%s: %q is left", text, r.rest)
	}
	return a.e, err
}

type atom struct {
	e       plan.Expr
	literal bool
}

func (r *reader) expr() (atom, error) {
	r.rest = strings.TrimLeft(r.rest, " ")
	if rest, ok := strings.CutPrefix(r.rest, "("); ok {
		r.rest = rest
		return r.call()
	}
	return r.atom()
}

func (r *reader) word() string {
	r.rest = strings.TrimLeft(r.rest, " ")
	n := strings.IndexAny(r.rest, " )")
	w := r.rest[:n]
	r.rest = r.rest[n:]
	return w
}

func (r *reader) call() (atom, error) {
	name := r.word()
	var list []atom
	for {
		r.rest = strings.TrimLeft(r.rest, " ")
		if rest, ok := strings.CutPrefix(r.rest, ")"); ok {
			r.rest = rest
			break
		}
		if name == "cast" && len(list) == 1 {
			to := typeNamed(r.t, r.upTo(')'))
			return atom{e: castTo(list[0].e, to)}, nil
		}
		a, err := r.expr()
		if err != nil {
			return a, err
		}
		list = append(list, a)
	}
	return bind(name, list)
}

// upTo returns the text to the closing parenthesis that is not within others.
func (r *reader) upTo(end byte) string {
	depth := 0
	for i := range len(r.rest) {
		switch c := r.rest[i]; {
		case c == end && depth == 0:
			text := r.rest[:i]
			r.rest = r.rest[i+1:]
			return strings.TrimSpace(text)
		case c == '(':
			depth++
		case c == ')':
			depth--
		}
	}
	r.t.Fatalf("no %c in %q", end, r.rest)
	return ""
}

func castTo(e plan.Expr, to record.Type) plan.Expr {
	if e.Type() == to {
		return e
	}
	return plan.Call{Func: "cast", Args: []plan.Expr{e}, T: to}
}

func bind(name string, list []atom) (atom, error) {
	in := make([]plan.Arg, len(list))
	for i, a := range list {
		in[i] = plan.Arg{Type: a.e.Type(), Literal: a.literal}
	}
	s, err := plan.ResolveLit(name, in)
	if err != nil {
		return atom{}, err
	}
	es := make([]plan.Expr, len(list))
	for i, a := range list {
		es[i] = castTo(a.e, s.Args[i])
	}
	return atom{e: plan.Call{Func: s.Name, Args: es, T: s.Result}}, nil
}

func (r *reader) atom() (atom, error) {
	if i := strings.IndexByte(r.rest, '\''); i >= 0 && !strings.ContainsAny(r.rest[:i], " ()$") {
		typ := r.rest[:i]
		end := i + 1
		for r.rest[end] != '\'' {
			end++
		}
		text := r.rest[i+1 : end]
		r.rest = r.rest[end+1:]
		if typ == "" {
			return atom{plan.Const{Value: record.KeywordValue(text)}, true}, nil
		}
		v, err := record.ParseText(typeNamed(r.t, typ), text)
		return atom{e: plan.Const{Value: v}}, err
	}
	n := strings.IndexAny(r.rest+" ", " )")
	w := r.rest[:n]
	r.rest = r.rest[n:]
	switch {
	case w == "null":
		return atom{e: plan.Const{Value: record.NullOf(record.T(record.Null))}}, nil
	case w == "true" || w == "false":
		return atom{e: plan.Const{Value: record.BoolValue(w == "true")}}, nil
	case w[0] == '$':
		c, ok := r.cols[w[1:]]
		if !ok {
			r.t.Fatalf("no column %s", w)
		}
		return atom{e: c}, nil
	}
	t := record.T(record.Int64)
	if num, ok := strings.CutSuffix(w, "f"); ok {
		w, t = num, record.T(record.Float64)
	} else if _, frac, ok := strings.Cut(w, "."); ok {
		t = record.DecimalType(min(18, len(strings.TrimLeft(w, "-"))-1), len(frac))
	}
	v, err := record.ParseText(t, w)
	if err != nil {
		r.t.Fatalf("%q: %v", w, err)
	}
	return atom{e: plan.Const{Value: v}}, nil
}

func typeNamed(t *testing.T, name string) record.Type {
	t.Helper()
	for k := record.Null; k <= record.Float64Array; k++ {
		if k.String() == name {
			return record.T(k)
		}
	}
	for p := 1; p <= 18; p++ {
		for s := 0; s <= p; s++ {
			if d := record.DecimalType(p, s); d.String() == name {
				return d
			}
		}
	}
	t.Fatalf("no type %q", name)
	return record.Type{}
}

// testNow is when every test statement starts.
var testNow = time.Date(2001, 1, 14, 15, 30, 0, 0, time.UTC)

// outcome is a value's text, NULL, or error and its code.
func outcome(v record.Value, err error) string {
	switch {
	case err != nil:
		return "error " + string(fault.CodeOf(err))
	case !v.Valid:
		return "NULL"
	}
	return v.Text()
}

// asColumns replaces every constant by a column of rows rows that holds it,
// but for the constants that a cast turns into something else.
func asColumns(e plan.Expr, rows int, chunk *plan.Chunk) plan.Expr {
	return plan.Rewrite(e, func(e plan.Expr) plan.Expr {
		k, ok := e.(plan.Const)
		if !ok || k.Value.Type.Kind == record.Null {
			return e
		}
		col := record.NewColumn(k.Value.Type, rows)
		for range rows {
			col.Append(k.Value)
		}
		chunk.Cols = append(chunk.Cols, col)
		return plan.Col{Index: len(chunk.Cols) - 1, T: k.Value.Type}
	})
}

// evalText evaluates an expression without columns as a constant, and again
// with columns of three rows in the place of its constants.
func evalText(t *testing.T, text string) string {
	t.Helper()
	e, err := parse(t, text, nil)
	if err != nil {
		return outcome(record.Value{}, err)
	}
	one := evalRow(t, text, e, &plan.Chunk{N: 1})
	agreesWithFolding(t, text, one, e)
	chunk := &plan.Chunk{N: 3}
	wide := asColumns(e, 3, chunk)
	if three := evalRow(t, text, wide, chunk); three != one {
		t.Errorf("%s: %s as constants, %s as columns", text, one, three)
	}
	return one
}

func evalRow(t *testing.T, text string, e plan.Expr, chunk *plan.Chunk) string {
	t.Helper()
	p, err := Compile(e, Env{Now: testNow})
	if err != nil {
		return outcome(record.Value{}, err)
	}
	c, err := p.Run(chunk)
	if err != nil {
		return outcome(record.Value{}, err)
	}
	if c.N != chunk.N || c.Type != e.Type() && e.Type().Kind != record.Null {
		t.Errorf("%s: a column of %d %s, want %d %s", text, c.N, c.Type, chunk.N, e.Type())
	}
	first := outcome(c.Value(0), nil)
	for i := range c.N {
		if got := outcome(c.Value(i), nil); got != first {
			t.Errorf("%s: row 0 is %s, row %d is %s", text, first, i, got)
		}
	}
	return first
}
