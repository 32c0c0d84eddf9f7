package exec

import (
	"slices"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/record"
)

// walkPairs gives every row of the start beside every row of the end that it
// leads to: one walk for each vertex of the start.
type walkPairs struct {
	*walker
	end    *scanOp
	starts *plan.Chunk
	nums   []uint32 // of starts
	ends   *plan.Chunk
	byNum  map[uint32][]uint32 // rows of ends
}

func (p *walkPairs) tasks() int    { return 1 }
func (p *walkPairs) weight() int64 { return int64(p.starts.N) }

func (p *walkPairs) prepare() (err error) {
	w := p.walker
	if err := w.start.prepare(); err != nil {
		return err
	}
	if p.starts, err = w.q.whole(w.start, w.node.Start.Output()); err != nil {
		return err
	}
	if err := p.end.prepare(); err != nil {
		return err
	}
	if p.ends, err = w.q.whole(p.end, w.node.End.Out); err != nil {
		return err
	}
	if p.nums, err = w.places[w.node.StartAt].nodes.Add(p.starts.Cols[w.node.StartKey], nil); err != nil {
		return err
	}
	ends, err := w.places[w.node.EndAt].nodes.Add(p.ends.Cols[w.node.EndKey], nil)
	if err != nil {
		return err
	}
	p.byNum = map[uint32][]uint32{}
	for i, n := range ends {
		if n != engines.NoNode {
			p.byNum[n] = append(p.byNum[n], uint32(i))
		}
	}
	w.stats.add("starts", int64(p.starts.N))
	return w.prepare()
}

// whole is all rows of a prepared operator as one chunk.
func (q *query) whole(op operator, out []plan.Column) (*plan.Chunk, error) {
	chunks, err := q.pile(op, "walk")
	all := emptyChunk(out)
	for _, c := range chunks {
		for i, col := range c.Cols {
			all.Cols[i].AppendRows(col, 0, c.N)
		}
		all.N += c.N
	}
	return all, err
}

func (p *walkPairs) run(_ *worker, _ int, emit emitFunc) error {
	defer p.stats.clock()()
	defer func() { p.stats.add("edges", p.edges) }()
	byStart := map[uint32][]uint32{}
	for i, n := range p.nums {
		if n != engines.NoNode {
			byStart[n] = append(byStart[n], uint32(i))
		}
	}
	done := map[uint32]bool{}
	out := &pairChunk{walkPairs: p, emit: p.stats.passes(emit)}
	defer func() { p.taken = nil }()
	for _, n := range p.nums {
		if n == engines.NoNode || done[n] {
			continue
		}
		done[n] = true
		if err := p.q.err(); err != nil {
			return err
		}
		if err := p.from(n, byStart[n], out); err != nil {
			return err
		}
	}
	return out.flush()
}

// node names a vertex: its place and its number.
type node struct{ place, num uint32 }

// from walks from one vertex and adds what it finds to out.
func (p *walkPairs) from(start uint32, startRows []uint32, out *pairChunk) error {
	n := p.node
	from := make([]engines.Bits, len(p.places))
	from[n.StartAt] = engines.NewBits(p.places[n.StartAt].nodes.Len())
	from[n.StartAt].Set(start)
	ways := &waysBack{walkPairs: p, all: n.Mode == plan.WalkAllShortest, parents: make([]map[node][]node, n.Max+1)}
	defer ways.forget()
	var trace func(level int, from, near, to, far uint32)
	switch {
	case ways.all:
		p.taken = ways.gather
	case n.Vertices:
		trace, p.taken = ways.add, ways.charge
	}
	left := len(p.byNum)
	seen := map[uint32]bool{}
	var failed error
	err := p.levels(from, trace, func(level int, at []engines.Bits) bool {
		for _, num := range at[n.EndAt].AppendTo(nil) {
			ends := p.byNum[num]
			if len(ends) == 0 || seen[num] {
				continue
			}
			seen[num] = true
			left--
			failed = ways.each(node{uint32(n.EndAt), num}, level, func(path []node) error {
				for _, s := range startRows {
					for _, e := range ends {
						if err := out.add(s, e, level, path); err != nil {
							return err
						}
					}
				}
				return nil
			})
			if failed != nil {
				return false
			}
		}
		return left > 0
	})
	if failed != nil {
		return failed
	}
	return err
}

// pairChunk collects pairs into chunks.
type pairChunk struct {
	*walkPairs
	emit   emitFunc
	starts []uint32
	ends   []uint32
	levels []int64
	paths  [][]node
}

func (c *pairChunk) add(start, end uint32, level int, path []node) error {
	c.starts, c.ends, c.levels = append(c.starts, start), append(c.ends, end), append(c.levels, int64(level))
	c.paths = append(c.paths, path)
	if len(c.starts) < vectorRows {
		return nil
	}
	return c.flush()
}

func (c *pairChunk) flush() error {
	if len(c.starts) == 0 {
		return nil
	}
	n := c.walkPairs.node
	out := takeRows(c.walkPairs.starts, c.starts)
	out.Cols = append(out.Cols, takeColumns(c.walkPairs.ends.Cols, c.ends)...)
	types := n.Output()
	if n.Length {
		col := record.NewColumn(types[len(out.Cols)].Type, len(c.levels))
		for _, l := range c.levels {
			col.Append(record.IntValue(l))
		}
		out.Cols = append(out.Cols, col)
	}
	if n.Vertices {
		out.Cols = append(out.Cols, c.pathColumn(types[len(out.Cols)].Type))
	}
	c.starts, c.ends, c.levels, c.paths = c.starts[:0], c.ends[:0], c.levels[:0], c.paths[:0]
	return c.emit(out)
}

// pathColumn is the keys of the paths' vertices.
func (c *pairChunk) pathColumn(t record.Type) *record.Column {
	out := record.NewColumn(t, len(c.paths))
	for _, path := range c.paths {
		v := record.Value{Type: t, Valid: true}
		for _, at := range path {
			nodes := c.places[at.place].nodes
			key := record.NewColumn(nodes.Type(), 1)
			nodes.Keys(key, []uint32{at.num})
			k := key.Value(0)
			k.Type = t.Elem()
			v.Elems = append(v.Elems, cloneValue(k))
		}
		if c.walkPairs.node.Turned {
			slices.Reverse(v.Elems)
		}
		out.Append(v)
	}
	return out
}
