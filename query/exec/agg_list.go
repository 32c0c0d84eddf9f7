package exec

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/record"
)

// isList reports whether the aggregate needs all its rows at once.
func isList(name string) bool {
	switch name {
	case "array_agg", "string_agg", "percentile_cont", "percentile_disc", "first_row", "only_row":
		return true
	}
	return false
}

// planList keeps the argument, and the keys that order it, of every row.
func (s *aggSpec) planList(q *query, out aggOut, base accSpec) (aggOut, error) {
	a := out.Agg
	if strings.HasPrefix(a.Func, "percentile") {
		base.args = nil
	} else {
		base.args = base.args[:1]
	}
	for _, k := range a.Order {
		at, err := q.find(&s.args, k.Expr)
		if err != nil {
			return out, err
		}
		base.args = append(base.args, at)
	}
	types := make([]record.Type, len(base.args))
	for i, at := range base.args {
		types[i] = s.args[at].expr.Type()
	}
	if len(base.args) == 0 || s.node.Mode == plan.Final {
		return out, fault.Errorf("exec: aggregate", fault.Unsupported, "%s without an order, or of states", a.Func)
	}
	base.kind = "list " + a.Func
	for _, k := range a.Order { // a list is sorted once, so it is shared only by those who want one order
		base.kind += fmt.Sprintf(" %t %t", k.Desc, k.NullsFirst)
	}
	base.make = func() accumulator { return newList(types) }
	out.acc = s.accumulator(base)
	return out, nil
}

// list keeps rows: their group, the value and the keys of its order.
type list struct {
	groups int
	gids   []uint32
	cols   []*record.Column
	start  []uint32 // once sorted: rows of group g are order[start[g]:start[g+1]]
	order  []uint32
}

func newList(types []record.Type) *list {
	l := &list{}
	for _, t := range types {
		l.cols = append(l.cols, record.NewColumn(t, 0))
	}
	return l
}

func (l *list) grow(n int) { l.groups = max(l.groups, n) }

// bytes counts the largest column twice: so it is there while it grows.
func (l *list) bytes() int64 {
	n, largest := int64(cap(l.gids)*4), int64(0)
	for _, c := range l.cols {
		b := int64(c.Reserved())
		n, largest = n+b, max(largest, b)
	}
	return n + largest
}

func (l *list) add(gids []uint32, n int, args []*record.Column) {
	for i := range n {
		l.gids = append(l.gids, group(gids, i))
	}
	for i, c := range args {
		l.cols[i].AppendRows(c, 0, n)
	}
}

func (l *list) join(other accumulator, from, to []uint32) {
	o := other.(*list)
	where := targets(o.groups, from, to)
	var rows []uint32
	for i, g := range o.gids {
		if where[g] != 0 {
			l.gids = append(l.gids, where[g]-1)
			rows = append(rows, uint32(i))
		}
	}
	for i, c := range o.cols {
		l.cols[i].Take(c, rows)
	}
}

// sort puts the rows in order of groups, and within a group as a asks.
func (l *list) sort(a *plan.Agg) {
	if l.start != nil {
		return
	}
	l.start = make([]uint32, l.groups+1)
	for _, g := range l.gids {
		l.start[g+1]++
	}
	for g := range l.groups {
		l.start[g+1] += l.start[g]
	}
	l.order = make([]uint32, len(l.gids))
	next := slices.Clone(l.start)
	for i, g := range l.gids {
		l.order[next[g]] = uint32(i)
		next[g]++
	}
	keys := l.cols[len(l.cols)-len(a.Order):]
	if len(keys) == 0 {
		return
	}
	for g := range l.groups {
		slices.SortStableFunc(l.order[l.start[g]:l.start[g+1]], func(x, y uint32) int {
			return compareRows(a.Order, keys, int(x), keys, int(y))
		})
	}
}

