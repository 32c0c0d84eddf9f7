package naive

import (
	"fmt"
	"strings"

	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/record"
)

// group is the rows that are equal in the groups of an Aggregate.
type group struct {
	key  Row
	rows []Row
}

// aggregate keeps all rows of a group and computes at the end. The state of
// its half is the list of the rows' arguments, so that Partial and Final
// together are Complete by construction.
func (m *machine) aggregate(n *plan.Aggregate, at *site) ([]Row, error) {
	rows, err := m.node(n.Input, at)
	if err != nil {
		return nil, err
	}
	groups, err := m.groups(n, rows)
	if err != nil {
		return nil, err
	}
	var out []Row
	for _, g := range groups {
		row := append(Row{}, g.key...)
		for _, a := range n.Aggs {
			values, err := m.aggValues(n.Mode, a, g.rows)
			if err != nil {
				return nil, err
			}
			row = append(row, values...)
		}
		out = append(out, row)
	}
	return out, nil
}

func (m *machine) groups(n *plan.Aggregate, rows []Row) ([]*group, error) {
	var order []*group
	if len(n.Groups) == 0 {
		return []*group{{rows: rows}}, nil
	}
	byKey := map[string]*group{}
	for _, row := range rows {
		key, err := m.exprs(n.Groups, row)
		if err != nil {
			return nil, err
		}
		k := printed(key)
		if byKey[k] == nil {
			byKey[k] = &group{key: key}
			order = append(order, byKey[k])
		}
		byKey[k].rows = append(byKey[k].rows, row)
	}
	return order, nil
}

// printed is equal for rows that GROUP BY and DISTINCT take for equal.
func printed(row Row) string {
	var b strings.Builder
	for _, v := range row {
		if v.Type.Kind == record.Float64 && v.F == 0 {
			v.F = 0 // not -0
		}
		fmt.Fprintf(&b, "%v%q,", v.Valid, v.Text())
	}
	return b.String()
}

// input is what one row gives to an aggregate.
type input struct{ args, order Row }

// aggValues are the columns of an aggregate for one group.
func (m *machine) aggValues(mode plan.AggMode, a plan.Agg, rows []Row) (Row, error) {
	if mode == plan.Final {
		v, err := m.final(a, rows)
		return Row{v}, err
	}
	var in []input
	for _, row := range rows {
		keep, err := m.all(filters(a), row)
		if err != nil {
			return nil, err
		}
		if !keep {
			continue
		}
		args, err := m.exprs(a.Args, row)
		if err != nil {
			return nil, err
		}
		var order Row
		for _, k := range a.Order {
			v, err := m.expr(k.Expr, row)
			if err != nil {
				return nil, err
			}
			order = append(order, v)
		}
		in = append(in, input{args, order})
	}
	if mode == plan.Partial {
		return partial(a, in), nil
	}
	v, err := compute(a, in)
	return Row{v}, err
}

func filters(a plan.Agg) []plan.Expr {
	if a.Filter == nil {
		return nil
	}
	return []plan.Expr{a.Filter}
}

// partial packs the arguments of all rows into the first state column.
func partial(a plan.Agg, in []input) Row {
	types, _ := a.StateTypes()
	out := make(Row, len(types))
	for i, t := range types {
		out[i] = record.NullOf(t)
	}
	var b []byte
	for _, x := range in {
		b = append(b, byte(len(x.args)))
		for _, v := range x.args {
			b = v.AppendWire(b)
		}
	}
	out[0] = record.Value{Type: record.T(record.Bytes), Valid: true, S: string(b)}
	return out
}

// final unpacks the states and computes over all of them.
func (m *machine) final(a plan.Agg, rows []Row) (record.Value, error) {
	var in []input
	for _, row := range rows {
		state, err := m.expr(a.Args[0], row)
		if err != nil {
			return state, err
		}
		for b := []byte(state.S); len(b) > 0; {
			n := b[0]
			b = b[1:]
			var args Row
			for range n {
				v, rest, err := record.DecodeValue(b)
				if err != nil {
					return v, err
				}
				args, b = append(args, v), rest
			}
			in = append(in, input{args: args})
		}
	}
	whole := a
	whole.Order, whole.Filter = nil, nil
	return compute(whole, in)
}
