package plan

import (
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/query/sql"
	"github.com/quindex/quindex/record"
)

// Highlight is the function of a Call whose arguments are a text, what to put
// before and after a place that is marked, and the EngineCalls, on that text,
// that say which places are.
const Highlight = "highlight"

// HighlightArgs takes a call of Highlight apart.
func HighlightArgs(e Call) (text Expr, marks [2]string, calls []predicate.Call, err error) {
	bad := fault.Errorf("plan: highlight", fault.Invalid, "arguments of %s", e)
	if len(e.Args) < 4 || !e.Args[0].Type().IsString() {
		return nil, marks, nil, bad
	}
	for i := range marks {
		c, ok := e.Args[1+i].(Const)
		if !ok || !c.Value.Valid || !c.Value.Type.IsString() {
			return nil, marks, nil, bad
		}
		marks[i] = c.Value.S
	}
	for _, a := range e.Args[3:] {
		c, ok := a.(EngineCall)
		if !ok || len(c.Fields) != 1 {
			return nil, marks, nil, bad
		}
		calls = append(calls, predicate.Call{Function: c.Function, Fields: []predicate.Field{{ID: 1, Type: c.Fields[0].Type()}}, Args: c.Args})
	}
	return e.Args[0], marks, calls, nil
}

// highlightCall binds highlight(column [, before, after]): it marks what the
// conditions of WHERE on that column found.
func (b *binder) highlightCall(e *sql.Call, s *scope) Expr {
	if len(e.Args) != 1 && len(e.Args) != 3 {
		b.fail(e.Pos(), fault.NotFound, fault.Code("42883"), fault.Item(Highlight),
			fault.Hint("highlight(column), or highlight(column, '<b>', '</b>')"), "1 or 3 arguments")
	}
	text := b.value(e.Args[0], s)
	out := Call{Func: Highlight, Args: []Expr{text}, T: record.T(record.Text)}
	marks := []string{"<b>", "</b>"}
	for i := range marks {
		if len(e.Args) == 3 {
			marks[i] = b.engineArg(Highlight, engines.Arg{Name: []string{"before", "after"}[i], Kinds: []record.Kind{record.Keyword, record.Text}}, e.Args[1+i], s).S
		}
		out.Args = append(out.Args, Const{record.KeywordValue(marks[i])})
	}
	for _, c := range s.marks {
		if Equal(c.Fields[0], text) {
			out.Args = append(out.Args, c)
		}
	}
	if len(out.Args) == 3 {
		b.fail(e.Pos(), fault.Invalid, fault.Code("42P10"), fault.Item(Highlight),
			fault.Hint("it marks the words that match(column, 'words') in WHERE finds in the column"), "there is no match(...) on this column in WHERE")
	}
	return out
}