func (l *list) finish(a *plan.Agg, lo, hi int) (*record.Column, error) {
	l.sort(a)
	c := record.NewColumn(a.T, hi-lo)
	for g := lo; g < hi; g++ {
		v, err := l.value(a, l.order[l.start[g]:l.start[g+1]])
		if err != nil {
			return nil, err
		}
		c.Append(v)
	}
	return c, nil
}

func (l *list) value(a *plan.Agg, rows []uint32) (record.Value, error) {
	v := record.Value{Type: a.T, Valid: true}
	switch a.Func {
	case "array_agg":
		seen := map[string]bool{}
		for _, r := range rows {
			e := l.cols[0].Value(int(r))
			if !e.Valid {
				return v, fault.E("exec: array_agg", fault.Invalid, fault.Code("22004"), "an array holds no NULL; leave it out with FILTER")
			}
			if a.Distinct && !fresh(seen, l.cols[0], int(r)) {
				continue
			}
			if e.Type.Kind == record.Decimal {
				e.F = e.Float()
			}
			e.Type = a.T.Elem()
			v.Elems = append(v.Elems, e)
		}
		v.Valid = len(v.Elems) > 0
	case "string_agg":
		between, err := constant(a.Args[1])
		if err != nil {
			return v, err
		}
		var b strings.Builder
		seen, n := map[string]bool{}, 0
		for _, r := range rows {
			if l.cols[0].IsNull(int(r)) || a.Distinct && !fresh(seen, l.cols[0], int(r)) {
				continue
			}
			if n++; n > 1 {
				b.WriteString(between.S)
			}
			b.WriteString(l.cols[0].Strs.At(int(r)))
		}
		v.S, v.Valid = b.String(), n > 0
	case "first_row", "only_row":
		if len(rows) == 0 {
			return record.NullOf(a.T), nil
		}
		if len(rows) > 1 && a.Func == "only_row" {
			return v, fault.E("exec: subquery", fault.Invalid, fault.Code("21000"), "more than one row returned by a subquery used as an expression")
		}
		return l.cols[0].Value(int(rows[0])), nil
	default:
		return l.percentile(a, v, rows)
	}
	return v, nil
}

// fresh reports whether the value of row i was not seen before.
func fresh(seen map[string]bool, c *record.Column, i int) bool {
	k := string(appendKey(nil, c, i))
	old := seen[k]
	seen[k] = true
	return !old
}

func constant(e plan.Expr) (record.Value, error) {
	c, ok := e.(plan.Const)
	if !ok {
		return record.Value{}, fault.Errorf("exec: aggregate", fault.Unsupported, "argument %s is not a constant", e)
	}
	return c.Value, nil
}

// percentile takes the value at a fraction of the rows that are not NULL,
// which the order has put before or after the others.
func (l *list) percentile(a *plan.Agg, v record.Value, rows []uint32) (record.Value, error) {
	f, err := constant(a.Args[0])
	if err != nil {
		return v, err
	}
	p := f.Float()
	if !f.Valid || p < 0 || p > 1 || p != p {
		return v, fault.E("exec: "+a.Func, fault.Invalid, fault.Code("2200X"), "the fraction is not within [0, 1]")
	}
	keys := l.cols[0]
	rows = slices.DeleteFunc(slices.Clone(rows), func(r uint32) bool { return keys.IsNull(int(r)) })
	if len(rows) == 0 {
		return record.NullOf(a.T), nil
	}
	if a.Func == "percentile_disc" {
		at := max(int(math.Ceil(p*float64(len(rows))))-1, 0)
		x := keys.Value(int(rows[at]))
		if a.T.Kind == record.Float64 {
			return record.FloatValue(x.Float()), nil
		}
		return x, nil
	}
	at := p * float64(len(rows)-1)
	low := keys.Value(int(rows[int(at)])).Float()
	high := keys.Value(int(rows[min(int(at)+1, len(rows)-1)])).Float()
	v.F = low + (high-low)*(at-math.Floor(at))
	if high == low {
		v.F = low
	}
	return v, nil
}
