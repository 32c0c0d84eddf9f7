package cluster

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/raft"

	"github.com/quindex/quindex/fault"
)

// group is one replicated group on this node.
type group struct {
	id      GroupID
	node    *Node
	log     *slog.Logger
	store   *groupLog
	snaps   *snapshots
	machine Machine
	raft    *raft.Raft
	single  bool // this node is the only voter

	opening opening
	applied watermark
	broken  atomic.Pointer[error]
	life    life
	grown   chan struct{} // the log has grown past its limit
	loops   sync.WaitGroup
	snapMu  sync.Mutex  // one snapshot at a time, and none while the machine is made anew
	fsm     *fsm        // of raft
	anew    atomic.Bool // the machine is being made anew while the group runs
	made    atomic.Pointer[madeAnew]
	readers atomic.Int64 // bytes of the newest entries that are kept for who reads the log, see Keep
}

// openGroup opens everything a group has on disk and starts raft.
func (n *Node) openGroup(ctx context.Context, id GroupID, open func(GroupID, string) (Machine, error)) (_ *group, err error) {
	g := &group{id: id, node: n, log: n.o.Logger.With("group", uint32(id)), grown: make(chan struct{}, 1)}
	g.life.begin()
	n.keep(g)
	g.opening.at(opensFiles)
	dir := filepath.Join(n.o.Dir, "groups", fmt.Sprintf("%04d", id))
	if g.snaps, err = openSnapshots(filepath.Join(dir, "snapshots"), g.log); err != nil {
		return nil, err
	}
	if g.store, err = n.db.group(id, g.noteGrowth); err != nil {
		return nil, err
	}
	g.store.deletes = func() { n.o.At(atInstalled) }
	machineDir := filepath.Join(dir, "machine")
	g.opening.at(opensMachine)
	m, err := g.openMachine(ctx, machineDir, open)
	if err != nil { // m is not ours to close
		return nil, err
	}
	g.machine = m
	if err := g.reconcile(); err != nil {
		return nil, err
	}
	g.opening.at(waitsForTurn)
	if err := n.turns.Acquire(ctx, 1); err != nil {
		return nil, fault.E("cluster: open group", fault.Item(g.name()), context.Cause(ctx))
	}
	defer n.turns.Release(1)
	g.opening.at(startsRaft)
	return g, g.start()
}

// reconcile is C4: the machine's state, the snapshots and the log must meet.
func (g *group) reconcile() error {
	snap, _ := g.snaps.newest()
	first, last := g.store.first, g.store.last
	if first > snap.Index+1 {
		return fault.E("cluster: open group", fault.Corrupt, fault.Item(g.name()),
			fault.Hint("restore the group's snapshots folder, or the whole node"),
			fmt.Errorf("the log begins at entry %d, but the newest usable snapshot ends at %d", first, snap.Index))
	}
	if _, err := g.store.GetUint64(keyTerm); err != nil && (snap.Index > 0 || g.machine.Applied() > 0) {
		return fault.E("cluster: open group", fault.Corrupt, fault.Item(g.name()), hintOneMoment,
			fmt.Errorf("the group has data, but no term in the log store: %w", err))
	}
	if at := g.machine.Applied(); at < snap.MachineIndex && (at < snap.Index || at+1 < first) {
		if at > 0 {
			g.log.Warn("cluster: the machine is behind the log and is restored from its snapshot", "applied", at, "snapshot", snap.MachineIndex)
		} else { // as after a restore
			g.log.Info("cluster: the machine begins with its snapshot", "snapshot", snap.MachineIndex)
		}
		if err := g.machine.Restore(g.snaps.stateDir(snap.ID), snap.MachineIndex); err != nil {
			return fault.E("cluster: restore machine", fault.Item(g.name()), err)
		}
		if at := g.machine.Applied(); at != snap.MachineIndex {
			return fault.Errorf("cluster: restore machine", fault.Internal, "BUG: the machine is at %d after its restore, wanted %d", at, snap.MachineIndex)
		}
	}
	at, end := g.machine.Applied(), max(last, snap.Index, snap.MachineIndex)
	if at > end {
		return fault.E("cluster: open group", fault.Corrupt, fault.Item(g.name()), hintOneMoment,
			fmt.Errorf("the machine has applied entry %d, but the log ends at %d", at, end))
	}
	g.applied.advance(at)
	return nil
}

// start bootstraps an empty group and starts raft.
func (g *group) start() error {
	if _, has := g.snaps.newest(); !has && g.store.last == 0 {
		if err := g.store.bootstrap(g.node.voters); err != nil {
			return err
		}
	}
	layer := g.node.mux.layer(g.id)
	logger := g.raftLogger()
	trans := raft.NewNetworkTransportWithConfig(&raft.NetworkTransportConfig{
		Stream: layer, MaxPool: 2, Timeout: 10 * time.Second, Logger: logger, ServerAddressProvider: g.node.addresses(),
	})
	r, err := g.newRaft(logger, trans)
	if err != nil {
		return errors.Join(fault.E("cluster: start group", fault.Item(g.name()), err), trans.Close())
	}
	g.raft = r
	servers := r.GetConfiguration().Configuration().Servers
	g.single = len(servers) == 1 && servers[0].ID == raft.ServerID(g.node.id)
	g.loops.Go(g.snapshotLoop)
	return nil
}

