package exec

import (
	"fmt"
	"reflect"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/record"
)

// aggSpec is what an Aggregate needs, each thing once: avg(x) and sum(x) share
// a sum, count(x) and avg(x) a count. It is immutable.
type aggSpec struct {
	node    *plan.Aggregate
	keys    []input
	args    []input
	filters []input
	accs    []accSpec
	outs    []aggOut
	rows    int             // of accs: the rows of each group, where the key is one string
	origin  *plan.Aggregate // mode Final: the Partial half, where it can be seen
}

// argType is the type of the first argument of a, also where a's own
// arguments are states.
func (s *aggSpec) argType(a *plan.Agg) record.Type {
	if s.origin != nil {
		for i := range s.node.Aggs {
			if &s.node.Aggs[i] == a && i < len(s.origin.Aggs) && len(s.origin.Aggs[i].Args) > 0 {
				return s.origin.Aggs[i].Args[0].Type()
			}
		}
	}
	return a.Args[0].Type()
}

// input is an expression over the aggregate's input; col is its column, or -1
// if it has to be computed.
type input struct {
	expr plan.Expr
	col  int
	scalar
	reads  []int      // columns that expr reads
	bucket *bucketKey // of a key of a scan: how it is one of a column's buckets
	room   *bitRoom   // the range of an integer column of a scan, where known and small
}

// accSpec makes one accumulator.
type accSpec struct {
	make   func() accumulator
	kind   string
	args   []int // of aggSpec.args
	filter int   // of aggSpec.filters, or -1
	states bool  // args are states: see stateAdder
}

// aggOut says how the result, or the state, of one aggregate is made of
// accumulators.
type aggOut struct {
	*plan.Agg
	acc         int // of accs
	rows, nulls int // of accs: rows - nulls is the number of values; -1: none
}

// stateAdder is an accumulator whose states are not simply added as values.
type stateAdder interface {
	addStates(gids []uint32, n int, states []*record.Column) error
}

func (q *query) planAggregate(node *plan.Aggregate) (*aggSpec, error) {
	s := &aggSpec{node: node}
	if node.Mode == plan.Final {
		s.origin = originOf(node.Input)
	}
	var err error
	for _, g := range node.Groups {
		var in input
		if in, err = q.input(g); err != nil {
			return nil, err
		}
		s.keys = append(s.keys, in)
	}
	for i := range node.Aggs {
		out, err := s.planAgg(q, &node.Aggs[i])
		if err != nil {
			return nil, err
		}
		s.outs = append(s.outs, out)
	}
	if len(s.keys) == 1 && s.keys[0].expr.Type().Storage() == record.Strs {
		s.rows = s.accumulator(accSpec{kind: "rows", filter: -1, make: func() accumulator { return &rowCount{} }})
	}
	return s, nil
}

// originOf is the Partial half whose states n gives, if it can be seen.
func originOf(n plan.Node) *plan.Aggregate {
	switch n := n.(type) {
	case *plan.Gather:
		a, _ := n.Fragment.(*plan.Aggregate)
		return a
	case *plan.Aggregate:
		return n
	case *plan.Join:
		return originOf(n.Left)
	}
	return nil
}

func (q *query) input(e plan.Expr) (input, error) {
	in := input{expr: e, col: -1, reads: columnsOf(e, nil)}
	if c, ok := e.(plan.Col); ok {
		in.col = c.Index
	}
	var err error
	in.scalar, err = q.compile(e)
	return in, err
}

// find returns the number of e in list, adding it if it is new.
func (q *query) find(list *[]input, e plan.Expr) (int, error) {
	for i := range *list {
		if reflect.DeepEqual((*list)[i].expr, e) {
			return i, nil
		}
	}
	in, err := q.input(e)
	*list = append(*list, in)
	return len(*list) - 1, err
}

// accumulator returns the number of the accumulator of a kind over args, adding it if it is new.
func (s *aggSpec) accumulator(spec accSpec) int {
	for i, have := range s.accs {
		if have.kind == spec.kind && have.filter == spec.filter && have.states == spec.states && reflect.DeepEqual(have.args, spec.args) {
			return i
		}
	}
	s.accs = append(s.accs, spec)
	return len(s.accs) - 1
}

