package cluster

import (
	"context"
	"sync"
	"sync/atomic"
)

// life is the time that a group takes entries: it ends when the group breaks or
// the node closes. A group that broke and was made anew begins another one.
type life struct {
	now atomic.Pointer[context.Context]

	mu   sync.Mutex
	stop context.CancelCauseFunc
	over bool // the node closes
}

func (l *life) begin() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over {
		return false
	}
	ctx, stop := context.WithCancelCause(context.Background())
	l.stop = stop
	l.now.Store(&ctx)
	return true
}

func (l *life) end(cause error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stop(cause)
}

func (l *life) endForGood(cause error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.over = true
	l.stop(cause)
}

// alive ends with the cause when the group breaks or the node closes.
func (g *group) alive() context.Context { return *g.life.now.Load() }
