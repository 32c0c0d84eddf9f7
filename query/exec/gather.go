package exec

import (
	"container/heap"
	"context"
	"io"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/record"
)

// gatherOp runs a fragment at all sites and gives their rows: a task a site,
// or one task that merges sorted streams.
type gatherOp struct {
	c       *coordinator
	node    *plan.Gather
	sites   []Site
	feeds   []*plan.Broadcast // leaves of the fragment
	inputs  []operator        // of feeds, where this coordinator makes their rows
	keys    []scalar
	streams []Stream
	stats   *opStats
	fed     []*opStats // who made the rows of feeds; nil where nobody asked
}

func (c *coordinator) gather(n *plan.Gather) (operator, error) {
	sites, err := c.sitesOf(n)
	if err != nil {
		return nil, err
	}
	g := &gatherOp{c: c, node: n, sites: sites, stats: c.q.stats(n)}
	for _, k := range n.Merge {
		key, err := c.q.compile(k.Expr)
		if err != nil {
			return nil, err
		}
		g.keys = append(g.keys, key)
	}
	return g, g.findFeeds(n.Fragment)
}

// findFeeds builds the inputs of the fragment's broadcasts.
func (g *gatherOp) findFeeds(n plan.Node) error {
	if b, ok := n.(*plan.Broadcast); ok {
		low, err := g.c.collapse(b.Input)
		if err != nil {
			return err
		}
		fed := g.c.q.apart(b)
		leave := g.c.q.openStats(fed)
		op, err := g.c.builder().build(low)
		leave()
		g.fed = append(g.fed, fed)
		g.feeds, g.inputs = append(g.feeds, b), append(g.inputs, op)
		return err
	}
	if in := plan.Input(n); in != nil {
		return g.findFeeds(in)
	}
	for _, in := range n.Inputs() {
		if err := g.findFeeds(in); err != nil {
			return err
		}
	}
	return nil
}

// prepare makes the broadcasts and starts the fragment at all sites.
func (g *gatherOp) prepare() error {
	if len(g.node.Shards) == 0 {
		return nil
	}
	broadcast := make(map[int][]*plan.Chunk, len(g.feeds))
	for i, b := range g.feeds {
		chunks, err := g.c.collect(b.ID, g.inputs[i])
		if err != nil {
			return err
		}
		broadcast[b.ID] = chunks
	}
	surveyed, err := g.surveyed()
	if err != nil {
		return err
	}
	fragment := sent{node: surveyed}
	opt := g.c.q.env.options()
	opt.MaxRows = 0 // the limit is on what the statement gives
	if plan.HasWalk(g.node.Fragment) {
		if len(g.sites) > 1 {
			return fault.E("exec: walk", fault.Unsupported, fault.Errorf("", fault.Unsupported, "a walk over the tables of %d nodes, want all on one", len(g.sites)))
		}
		opt.Tables = plan.Tables(g.node.Fragment)
	}
	for _, site := range g.sites {
		s, err := fragment.run(g.c.q.ctx, site, broadcast, opt)
		if err != nil {
			return fault.E("exec: gather", fault.Item(site.Name()), err)
		}
		g.c.started = append(g.c.started, atSite{s, g})
		g.streams = append(g.streams, s)
	}
	return nil
}

// collect runs an operator to its end and keeps its rows.
func (c *coordinator) collect(id int, op operator) ([]*plan.Chunk, error) {
	if chunks, ok := c.ready[id]; ok {
		return chunks, nil
	}
	if err := op.prepare(); err != nil {
		return nil, err
	}
	piles := make([][]*plan.Chunk, c.q.workers)
	err := c.q.drain(op, func(w *worker, chunk *plan.Chunk) error {
		piles[w.id] = append(piles[w.id], chunk)
		return c.q.env.Memory.Grow("broadcast", chunkBytes(chunk))
	})
	chunks := []*plan.Chunk{}
	for _, p := range piles {
		chunks = append(chunks, p...)
	}
	if c.ready == nil {
		c.ready = map[int][]*plan.Chunk{}
	}
	c.ready[id] = chunks
	return chunks, err
}

func (g *gatherOp) tasks() int {
	if len(g.keys) > 0 {
		return min(1, len(g.streams))
	}
	return len(g.streams)
}

// weight is that of work worth a goroutine a site: each of them waits.
func (g *gatherOp) weight() int64 {
	if len(g.streams) > 1 {
		return inlineRows
	}
	return 0
}

