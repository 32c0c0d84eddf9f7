package exec

import (
	"slices"

	"github.com/quindex/quindex/codec"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
	"github.com/quindex/quindex/store"
)

// A walk goes over node numbers: keys become numbers once for each segment, a
// level of the walk is a flat set of them, and a step along the edges goes from
// array slot to array slot (engines.Walker). Rows come back only at the end,
// where those of the end's scan are chosen by their numbers.

// mostEdges bounds the edges that one statement's walk may look at.
const mostEdges = 4_000_000_000

// fewNodes is the size of a frontier up to which a step is given a list of it too.
const fewNodes = 4096

// manyNodes is the size of a frontier from which a step is shared by workers.
const manyNodes = 512

// walker is a GraphWalk made ready: the edges of every part, and which vertices live.
type walker struct {
	q      *query
	node   *plan.GraphWalk
	start  operator
	places []walkPlace
	steps  []walkStep
	edges  int64
	stats  *opStats
	taken  func(level int, frontier, reached []engines.Bits) error // after every step; may be nil
}

// walkPlace is a vertex table on the way.
type walkPlace struct {
	vertex *scanOp
	nodes  *engines.Nodes
	live   engines.Bits
}

// walkStep is one way to go on, over the edges of all parts.
type walkStep struct {
	plan.WalkStep
	scan  *scanOp
	parts []edgePart
}

// edgePart is the edges of one part: an index that walks, or the numbers of
// their ends, row by row.
type edgePart struct {
	index     engines.Walker
	dir       engines.Direction
	part      *scanPart
	near, far []uint32
}

func (b *builder) walk(n *plan.GraphWalk) (operator, error) {
	w := &walker{q: b.q, node: n, stats: b.q.stats(n)}
	var err error
	if w.start, err = b.build(n.Start); err != nil {
		return nil, err
	}
	if err := w.open(b); err != nil {
		return nil, err
	}
	end, err := newScan(b.q, n.End, b.viewsOf(n.End))
	if err != nil {
		return nil, err
	}
	if n.Pairs {
		return &walkPairs{walker: w, end: end}, nil
	}
	end.chosen = w.narrow
	return end, nil
}

// open makes scans of the places and the steps.
func (w *walker) open(b *builder) error {
	own := map[nodesOf]*engines.Nodes{}
	for _, p := range w.node.Places {
		s, err := newScan(b.q, p.Vertex, b.viewsOf(p.Vertex))
		if err != nil {
			return err
		}
		nodes, err := b.q.nodes(p.Vertex, own)
		if err != nil {
			return err
		}
		w.places = append(w.places, walkPlace{vertex: s, nodes: nodes})
	}
	for _, st := range w.node.Steps {
		s, err := newScan(b.q, st.Edge, b.viewsOf(st.Edge))
		if err != nil {
			return err
		}
		w.steps = append(w.steps, walkStep{WalkStep: st, scan: s})
	}
	return nil
}

// viewsOf returns the views of a scan's table: a fragment with a walk has
// views of several.
func (b *builder) viewsOf(n *plan.Scan) []*store.View {
	if !b.several {
		return b.views
	}
	var out []*store.View
	for _, v := range b.views {
		if v.Table.ID() == n.Table.ID() {
			out = append(out, v)
		}
	}
	return out
}

// nodesOf names a directory of keys.
type nodesOf struct {
	table record.TableID
	key   record.ColumnID
}

// nodes returns the directory of a place's keys: the process's, or one of this
// statement.
func (q *query) nodes(n *plan.Scan, own map[nodesOf]*engines.Nodes) (*engines.Nodes, error) {
	if q.env.Nodes != nil {
		return q.env.Nodes(n.Table.ID(), n.Columns[0], n.Out[0].Type)
	}
	k := nodesOf{n.Table.ID(), n.Columns[0]}
	if own[k] == nil {
		d, err := engines.NewNodes(n.Out[0].Type)
		if err != nil {
			return nil, err
		}
		own[k] = d
	}
	return own[k], nil
}

// prepare numbers all vertices and opens all edges. Afterwards no directory grows
// for the sake of this walk.
func (w *walker) prepare() error {
	for i := range w.places {
		p := &w.places[i]
		p.vertex.listParts()
	}
	for i := range w.steps {
		if err := w.openStep(&w.steps[i]); err != nil {
			return err
		}
	}
	for i := range w.places {
		p := &w.places[i]
		for j, part := range p.vertex.parts {
			live, err := w.liveOf(part, p.vertex, p.nodes)
			if err != nil {
				return err
			}
			if j == 0 {
				p.live = live
				continue
			}
			if j == 1 { // the first may be shared
				p.live = slices.Clone(p.live)
			}
			p.live = union(p.live, live)
		}
		if p.live == nil {
			p.live = engines.Bits{}
		}
		if st := p.vertex.stats; st != nil {
			st.gave(p.live.Len())
		}
	}
	return w.q.env.Memory.Grow("walk", w.setBytes())
}

