package cluster

import (
	"context"
	"errors"
	"time"

	"github.com/hashicorp/raft"

	"github.com/quindex/quindex/fault"
)

// barrier returns once all that was committed before is applied here.
func (g *group) barrier(ctx context.Context) error {
	if err := g.node.enter(); err != nil {
		return err
	}
	f := g.raft.Barrier(timeLeft(ctx))
	if err := g.await(ctx, f, func() {}); err != nil {
		return waitError("cluster: barrier", ctx, err)
	}
	if err := f.Error(); err != nil {
		return fault.E("cluster: barrier", fault.Unavailable, hintLater, fault.Item(g.name()), err)
	}
	return g.brokenErr()
}

// propose brings data into the group's log and returns what the machine made of it.
func (g *group) propose(ctx context.Context, data []byte, decided func()) (uint64, any, error) {
	if err := g.node.enter(); err != nil {
		decided()
		return 0, nil, err
	}
	f := g.raft.Apply(data, timeLeft(ctx))
	if err := g.await(ctx, f, decided); err != nil {
		kind := fault.KindOf(waitError("", ctx, err))
		return 0, nil, indeterminate("cluster: propose", kind, err)
	}
	if err := raftError("cluster: propose", f.Error()); err != nil {
		broken := g.brokenErr()
		switch {
		case broken != nil && errors.Is(err, ErrIndeterminate):
			err = indeterminate("cluster: propose", fault.IO, broken)
		case broken != nil:
			err = broken
		}
		return 0, nil, err
	}
	r, _ := f.Response().(Result)
	return f.Index(), r.Value, r.Err
}

// await returns nil when f is decided, or the reason why waiting ended. The
// caller has entered the node; await leaves it, and calls decided, when f is
// decided, which may be after await returned (or never, if the log store broke:
// raft does not answer what is queued when it ends).
func (g *group) await(ctx context.Context, f raft.Future, decided func()) error {
	done, alive := make(chan struct{}), g.alive()
	go func() {
		defer g.node.leave()
		f.Error()
		decided()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-alive.Done():
		return context.Cause(alive)
	}
}

// timeLeft is the time to the deadline of ctx, or 0 (no limit) without one.
func timeLeft(ctx context.Context) time.Duration {
	if d, ok := ctx.Deadline(); ok {
		return max(time.Until(d), time.Nanosecond)
	}
	return 0
}
