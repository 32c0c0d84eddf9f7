package naive

import (
	"fmt"
	"slices"

	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/record"
)

// walk goes along every edge from every row of the start: a row for every
// pair of ends and number of steps, once for every walk.
func (m *machine) walk(n *plan.GraphWalk) ([]Row, error) {
	start, err := m.node(n.Start, nil)
	if err != nil {
		return nil, err
	}
	end, err := m.node(n.End, nil)
	if err != nil {
		return nil, err
	}
	g, err := m.graph(n)
	if err != nil {
		return nil, err
	}
	var out []Row
	seen := map[int]bool{} // rows of end that were given, without Pairs
	for _, row := range start {
		if n.Mode == plan.WalkPaths || n.Mode == plan.WalkAllShortest {
			rows, err := g.walks(n, row, end)
			if err != nil {
				return nil, err
			}
			out = append(out, rows...)
			continue
		}
		paths := g.from(vertexOf(n.StartAt, row[n.StartKey]), n.Min, n.Max)
		for i, e := range end {
			path, ok := paths[vertexOf(n.EndAt, e[n.EndKey])]
			if !ok || !n.Pairs && seen[i] {
				continue
			}
			seen[i] = true
			out = append(out, joinedRow(n, row, e, path))
		}
	}
	return out, nil
}

func joinedRow(n *plan.GraphWalk, start, end Row, path []record.Value) Row {
	var row Row
	if n.Pairs {
		row = append(row, start...)
	}
	row = append(row, end...)
	if n.Length {
		row = append(row, record.IntValue(int64(len(path)-1)))
	}
	if n.Vertices {
		path = slices.Clone(path)
		if n.Turned {
			slices.Reverse(path)
		}
		out := n.Output()
		row = append(row, record.Value{Type: out[len(out)-1].Type, Valid: true, Elems: path})
	}
	return row
}

// vertex names a vertex: its place and its printed key, "" for NULL.
type vertex struct {
	place int
	key   string
}

func vertexOf(place int, key record.Value) vertex {
	if !key.Valid {
		return vertex{place: -1}
	}
	return vertex{place, "'" + key.Text()}
}

// graphData is the edges of a walk between live vertices.
type graphData struct {
	keys  map[vertex]record.Value
	edges map[vertex][]vertex
}

func (m *machine) graph(n *plan.GraphWalk) (*graphData, error) {
	g := &graphData{keys: map[vertex]record.Value{}, edges: map[vertex][]vertex{}}
	for i, p := range n.Places {
		rows, err := m.node(p.Vertex, nil)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			if row[0].Valid {
				g.keys[vertexOf(i, row[0])] = row[0]
			}
		}
	}
	for _, s := range n.Steps {
		rows, err := m.node(s.Edge, nil)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			near, far := vertexOf(s.From, row[s.Near]), vertexOf(s.To, row[s.Far])
			if g.keys[near].Valid && g.keys[far].Valid && !(s.NoLoops && near == far) {
				g.edges[near] = append(g.edges[near], far)
			}
		}
	}
	return g, nil
}

// mostWalks bounds what is listed one by one.
const mostWalks = 200_000

// walks returns a row for every walk from a row of the start.
func (g *graphData) walks(n *plan.GraphWalk, start Row, end []Row) ([]Row, error) {
	type walk struct {
		at   vertex
		path []record.Value
	}
	v := vertexOf(n.StartAt, start[n.StartKey])
	if !g.keys[v].Valid {
		return nil, nil
	}
	byEnd := map[vertex][]Row{}
	for _, e := range end {
		at := vertexOf(n.EndAt, e[n.EndKey])
		byEnd[at] = append(byEnd[at], e)
	}
	var out []Row
	found := map[vertex]int{} // the steps of the shortest
	level := []walk{{v, []record.Value{g.keys[v]}}}
	for k := 0; k <= n.Max; k++ {
		var next []walk
		for _, w := range level {
			first, seen := found[w.at]
			if !seen && k >= n.Min {
				first, found[w.at] = k, k
			}
			if k >= n.Min && (n.Mode == plan.WalkPaths || k == first) {
				for _, e := range byEnd[w.at] {
					out = append(out, joinedRow(n, start, e, w.path))
				}
			}
			for _, to := range g.edges[w.at] {
				next = append(next, walk{to, append(slices.Clone(w.path), g.keys[to])})
			}
		}
		if level = next; len(level)+len(out) > mostWalks {
			return nil, fmt.Errorf("naive: more than %d walks", mostWalks)
		}
	}
	return out, nil
}

// from returns a shortest path of least to most steps to every vertex that has one.
func (g *graphData) from(v vertex, least, most int) map[vertex][]record.Value {
	out := map[vertex][]record.Value{}
	if !g.keys[v].Valid {
		return out
	}
	level := map[vertex][]record.Value{v: {g.keys[v]}}
	for k := 0; k <= most; k++ {
		next := map[vertex][]record.Value{}
		for v, path := range level {
			if _, ok := out[v]; !ok && k >= least {
				out[v] = path
			}
			for _, to := range g.edges[v] {
				next[to] = append(slices.Clone(path), g.keys[to])
			}
		}
		level = next
	}
	return out
}
