package cluster

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"sync"
	"time"

	"github.com/hashicorp/raft"
	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"

	"github.com/quindex/quindex/fault"
)

// Node is this process's part of the cluster: all its groups, over one log
// store and one listener. Its methods may be called from any goroutine.
type Node struct {
	o      Options
	id     string
	lock   io.Closer
	db     *logDB
	mux    *mux
	voters raft.Configuration // of groups that are made now
	space  *diskGuard
	room   *semaphore.Weighted // bytes that may be in flight
	turns  *semaphore.Weighted // groups that may read their log at once: what raft reads ahead of the machine is in memory
	groups []*group            // by GroupID; complete once Open has returned

	mu      sync.Mutex
	closed  bool
	pending sync.WaitGroup
}

// Open locks o.Dir and opens all groups in parallel. open makes the machine of
// one group from its own folder, which exists; it is called once a group, from
// several goroutines. Open replays the log and returns when every group has a
// leader and has applied what it had committed. On an error nothing stays open.
func Open(ctx context.Context, o Options, open func(g GroupID, dir string) (Machine, error)) (*Node, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	n := &Node{o: o, room: semaphore.NewWeighted(o.InFlightBytes), turns: semaphore.NewWeighted(int64(o.Openers))}
	if err := n.open(ctx, open); err != nil {
		return nil, errors.Join(err, n.Close())
	}
	return n, nil
}

func (n *Node) open(ctx context.Context, open func(GroupID, string) (Machine, error)) (err error) {
	if err := makeDir(n.o.Dir); err != nil {
		return err
	}
	if n.lock, err = lockDir(n.o.Dir); err != nil {
		return err
	}
	who, err := loadIdentity(n.o)
	if err != nil {
		return err
	}
	n.id, n.o.Shards = who.ID, who.Shards
	n.space = newDiskGuard(n.o.Dir, n.o.DiskReserve, n.o.Free)
	if n.mux, err = listen(n.o.Listen); err != nil {
		return fault.E("cluster: listen", fault.IO, fault.Item(n.o.Listen), err)
	}
	n.voters = n.firstVoters()
	n.groups = make([]*group, n.o.Shards+1)
	if n.db, err = openLogDB(filepath.Join(n.o.Dir, "log"), n.o.fs, n.o, n.breakAll); err != nil {
		return err
	}
	return n.openGroups(ctx, open)
}

func (n *Node) openGroups(ctx context.Context, open func(GroupID, string) (Machine, error)) error {
	start := time.Now()
	ctx, done := n.watchOpening(ctx)
	defer done()
	all, ctx := errgroup.WithContext(ctx)
	for id := range n.groups {
		all.Go(func() error {
			g, err := n.openGroup(ctx, GroupID(id), open)
			if err == nil {
				err = g.ready(ctx)
			}
			if err == nil {
				g.opening.at(isOpen)
				g.log.Debug("cluster: group is open", "took", time.Since(start), "replayed", g.opening.entries.Load(), "applied", g.applied.load())
			}
			return err
		})
	}
	if err := all.Wait(); err != nil {
		return err
	}
	n.o.Logger.Info("cluster: node is open", "took", time.Since(start).Round(time.Millisecond), "groups", len(n.groups))
	return n.db.err()
}

// firstVoters are the members of a group that is made now.
func (n *Node) firstVoters() (c raft.Configuration) {
	voters := n.o.Voters
	if len(voters) == 0 {
		voters = []Voter{{ID: n.id, Address: n.Address()}}
	}
	for _, v := range voters {
		c.Servers = append(c.Servers, raft.Server{Suffrage: raft.Voter, ID: raft.ServerID(v.ID), Address: raft.ServerAddress(v.Address)})
	}
	return c
}

// ID is the node's stable id.
func (n *Node) ID() string { return n.id }

// Address is where the node listens for other nodes.
func (n *Node) Address() string { return n.mux.ln.Addr().String() }

// Groups lists the groups of this node, the meta group first.
func (n *Node) Groups() []GroupID {
	ids := make([]GroupID, len(n.groups))
	for i := range n.groups {
		ids[i] = GroupID(i)
	}
	return ids
}

// Propose puts data into g's log and returns once it is on the disks of a
// majority and applied here: with its index, and the value or the refusal that
// the machine gave. The caller must not change data again: the log may still
// hold it when Propose returns early.
//
// An error in whose chain ErrIndeterminate is leaves open whether the entry
// was or will be applied. All others of this room mean that it was not:
// TooLarge above MaxEntry, Overload when the disk is nearly full, IO when the
// group is halted, Unavailable without a leader here, Timeout and Canceled
// when ctx ended while the node was at its limit of bytes in flight.
func (n *Node) Propose(ctx context.Context, id GroupID, data []byte) (index uint64, value any, err error) {
	g, err := n.group(id)
	if err != nil {
		return 0, nil, err
	}
	if len(data) > MaxEntry {
		return 0, nil, fault.Errorf("cluster: propose", fault.TooLarge, "entry of %d bytes, wanted at most %d", len(data), MaxEntry)
	}
	if err := errors.Join(g.brokenErr(), g.refuseAnew(), n.space.check()); err != nil {
		return 0, nil, err
	}
	size := int64(len(data))
	if err := n.room.Acquire(ctx, size); err != nil {
		return 0, nil, fault.E("cluster: propose: wait for room", err)
	}
	return g.propose(ctx, data, func() { n.room.Release(size) })
}

// Wait returns once this node has applied g's log up to index, which is an
// index that Propose returned.
func (n *Node) Wait(ctx context.Context, id GroupID, index uint64) error {
	g, err := n.group(id)
	if err != nil {
		return err
	}
	if err := g.applied.wait(ctx, index, g.alive()); err != nil {
		return waitError("cluster: wait", ctx, err)
	}
	return nil
}

// Barrier returns once everything that was committed in g before the call is
// applied here, with the index of the last entry applied. A read after it is strong.
func (n *Node) Barrier(ctx context.Context, id GroupID) (uint64, error) {
	g, err := n.group(id)
	if err != nil {
		return 0, err
	}
	if err := errors.Join(g.brokenErr(), g.barrier(ctx)); err != nil {
		return 0, err
	}
	return g.applied.load(), nil
}

// Snapshot makes g's state durable and truncates its log, whatever its size.
// With nothing new since the last one it does nothing.
func (n *Node) Snapshot(ctx context.Context, id GroupID) error {
	g, err := n.group(id)
	if err != nil {
		return err
	}
	return g.snapshot(ctx)
}

func (n *Node) group(id GroupID) (*group, error) {
	if int(id) >= len(n.groups) {
		return nil, fault.Errorf("cluster: find group", fault.NotFound, "no group %d, the last is %d", id, len(n.groups)-1)
	}
	return n.groups[id], nil
}

// breakAll halts every group: the log store cannot be written.
func (n *Node) breakAll(cause error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, g := range n.groups {
		if g != nil {
			g.breakDown(cause)
		}
	}
}

// keep makes g known, so that Close finds it however far its opening got.
func (n *Node) keep(g *group) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.groups[g.id] = g
}

// enter counts a call to raft that Close must wait for; leave ends it.
func (n *Node) enter() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		return stopError("cluster: enter", errClosed)
	}
	n.pending.Add(1)
	return nil
}

func (n *Node) leave() { n.pending.Done() }

func (n *Node) isClosed() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.closed
}