// setBytes is the memory of the sets that a walk holds at once: of what lives,
// is visited, reached and open, and the ends.
func (w *walker) setBytes() (bytes int64) {
	for i := range w.places {
		bytes += 5 * 8 * int64(len(w.places[i].live))
	}
	return bytes
}

// liveOf is the vertices of one part, as a set that may be shared.
func (w *walker) liveOf(p *scanPart, s *scanOp, n *engines.Nodes) (engines.Bits, error) {
	if placed := s.placed(p, s.node.Columns[0]); placed != nil {
		return placed.Live(n, p.set)
	}
	nums, err := w.readNumbers(p, s, 0, n)
	return addNumbers(nil, n, nums, p.set, p.Rows), err
}

// placed is the index that knows the numbers of a column's rows, or nil.
func (s *scanOp) placed(p *scanPart, id record.ColumnID) engines.Placed {
	if s.noIndex() {
		return nil
	}
	for _, ix := range p.Indexes {
		if placed, ok := ix.Index.(engines.Placed); ok && ix.Def.Fields[0].ID == id {
			return placed
		}
	}
	return nil
}

// addNumbers adds the numbers of the rows of set.
func addNumbers(to engines.Bits, n *engines.Nodes, nums []uint32, set rows.Set, count int) engines.Bits {
	to = to.Grown(n.Len())
	if set.IsAll(count) {
		for _, num := range nums {
			if num != engines.NoNode {
				to.Set(num)
			}
		}
		return to
	}
	for r := range set.Each() {
		if num := nums[r]; num != engines.NoNode {
			to.Set(num)
		}
	}
	return to
}

// numbers returns the number of every row's key: column i of the scan.
func (w *walker) numbers(p *scanPart, s *scanOp, i int, n *engines.Nodes) ([]uint32, error) {
	if placed := s.placed(p, s.node.Columns[i]); placed != nil {
		return placed.Numbers(n)
	}
	return w.readNumbers(p, s, i, n)
}

// readNumbers is numbers from the column itself.
func (w *walker) readNumbers(p *scanPart, s *scanOp, i int, n *engines.Nodes) ([]uint32, error) {
	out := make([]uint32, 0, p.Rows)
	col := p.Columns.Column(s.node.Columns[i])
	for b := 0; b*codec.BlockRows < p.Rows; b++ {
		if err := w.q.err(); err != nil {
			return nil, err
		}
		count := min(codec.BlockRows, p.Rows-b*codec.BlockRows)
		keys := constColumn(s.missing(i), count)
		if col != nil {
			block, err := col.Block(b)
			if err != nil {
				return nil, fault.E("exec: walk", fault.Item(p.Name), err)
			}
			keys = &record.Column{}
			readColumn(keys, block, picked{n: count})
		}
		var err error
		if out, err = n.Add(keys, out); err != nil {
			return nil, err
		}
	}
	return out, w.q.env.Memory.Grow("walk", int64(4*len(out)))
}

// openStep finds the edges that may be taken, and who walks along them.
func (w *walker) openStep(s *walkStep) error {
	if err := s.scan.sets(); err != nil {
		return err
	}
	from, to := w.places[s.From].nodes, w.places[s.To].nodes
	near, far := s.Edge.Columns[s.Near], s.Edge.Columns[s.Far]
	for _, p := range s.scan.parts {
		if p.set.IsEmpty() {
			continue
		}
		e := edgePart{part: p}
		for _, ix := range p.Indexes {
			iw, ok := ix.Index.(engines.Walker)
			if !ok || s.scan.noIndex() || near == far {
				continue
			}
			source, target := ix.Def.Fields[0].ID, ix.Def.Fields[1].ID
			var err error
			switch {
			case source == near && target == far:
				e.index, e.dir = iw, engines.Out
				err = iw.Number(from, to)
			case source == far && target == near:
				e.index, e.dir = iw, engines.In
				err = iw.Number(to, from)
			}
			if err != nil {
				return fault.E("exec: walk", fault.Item(p.Name), err)
			}
		}
		if e.index == nil {
			var err error
			if e.near, err = w.readNumbers(p, s.scan, s.Near, from); err != nil {
				return err
			}
			if e.far, err = w.readNumbers(p, s.scan, s.Far, to); err != nil {
				return err
			}
			w.stats.add("parts walked row by row", 1)
		}
		s.parts = append(s.parts, e)
	}
	return nil
}
