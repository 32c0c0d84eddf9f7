package exec

import (
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/store"
)

// builder makes operators of nodes, at a site (with views) or at the
// coordinator (with gather).
type builder struct {
	q         *query
	views     []*store.View
	broadcast map[int][]*plan.Chunk
	gather    func(*plan.Gather) (operator, error)
	several   bool // the views are of several tables
}

func (b *builder) build(n plan.Node) (operator, error) {
	n = b.reshaped(n)
	defer b.q.enter(n)()
	switch n := n.(type) {
	case *plan.Scan:
		if b.views == nil && b.gather != nil {
			return nil, fault.Errorf("exec: build", fault.Internal, "BUG: a scan of %s outside a fragment", n.Table.Name)
		}
		s, err := newScan(b.q, n, b.viewsOf(n))
		if err != nil {
			return nil, err
		}
		return newScoredScan(s), nil
	case *plan.Survey:
		return newSurvey(b.q, n, b.views)
	case *plan.Gather:
		if b.gather == nil {
			return nil, fault.E("exec: build", fault.Internal, "BUG: a gather within a fragment")
		}
		return b.gather(n)
	case *plan.Broadcast:
		if n.Input != nil && b.gather != nil {
			return b.build(n.Input)
		}
		chunks, ok := b.broadcast[n.ID]
		if !ok {
			return nil, fault.Errorf("exec: build", fault.Internal, "BUG: no rows for broadcast %d", n.ID)
		}
		return &chunksOp{chunks, len(n.Out), b.q.stats(n)}, nil
	case *plan.Values:
		return newValues(b.q, n)
	case *plan.Union:
		return b.union(n)
	case *plan.Join:
		return b.join(n)
	case *plan.GraphWalk:
		return b.walk(n)
	case *plan.GraphAlgorithm:
		return b.algorithm(n)
	}
	below := plan.Input(n)
	if below == nil {
		return nil, fault.Errorf("exec: build", fault.Unsupported, "node %T", n)
	}
	in, err := b.build(below)
	if err != nil {
		return nil, err
	}
	switch n := n.(type) {
	case *plan.Filter:
		cond, err := b.q.compileAll([]plan.Expr{n.Cond})
		return &filterOp{in, cond, b.q.stats(n)}, err
	case *plan.Project:
		exprs, err := b.q.compileAll(n.Exprs)
		if scan, ok := in.(*scanOp); ok {
			scan.wantOnly(n.Exprs)
		}
		return &projectOp{in, exprs, b.q.stats(n)}, err
	case *plan.Limit:
		return &limitOp{operator: in, skip: n.Offset, left: n.Count, stats: b.q.stats(n)}, nil
	case *plan.Aggregate:
		return newAggregate(b.q, n, in)
	case *plan.Sort:
		return newSort(b.q, n, in)
	}
	return nil, fault.Errorf("exec: build", fault.Unsupported, "node %T", n)
}

func (b *builder) union(n *plan.Union) (operator, error) {
	u := &unionOp{stats: b.q.stats(n)}
	for _, in := range n.All {
		op, err := b.build(in)
		if err != nil {
			return nil, err
		}
		u.all = append(u.all, op)
	}
	return u, nil
}

// reshaped is n, or what gives the same rows for less work here.
func (b *builder) reshaped(n plan.Node) plan.Node {
	switch n := n.(type) {
	case *plan.Sort:
		return topBelow(n)
	case *plan.Aggregate:
		if first := b.aggregateFirst(n); first != nil {
			return first
		}
	}
	return n
}

// topBelow puts a top-k below a projection, so that only the winners are
// projected and the scan is asked for their other columns at the end.
func topBelow(n *plan.Sort) plan.Node {
	p, ok := n.Input.(*plan.Project)
	if !ok || n.Limit < 0 || n.Limit+n.Offset > topMost {
		return n
	}
	low := &plan.Sort{Input: p.Input, Limit: n.Limit, Offset: n.Offset}
	for _, k := range n.Keys {
		k.Expr = plan.Rewrite(k.Expr, func(e plan.Expr) plan.Expr {
			if c, ok := e.(plan.Col); ok {
				return p.Exprs[c.Index]
			}
			return e
		})
		low.Keys = append(low.Keys, k)
	}
	return &plan.Project{Input: low, Exprs: p.Exprs, Names: p.Names}
}

// wantOnly tells the scan that only these expressions read its columns.
func (s *scanOp) wantOnly(exprs []plan.Expr) {
	clear(s.want)
	used := s.used
	for _, e := range exprs {
		used = columnsOf(e, used)
	}
	for _, c := range used {
		s.want[c] = true
	}
}

// emptyChunk is a chunk of no rows of the node's columns.
func emptyChunk(cols []plan.Column) *plan.Chunk {
	c := &plan.Chunk{}
	for _, o := range cols {
		c.Cols = append(c.Cols, record.NewColumn(o.Type, 0))
	}
	return c
}