// newRaft starts raft, which panics where it cannot read its log.
func (g *group) newRaft(logger hclog.Logger, trans raft.Transport) (r *raft.Raft, err error) {
	defer func() {
		if p := recover(); p != nil {
			if err = g.node.db.err(); err == nil {
				panic(p)
			}
		}
	}()
	g.fsm = &fsm{g: g, last: g.applied.load()}
	r, err = raft.NewRaft(g.config(logger), g.fsm, g.store, g.store, g.snaps, trans)
	g.store.started.Store(err == nil)
	return r, err
}

func (g *group) config(logger hclog.Logger) *raft.Config {
	c := raft.DefaultConfig()
	c.LocalID = raft.ServerID(g.node.id)
	c.HeartbeatTimeout = g.node.o.HeartbeatTimeout
	c.ElectionTimeout = g.node.o.HeartbeatTimeout
	// Never the whole timeout: a deposed leader must know it before its
	// successor is elected.
	c.LeaderLeaseTimeout = g.node.o.HeartbeatTimeout / 2
	c.CommitTimeout = min(250*time.Millisecond, g.node.o.HeartbeatTimeout/2)
	c.BatchApplyCh = true
	c.NoLegacyTelemetry = true
	c.NoSnapshotRestoreOnStart = true    // the machine's own folder is the state
	c.SnapshotThreshold = math.MaxUint64 // snapshots go by bytes, see snapshotLoop
	c.SnapshotInterval = 24 * time.Hour
	c.TrailingLogs = 0
	c.Logger = logger
	return c
}

// ready waits until the group has a leader and, if that is here, has applied
// all that was committed.
func (g *group) ready(ctx context.Context) error {
	seen := make(chan raft.Observation, 1)
	o := raft.NewObserver(seen, false, func(o *raft.Observation) bool {
		_, ok := o.Data.(raft.LeaderObservation)
		return ok
	})
	g.raft.RegisterObserver(o)
	defer g.raft.DeregisterObserver(o)
	if g.single { // its election starts the replay
		g.opening.at(waitsForTurn)
		if err := g.node.turns.Acquire(ctx, 1); err != nil {
			return fault.E("cluster: replay log", fault.Item(g.name()), context.Cause(ctx))
		}
		defer g.node.turns.Release(1)
		g.elect()
	}
	g.opening.at(electsLeader)
	for {
		if _, id := g.raft.LeaderWithID(); id == raft.ServerID(g.node.id) {
			g.opening.at(replays)
			return g.barrier(ctx)
		} else if id != "" {
			return nil
		}
		select {
		case <-seen:
		case <-ctx.Done():
			return fault.E("cluster: wait for a leader", fault.Item(g.name()), context.Cause(ctx))
		case <-g.alive().Done():
			return stopError("cluster: wait for a leader", context.Cause(g.alive()))
		}
	}
}

// elect makes a single voter stand for election at once: a shorter heartbeat
// timeout makes raft look at its timer again, which finds that no leader was
// ever heard of. No one else could be leading.
func (g *group) elect() {
	c := g.raft.ReloadableConfig()
	c.HeartbeatTimeout -= time.Nanosecond
	if err := g.raft.ReloadConfig(c); err != nil {
		g.log.Warn("cluster: the first election is not hastened", "error", err)
	}
}

// breakDown halts the group on this node and returns the error to give out.
func (g *group) breakDown(cause error) error {
	if g.broken.CompareAndSwap(nil, &cause) {
		g.log.Error("cluster: the group is halted", "error", cause)
	}
	g.life.end(cause)
	return g.brokenErr()
}

// brokenErr is the error of a halted group, or nil.
func (g *group) brokenErr() error {
	cause := g.node.db.err()
	if p := g.broken.Load(); p != nil {
		cause = *p
	}
	if cause == nil {
		return nil
	}
	return fault.E("cluster: group is halted", fault.IO, fault.Item(g.name()), hintBroken, cause)
}

// close stops raft, then the machine. It waits for every goroutine of the group.
func (g *group) close() (err error) {
	g.life.endForGood(errClosed)
	if g.raft != nil {
		err = g.raft.Shutdown().Error()
	}
	g.loops.Wait()
	if g.fsm != nil { // it may be made anew still
		g.fsm.mu.Lock()
		defer g.fsm.mu.Unlock()
	}
	if g.machine != nil {
		err = errors.Join(err, g.machine.Close())
	}
	return err
}

func (g *group) name() string {
	if g.id == Meta {
		return "group meta"
	}
	return fmt.Sprintf("group %d", g.id)
}
