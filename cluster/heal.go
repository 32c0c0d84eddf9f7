package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/quindex/quindex/fault"
)

// A machine whose folder is damaged is made anew of what the group has besides:
// its newest snapshot, and the log after it. The files of a snapshot are links
// to those of the machine, so a damaged file that both have cannot be mended;
// one that the machine has written since can. The new state is made beside the
// old one and read as a whole before it takes its place.

// Doctor is a Machine that can tell what is wrong with its files.
type Doctor interface {
	// Damaged returns what was found to be damaged so far, by opening too, or nil.
	Damaged() error
	// Verify reads all of the state and returns what is damaged.
	Verify(ctx context.Context) error
}

const (
	healSuffix    = ".heal"     // being made; complete where the machine's own folder is missing
	damagedSuffix = ".damaged-" // and a time: what was set aside
)

// openMachine opens the machine in dir, or makes it anew if it is damaged and
// the rest of the group allows it.
func (g *group) openMachine(ctx context.Context, dir string, open func(GroupID, string) (Machine, error)) (Machine, error) {
	if err := settleHeal(dir); err != nil {
		return nil, fault.E("cluster: heal", fault.IO, err)
	}
	m, err := open(g.id, dir)
	damage := err
	if d, is := m.(Doctor); is && err == nil {
		damage = d.Damaged()
	}
	if damage == nil || !fault.Is(damage, fault.Corrupt) {
		return m, err
	}
	g.log.Error("cluster: the machine's files are damaged; they are made anew of its snapshot and the log", "error", damage)
	if err == nil {
		if err := m.Close(); err != nil {
			return nil, err
		}
	}
	if why := g.heal(ctx, dir, open); why != nil {
		g.log.Error("cluster: the machine could not be made anew and stays as it is", "error", why)
		if err := settleHeal(dir); err != nil {
			return nil, errors.Join(err, why)
		}
		if err != nil { // it does not open
			return nil, errors.Join(err, why)
		}
	}
	return open(g.id, dir)
}

// settleHeal ends a repair that a crash has cut short, one way or the other,
// and makes sure that there is a folder.
func settleHeal(dir string) error {
	if _, err := os.Stat(dir); err == nil {
		return os.RemoveAll(dir + healSuffix)
	}
	if _, err := os.Stat(dir + healSuffix); err == nil {
		return rename(dir+healSuffix, dir)
	}
	return makeDir(dir)
}

// heal puts a machine made anew in the place of the one in dir.
func (g *group) heal(ctx context.Context, dir string, open func(GroupID, string) (Machine, error)) error {
	anew := dir + healSuffix
	if err := errors.Join(os.RemoveAll(anew), makeDir(anew)); err != nil {
		return err
	}
	m, err := open(g.id, anew)
	if err != nil {
		return err
	}
	if err := errors.Join(g.fillAnew(ctx, m), m.Close()); err != nil {
		return err
	}
	aside := dir + damagedSuffix + time.Now().UTC().Format("20060102T150405.000")
	if err := errors.Join(rename(dir, aside), rename(anew, dir)); err != nil {
		return err
	}
	g.log.Warn("cluster: the machine was made anew; the damaged folder is kept to be looked at and may be removed", "folder", aside, "log_ends", g.store.last)
	g.noteAnew()
	return g.dropOlder(aside)
}

// fillAnew gives an empty machine the state from which the log goes on.
func (g *group) fillAnew(ctx context.Context, m Machine) error {
	snap, some := g.snaps.newest()
	if g.store.first > snap.Index+1 {
		return fault.Errorf("cluster: heal", fault.Corrupt, "the log begins at entry %d, the newest snapshot ends at %d", g.store.first, snap.Index)
	}
	if !some {
		if g.store.last == 0 {
			return fault.E("cluster: heal", fault.Corrupt, "there is neither a snapshot nor a log")
		}
		return nil
	}
	defer g.opening.takesLong(makesAnew)()
	if err := m.Restore(g.snaps.stateDir(snap.ID), snap.MachineIndex); err != nil {
		return err
	}
	if d, is := m.(Doctor); is {
		if err := d.Verify(ctx); err != nil {
			return fault.E("cluster: heal", fault.Item(fmt.Sprintf("snapshot %s", snap.ID)), err)
		}
	}
	return nil
}

// dropOlder removes what earlier repairs have set aside.
func (g *group) dropOlder(keep string) error {
	all, err := filepath.Glob(filepath.Join(filepath.Dir(keep), "*"+damagedSuffix+"*"))
	if err != nil {
		return err
	}
	for _, dir := range all {
		if dir != keep {
			err = errors.Join(err, os.RemoveAll(dir))
		}
	}
	return err
}

func rename(from, to string) error {
	if err := os.Rename(from, to); err != nil {
		return fault.E("cluster: heal", fault.IO, err)
	}
	if err := syncDir(filepath.Dir(to)); err != nil {
		return fault.E("cluster: heal", fault.IO, err)
	}
	return nil
}
