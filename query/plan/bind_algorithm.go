package plan

import (
	"fmt"
	"slices"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/query/sql"
	"github.com/quindex/quindex/record"
)

// algorithm binds a function of FROM that computes something of a graph:
//
//	pagerank('graph' [, 'label'] [, iterations => 20] [, damping => 0.85])
//	wcc('graph' [, 'label'])
//	triangle_count('graph' [, 'label'])
//	shortest_path('graph', from, to [, 'label'])
//
// With a label only edges of that label count, and the vertices that they join.
func (b *binder) algorithm(r *sql.FuncTable) *scope {
	c := r.Call
	kind := AlgorithmKind(slices.IndexFunc(algorithms[:], func(a algorithm) bool { return a.name == c.Name }))
	if r.Lateral || c.Distinct || c.Star || c.Filter != nil || c.Over != nil || len(c.OrderBy)+len(c.Within) > 0 {
		b.unsupported(r.Pos(), "LATERAL, DISTINCT, FILTER and the like of a function in FROM")
	}
	n := &GraphAlgorithm{Kind: kind, Iterations: 20, Damping: 0.85}
	args := b.algorithmArgs(n, c)
	least := 1
	if kind == ShortestPath {
		least = 3
	}
	if len(args) < least || len(args) > least+1 {
		b.fail(c.Pos(), fault.Invalid, fault.Code("42883"), fault.Item(c.Name), fault.Hint(algorithmHelp(kind)),
			fmt.Sprintf("%d arguments, want %d or %d", len(args), least, least+1))
	}
	name := b.constant(args[0], record.T(record.Keyword), graphName)
	g, err := b.o.Catalog.Graph(name.S)
	b.check(args[0].Pos(), err)
	label := ""
	if len(args) > least {
		label = b.constant(args[least], record.T(record.Keyword), labelName).S
	}
	b.algorithmTables(n, g, label, c.Pos(), args[len(args)-1].Pos())
	n.From, n.To = record.NullOf(n.KeyType()), record.NullOf(n.KeyType())
	if kind == ShortestPath {
		n.From = b.constant(args[1], n.KeyType(), vertexKey)
		n.To = b.constant(args[2], n.KeyType(), vertexKey)
	}
	return b.aliased(n, &r.Alias, c.Name, r.Pos())
}

// What the arguments of these functions are, as errors name them.
const (
	graphName = "the name of the graph"
	labelName = "a label"
	vertexKey = "the key of a vertex"
)

// isAlgorithm reports whether there is such a function in FROM.
func isAlgorithm(name string) bool {
	return slices.ContainsFunc(algorithms[:], func(a algorithm) bool { return a.name == name })
}

func algorithmHelp(k AlgorithmKind) string {
	return [...]string{"pagerank('graph', 'label', iterations => 20, damping => 0.85)", "wcc('graph', 'label')", "triangle_count('graph', 'label')",
		"shortest_path('graph', from, to, 'label')"}[k] + "; the label may be left out"
}

// algorithmArgs takes the named arguments, and returns the others.
func (b *binder) algorithmArgs(n *GraphAlgorithm, c *sql.Call) []sql.Expr {
	var rest []sql.Expr
	for _, e := range c.Args {
		named, ok := e.(*sql.NamedArg)
		switch {
		case !ok:
			rest = append(rest, e)
		case n.Kind == PageRank && named.Name == "iterations":
			v := b.constant(named.Value, record.T(record.Int64), "iterations").I
			if v < 1 || v > MostIterations {
				b.fail(e.Pos(), fault.Invalid, fault.Code("22023"), fmt.Sprintf("%d iterations, want 1 to %d", v, MostIterations))
			}
			n.Iterations = int(v)
		case n.Kind == PageRank && named.Name == "damping":
			n.Damping = b.constant(named.Value, record.T(record.Float64), "damping").F
			if !(n.Damping >= 0 && n.Damping <= 1) {
				b.fail(e.Pos(), fault.Invalid, fault.Code("22023"), fmt.Sprintf("damping %g, want 0 to 1", n.Damping))
			}
		default:
			b.fail(e.Pos(), fault.Invalid, fault.Code("42883"), fault.Item(named.Name), fault.Hint(algorithmHelp(n.Kind)), "no such argument of "+c.Name)
		}
	}
	return rest
}

// constant is an argument that must be known now and not NULL.
func (b *binder) constant(e sql.Expr, t record.Type, what string) record.Value {
	if n, ok := e.(*sql.Name); ok {
		b.unquoted(n, t, what)
	}
	c, ok := b.cast(b.fit(b.expr(e, &scope{}), t, e.Pos()), t, e.Pos()).(Const)
	if !ok {
		b.unsupported(e.Pos(), what+" that is not a constant")
	}
	if !c.Value.Valid {
		b.fail(e.Pos(), fault.Invalid, fault.Code("22004"), what+" is NULL")
	}
	return c.Value
}

// unquoted refuses a name where a constant is wanted: as a rule the quotes are missing.
func (b *binder) unquoted(n *sql.Name, t record.Type, what string) {
	text := "a constant, not a name"
	args := []any{fault.Invalid, fault.Code("42601"), fault.Item(n.String())}
	if k := t.Kind; k == record.Keyword || k == record.Text {
		text = "a string in single quotes"
		args = append(args, fault.Hint("write "+record.KeywordValue(n.Last()).SQL()))
	}
	b.fail(n.Pos(), append(args, what+" is "+text)...)
}

// algorithmTables reads the edges of a label, all of them for "", and the
// vertices that they join.
func (b *binder) algorithmTables(n *GraphAlgorithm, g *catalog.Graph, label string, pos, labelPos int) {
	var labels []string
	touched := make([]bool, len(g.Vertices))
	at := make([]int, len(g.Vertices))
	for i := range g.Edges {
		e := &g.Edges[i]
		if labels = append(labels, e.Labels...); label == "" || slices.Contains(e.Labels, label) {
			touched[e.Source.Vertex], touched[e.Target.Vertex] = true, true
		}
	}
	if label != "" && !slices.Contains(labels, label) {
		b.fail(labelPos, fault.NotFound, fault.Code("42704"), fault.Item(label), nearest(label, labels, fault.Hint(g.String())), "no edge table of graph "+g.Name+" has this label")
	}
	for i, v := range g.Vertices {
		if at[i] = len(n.Places); label == "" || touched[i] {
			n.Places, n.Names = append(n.Places, Place{b.keyScan(v.Table, v.Key)}), append(n.Names, v.Alias)
		}
	}
	if !(&GraphWalk{Places: n.Places}).samePathKeys() {
		b.fail(pos, fault.Unsupported, fault.Hint("name a label whose edges join vertices of one type of key"), "vertices whose keys are strings here and numbers there")
	}
	for i := range g.Edges {
		e := &g.Edges[i]
		if label != "" && !slices.Contains(e.Labels, label) {
			continue
		}
		n.Steps = append(n.Steps, WalkStep{Edge: b.endsScan(e), Near: 0, Far: 1, From: at[e.Source.Vertex], To: at[e.Target.Vertex]})
	}
}

// endsScan reads source and target of an edge table's rows.
func (b *binder) endsScan(e *catalog.EdgeTable) *Scan {
	source, target := b.keyScan(e.Table, e.Source.Column), b.keyScan(e.Table, e.Target.Column)
	source.Columns = append(source.Columns, target.Columns...)
	source.Out = append(source.Out, target.Out...)
	return source
}