// planAgg finds the accumulators of one aggregate.
func (s *aggSpec) planAgg(q *query, a *plan.Agg) (aggOut, error) {
	out := aggOut{Agg: a, acc: -1, rows: -1, nulls: -1}
	base := accSpec{filter: -1}
	var err error
	if a.Filter != nil && s.node.Mode != plan.Final {
		if base.filter, err = q.find(&s.filters, a.Filter); err != nil {
			return out, err
		}
	}
	for _, e := range a.Args {
		at, err := q.find(&s.args, e)
		if err != nil {
			return out, err
		}
		base.args = append(base.args, at)
	}
	if isList(a.Func) {
		return s.planList(q, out, base)
	}
	if a.Distinct || a.Func == "approx_count_distinct" {
		return s.planSet(out, base)
	}
	if s.node.Mode == plan.Final {
		return s.planFinal(out, base)
	}
	out.rows = s.accumulator(accSpec{kind: "rows", filter: base.filter, make: func() accumulator { return &rowCount{} }})
	if len(a.Args) == 0 {
		return out, nil
	}
	last := base
	last.args = base.args[len(base.args)-1:]
	last.kind, last.make = "nulls", func() accumulator { return &nullCount{} }
	out.nulls = s.accumulator(last)
	if a.Func != "count" {
		out.acc, err = s.value(a, base, a.Args[0].Type())
	}
	return out, err
}

// planFinal adds states: see the table of aggregates in package plan.
func (s *aggSpec) planFinal(out aggOut, base accSpec) (aggOut, error) {
	a := out.Agg
	count := func(arg int) int {
		return s.accumulator(accSpec{kind: "rows", args: []int{arg}, filter: -1, states: true, make: func() accumulator { return &rowCount{} }})
	}
	n := len(base.args)
	switch a.Func {
	case "count":
		out.rows = count(base.args[0])
		return out, nil
	case "avg":
		out.rows = count(base.args[n-1])
		base.args = base.args[:n-1]
	case "stddev", "stddev_pop", "var_samp", "var_pop":
		out.rows = count(base.args[0])
	default:
		out.rows = s.accumulator(accSpec{kind: "rows", filter: -1, make: func() accumulator { return &rowCount{} }})
		which := base.args[:1]
		if a.Func == "first" || a.Func == "last" {
			which = base.args[1:]
		}
		out.nulls = s.accumulator(accSpec{kind: "nulls", args: which, filter: -1, make: func() accumulator { return &nullCount{} }})
	}
	base.states = true
	var err error
	out.acc, err = s.value(a, base, a.Args[0].Type())
	return out, err
}

// value returns the accumulator that holds the value itself, over arguments or
// states whose first has type t.
func (s *aggSpec) value(a *plan.Agg, base accSpec, t record.Type) (int, error) {
	make, kind := valueAccumulator(a.Func, t)
	if make == nil {
		return -1, fault.Errorf("exec: aggregate", fault.Unsupported, "%s(%s)", a.Func, t)
	}
	base.make, base.kind = make, kind
	return s.accumulator(base), nil
}

func valueAccumulator(name string, t record.Type) (func() accumulator, string) {
	most := name == "max" || name == "bool_or" || name == "last"
	kind := fmt.Sprint("extreme ", most)
	switch name {
	case "sum", "avg":
		if t.Storage() == record.Floats {
			return func() accumulator { return &floatSum{} }, "float sum"
		}
		return func() accumulator { return &intSum{} }, "int sum"
	case "stddev", "stddev_pop", "var_samp", "var_pop":
		return func() accumulator { return &moments{} }, "moments"
	case "first", "last":
		return func() accumulator { return &valueExtreme{max: most, pair: true} }, "pair " + kind
	case "min", "max", "any_value", "bool_and", "bool_or":
		switch t.Storage() {
		case record.Ints:
			return func() accumulator { return &intExtreme{max: most} }, kind
		case record.Floats:
			return func() accumulator { return &floatExtreme{max: most} }, kind
		case record.Strs:
			return func() accumulator { return &stringExtreme{max: most} }, kind
		}
		return func() accumulator { return &valueExtreme{max: most} }, kind
	}
	return nil, ""
}
