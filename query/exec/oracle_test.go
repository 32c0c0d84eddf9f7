package exec

import (
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/record"
)

// oracle computes nodes the slow way, on rows of values.
type oracle struct {
	t testing.TB
	*world
}

// exprs evaluates over many rows at once.
func (o *oracle) exprs(es []plan.Expr, in [][]record.Value, types []plan.Column) [][]record.Value {
	q := &query{}
	var c *plan.Chunk
	out := make([][]record.Value, len(in))
	for _, e := range es {
		if column, ok := e.(plan.Col); ok {
			for i := range out {
				out[i] = append(out[i], in[i][column.Index])
			}
			continue
		}
		if c == nil {
			c = chunkOfRows(in, types)
		}
		s, err := q.compile(e)
		if err != nil {
			o.t.Fatal(err)
		}
		col, err := s.Run(c)
		if err != nil {
			o.t.Fatal(err)
		}
		for i := range out {
			out[i] = append(out[i], col.Value(i))
		}
	}
	return out
}

func chunkOfRows(in [][]record.Value, types []plan.Column) *plan.Chunk {
	c := emptyChunk(types)
	c.N = len(in)
	for _, row := range in {
		for i, v := range row {
			c.Cols[i].Append(v)
		}
	}
	return c
}

func (o *oracle) run(n plan.Node) [][]record.Value {
	switch n := n.(type) {
	case *plan.Scan:
		key := "all"
		if n.Where != nil {
			key = n.Where.String()
		}
		out, ok := o.matches[key]
		for _, row := range o.rows {
			if ok {
				break
			}
			values := predicate.Values{}
			for i, f := range fields {
				values[f.ID] = row[i]
			}
			if n.Where != nil {
				truth, err := predicate.Eval(n.Where, values, noFunctions{})
				if err != nil {
					o.t.Fatal(err)
				}
				if truth != predicate.True {
					continue
				}
			}
			out = append(out, row)
		}
		o.matches[key] = out
		for _, f := range n.Filter {
			out = o.filter(out, n.Out, f)
		}
		return out
	case *plan.Filter:
		return o.filter(o.run(n.Input), n.Input.Output(), n.Cond)
	case *plan.Project:
		return o.exprs(n.Exprs, o.run(n.Input), n.Input.Output())
	case *plan.Sort:
		in := o.run(n.Input)
		var es []plan.Expr
		for _, k := range n.Keys {
			es = append(es, k.Expr)
		}
		keys := o.exprs(es, in, n.Input.Output())
		order := numbers(len(in))
		sort.SliceStable(order, func(a, b int) bool {
			return compareValues(n.Keys, keys[order[a]], keys[order[b]]) < 0
		})
		out := make([][]record.Value, len(in))
		for i, at := range order {
			out[i] = in[at]
		}
		return cut(out, n.Offset, n.Limit)
	case *plan.Limit:
		return cut(o.run(n.Input), n.Offset, n.Count)
	case *plan.Aggregate:
		return o.aggregate(n)
	}
	o.t.Fatalf("oracle: %T", n)
	return nil
}

func cut(rows [][]record.Value, offset, count int64) [][]record.Value {
	rows = rows[min(int(offset), len(rows)):]
	if count >= 0 && int(count) < len(rows) {
		rows = rows[:count]
	}
	return rows
}

func (o *oracle) filter(in [][]record.Value, types []plan.Column, cond plan.Expr) [][]record.Value {
	var out [][]record.Value
	for i, truth := range o.exprs([]plan.Expr{cond}, in, types) {
		if truth[0].Bool() {
			out = append(out, in[i])
		}
	}
	return out
}

func compareValues(keys []plan.SortKey, a, b []record.Value) int {
	for i, k := range keys {
		x, y := a[i], b[i]
		switch {
		case !x.Valid && !y.Valid:
			continue
		case !x.Valid || !y.Valid:
			if !x.Valid == k.NullsFirst {
				return -1
			}
			return 1
		}
		if c := record.Compare(x, y); c != 0 {
			if k.Desc {
				return -c
			}
			return c
		}
	}
	return 0
}

