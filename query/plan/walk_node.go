package plan

import (
	"slices"

	"github.com/quindex/quindex/record"
)

// WalkMode says which rows a GraphWalk gives.
type WalkMode uint8

const (
	WalkPaths       WalkMode = iota // one for every walk
	WalkEnds                        // one for every pair of ends, however many walks join them
	WalkShortest                    // one for every pair of ends, with one of the shortest walks
	WalkAllShortest                 // one for every shortest walk of every pair of ends
)

// GraphWalk takes Min to Max steps along the edges of Steps, from the rows of Start
// to those of End. A vertex on the way is of one of the places, and its row is
// live.
//
// Its columns are those of Start, if Pairs is set, those of End, then the
// number of steps, if Length is set, and the keys of the vertices from start to
// end, if Vertices is set. Without Pairs it gives every row of End that some
// row of Start leads to once, and the mode is WalkEnds.
//
// No fragment has a GraphWalk in mode WalkPaths: it becomes joins before that.
type GraphWalk struct {
	Mode             WalkMode
	Start            Node
	End              *Scan
	StartKey, EndKey int // the columns with the vertex's key
	StartAt, EndAt   int // their places
	Places           []Place
	Steps            []WalkStep
	Min, Max         int // 0 <= Min <= Max, Max > 0
	Pairs            bool
	Length, Vertices bool
	Turned           bool // from the end as it was written: Vertices go the other way

	loose              bool // nobody minds a row too many or too few of the same
	startRows, endRows float64
}

// Place is a vertex table on the way: Vertex has one column, its key.
type Place struct{ Vertex *Scan }

// WalkStep is one way to go on: along an edge of Edge, from place From to To.
// Near and Far are the columns of Edge that hold the ends' keys.
type WalkStep struct {
	Edge      *Scan
	Near, Far int
	From, To  int
	NoLoops   bool // an edge from a vertex to itself is another step's already
}

// Output of a GraphWalk is what its consumers see.
func (n *GraphWalk) Output() []Column {
	var out []Column
	if n.Pairs {
		out = append(out, n.Start.Output()...)
	}
	out = append(out, n.End.Output()...)
	if n.Length {
		out = append(out, Column{"path_length", record.T(record.Int64)})
	}
	if n.Vertices {
		out = append(out, Column{"vertices", n.pathType()})
	}
	return out
}

// pathType is the type of an array of keys.
func (n *GraphWalk) pathType() record.Type {
	if n.End.Output()[n.EndKey].Type.Kind == record.Int64 {
		return record.T(record.Int64Array)
	}
	return record.T(record.KeywordArray)
}

// Inputs are both ends, the edges, then the vertices on the way.
func (n *GraphWalk) Inputs() []Node {
	out := []Node{n.Start, n.End}
	for _, s := range n.Steps {
		out = append(out, s.Edge)
	}
	for _, p := range n.Places {
		out = append(out, p.Vertex)
	}
	return out
}

func (*GraphWalk) isNode() {}

// WithInputs is n with f applied to its inputs.
func (n *GraphWalk) WithInputs(f func(Node) Node) *GraphWalk {
	out := *n
	out.Start, out.End = f(n.Start), f(n.End).(*Scan)
	out.Steps = append([]WalkStep(nil), n.Steps...)
	for i := range out.Steps {
		out.Steps[i].Edge = f(n.Steps[i].Edge).(*Scan)
	}
	out.Places = append([]Place(nil), n.Places...)
	for i := range out.Places {
		out.Places[i].Vertex = f(n.Places[i].Vertex).(*Scan)
	}
	return &out
}

// trim drops steps that no walk from the start can take, and places that none
// of the others touch.
func (n *GraphWalk) trim() {
	reached := make([]bool, len(n.Places))
	reached[n.StartAt] = true
	for again := true; again; {
		again = false
		for _, s := range n.Steps {
			if reached[s.From] && !reached[s.To] {
				reached[s.To], again = true, true
			}
		}
	}
	n.Steps = slices.DeleteFunc(n.Steps, func(s WalkStep) bool { return !reached[s.From] })
	reached[n.EndAt] = true
	to := make([]int, len(n.Places))
	var places []Place
	for i, p := range n.Places {
		if to[i] = len(places); reached[i] {
			places = append(places, p)
		}
	}
	n.Places, n.StartAt, n.EndAt = places, to[n.StartAt], to[n.EndAt]
	for i := range n.Steps {
		n.Steps[i].From, n.Steps[i].To = to[n.Steps[i].From], to[n.Steps[i].To]
	}
}

// StartWidth is the number of output columns that come from Start.
func (n *GraphWalk) StartWidth() int {
	if !n.Pairs {
		return 0
	}
	return width(n.Start)
}

// turned is the same walk from its end to its start, which is a Scan; its
// columns come in another order.
func (n *GraphWalk) turned() *GraphWalk {
	out := *n
	out.Start, out.End = n.End, n.Start.(*Scan)
	out.startRows, out.endRows = n.endRows, n.startRows
	out.StartKey, out.EndKey = n.EndKey, n.StartKey
	out.StartAt, out.EndAt = n.EndAt, n.StartAt
	out.Turned = !n.Turned
	out.Steps = append([]WalkStep(nil), n.Steps...)
	for i := range out.Steps {
		s := &out.Steps[i]
		s.Near, s.Far, s.From, s.To = s.Far, s.Near, s.To, s.From
	}
	return &out
}

// HasWalk reports whether there is a GraphWalk or a GraphAlgorithm in fragment
// n, what it is sent by broadcast apart.
func HasWalk(n Node) bool {
	switch n.(type) {
	case *GraphWalk, *GraphAlgorithm:
		return true
	case *Broadcast:
		return false
	}
	if in := Input(n); in != nil {
		return HasWalk(in)
	}
	for _, in := range n.Inputs() {
		if HasWalk(in) {
			return true
		}
	}
	return false
}

// Tables returns the ids of the tables that fragment n reads, each once.
func Tables(n Node) []record.TableID {
	seen := map[record.TableID]bool{}
	var out []record.TableID
	var visit func(Node)
	visit = func(n Node) {
		if s, ok := n.(*Scan); ok && !seen[s.Table.ID()] {
			seen[s.Table.ID()] = true
			out = append(out, s.Table.ID())
		}
		if _, ok := n.(*Broadcast); ok {
			return
		}
		for _, in := range n.Inputs() {
			visit(in)
		}
	}
	visit(n)
	return out
}
