package cluster

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/quindex/quindex/fault"
)

// Stages of a group's opening, in order.
const (
	opensFiles   = "its log and snapshots are opened"
	opensMachine = "its machine is opened"
	makesAnew    = "its machine is made anew of a snapshot, which is read as a whole"
	waitsForTurn = "it waits until others have replayed their log"
	startsRaft   = "raft reads the log"
	electsLeader = "it waits for a leader"
	replays      = "the machine replays the log"
	isOpen       = ""
)

// opening is how far the opening of a group has come.
type opening struct {
	stage   atomic.Pointer[string]
	entries atomic.Uint64 // log entries given to the machine so far
	steps   atomic.Uint64 // rises with every stage and every entry
}

func (p *opening) at(stage string) {
	p.stage.Store(&stage)
	p.steps.Add(1)
}

func (p *opening) replayed(n int) {
	p.entries.Add(uint64(n))
	p.steps.Add(1)
}

// takesLong counts a stage as progress for as long as it takes, until done is called.
func (p *opening) takesLong(stage string) (done func()) {
	quit, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for {
			p.at(stage)
			select {
			case <-quit:
				return
			case <-tick.C:
			}
		}
	}()
	return func() { close(quit); <-ended }
}

// watchInterval is how often a slow opening is told of in the log.
const watchInterval = 5 * time.Second

// watchOpening cancels ctx when the opening of the groups has made no progress
// for StartTimeout, however long all of it takes, and tells the log what it
// waits for. The caller calls done when the groups are open.
func (n *Node) watchOpening(ctx context.Context) (_ context.Context, done func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	quit, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		n.watch(quit, cancel)
	}()
	return ctx, func() {
		close(quit)
		<-ended
		cancel(nil)
	}
}

func (n *Node) watch(quit <-chan struct{}, cancel context.CancelCauseFunc) {
	tick := time.NewTicker(max(min(watchInterval, n.o.StartTimeout/4), time.Millisecond))
	defer tick.Stop()
	start := time.Now()
	var steps uint64
	moved, told := start, start
	for {
		select {
		case <-quit:
			return
		case now := <-tick.C:
			s, waiting := n.progress()
			if s != steps {
				steps, moved = s, now
			}
			if now.Sub(told) >= watchInterval {
				told = now
				n.o.Logger.Info("cluster: still opening", "after", now.Sub(start).Round(time.Second), "waiting", waiting)
			}
			if now.Sub(moved) >= n.o.StartTimeout {
				cancel(fault.E("cluster: open", fault.Timeout, fault.Hint("is the disk very slow, or are the other voters away?"),
					fmt.Errorf("no progress for %v: %s", n.o.StartTimeout, waiting)))
				return
			}
		}
	}
}

// progress is a number that rises while the groups are being opened, and what
// those wait for that are not open yet.
func (n *Node) progress() (steps uint64, waiting string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	var parts []string
	for i, g := range n.groups {
		if g == nil {
			parts = append(parts, fmt.Sprintf("group %d: not begun", i))
			continue
		}
		steps += g.opening.steps.Load()
		if s := g.opening.stage.Load(); s != nil && *s != isOpen {
			parts = append(parts, fmt.Sprintf("%s: %s (%d entries so far)", g.name(), *s, g.opening.entries.Load()))
		}
	}
	return steps, strings.Join(parts, "; ")
}