func (o *oracle) aggregate(n *plan.Aggregate) [][]record.Value {
	in := o.run(n.Input)
	keys := o.exprs(n.Groups, in, n.Input.Output())
	groups := map[string][]int{}
	var names []string
	for i := range in {
		k := text(keys[i : i+1])[0]
		if groups[k] == nil {
			names = append(names, k)
		}
		groups[k] = append(groups[k], i)
	}
	if len(n.Groups) == 0 && len(names) == 0 {
		names = append(names, "")
	}
	var out [][]record.Value
	for _, name := range names {
		rows := groups[name]
		var row []record.Value
		if len(rows) > 0 {
			row = slices.Clone(keys[rows[0]])
		}
		sub := make([][]record.Value, len(rows))
		for i, at := range rows {
			sub[i] = in[at]
		}
		for i := range n.Aggs {
			row = append(row, o.agg(&n.Aggs[i], sub, n.Input.Output()))
		}
		out = append(out, row)
	}
	return out
}

func (o *oracle) agg(a *plan.Agg, in [][]record.Value, types []plan.Column) record.Value {
	if a.Filter != nil {
		in = o.filter(in, types, a.Filter)
	}
	if len(a.Args) == 0 {
		return record.IntValue(int64(len(in)))
	}
	args := o.exprs(a.Args, in, types)
	var vals, second []record.Value
	seen := map[string]bool{}
	for _, v := range args {
		if !v[len(v)-1].Valid && a.Func != "string_agg" || a.Func == "string_agg" && !v[0].Valid {
			continue
		}
		if k := text([][]record.Value{v[:1]})[0]; a.Distinct && seen[k] {
			continue
		} else {
			seen[k] = true
		}
		vals, second = append(vals, v[0]), append(second, v[len(v)-1])
	}
	if a.Func == "count" {
		return record.IntValue(int64(len(vals)))
	}
	if len(vals) == 0 {
		return record.NullOf(a.T)
	}
	switch a.Func {
	case "sum":
		out := record.Value{Type: a.T, Valid: true}
		for _, v := range vals {
			out.I, out.F = out.I+v.I, out.F+v.F
		}
		return out
	case "avg":
		s := 0.0
		for _, v := range vals {
			s += v.Float()
		}
		return record.FloatValue(s / float64(len(vals)))
	case "min", "bool_and":
		return slices.MinFunc(vals, record.Compare)
	case "max", "bool_or":
		return slices.MaxFunc(vals, record.Compare)
	case "stddev":
		mean, m2 := 0.0, 0.0
		for _, v := range vals {
			mean += v.F / float64(len(vals))
		}
		for _, v := range vals {
			m2 += (v.F - mean) * (v.F - mean)
		}
		if len(vals) < 2 {
			return record.NullOf(a.T)
		}
		return record.FloatValue(math.Sqrt(m2 / float64(len(vals)-1)))
	case "first":
		at := 0
		for i := range second {
			if record.Compare(second[i], second[at]) < 0 {
				at = i
			}
		}
		return vals[at]
	}
	o.t.Fatalf("oracle: aggregate %s", a.Func)
	return record.Value{}
}

// text prints rows so that equal rows print alike; floats to ten digits.
func text(rows [][]record.Value) []string {
	out := make([]string, len(rows))
	for i, row := range rows {
		var b strings.Builder
		for _, v := range row {
			switch {
			case !v.Valid:
				b.WriteString("NULL")
			case v.Type.Kind == record.Float64:
				fmt.Fprintf(&b, "%.9g", math.Round(v.F*1e8)/1e8+0)
			case v.Type.Storage() == record.Strs:
				fmt.Fprintf(&b, "%q", v.S)
			case v.Type.IsArray():
				b.WriteString(fmt.Sprint(text([][]record.Value{v.Elems})))
			default:
				fmt.Fprint(&b, v.I)
			}
			b.WriteString("|")
		}
		out[i] = b.String()
	}
	return out
}

// same compares answers: in order, or as bags.
func same(t testing.TB, what string, got, want [][]record.Value, ordered bool) {
	t.Helper()
	g, w := text(got), text(want)
	if !ordered {
		slices.Sort(g)
		slices.Sort(w)
	}
	if len(g) != len(w) {
		t.Fatalf("%s: %d rows, want %d\ngot  %.300q\nwant %.300q", what, len(g), len(w), g, w)
	}
	for i := range g {
		if g[i] != w[i] {
			t.Fatalf("%s: row %d is\n%s\nwant\n%s", what, i, g[i], w[i])
		}
	}
}
