package cluster

import (
	"context"
	"errors"

	"github.com/hashicorp/raft"

	"github.com/quindex/quindex/fault"
)

// noteGrowth runs after every append to the log, in raft's main goroutine.
func (g *group) noteGrowth() {
	if g.logBytes() < g.node.o.SnapshotBytes {
		return
	}
	select {
	case g.grown <- struct{}{}:
	default:
	}
}

// logBytes estimates how much log a start would have to replay.
func (g *group) logBytes() int64 {
	snap, _ := g.snaps.newest()
	return g.store.bytesAfter(snap.Index)
}

// snapshotLoop takes a snapshot whenever the log has grown enough. When that
// does not work it waits until the log has grown by a quarter of the limit.
func (g *group) snapshotLoop() {
	var retryAt int64
	alive := g.alive()
	for {
		select {
		case <-g.grown:
		case <-alive.Done():
			if g.broken.Load() != nil && !g.single {
				g.raft.Shutdown() // another node can lead; a single voter still answers
			}
			return
		}
		n := g.logBytes()
		if n < g.node.o.SnapshotBytes || n < retryAt {
			continue
		}
		retryAt = 0
		if err := g.snapshot(alive); err != nil && alive.Err() == nil && !g.node.isClosed() {
			g.log.Warn("cluster: the snapshot did not succeed; the log grows on", "log_bytes", n, "error", err)
			retryAt = n + g.node.o.SnapshotBytes/4
		}
	}
}

// snapshot makes the machine's state durable and truncates the log below it.
func (g *group) snapshot(ctx context.Context) error {
	g.snapMu.Lock()
	defer g.snapMu.Unlock()
	if err := g.keepTrailing(); err != nil {
		return err
	}
	if err := g.node.enter(); err != nil {
		return err
	}
	f := g.raft.Snapshot()
	if err := g.await(ctx, f, func() {}); err != nil {
		return waitError("cluster: snapshot", ctx, err)
	}
	if err := f.Error(); err != nil && !errors.Is(err, raft.ErrNothingNewToSnapshot) {
		if broken := g.brokenErr(); broken != nil {
			return broken
		}
		return fault.E("cluster: snapshot", fault.Item(g.name()), err)
	}
	g.node.o.At(atTruncated)
	return nil
}

// keepTrailing tells raft how many of the newest entries to keep for followers
// that lag, of which a single voter has none, and for readers of the log.
func (g *group) keepTrailing() error {
	keep := g.readers.Load()
	if !g.single {
		keep = max(keep, g.node.o.TrailingBytes)
	}
	c := g.raft.ReloadableConfig()
	c.TrailingLogs = 0
	if keep > 0 {
		c.TrailingLogs = g.store.trailing(keep)
	}
	return g.raft.ReloadConfig(c)
}
