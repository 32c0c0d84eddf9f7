package plan

import "github.com/quindex/quindex/record"

// mostGroups is the largest K that a top of groups is made for: the executor
// keeps as many values.
const mostGroups = 1 << 12

// topOfBuckets: an order by times, or buckets of them, that are groups, of
// which few are wanted. A row whose group is not among them need not be given.
func topOfBuckets(n *Sort) (*Top, *Scan) {
	k := n.Limit + n.Offset
	if n.Limit < 1 || k > mostGroups || k < 1 {
		return nil, nil
	}
	key, in := n.Keys[0], n.Input
	for {
		p, ok := in.(*Project)
		if !ok {
			break
		}
		key.Expr, in = substitute(key.Expr, p.Exprs), p.Input
	}
	a, ok := in.(*Aggregate)
	c, plain := key.Expr.(Col)
	if !ok || !plain || a.Mode != Complete || c.Index >= len(a.Groups) {
		return nil, nil
	}
	scan, es := scanBelow(a.Input, a.Groups[c.Index])
	if scan == nil || scan.Table.Time == nil {
		return nil, nil
	}
	key.Expr = es[0]
	at, ok := bucketed(key.Expr)
	if !ok || scan.Columns[at.Index] != scan.Table.Time.Column || at.T.Storage() != record.Ints {
		return nil, nil
	}
	for _, ix := range scan.Table.Indexes {
		if ix.Engine == "timeseries" {
			return &Top{By: TopGroups, K: k, Key: key, Index: ix.Name}, scan
		}
	}
	return nil, nil
}

// bucketed returns the column that e is a bucket of, or is.
func bucketed(e Expr) (Col, bool) {
	if c, ok := e.(Col); ok {
		return c, true
	}
	call, ok := e.(Call)
	if !ok || call.Func != "time_bucket" && call.Func != "date_trunc" {
		return Col{}, false
	}
	var col Col
	cols := 0
	for _, arg := range call.Args {
		switch arg := arg.(type) {
		case Col:
			col, cols = arg, cols+1
		case Const:
		default:
			return Col{}, false
		}
	}
	return col, cols == 1
}
