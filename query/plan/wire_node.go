package plan

import (
	"math"

	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/record"
)

// node takes a node. It checks what the executor relies on without looking:
// columns exist and have the type an expression says, lists that belong
// together have one length.
func (d *decoder) node() Node {
	if !d.enter(nodeCost) {
		return nil
	}
	defer d.leave(nodeCost)
	switch tag := d.byte(); tag {
	case tagScan:
		return d.scan()
	case tagSurvey:
		return d.survey()
	case tagFilter:
		n := &Filter{Cond: d.expr()}
		n.Input = d.node()
		d.checkCond(n.Cond, n.Input)
		return n
	case tagProject:
		n := &Project{Exprs: d.exprs(), Names: decodeList(d, d.string)}
		n.Input = d.node()
		d.checkNames(len(n.Exprs), len(n.Names))
		d.check(n.Input, n.Exprs...)
		return n
	case tagAggregate:
		return d.aggregate()
	case tagSort:
		n := &Sort{Keys: decodeList(d, d.key), Limit: d.varint(), Offset: d.varint()}
		n.Input = d.node()
		d.checkKeys(n.Input, n.Keys)
		return n
	case tagLimit:
		n := &Limit{Count: d.varint(), Offset: d.varint()}
		n.Input = d.node()
		return n
	case tagJoin:
		return d.join()
	case tagUnion:
		n := &Union{All: decodeList(d, d.node)}
		d.checkUnion(n)
		return n
	case tagValues:
		n := &Values{Rows: decodeList(d, d.exprs), Out: decodeList(d, d.column)}
		for _, row := range n.Rows {
			d.checkNames(len(row), len(n.Out))
			d.check(nil, row...)
		}
		return n
	case tagWalk:
		return d.walk()
	case tagAlgorithm:
		return d.algorithm()
	case tagBroadcast:
		return &Broadcast{ID: int(d.uvarint(math.MaxInt32)), Out: decodeList(d, d.column)}
	default:
		d.fail("node tag 0x%02x", tag)
	}
	return nil
}

func (d *decoder) scan() *Scan {
	name := d.string()
	n := &Scan{Table: minimalTable(name, d.schema()), Columns: decodeList(d, d.columnID)}
	for _, id := range n.Columns {
		if id == ScoreColumn {
			n.Out = append(n.Out, Column{scoreName, record.T(record.Float64)})
			continue
		}
		i := n.Table.Schema.ByID(id)
		if i < 0 {
			d.fail("scan %s: no column %d in its schema", name, id)
			return n
		}
		f := &n.Table.Schema.Fields[i]
		n.Out = append(n.Out, Column{f.Name, f.Type})
	}
	if d.bool() {
		n.Where = d.condition(&n.Table.Schema)
	}
	n.Filter = d.exprs()
	d.rank(n)
	for _, f := range n.Filter {
		d.checkCond(f, n)
	}
	return n
}

// condition takes a condition on fields of s.
func (d *decoder) condition(s *record.Schema) predicate.P {
	data := d.take(int(d.uvarint(uint64(len(d.data)))))
	if d.err != nil {
		return nil
	}
	p, err := predicate.Decode(data)
	if err != nil {
		d.err = err
		return nil
	}
	for _, f := range predicate.Fields(p) {
		if i := s.ByID(f.ID); i < 0 || s.Fields[i].Type != f.Type {
			d.fail("a condition on column %d %s, which the schema lacks", f.ID, f.Type)
		}
	}
	return p
}

func (d *decoder) aggregate() Node {
	n := &Aggregate{Mode: AggMode(d.flags(byte(Final))), Groups: d.exprs(), Aggs: decodeList(d, d.agg)}
	n.Names, n.Out = decodeList(d, d.string), decodeList(d, d.column)
	n.Input = d.node()
	d.check(n.Input, n.Groups...)
	for _, a := range n.Aggs {
		d.check(n.Input, a.Args...)
		d.checkKeys(n.Input, a.Order)
		if a.Filter != nil {
			d.checkCond(a.Filter, n.Input)
		}
	}
	if d.err != nil {
		return n
	}
	want := aggOutput(n.Mode, n.Groups, n.Aggs)
	if len(want) != len(n.Out) {
		d.fail("an aggregate of %d columns, want %d", len(n.Out), len(want))
		return n
	}
	for i, t := range want {
		if n.Out[i].Type != t {
			d.fail("column %d of an aggregate is %s, want %s", i, n.Out[i].Type, t)
		}
	}
	return n
}

