package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/hashicorp/raft"

	"github.com/quindex/quindex/fault"
)

// A machine that is damaged can be made anew while its group runs, of what a
// start would make it of. The snapshot is read as a whole before anything is
// changed. Then raft's entries are held up, the machine takes the state of the
// snapshot, and the log since is given to it again, up to where it was.

// Healer is a Machine that can be put back while its group runs. None of its
// methods below is called during Apply.
type Healer interface {
	Doctor
	// Check reads the state that Snapshot put into dir as a whole, and returns
	// why Restore could not make a machine of it, or nil. It changes nothing.
	Check(ctx context.Context, dir string) error
	// Restore is that of Machine; here index may be below Applied. Until Ready,
	// the machine must not answer as if it were up to date.
	Restore(dir string, index uint64) error
	// Empty is Restore of the state before the first entry.
	Empty() error
	// Ready is called after Restore or Empty: Apply has been given all entries
	// again, or, if whole is false, never will be.
	Ready(whole bool)
}

const (
	hintAnew     = fault.Hint("it takes some seconds; try again then")
	replayBatch  = 1 << 20 // bytes of the entries that are replayed at once
	replayAtOnce = 256     // and their number
)

// madeAnew is when a machine was made anew, and of which snapshot.
type madeAnew struct {
	at time.Time
	of uint64 // its log index; 0: there was none
}

func (g *group) noteAnew() {
	snap, _ := g.snaps.newest()
	g.made.Store(&madeAnew{time.Now(), snap.Index})
}

// refuseAnew is the error of a group whose machine is being made anew, or nil.
func (g *group) refuseAnew() error {
	if !g.anew.Load() {
		return nil
	}
	return fault.E("cluster: propose", fault.Unavailable, fault.Item(g.name()), hintAnew, "its files were damaged and are being made anew of its snapshot and the log")
}

// MakeAnew makes the machine of a group anew of the newest snapshot and the log
// after it, while the node runs; the other groups go on. Proposals to the group
// are refused with Unavailable meanwhile. An error leaves the machine as it is,
// unless the group is then halted. A machine that is no Healer is Unsupported.
func (n *Node) MakeAnew(ctx context.Context, id GroupID) error {
	g, err := n.group(id)
	if err != nil {
		return err
	}
	if err := n.enter(); err != nil {
		return err
	}
	defer n.leave()
	m, is := g.machine.(Healer)
	if !is {
		return fault.E("cluster: make anew", fault.Unsupported, fault.Item(g.name()), "its machine cannot be made anew while it runs")
	}
	if err := g.makeAnew(ctx, m); err != nil {
		return fault.E("cluster: make anew", fault.Item(g.name()), err)
	}
	return nil
}

func (g *group) makeAnew(ctx context.Context, m Healer) error {
	g.snapMu.Lock() // the log stays
	defer g.snapMu.Unlock()
	snap, some := g.snaps.newest()
	if first, err := g.store.FirstIndex(); err != nil || first > snap.Index+1 {
		return errors.Join(err, fault.Errorf("cluster: heal", fault.Corrupt, "the log begins at entry %d, the newest snapshot ends at %d", first, snap.Index))
	}
	if some {
		if err := m.Check(ctx, g.snaps.stateDir(snap.ID)); err != nil {
			return fault.E("cluster: heal", fault.Item(fmt.Sprintf("snapshot %s", snap.ID)), err)
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	g.anew.Store(true)
	defer g.anew.Store(false)
	g.fsm.mu.Lock()
	defer g.fsm.mu.Unlock()
	if now, _ := g.snaps.newest(); now.ID != snap.ID { // a leader has sent one, and the machine has its state
		return fault.E("cluster: heal", fault.Conflict, "another snapshot has come meanwhile")
	}
	aside, err := g.setAside()
	if err != nil {
		return err
	}
	if some {
		err = m.Restore(g.snaps.stateDir(snap.ID), snap.MachineIndex)
	} else {
		err = m.Empty()
	}
	if err == nil {
		err = g.replayAgain(snap)
	}
	m.Ready(err == nil)
	if err != nil {
		return g.breakDown(err)
	}
	g.noteAnew()
	g.revive()
	g.log.Warn("cluster: the machine was made anew while it ran; what was damaged is kept to be looked at and may be removed", "folder", aside, "snapshot", snap.Index, "replayed_to", g.fsm.given)
	return g.dropOlder(aside)
}

// setAside keeps links to the machine's files as they are now.
func (g *group) setAside() (aside string, err error) {
	dir := filepath.Join(g.node.o.Dir, "groups", fmt.Sprintf("%04d", g.id), "machine")
	aside = dir + damagedSuffix + time.Now().UTC().Format("20060102T150405.000")
	err = filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			if errors.Is(err, os.ErrNotExist) {
				return nil // a merge has ended meanwhile
			}
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			return os.MkdirAll(filepath.Join(aside, rel), 0o755)
		}
		if err := os.Link(path, filepath.Join(aside, rel)); !errors.Is(err, os.ErrNotExist) {
			return err
		}
		return nil
	})
	if err != nil {
		return "", fault.E("cluster: set aside", fault.IO, err)
	}
	return aside, nil
}

// replayAgain gives the machine the entries after a snapshot that it was given
// before. The fsm is held.
func (g *group) replayAgain(snap snapshotMeta) error {
	first, err := g.store.FirstIndex()
	if err != nil {
		return err
	}
	f := g.fsm
	f.entries = f.entries[:0]
	size := 0
	give := func() error {
		if len(f.entries) == 0 {
			return nil
		}
		results, err := f.callMachine()
		if err == nil && len(results) != len(f.entries) {
			err = fault.Errorf("cluster: apply", fault.Internal, "BUG: the machine gave %d results, wanted %d", len(results), len(f.entries))
		}
		if err != nil {
			return err
		}
		f.last = f.entries[len(f.entries)-1].Index
		f.g.applied.advance(f.last)
		clear(f.entries)
		f.entries, size = f.entries[:0], 0
		return nil
	}
	for i := max(snap.MachineIndex+1, first); i <= f.given; i++ {
		var l raft.Log
		if err := g.store.GetLog(i, &l); err != nil {
			return fault.E("cluster: replay log", fault.KindOf(err), fault.Item(fmt.Sprintf("entry %d", i)), err)
		}
		if l.Type != raft.LogCommand {
			continue
		}
		f.entries, size = append(f.entries, Entry{Index: l.Index, Data: l.Data}), size+len(l.Data)
		if size >= replayBatch || len(f.entries) >= replayAtOnce {
			if err := give(); err != nil {
				return err
			}
		}
	}
	return give()
}

// revive lets a group go on that had broken because its machine could not read
// what it must. With several voters it has left the others to lead.
func (g *group) revive() {
	if g.broken.Load() == nil || !g.single || !g.life.begin() {
		return
	}
	g.broken.Store(nil)
	g.loops.Go(g.snapshotLoop)
	g.log.Warn("cluster: the group goes on")
}
