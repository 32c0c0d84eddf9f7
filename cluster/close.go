package cluster

import (
	"errors"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/quindex/quindex/fault"
)

// drainTimeout is how long Close waits for proposals under way.
const drainTimeout = 10 * time.Second

// Close refuses new proposals, waits for those under way, and stops every
// goroutine that Open started. It takes no snapshot: the log is durable. Only
// the first call does anything.
func (n *Node) Close() error {
	n.mu.Lock()
	again := n.closed
	n.closed = true
	n.mu.Unlock()
	if again {
		return nil
	}
	n.drain()
	var errs []error
	if n.mux != nil {
		errs = append(errs, n.mux.Close())
	}
	errs = append(errs, n.closeGroups())
	if n.db != nil {
		errs = append(errs, n.db.close())
	}
	if n.lock != nil {
		errs = append(errs, n.lock.Close())
	}
	if err := errors.Join(errs...); err != nil {
		return fault.E("cluster: close", fault.IO, err)
	}
	return nil
}

// drain waits until raft has answered what it was asked: once it is shut down
// it no longer answers what is queued. A node with an unusable log store has
// nothing to wait for.
func (n *Node) drain() {
	done := make(chan struct{})
	go func() {
		n.pending.Wait()
		close(done)
	}()
	limit := drainTimeout
	if n.db == nil || n.db.err() != nil {
		limit = 0
	}
	t := time.NewTimer(limit)
	defer t.Stop()
	select {
	case <-done:
	case <-t.C:
	}
}

func (n *Node) closeGroups() error {
	var all errgroup.Group
	for _, g := range n.groups {
		if g != nil {
			all.Go(g.close)
		}
	}
	return all.Wait()
}
