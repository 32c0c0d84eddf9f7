package plan

import (
	"fmt"
	"strings"

	"github.com/quindex/quindex/predicate"
)

// Explain returns the plan as a tree, one operator a line, what it works on
// indented below it.
func (p *Plan) Explain() string {
	var w treeWriter
	w.node(p.Root, 0)
	for i, n := range p.Subqueries {
		w.line(0, fmt.Sprintf("subquery %d:", i))
		w.node(n, 1)
	}
	return w.b.String()
}

type treeWriter struct{ b strings.Builder }

func (w *treeWriter) line(depth int, text string) {
	w.b.WriteString(strings.Repeat("  ", depth))
	w.b.WriteString(text)
	w.b.WriteByte('\n')
}

func (w *treeWriter) node(n Node, depth int) {
	w.line(depth, Label(n))
	for _, d := range Details(n) {
		w.line(depth+2, d)
	}
	for _, in := range n.Inputs() {
		w.node(in, depth+1)
	}
}

// Label names an operator in one line: what EXPLAIN prints, and the name of
// the span in which the executor runs it.
func Label(n Node) string {
	switch n := n.(type) {
	case *Scan:
		out := "Scan " + n.Table.Name + " columns=" + list(names(n.Out))
		if n.NoIndex {
			out += " no index"
		}
		return out
	case *Survey:
		return "Survey " + n.Scan.Table.Name
	case *Filter:
		return "Filter " + n.Cond.String()
	case *Project:
		return "Project " + projection(n)
	case *Aggregate:
		return "Aggregate " + n.Mode.String() + aggText(n)
	case *Sort:
		return "Sort " + keysText(n.Keys) + cutText(n.Limit, n.Offset)
	case *Limit:
		return "Limit" + cutText(n.Count, n.Offset)
	case *Join:
		return "Join " + n.Kind.String()
	case *Union:
		return "Union"
	case *Values:
		return fmt.Sprintf("Values rows=%d", len(n.Rows))
	case *Gather:
		out := fmt.Sprintf("Gather shards=%d/%d", len(n.Shards), len(n.Table.Sharding.Shards()))
		if len(n.Merge) > 0 {
			out += " merge=" + keysText(n.Merge)
		}
		return out
	case *Broadcast:
		return fmt.Sprintf("Broadcast %d", n.ID)
	case *GraphWalk:
		return n.label()
	case *GraphAlgorithm:
		return n.label()
	}
	return fmt.Sprintf("%T", n)
}

// Details are the lines below an operator: the conditions of scans and joins.
func Details(n Node) []string {
	var out []string
	switch n := n.(type) {
	case *Scan:
		for _, p := range predicate.Conjuncts(n.Where) {
			out = append(out, "where "+p.String())
		}
		for _, f := range n.Filter {
			out = append(out, "filter "+f.String())
		}
		out = append(out, rankDetails(n)...)
	case *Join:
		for i := range n.LeftKeys {
			out = append(out, "on "+n.LeftKeys[i].String()+" = "+n.RightKeys[i].String())
		}
		if n.KeyScan != 0 {
			out = append(out, "asks the index for the keys, if they are few")
		}
		if n.On != nil {
			out = append(out, "if "+n.On.String())
		}
	}
	return out
}

func list(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ",")
}

func projection(n *Project) string {
	parts := make([]string, len(n.Exprs))
	for i, e := range n.Exprs {
		parts[i] = e.String()
		if n.Names[i] != parts[i] && n.Names[i] != "?column?" {
			parts[i] += " AS " + n.Names[i]
		}
	}
	return strings.Join(parts, ", ")
}

func aggText(n *Aggregate) string {
	var aggs []string
	for _, a := range n.Aggs {
		if n.Mode == Final {
			aggs = append(aggs, a.Func)
		} else {
			aggs = append(aggs, a.String())
		}
	}
	out := ""
	if len(aggs) > 0 {
		out = " " + strings.Join(aggs, ", ")
	}
	if len(n.Groups) > 0 {
		out += " by " + strings.Join(texts(n.Groups), ", ")
	}
	return out
}

func cutText(limit, offset int64) string {
	out := ""
	if limit >= 0 {
		out = fmt.Sprintf(" limit=%d", limit)
	}
	if offset > 0 {
		out += fmt.Sprintf(" offset=%d", offset)
	}
	return out
}
