package exec

import (
	"context"
	"fmt"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/record"
)

// Run runs a plan at the coordinator: its subqueries first, then its root,
// whose gathers run at the sites of src. params are the values of $1, $2, ...
// where the plan was made without them. ctx bounds the whole statement; the
// Stream must be closed.
func Run(ctx context.Context, p *plan.Plan, params []record.Value, src Source, env Env) (Stream, error) {
	env.Turn.begin()
	defer env.Turn.leave()
	q := idleQuery(ctx, env)
	c := &coordinator{q: q, src: src, params: params, lastID: broadcastIDs, blanks: p.Params > 0 || len(p.Subqueries) > 0}
	s, err := c.open(p)
	if err != nil {
		c.close()
		q.close()
		return nil, err
	}
	return s, nil
}

// broadcastIDs is where the coordinator's own numbers of broadcasts begin,
// above those of any plan.
const broadcastIDs = 1 << 30

// coordinator is the state of one plan.
type coordinator struct {
	q       *query
	src     Source
	params  []record.Value
	sites   []placed
	lastID  int
	blanks  bool                  // the plan has places for parameters or subqueries
	values  map[int]record.Value  // of subqueries, by id
	ready   map[int][]*plan.Chunk // rows of broadcasts, by id
	started []atSite              // to close at the end
}

// atSite is a fragment at work, and who reports on it.
type atSite struct {
	Stream
	gather *gatherOp // nil: nobody asks
}

// placed is a gather whose sites are known.
type placed struct {
	gather *plan.Gather
	sites  []Site
}

// open runs the subqueries and builds the root.
func (c *coordinator) open(p *plan.Plan) (Stream, error) {
	if len(p.Subqueries) > 0 {
		c.q.begin()
		if err := guard(func() error { return c.subqueries(p) }); err != nil {
			return nil, err
		}
	}
	n, err := c.whole(p.Root)
	if err != nil {
		return nil, err
	}
	if s, ok := c.straight(n); ok {
		return s, nil
	}
	c.q.begin()
	op, err := c.builder().build(n)
	if err != nil {
		return nil, err
	}
	s := c.q.stream(op, c.close)
	s.turn = c.q.env.Turn
	return s, nil
}

func (c *coordinator) subqueries(p *plan.Plan) (err error) {
	defer c.q.caught(&err)
	c.values = make(map[int]record.Value, len(p.Subqueries))
	for id, n := range p.Subqueries {
		if c.values[id], err = c.subquery(p, id, n); err != nil {
			return err
		}
	}
	return nil
}

func (c *coordinator) close() {
	for _, s := range c.started {
		s.Close()
		if a, ok := s.Stream.(Analyzer); ok {
			s.gather.heard(a.Report())
		}
	}
	c.started = nil
}

// whole is n with the values of parameters and subqueries in it, collapsed.
func (c *coordinator) whole(n plan.Node) (plan.Node, error) {
	var err error
	if c.blanks && bound(n) {
		if n, err = bind(n, c.params, c.values); err != nil {
			return nil, err
		}
	}
	return c.collapse(n)
}

func (c *coordinator) builder() *builder { return &builder{q: c.q, gather: c.gather} }

// subquery runs a scalar subquery: NULL where it gives no row, an error where
// it gives two. An EXISTS asks only whether there is a row.
func (c *coordinator) subquery(p *plan.Plan, id int, n plan.Node) (record.Value, error) {
	exists := isExists(p, id)
	n, err := c.whole(n)
	if err != nil {
		return record.Value{}, err
	}
	if c.q.env.Analyze {
		defer c.q.openStats(c.q.newStats(fmt.Sprintf("subquery %d", id)))()
	}
	op, err := c.builder().build(n)
	if err != nil {
		return record.Value{}, err
	}
	most := int64(2)
	if exists {
		most = 1
	}
	chunks, err := c.collect(-1-id, &limitOp{operator: op, left: most})
	if err != nil {
		return record.Value{}, err
	}
	v, rows := record.NullOf(n.Output()[0].Type), 0
	for _, chunk := range chunks {
		if chunk.N > 0 && rows == 0 {
			v = cloneValue(chunk.Cols[0].Value(0))
		}
		rows += chunk.N
	}
	switch {
	case exists:
		return record.BoolValue(rows > 0), nil
	case rows > 1:
		return v, fault.E("exec: subquery", fault.Invalid, fault.Code("21000"), "more than one row returned by a subquery used as an expression")
	}
	return v, nil
}

// isExists reports whether subquery id is asked for its existence.
func isExists(p *plan.Plan, id int) (yes bool) {
	look := func(e plan.Expr) plan.Expr {
		if s, ok := e.(plan.SubqueryValue); ok && s.ID == id {
			yes = yes || s.Exists
		}
		return e
	}
	mapNode(p.Root, look)
	for _, n := range p.Subqueries {
		mapNode(n, look)
	}
	return yes
}

func (c *coordinator) sitesOf(g *plan.Gather) ([]Site, error) {
	for i := range c.sites {
		if c.sites[i].gather == g {
			return c.sites[i].sites, nil
		}
	}
	sites, err := c.src.Sites(c.q.ctx, g.Table.ID(), g.Shards)
	if err != nil {
		return nil, fault.E("exec: sites", fault.Item(g.Table.Name), err)
	}
	have := 0
	for _, s := range sites {
		have += len(s.Shards())
	}
	if have != len(g.Shards) {
		return nil, fault.E("exec: sites", fault.Unavailable, fault.Item(g.Table.Name), fmt.Errorf("%d of %d shards have a site", have, len(g.Shards)))
	}
	c.sites = append(c.sites, placed{g, sites})
	return sites, nil
}