// aggOutput returns the types of what an Aggregate gives.
func aggOutput(mode AggMode, groups []Expr, aggs []Agg) []record.Type {
	out := typesOf(groups)
	for _, a := range aggs {
		if mode != Partial {
			out = append(out, a.T)
			continue
		}
		states, _ := a.StateTypes()
		out = append(out, states...)
	}
	return out
}

func (d *decoder) join() Node {
	n := &Join{Kind: JoinKind(d.flags(byte(AntiNull))), LeftKeys: d.exprs(), RightKeys: d.exprs(), On: d.expr(), KeyScan: d.columnID()}
	n.Left = d.node()
	n.Right = d.node()
	d.checkNames(len(n.LeftKeys), len(n.RightKeys))
	d.check(n.Left, n.LeftKeys...)
	d.check(n.Right, n.RightKeys...)
	if n.On != nil && d.err == nil {
		d.checkCond(n.On, &Join{Kind: Inner, Left: n.Left, Right: n.Right})
	}
	return n
}

func (d *decoder) agg() Agg {
	a := Agg{Func: d.string(), Args: d.exprs(), Distinct: d.bool(), Filter: d.expr(), Order: decodeList(d, d.key), T: d.typ()}
	if d.err == nil && aggRules[a.Func] == nil {
		d.fail("aggregate %q", a.Func)
	}
	if rule := aggRules[a.Func]; d.err == nil && len(a.Args) == 0 && a.Func != "count" && rule != nil {
		d.fail("aggregate %s without arguments", a.Func)
	}
	if (a.Func == "first" || a.Func == "last") && len(a.Args) < 2 {
		d.fail("aggregate %s of %d arguments, want 2", a.Func, len(a.Args))
	}
	return a
}

func (d *decoder) key() SortKey {
	k := SortKey{Expr: d.expr()}
	if d.err == nil && k.Expr == nil {
		d.fail("a sort key without expression")
	}
	f := d.flags(3)
	k.Desc, k.NullsFirst = f&1 != 0, f&2 != 0
	return k
}

// exprs takes a list of expressions, none of which is missing.
func (d *decoder) exprs() []Expr {
	return decodeList(d, func() Expr {
		e := d.expr()
		if e == nil {
			d.fail("an expression is missing")
		}
		return e
	})
}

func (d *decoder) expr() Expr {
	if !d.enter(1) {
		return nil
	}
	defer d.leave(1)
	switch tag := d.byte(); tag {
	case tagNone:
	case tagCol:
		return Col{Index: int(d.uvarint(math.MaxInt32)), Name: d.string(), T: d.typ()}
	case tagConst:
		return Const{d.value()}
	case tagCall:
		return Call{Func: d.string(), T: d.typ(), Args: d.exprs()}
	case tagParam:
		return Param{N: int(d.uvarint(math.MaxInt32)), T: d.typ()}
	case tagSubquery:
		return SubqueryValue{ID: int(d.uvarint(math.MaxInt32)), Exists: d.bool(), T: d.typ()}
	case tagEngine:
		return EngineCall{Function: d.string(), Fields: d.exprs(), Args: decodeList(d, d.value)}
	default:
		d.fail("expression tag 0x%02x", tag)
	}
	return nil
}

// check fails if an expression names a column that input does not give.
func (d *decoder) check(input Node, es ...Expr) {
	if d.err != nil {
		return
	}
	var out []Column
	if input != nil {
		out = input.Output()
	}
	for _, e := range es {
		Walk(e, func(e Expr) bool {
			if c, ok := e.(Col); ok && (c.Index >= len(out) || out[c.Index].Type != c.T) {
				d.fail("column %d of type %s, which its input of %d columns does not have", c.Index, c.T, len(out))
			}
			return d.err == nil
		})
	}
}

func (d *decoder) checkCond(e Expr, input Node) {
	if d.err == nil && (e == nil || e.Type().Kind != record.Bool) {
		d.fail("a condition that is not BOOLEAN")
	}
	d.check(input, e)
}

func (d *decoder) checkKeys(input Node, keys []SortKey) {
	for _, k := range keys {
		d.check(input, k.Expr)
	}
}

func (d *decoder) checkNames(have, want int) {
	if have != want {
		d.fail("a list of %d, want %d", have, want)
	}
}

func (d *decoder) checkUnion(n *Union) {
	if d.err == nil && len(n.All) == 0 {
		d.fail("a union of nothing")
	}
	if d.err != nil {
		return
	}
	want := n.Output()
	for _, in := range n.All {
		have := in.Output()
		d.checkNames(len(have), len(want))
		for i := range min(len(have), len(want)) {
			if have[i].Type != want[i].Type {
				d.fail("column %d of a union is %s and %s", i, want[i].Type, have[i].Type)
			}
		}
	}
}