func (g *gatherOp) run(_ *worker, task int, emit emitFunc) error {
	emit = g.stats.counts(emit)
	if len(g.keys) > 0 && len(g.streams) > 1 {
		return g.merge(emit)
	}
	for {
		c, err := g.next(g.c.q.ctx, task)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := emit(c); err != nil {
			return err
		}
	}
}

// next gives the next rows of one site; io.EOF at the end.
func (g *gatherOp) next(ctx context.Context, site int) (*plan.Chunk, error) {
	for {
		c, err := g.streams[site].Next(ctx)
		if err == io.EOF {
			return nil, err
		}
		if err != nil {
			return nil, fault.E("exec: gather", fault.Item(g.sites[site].Name()), err)
		}
		if c.N > 0 {
			return c, nil
		}
	}
}

// sent is a fragment on its way to sites: it is encoded for the first that is
// not in this process.
type sent struct {
	node  plan.Node
	near  plan.Node
	bytes []byte
}

func (f *sent) run(ctx context.Context, site Site, broadcast map[int][]*plan.Chunk, opt RunOptions) (Stream, error) {
	if s, ok := site.(NearSite); ok {
		if f.near == nil {
			f.near = plan.Near(f.node)
		}
		return s.RunNode(ctx, f.near, broadcast, opt)
	}
	if f.bytes == nil {
		f.bytes = plan.EncodeFragment(f.node)
	}
	return site.Run(ctx, f.bytes, broadcast, opt)
}

// merge gives the rows of all streams in the order of the keys.
func (g *gatherOp) merge(emit emitFunc) error {
	h := &mergeHeap{keys: g.node.Merge}
	for _, s := range g.streams {
		f := &front{stream: s}
		if ok, err := f.fill(g.c.q.ctx, g.keys); err != nil {
			return err
		} else if ok {
			h.fronts = append(h.fronts, f)
		}
	}
	heap.Init(h)
	out := emptyChunk(g.node.Output())
	for len(h.fronts) > 0 {
		f := h.fronts[0]
		for i, col := range f.chunk.Cols {
			out.Cols[i].AppendRows(col, f.at, f.at+1)
		}
		if out.N++; out.N == vectorRows {
			if err := emit(out); err != nil {
				return err
			}
			out = emptyChunk(g.node.Output())
		}
		if f.at++; f.at < f.chunk.N {
			heap.Fix(h, 0)
			continue
		}
		if ok, err := f.fill(g.c.q.ctx, g.keys); err != nil {
			return err
		} else if ok {
			heap.Fix(h, 0)
		} else {
			heap.Pop(h)
		}
	}
	if out.N == 0 {
		return nil
	}
	return emit(out)
}

// front is the next row of one stream.
type front struct {
	stream Stream
	chunk  *plan.Chunk
	keys   []*record.Column
	at     int
}

// fill takes the next chunk with a row; false at the end.
func (f *front) fill(ctx context.Context, keys []scalar) (bool, error) {
	for {
		c, err := f.stream.Next(ctx)
		if err == io.EOF {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		if c.N == 0 {
			continue
		}
		f.chunk, f.at = c, 0
		f.keys, err = runAll(keys, c)
		return true, err
	}
}

type mergeHeap struct {
	keys   []plan.SortKey
	fronts []*front
}

func (h *mergeHeap) Len() int      { return len(h.fronts) }
func (h *mergeHeap) Swap(i, j int) { h.fronts[i], h.fronts[j] = h.fronts[j], h.fronts[i] }
func (h *mergeHeap) Push(x any)    { h.fronts = append(h.fronts, x.(*front)) }

func (h *mergeHeap) Less(i, j int) bool {
	a, b := h.fronts[i], h.fronts[j]
	return compareRows(h.keys, a.keys, a.at, b.keys, b.at) < 0
}

func (h *mergeHeap) Pop() any {
	last := len(h.fronts) - 1
	f := h.fronts[last]
	h.fronts = h.fronts[:last]
	return f
}

// heard takes over what a site reports of the fragment: where it met rows that
// were sent along, it says how they were made.
func (g *gatherOp) heard(r *Report) {
	if r == nil || g == nil || g.stats == nil {
		return
	}
	for _, b := range r.Below {
		g.tellFeeds(b)
	}
	g.stats.mu.Lock()
	g.stats.Below = append(g.stats.Below, r.Below...)
	g.stats.mu.Unlock()
}

func (g *gatherOp) tellFeeds(r *Report) {
	for i, b := range g.feeds {
		if g.fed[i] != nil && r.Name == plan.Label(b) {
			r.Below, g.fed[i] = g.fed[i].Below, nil // of one site, if there are several
			return
		}
	}
	for _, b := range r.Below {
		g.tellFeeds(b)
	}
}
