package exec

import (
	"context"
	"io"
	"sync"

	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/store"
)

// RunNode runs a fragment over views: one for every shard asked of this site,
// all of the fragment's table. The views stay open until the Stream is closed;
// the caller closes them after that. The node may be shared: it is not changed.
func RunNode(ctx context.Context, node plan.Node, broadcast map[int][]*plan.Chunk, views []*store.View, env Env) (Stream, error) {
	q := newQuery(ctx, env)
	b := &builder{q: q, views: views, broadcast: broadcast, several: plan.HasWalk(node)}
	op, err := b.build(node)
	if err != nil {
		q.close()
		return nil, err
	}
	return q.stream(op, nil), nil
}

// stream gives the rows of an operator. Where there is little to do, or the
// rows come in order, tasks run one after the other in the caller's Next, which
// keeps what a task gives at once; else workers run ahead of it, as far as the
// channel lets them.
type stream struct {
	q     *query
	op    operator
	also  func() // runs in Close
	turn  *Turn  // of the whole statement; nil in its fragments
	ready bool
	err   error
	next  int
	queue []*plan.Chunk
	given int64

	chunks chan *plan.Chunk
	done   sync.WaitGroup
	failed error // of the workers; read after chunks is closed
}

func (q *query) stream(op operator, also func()) *stream { return &stream{q: q, op: op, also: also} }

func (s *stream) Next(ctx context.Context) (*plan.Chunk, error) {
	if s.err != nil {
		return nil, s.err
	}
	s.turn.begin()
	defer s.turn.leave()
	c, err := s.step(ctx)
	if err == nil {
		s.given += int64(c.N)
		err = s.q.most(s.given)
	}
	if err != nil {
		s.err = err
		return nil, err
	}
	return c, nil
}

func (s *stream) step(ctx context.Context) (*plan.Chunk, error) {
	if ctx.Err() != nil {
		return nil, stopped(ctx)
	}
	defer s.q.within(ctx)()
	if !s.ready {
		if err := s.guarded(s.op.prepare); err != nil {
			return nil, s.reason(ctx, err)
		}
		s.ready = true
		if s.op.tasks() > 0 && s.op.weight() >= inlineRows {
			s.start()
		}
	}
	if s.chunks != nil {
		c, ok := <-s.chunks
		if !ok {
			if s.failed != nil {
				return nil, s.reason(ctx, s.failed)
			}
			return nil, io.EOF
		}
		return c, nil
	}
	for len(s.queue) == 0 {
		if s.next >= s.op.tasks() {
			return nil, io.EOF
		}
		if err := s.task(); err != nil {
			return nil, s.reason(ctx, err)
		}
	}
	c := s.queue[0]
	s.queue = s.queue[1:]
	return c, nil
}

// reason says that the caller's context ended where that is why err came.
func (s *stream) reason(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return stopped(ctx)
	}
	return err
}

// guarded runs f on this goroutine with panics as errors.
func (s *stream) guarded(f func() error) (err error) {
	defer s.q.caught(&err)
	return guard(f)
}

// task runs the next task into the queue.
func (s *stream) task() error {
	if err := s.q.err(); err != nil {
		return err
	}
	w := s.q.worker(0)
	defer s.q.release(w)
	s.next++
	err := s.guarded(func() error {
		return s.op.run(w, s.next-1, func(c *plan.Chunk) error {
			s.queue = append(s.queue, c)
			return nil
		})
	})
	if err == errStop {
		s.next, err = s.op.tasks(), nil
	}
	return err
}

// start lets all workers run ahead.
func (s *stream) start() {
	s.chunks = make(chan *plan.Chunk, 2*s.q.workers)
	s.done.Go(func() {
		defer close(s.chunks)
		s.failed = s.q.drain(s.op, func(_ *worker, c *plan.Chunk) error {
			select {
			case s.chunks <- c:
				return nil
			case <-s.q.ctx.Done():
				return stopped(s.q.ctx)
			}
		})
	})
}

// Close ends the workers and gives the memory back.
func (s *stream) Close() error {
	s.q.cancel()
	if s.chunks != nil {
		for range s.chunks {
		}
		s.done.Wait()
	}
	if s.also != nil {
		s.also()
	}
	s.q.close()
	return nil
}

// Report says what the operators did; it is nil unless Env.Analyze was set.
func (s *stream) Report() *Report { return s.q.report() }
