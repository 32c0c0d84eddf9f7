package exec

import (
	"math"

	"github.com/quindex/quindex/query/exec/eval"
	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/store"
)

// An aggregate over joins, all of whose arguments are the scan's own columns,
// may group the scan's rows by the keys of the joins first: the joins then see
// a group where they saw all of its rows, and the groups are found by codes
// and not by values (after Yan and Larson, Eager Aggregation and Lazy
// Aggregation, VLDB 1995). A row joined twice counts twice either way.

// eager is an aggregate that is being cut in two around its joins.
type eager struct {
	scan  *plan.Scan
	joins []*plan.Join // from the lowest
	width int          // of the scan; above it, columns of right sides, from the lowest join on
	keys  [][]plan.Expr
	low   []plan.Expr // what the scan's rows are grouped by
}

// aggregateFirst returns n with its scan's rows grouped before they are
// joined, or nil where that may not be, or would not be less to join.
func (b *builder) aggregateFirst(n *plan.Aggregate) *plan.Aggregate {
	if n.Mode != plan.Complete || b.views == nil {
		return nil
	}
	if _, ok := n.Input.(*plan.Scan); ok {
		return nil
	}
	e := &eager{}
	out, ok := e.flat(n.Input)
	if !ok || len(e.joins) == 0 || e.scan.Top != nil {
		return nil
	}
	low := &plan.Aggregate{Input: e.scan, Mode: plan.Partial}
	for _, a := range n.Aggs {
		if a.Distinct || a.Filter != nil {
			return nil
		}
		a.Args = over(a.Args, out)
		for _, arg := range a.Args {
			if c, ok := arg.(plan.Col); !ok || c.Index >= e.width {
				return nil // a computed one may fail on a row that no join keeps
			}
		}
		if _, ok := a.StateTypes(); !ok {
			return nil
		}
		low.Aggs = append(low.Aggs, a)
	}
	groups := over(n.Groups, out)
	for _, list := range append(e.keys, groups) {
		for _, x := range list {
			if !e.collect(x) {
				return nil
			}
		}
	}
	if !e.fewer(b.viewsOf(e.scan)) {
		return nil
	}
	return e.rebuild(n, low, groups)
}

// over is es over columns that are given as expressions.
func over(es, cols []plan.Expr) []plan.Expr {
	out := make([]plan.Expr, len(es))
	for i, e := range es {
		out[i] = plan.Rewrite(e, func(e plan.Expr) plan.Expr {
			if c, ok := e.(plan.Col); ok {
				return cols[c.Index]
			}
			return e
		})
	}
	return out
}

// flat goes down to the scan and returns the columns of n as expressions over
// the scan's columns and all right sides'.
func (e *eager) flat(n plan.Node) ([]plan.Expr, bool) {
	switch n := n.(type) {
	case *plan.Scan:
		e.scan, e.width = n, len(n.Columns)
		out := make([]plan.Expr, e.width)
		for i, c := range n.Out {
			if n.Columns[i] == plan.ScoreColumn {
				return nil, false
			}
			out[i] = plan.Col{Index: i, Name: c.Name, T: c.Type}
		}
		return out, true
	case *plan.Project:
		cols, ok := e.flat(n.Input)
		if !ok {
			return nil, false
		}
		return over(n.Exprs, cols), true
	case *plan.Join:
		cols, ok := e.flat(n.Left)
		if !ok || n.On != nil || len(n.LeftKeys) == 0 {
			return nil, false
		}
		e.keys = append(e.keys, over(n.LeftKeys, cols))
		at := e.width
		for _, j := range e.joins {
			at += rightWidth(j)
		}
		e.joins = append(e.joins, n)
		if n.Kind.GivesRight() {
			for i, c := range n.Right.Output() {
				cols = append(cols[:len(cols):len(cols)], plan.Col{Index: at + i, Name: c.Name, T: c.Type})
			}
		}
		return cols, true
	}
	return nil, false
}

