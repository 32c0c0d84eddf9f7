package naive

import (
	"fmt"

	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/query/plan/scalar"
	"github.com/quindex/quindex/record"
)

// all reports whether every condition is true of row.
func (m *machine) all(conds []plan.Expr, row Row) (bool, error) {
	for _, c := range conds {
		v, err := m.expr(c, row)
		if err != nil || !v.Bool() {
			return false, err
		}
	}
	return true, nil
}

func (m *machine) exprs(es []plan.Expr, row Row) (Row, error) {
	out := make(Row, len(es))
	for i, e := range es {
		var err error
		if out[i], err = m.expr(e, row); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (m *machine) expr(e plan.Expr, row Row) (record.Value, error) {
	switch e := e.(type) {
	case plan.Col:
		return row[e.Index], nil
	case plan.Const:
		return e.Value, nil
	case plan.Param:
		return m.params[e.N-1], nil
	case plan.SubqueryValue:
		return m.subquery(e)
	case plan.EngineCall:
		return m.engine(e, row)
	case plan.Call:
		return m.call(e, row)
	}
	return record.Value{}, fmt.Errorf("naive: an expression of type %T", e)
}

func (m *machine) subquery(e plan.SubqueryValue) (record.Value, error) {
	rows := m.subqueries[e.ID]
	switch {
	case e.Exists:
		return record.BoolValue(len(rows) > 0), nil
	case len(rows) > 1:
		return record.Value{}, cardinality()
	case len(rows) == 0:
		return record.NullOf(e.T), nil
	}
	return rows[0][0], nil
}

// engine decides an engine's condition by its slow meaning.
func (m *machine) engine(e plan.EngineCall, row Row) (record.Value, error) {
	fields, err := m.exprs(e.Fields, row)
	if err != nil {
		return record.Value{}, err
	}
	p := predicate.Call{Function: e.Function, Args: e.Args}
	values := predicate.Values{}
	for i, v := range fields {
		f := predicate.Field{ID: record.ColumnID(i + 1), Type: v.Type}
		p.Fields, values[f.ID] = append(p.Fields, f), v
	}
	t, err := predicate.Eval(p, values, m.fns)
	if t == predicate.Unknown || err != nil {
		return record.NullOf(record.T(record.Bool)), err
	}
	return record.BoolValue(t == predicate.True), nil
}

// call computes arguments from left to right. Those of the special forms that
// do not decide are not computed.
func (m *machine) call(e plan.Call, row Row) (record.Value, error) {
	switch e.Func {
	case "and", "or":
		return m.connective(e, row)
	case "case":
		return m.caseOf(e, row)
	case plan.Highlight:
		return m.highlight(e, row)
	case "coalesce":
		for _, a := range e.Args {
			if v, err := m.expr(a, row); err != nil || v.Valid {
				return v, err
			}
		}
		return record.NullOf(e.T), nil
	}
	args, err := m.exprs(e.Args, row)
	if err != nil {
		return record.Value{}, err
	}
	return scalar.Call(e.Func, args, e.T)
}

func (m *machine) connective(e plan.Call, row Row) (record.Value, error) {
	var seen Row
	for _, a := range e.Args {
		v, err := m.expr(a, row)
		if err != nil {
			return v, err
		}
		if v.Valid && v.Bool() == (e.Func == "or") {
			return v, nil
		}
		seen = append(seen, v)
	}
	return scalar.Call(e.Func, seen, e.T)
}

func (m *machine) caseOf(e plan.Call, row Row) (record.Value, error) {
	i := 0
	for ; i+1 < len(e.Args); i += 2 {
		v, err := m.expr(e.Args[i], row)
		if err != nil {
			return v, err
		}
		if v.Bool() {
			return m.expr(e.Args[i+1], row)
		}
	}
	if i < len(e.Args) {
		return m.expr(e.Args[i], row)
	}
	return record.NullOf(e.T), nil
}
