package plan

import (
	"math"

	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/record"
)

// mostTop is the largest K that a Top is made for.
const mostTop = 1 << 16

// topmost finds the scans that need not give all their rows, because what
// stands above keeps the best of them, in an order that an index knows.
func topmost(n Node) Node {
	switch x := n.(type) {
	case *Sort:
		top, scan := topOfSort(x)
		if top == nil {
			top, scan = topOfBuckets(x)
		}
		if top != nil {
			out := *x
			out.Input = withTop(x.Input, scan, top)
			return &out
		}
	case *Aggregate:
		if top, scan := topOfGroups(x); top != nil {
			out := *x
			out.Input = withTop(x.Input, scan, top)
			return &out
		}
	}
	return WithInputs(n, topmost)
}

// scanBelow finds the scan that n projects and does nothing else with, and
// what expressions over n are over the scan; nil if there is none, or if it has
// conditions that engines do not answer.
func scanBelow(n Node, es ...Expr) (*Scan, []Expr) {
	es = append([]Expr(nil), es...)
	for {
		switch x := n.(type) {
		case *Project:
			for i, e := range es {
				es[i] = substitute(e, x.Exprs)
			}
			n = x.Input
		case *Scan:
			if len(x.Filter) > 0 || x.NoIndex || x.Top != nil {
				return nil, nil
			}
			return x, es
		default:
			return nil, nil
		}
	}
}

// withTop is n, projections of scan, with a top in the scan.
func withTop(n Node, scan *Scan, top *Top) Node {
	if n == Node(scan) {
		out := *scan
		out.Top = top
		return &out
	}
	return WithInputs(n, func(in Node) Node { return withTop(in, scan, top) })
}

// topOfSort: the first key is the score, best first, or the distance to a
// constant point.
func topOfSort(n *Sort) (*Top, *Scan) {
	k := n.Limit + n.Offset
	if n.Limit < 1 || k > mostTop || k < 1 {
		return nil, nil
	}
	key := n.Keys[0]
	scan, es := scanBelow(n.Input, key.Expr)
	if scan == nil {
		return nil, nil
	}
	top := &Top{K: k, Ties: len(n.Keys) > 1}
	switch e := es[0].(type) {
	case Col:
		if !key.Desc || scan.Columns[e.Index] != ScoreColumn || scan.Score == nil {
			return nil, nil
		}
		top.By, top.Index = TopScore, indexOf(scan, "search", scan.Score.Calls[0].Fields[0].ID)
	case Call:
		col, p, ok := placeOf(scan, e, "st_distance")
		if !ok || key.Desc || key.NullsFirst || p.Type.Kind != record.Point {
			return nil, nil
		}
		field := fieldsOf(scan).at(col.Index)
		top.By, top.Index = TopNearest, indexOf(scan, "geo", field.ID)
		top.Call = predicate.Call{Function: "st_nearest", Fields: []predicate.Field{field}, Args: []record.Value{p}}
	default:
		return nil, nil
	}
	return top, scan
}

// indexOf is the name of an engine's index of a column.
func indexOf(s *Scan, engine string, id record.ColumnID) string {
	for _, ix := range s.Table.Indexes {
		if ix.Engine == engine && len(ix.Columns) == 1 && ix.Columns[0] == id {
			return ix.Name
		}
	}
	return engine
}

// topOfGroups: every aggregate takes its value from the last row of a series,
// and the groups are series or several of them together.
func topOfGroups(n *Aggregate) (*Top, *Scan) {
	exprs := append([]Expr(nil), n.Groups...)
	groups := len(exprs)
	for _, a := range n.Aggs {
		e, ok := a.newestBy(groups)
		if !ok {
			return nil, nil
		}
		exprs = append(exprs, e)
	}
	scan, es := scanBelow(n.Input, exprs...)
	if scan == nil || scan.Table.Time == nil || len(n.Aggs) == 0 {
		return nil, nil
	}
	t := scan.Table.Time
	for i, e := range es {
		c, ok := e.(Col)
		if !ok {
			return nil, nil
		}
		id := scan.Columns[c.Index]
		if i >= groups && id != t.Column || i < groups && !containsID(t.Series, id) {
			return nil, nil
		}
	}
	for _, ix := range scan.Table.Indexes {
		if ix.Engine == "timeseries" {
			return &Top{By: TopNewest, K: 1, Index: ix.Name}, scan
		}
	}
	return nil, nil
}

// newestBy returns the expression whose greatest value in a group decides an
// aggregate of so many groups, if there is one and rows of one time are alike to it.
func (a *Agg) newestBy(groups int) (Expr, bool) {
	if a.Distinct || a.Filter != nil {
		return nil, false
	}
	switch a.Func {
	case "last":
		return a.Args[1], true
	case "max":
		return a.Args[0], true
	case "first_row":
		// DISTINCT ON (groups) ... ORDER BY groups, time DESC
		if len(a.Order) == groups+1 && a.Order[groups].Desc {
			return a.Order[groups].Expr, true
		}
	}
	return nil, false
}

func containsID(ids []record.ColumnID, id record.ColumnID) bool {
	for _, x := range ids {
		if x == id {
			return true
		}
	}
	return false
}

// rankDetails are the lines of EXPLAIN about scores and tops.
func rankDetails(n *Scan) []string {
	var out []string
	if n.GivesScores() {
		for _, c := range n.Score.Calls {
			out = append(out, "score "+c.String())
		}
	}
	if n.Top != nil && n.Top.K < math.MaxInt32 {
		out = append(out, "top "+n.Top.String())
	}
	return out
}