func rightWidth(j *plan.Join) int {
	if !j.Kind.GivesRight() {
		return 0
	}
	return len(j.Right.Output())
}

// collect adds x to what the scan's rows are grouped by, if it is of the scan;
// one of right sides is left to the aggregate above. Others are in the way.
func (e *eager) collect(x plan.Expr) bool {
	left, right := false, false
	for _, c := range columnsOf(x, nil) {
		left, right = left || c < e.width, right || c >= e.width
	}
	if !left {
		return true
	}
	if right {
		return false
	}
	if _, ok := x.(plan.Col); !ok {
		if _, _, _, ok := eval.Buckets(x); !ok {
			return false
		}
	}
	if e.lowAt(x) < 0 {
		e.low = append(e.low, x)
	}
	return true
}

func (e *eager) lowAt(x plan.Expr) int {
	for i, have := range e.low {
		if plan.Equal(have, x) {
			return i
		}
	}
	return -1
}

// eagerShare: there must be so many rows a group for grouping first to pay.
const eagerShare = 8

// fewer reports whether the groups of the scan's rows are known to be few
// beside the rows, in the sealed parts together.
func (e *eager) fewer(views []*store.View) bool {
	groups, rows := 0.0, 0.0
	for _, v := range views {
		for i := range v.Parts {
			p := &v.Parts[i]
			if p.Open {
				continue
			}
			n := 1.0
			for _, x := range e.low {
				n *= e.values(p, x)
			}
			groups, rows = groups+n, rows+float64(p.Rows)
		}
	}
	return groups*eagerShare <= rows && rows > 0
}

// values is the number of values that x may have in a part.
func (e *eager) values(p *store.Part, x plan.Expr) float64 {
	width := int64(1)
	col, ok := x.(plan.Col)
	if !ok {
		col, width, _, _ = eval.Buckets(x)
	}
	r := p.Columns.Column(e.scan.Columns[col.Index])
	if r == nil {
		return math.Inf(1)
	}
	switch st := r.Stats(); {
	case col.T.Storage() == record.Strs:
		if dict, err := r.Dict(); err == nil && dict != nil {
			return float64(dict.Len() + 1)
		}
	case col.T.Storage() == record.Ints && st.Min.Valid && st.Max.Valid && st.Min.I/2 > math.MinInt64/2+width:
		return (float64(st.Max.I)-float64(st.Min.I))/float64(width) + 2
	}
	return math.Inf(1)
}

// rebuild is the aggregate n of joins of low.
func (e *eager) rebuild(n, low *plan.Aggregate, groups []plan.Expr) *plan.Aggregate {
	low.Groups = e.low
	for _, x := range e.low {
		low.Names, low.Out = append(low.Names, ""), append(low.Out, plan.Column{Type: x.Type()})
	}
	top := &plan.Aggregate{Mode: plan.Final, Names: n.Names, Out: n.Out}
	for _, a := range low.Aggs {
		states, _ := a.StateTypes()
		f := plan.Agg{Func: a.Func, T: a.T}
		for _, t := range states {
			f.Args = append(f.Args, plan.Col{Index: len(low.Out), T: t})
			low.Names, low.Out = append(low.Names, ""), append(low.Out, plan.Column{Type: t})
		}
		top.Aggs = append(top.Aggs, f)
	}
	moved := len(low.Out) - e.width
	above := func(es []plan.Expr) []plan.Expr {
		out := make([]plan.Expr, len(es))
		for i, x := range es {
			if at := e.lowAt(x); at >= 0 {
				out[i] = plan.Col{Index: at, T: x.Type()}
				continue
			}
			out[i] = plan.Rewrite(x, func(x plan.Expr) plan.Expr {
				if c, ok := x.(plan.Col); ok {
					c.Index += moved
					return c
				}
				return x
			})
		}
		return out
	}
	var in plan.Node = low
	for i, j := range e.joins {
		m := *j
		m.Left, m.LeftKeys = in, above(e.keys[i])
		in = &m
	}
	top.Input, top.Groups = in, above(groups)
	return top
}
