package exec

import (
	"context"

	"github.com/quindex/quindex/query/plan"
)

// Most small statements are one fragment at one site once they are collapsed:
// then the coordinator has nothing to do but to hand on what the site gives.

// straight is the stream of such a statement.
type straight struct {
	c      *coordinator
	gather *gatherOp
	site   Stream
	given  int64
	err    error
	cancel context.CancelFunc // where the first Next has a context of its own
}

// straight returns the stream of n, if it is a gather of one site that is sent
// nothing.
func (c *coordinator) straight(n plan.Node) (*straight, bool) {
	g, ok := n.(*plan.Gather)
	if !ok || c.q.env.Analyze {
		return nil, false
	}
	sites, err := c.sitesOf(g)
	if err != nil || len(sites) != 1 || plan.IsFed(g.Fragment) {
		return nil, false
	}
	return &straight{c: c, gather: &gatherOp{c: c, node: g, sites: sites}}, true
}

func (s *straight) Next(ctx context.Context) (*plan.Chunk, error) {
	if s.err != nil {
		return nil, s.err
	}
	s.c.q.env.Turn.begin()
	defer s.c.q.env.Turn.leave()
	var chunk *plan.Chunk
	if s.site == nil {
		s.err = s.open(ctx)
	}
	if s.err == nil {
		chunk, s.err = s.gather.next(ctx, 0)
	}
	if s.err == nil {
		s.given += int64(chunk.N)
		s.err = s.c.q.most(s.given)
	}
	if s.err != nil {
		return nil, s.err
	}
	return chunk, nil
}

// open runs the fragment. It stops when the statement's context ends, or ctx.
func (s *straight) open(ctx context.Context) (err error) {
	if ctx.Err() != nil {
		return stopped(ctx)
	}
	q := s.c.q
	if ctx.Done() != q.ctx.Done() {
		q.ctx, s.cancel = context.WithCancel(q.ctx)
		stop := context.AfterFunc(ctx, s.cancel)
		defer stop()
	}
	defer q.caught(&err)
	if err := guard(s.gather.prepare); err != nil {
		if ctx.Err() != nil {
			return stopped(ctx)
		}
		return err
	}
	s.site = s.gather.streams[0]
	return nil
}

func (s *straight) Close() error {
	if s.cancel != nil {
		s.cancel()
	}
	s.c.close()
	s.c.q.close()
	return nil
}
