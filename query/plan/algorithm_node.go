package plan

import (
	"fmt"
	"slices"

	"github.com/quindex/quindex/record"
)

// AlgorithmKind says what a GraphAlgorithm computes.
type AlgorithmKind uint8

const (
	PageRank      AlgorithmKind = iota // the share of a random walk's time at each vertex
	Components                         // the least key of those that edges join a vertex to, whichever way they go
	TriangleCount                      // the pairs of a vertex's neighbours that are neighbours, whichever way edges go
	ShortestPath                       // the vertices of one shortest walk from one vertex to another
	algorithmKinds
)

// algorithm is a function of FROM.
type algorithm struct {
	name   string
	column string
	t      func(key record.Type) record.Type
}

// algorithms are the functions of FROM, by kind, with the column that each adds.
var algorithms = [...]algorithm{
	PageRank:      {"pagerank", "rank", func(record.Type) record.Type { return record.T(record.Float64) }},
	Components:    {"wcc", "component", func(key record.Type) record.Type { return key }},
	TriangleCount: {"triangle_count", "triangles", func(record.Type) record.Type { return record.T(record.Int64) }},
	ShortestPath:  {"shortest_path", "step", func(record.Type) record.Type { return record.T(record.Int64) }},
}

// String is the name of the function.
func (k AlgorithmKind) String() string {
	if int(k) < len(algorithms) {
		return algorithms[k].name
	}
	return "?"
}

// MostIterations bounds those of pagerank.
const MostIterations = 1000

// GraphAlgorithm computes something of every vertex of Places, over the edges of
// Steps, all of which go from source to target. Keys of all places are of one
// type; a row is the key, what was computed, and the name of the place. As
// anywhere, an edge counts where both its ends are live vertices.
type GraphAlgorithm struct {
	Kind   AlgorithmKind
	Places []Place
	Names  []string // by place
	Steps  []WalkStep

	Iterations int          // of PageRank, in [1, MostIterations]
	Damping    float64      // of PageRank, in [0, 1]
	From, To   record.Value // keys, of ShortestPath; NULL leads nowhere
}

// Output is id, what the algorithm computes, element.
func (n *GraphAlgorithm) Output() []Column {
	key := n.KeyType()
	a := algorithms[n.Kind]
	return []Column{{"id", key}, {a.column, a.t(key)}, {"element", record.T(record.Keyword)}}
}

// KeyType is the type of the vertices' keys in the output.
func (n *GraphAlgorithm) KeyType() record.Type {
	if n.Places[0].Vertex.Out[0].Type.Kind == record.Int64 {
		return record.T(record.Int64)
	}
	return record.T(record.Keyword)
}

// Inputs are the edges, then the vertices.
func (n *GraphAlgorithm) Inputs() []Node {
	var out []Node
	for _, s := range n.Steps {
		out = append(out, s.Edge)
	}
	for _, p := range n.Places {
		out = append(out, p.Vertex)
	}
	return out
}

func (*GraphAlgorithm) isNode() {}

// WithInputs is n with f applied to its inputs.
func (n *GraphAlgorithm) WithInputs(f func(Node) Node) *GraphAlgorithm {
	out := *n
	out.Steps, out.Places = slices.Clone(n.Steps), slices.Clone(n.Places)
	for i := range out.Steps {
		out.Steps[i].Edge = f(n.Steps[i].Edge).(*Scan)
	}
	for i := range out.Places {
		out.Places[i].Vertex = f(n.Places[i].Vertex).(*Scan)
	}
	return &out
}

// label is what EXPLAIN prints.
func (n *GraphAlgorithm) label() string {
	out := "graph." + n.Kind.String()
	switch n.Kind {
	case PageRank:
		out += fmt.Sprintf(" %d iterations, damping %g", n.Iterations, n.Damping)
	case ShortestPath:
		out += " from " + n.From.SQL() + " to " + n.To.SQL()
	}
	return out
}

// gathered runs as one fragment where all its tables are.
func (n *GraphAlgorithm) gathered() Node {
	t := n.Places[0].Vertex.Table
	return &Gather{Fragment: n, Table: t, Shards: PruneShards(t, nil)}
}

// estimate guesses the rows: a path is short, else there is one for each vertex.
func (n *GraphAlgorithm) estimate(opt *optimizer) float64 {
	if n.Kind == ShortestPath {
		return 6
	}
	rows := 0.0
	for _, p := range n.Places {
		rows += opt.estimate(p.Vertex)
	}
	return rows
}
