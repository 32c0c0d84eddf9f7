package node

import (
	"context"
	"sync"
)

// examination reads all shards in the background after a statement has met
// bytes that are not what was written: the segment, its file and the offset are
// named in the log, and the shard knows it as damaged from then on.
type examination struct {
	ctx     context.Context
	cancel  context.CancelFunc
	running sync.WaitGroup

	mu     sync.Mutex
	under  bool // one is under way
	closed bool
}

func (e *examination) init() { e.ctx, e.cancel = context.WithCancel(context.Background()) }

// start begins an examination unless one is under way.
func (e *examination) start(all func(context.Context)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.under || e.closed {
		return
	}
	e.under = true
	e.running.Go(func() {
		all(e.ctx)
		e.mu.Lock()
		e.under = false
		e.mu.Unlock()
	})
}

// close stops what is under way and waits for it.
func (e *examination) close() {
	e.mu.Lock()
	e.closed = true
	e.mu.Unlock()
	if e.cancel != nil {
		e.cancel()
	}
	e.running.Wait()
}

// suspect has all shards examined.
func (n *Node) suspect() {
	n.exam.start(func(ctx context.Context) {
		for id, s := range n.shards {
			if err := s.Verify(ctx); err != nil && ctx.Err() == nil {
				n.opts.Logger.Error("a statement has met damage, and this is where it lies", "shard", id, "err", err)
			}
		}
	})
}
