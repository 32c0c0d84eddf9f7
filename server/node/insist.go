package node

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
)

// A switch that is decided is completed, as often as it takes: the disk may be
// full for a while. Whoever waits for it, or for its table, is told so; between
// two tries others may read a moment of all groups, since a node that begins
// with it completes the switch, too.

// Trouble tells why a load that is decided is not in its table yet.
type Trouble struct {
	Error string    `json:"error"` // of the last try
	Since time.Time `json:"since"`
	Tries int       `json:"tries"`

	err error
}

// tellEvery is how often a switch that cannot go on says so in the log.
const tellEvery = time.Minute

// hold waits until no other switch, and no end of a rewrite, has the table, in the
// order of those who ask.
func (ss *stages) hold(ctx context.Context, table record.TableID) (func(), error) {
	mine := make(chan struct{})
	ss.mu.Lock()
	before := ss.held[table]
	ss.held[table] = mine
	ss.mu.Unlock()
	letGo := func() {
		ss.mu.Lock()
		defer ss.mu.Unlock()
		if ss.held[table] == mine {
			delete(ss.held, table)
		}
		close(mine)
	}
	if before == nil {
		return letGo, nil
	}
	select {
	case <-before:
		return letGo, nil
	case <-ctx.Done():
		go func() { // who comes after it waits for who came before
			<-before
			letGo()
		}()
		return nil, context.Cause(ctx)
	}
}

// alone runs f while it holds the table, and nobody reads a moment of all groups.
func (n *Node) alone(ctx context.Context, table record.TableID, f func() error) error {
	letGo, err := n.stages.hold(ctx, table)
	if err != nil {
		return err
	}
	defer letGo()
	n.rewrites.link.RLock()
	defer n.rewrites.link.RUnlock()
	return f()
}

// insist completes the switch. If the node closes before, the next start does it.
func (w *switching) insist() error {
	err := w.until(func(ctx context.Context) error { return w.complete(ctx) })
	if err == nil {
		close(w.free)
	}
	return err
}

// until tries a step until it is done, or must be left to the next start. It is
// called within alone.
func (w *switching) until(step func(context.Context) error) error {
	n := w.node
	every := time.NewTicker(n.opts.again)
	defer every.Stop()
	told := time.Time{}
	for {
		err := step(n.stages.ctx)
		switch {
		case err == nil && !told.IsZero():
			n.opts.Logger.Info("a load that could not be switched goes on", "table", w.name())
			return nil
		case err == nil || errors.Is(err, errUndecided):
			return err
		case n.stages.ctx.Err() == nil:
			w.suffer(err)
			if time.Since(told) >= tellEvery {
				told = time.Now()
				n.opts.Logger.Warn("a load is being switched and cannot go on yet", "table", w.name(), "err", err)
			}
			n.stages.refuseWaiting(w)
		}
		n.rewrites.link.RUnlock()
		select {
		case <-every.C:
		case <-n.stages.ctx.Done():
			err = fault.E("node: switch load", fault.Unavailable, fault.Item(w.name()), "the node closes; the next start completes the switch")
		}
		n.rewrites.link.RLock()
		if n.stages.ctx.Err() != nil {
			return err
		}
	}
}

func (w *switching) name() string {
	switch t := w.node.Catalog().ByID(w.into); {
	case t != nil:
		return t.Name
	case w.load != nil:
		return w.load.Table.Name
	}
	return ""
}

// suffer notes that a try came to nothing.
func (w *switching) suffer(err error) {
	ss := &w.node.stages
	ss.mu.Lock()
	defer ss.mu.Unlock()
	t := &Trouble{Since: time.Now().UTC()}
	if w.trouble == nil {
		close(w.stuck)
	} else {
		*t = *w.trouble
	}
	t.Error, t.err = err.Error(), err
	t.Tries++
	w.trouble = t
}

// stuckError is the answer to those who need not wait for a switch that cannot
// go on.
func (ss *stages) stuckError(w *switching, op string) error {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	kind := fault.Unavailable
	if fault.Is(w.trouble.err, fault.Overload) {
		kind = fault.Overload
	}
	return fault.E(op, kind, fault.CodeOf(w.trouble.err), fault.Item(w.name()),
		fault.Hint("free some disk space, or look after the disk: what is decided goes on by itself, and then so do writes; GET /v1/loads shows it"),
		fault.Errorf("", kind, "a load cannot be brought into the table, %d tries since %s: %w", w.trouble.Tries, w.trouble.Since.Format(time.RFC3339), w.trouble.err))
}

// refuseWaiting answers the loads that wait behind a switch which cannot go on.
func (ss *stages) refuseWaiting(w *switching) {
	err := ss.stuckError(w, "node: load")
	if w.whole != nil {
		w.answer(err)
	}
	ss.mu.Lock()
	var left []*wholeRequest
	if q := ss.wholes[w.into]; q != nil {
		left, q.next = q.next, nil
	}
	ss.mu.Unlock()
	for _, r := range left {
		r.end(Switched{}, err)
	}
}

// inTrouble lists the loads whose switch cannot go on.
func (ss *stages) inTrouble() (out []Staged) {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	all := slices.Collect(maps.Values(ss.switching))
	for _, q := range ss.wholes {
		if q.now != nil {
			all = append(all, q.now)
		}
	}
	for _, w := range all {
		if w.trouble == nil {
			continue
		}
		st := Staged{Table: w.name(), Phase: phaseSwitching, Trouble: w.trouble}
		if w.load != nil {
			st.ID, st.Source, st.Began = w.load.ID(), w.load.Source, w.load.Began
		}
		out = append(out, st)
	}
	return out
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
