package node

import (
	"cmp"
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/store"
)

// A load that is to be seen whole or not at all is staged: its rows go into a
// table that only the shards and the list of loads know, by the same pieces,
// ledger and retries as any other load. Nothing of it is seen before it is
// switched; switch.go tells how. One that is given up is dropped, and so is one
// that nobody has written to for Options.StageAge.

// Staged tells of a load that is staged.
type Staged struct {
	ID     record.TableID `json:"id"`
	Table  string         `json:"table"`
	Source string         `json:"source,omitempty"` // it may go on under this name
	Began  time.Time      `json:"began"`
	Phase  string         `json:"phase"`
	Rows   int64          `json:"rows"` // that wait

	Trouble *Trouble `json:"trouble,omitempty"` // why it cannot be switched at present
}

// Phases of a load.
const (
	phaseStaged    = "staged"
	phaseSwitching = "switches"
)

// stages are the loads that are staged and those that are being switched.
type stages struct {
	ctx  context.Context
	stop context.CancelCauseFunc
	wg   sync.WaitGroup

	mu        sync.Mutex
	switching map[record.TableID]*switching    // by load
	wholes    map[record.TableID]*queue        // of loads that come whole, by table
	held      map[record.TableID]chan struct{} // by table, closed when whoever asked for it last lets go of it
	used      map[record.TableID]time.Time     // when a load was last written to
	opened    time.Time
}

func (ss *stages) init() {
	ss.ctx, ss.stop = context.WithCancelCause(context.Background())
	ss.switching, ss.used, ss.opened = map[record.TableID]*switching{}, map[record.TableID]time.Time{}, time.Now()
	ss.wholes, ss.held = map[record.TableID]*queue{}, map[record.TableID]chan struct{}{}
}

// close stops what runs and waits for it; the next start completes it.
func (ss *stages) close() {
	ss.mu.Lock() // nobody enters a load now
	ss.stop(errClosing)
	ss.mu.Unlock()
	ss.wg.Wait()
}

// into returns the load that is being switched into a table, or nil.
func (ss *stages) into(table record.TableID) *switching {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	for _, w := range ss.switching {
		if w.into == table {
			return w
		}
	}
	if q := ss.wholes[table]; q != nil {
		return q.now
	}
	return nil
}

func (ss *stages) use(id record.TableID) {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	ss.used[id] = time.Now()
}

// idle is how long nobody has written to a load.
func (ss *stages) idle(l *catalog.Load, now time.Time) time.Duration {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	last := ss.opened
	for _, t := range []time.Time{l.Began, ss.used[l.ID()]} {
		if t.After(last) {
			last = t
		}
	}
	return now.Sub(last)
}

// StageLoad stages a load into a table, or finds the one of that source that is
// staged already, if it can go on: its table has the columns that it had, and
// has got nothing of the source that the load has, too. A load without a source
// is lost with the node, or with its request, whose key it may have.
func (n *Node) StageLoad(ctx context.Context, t *catalog.Table, source string, key string) (*catalog.Load, error) {
	for {
		l, err := n.stageLoad(ctx, t, source, key)
		if err != nil || source == "" {
			return l, err
		}
		good, err := n.goesOn(t, l)
		if good || err != nil {
			return l, err
		}
		if err := n.GiveUpLoad(ctx, l.ID()); err != nil && !fault.Is(err, fault.NotFound) {
			return nil, err
		}
	}
}

// goesOn reports whether what a load has can still be a part of what it is to be.
func (n *Node) goesOn(t *catalog.Table, l *catalog.Load) (bool, error) {
	id, err := sourceOf(l)
	if err != nil || l.Table.Schema.Version != t.Schema.Version {
		return false, err
	}
	staged, err := n.sourceIn(&l.Table, id)
	if err != nil {
		return false, err
	}
	have, err := n.Source(t, id)
	return !slices.ContainsFunc(append(staged.Done, staged.Begun...), func(s store.Span) bool { return touches(s, have.Done) || touches(s, have.Begun) }), err
}

func (n *Node) stageLoad(ctx context.Context, t *catalog.Table, source string, key string) (*catalog.Load, error) {
	begin := &catalog.BeginLoad{Into: t.ID(), Version: t.Schema.Version, Source: source, Key: key, At: time.Now().UTC(), Twin: n.hasNoRows(t)}
	table, err := n.decide(ctx, catalog.Change{BeginLoad: begin})
	if err != nil {
		return nil, err
	}
	n.stages.use(table.ID())
	l := n.Catalog().Load(table.ID())
	if l == nil {
		return nil, givenUp(table.ID())
	}
	return l, n.fence(ctx, &l.Table)
}

// hasNoRows reports whether there is none, as far as this node knows.
func (n *Node) hasNoRows(t *catalog.Table) bool {
	return !slices.ContainsFunc(t.Sharding.Shards(), func(id uint32) bool {
		s := n.shards[id]
		return s == nil || s.RowsOf(t.ID()) > 0
	})
}

func givenUp(id record.TableID) error {
	return fault.E("node: load", fault.Conflict, fault.Hint("begin it again"), fault.Errorf("", fault.Conflict, "there is no load %d: it was given up, or has ended", id))
}

// Staged returns the load called id, to be written to.
func (n *Node) Staged(id record.TableID) (*catalog.Load, error) {
	l := n.Catalog().Load(id)
	if l == nil || l.Switching {
		return nil, givenUp(id)
	}
	n.stages.use(id)
	return l, nil
}

// StagedLoads lists the loads that are staged, or cannot be switched, by id.
func (n *Node) StagedLoads() []Staged {
	out, stuck := []Staged{}, map[record.TableID]*Trouble{}
	for _, st := range n.stages.inTrouble() {
		if stuck[st.ID] = st.Trouble; n.Catalog().Load(st.ID) == nil { // all of it is in, but its table is frozen
			out = append(out, st)
		}
	}
	for _, l := range n.Catalog().Loads() {
		st := Staged{ID: l.ID(), Table: l.Table.Name, Source: l.Source, Began: l.Began, Phase: phaseStaged, Trouble: stuck[l.ID()]}
		if l.Switching {
			st.Phase = phaseSwitching
		}
		if l.Whole != nil {
			st.Rows = l.Rows
		} else {
			for _, id := range l.Table.Sharding.Shards() {
				st.Rows += n.shards[id].RowsOf(l.ID())
			}
		}
		if l.Whole == nil || st.Trouble != nil { // one that comes whole does not wait
			out = append(out, st)
		}
	}
	slices.SortFunc(out, func(a, b Staged) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

// StagedSource returns what a load and its table hold of its source together,
// and whether any of it waits in the load.
func (n *Node) StagedSource(l *catalog.Load) (out store.SourceState, waits bool, err error) {
	id, err := sourceOf(l)
	if err != nil {
		return out, false, err
	}
	out, err = n.Source(&l.Table, id)
	waits = len(out.Done)+len(out.Begun) > 0
	t := n.Catalog().ByID(l.Into)
	if err != nil || t == nil {
		return out, waits, err
	}
	there, err := n.Source(t, id)
	out.Done, out.Begun, out.Rows = union(append(out.Done, there.Done...)), sortSpans(append(out.Begun, there.Begun...)), out.Rows+there.Rows
	return out, waits, err
}

func sourceOf(l *catalog.Load) (id [16]byte, err error) {
	b, err := hex.DecodeString(l.Source)
	if err != nil || len(b) != len(id) {
		return id, fault.Errorf("node: load", fault.Internal, "BUG: load %d has the source %q, want 32 hexadecimal digits", l.ID(), l.Source)
	}
	return [16]byte(b), nil
}

// Holds reports whether a table, where it is or was, holds a chunk of a source
// or a part of it: then the chunk is not to be staged, but written as it was
// begun.
func (n *Node) Holds(t *catalog.Table, source [16]byte, start, end uint64) (bool, error) {
	st, err := n.Source(t, source)
	chunk := store.Span{Start: start, End: end}
	return within(chunk, st.Done) || slices.Contains(st.Begun, chunk), err
}

// WasSwitched returns how many rows a request with a key has loaded, if it was a
// load that was switched.
func (n *Node) WasSwitched(t *catalog.Table, key string) (rows int64, ok bool) {
	if key == "" {
		return 0, false
	}
	e, ok := n.Catalog().Ended(0, key, t.ID())
	return e.Rows, ok
}

// StageKey is an idempotency key as staged loads know it; "" is none.
func StageKey(key store.IdempotencyKey) string {
	if key == (store.IdempotencyKey{}) {
		return ""
	}
	return fmt.Sprintf("%x/%d", key.Client, key.Seq)
}

// MarkStaged notes in a staged load which chunk of a source it is.
func (n *Node) MarkStaged(ctx context.Context, l *catalog.Load, source [16]byte, start, end, rows uint64) error {
	c := n.LoadChunk(&l.Table, source, start, end)
	c.rows = rows
	return c.mark(ctx)
}

// InOneEntry reports whether the rows of b would be one log entry of one shard,
// which is there whole or not at all, and for all readers in one moment.
func (n *Node) InOneEntry(t *catalog.Table, b *record.Batch, key store.IdempotencyKey) (bool, error) {
	parts, err := n.route(t, b, key)
	return len(parts) < 2, err
}

// NotWritten returns the rows of b that a batch of this key has not brought to
// where the table was before.
func (n *Node) NotWritten(t *catalog.Table, b *record.Batch, key store.IdempotencyKey) (*record.Batch, error) {
	return n.notWritten(t, b, key)
}

// GiveUpLoad drops a staged load and its rows.
func (n *Node) GiveUpLoad(ctx context.Context, id record.TableID) error {
	t, err := n.decide(ctx, catalog.Change{EndLoad: &catalog.EndLoad{ID: id, GiveUp: true}})
	if err != nil || n.opts.keepsGivenUp {
		return err
	}
	return n.dropStaged(ctx, t)
}

func (n *Node) dropStaged(ctx context.Context, t *catalog.Table) error {
	n.stages.mu.Lock()
	delete(n.stages.used, t.ID())
	n.stages.mu.Unlock()
	return n.forget(ctx, t.ID(), t.Sharding.Shards())
}

// dropAbandoned gives up the loads that nobody has written to for too long.
func (n *Node) dropAbandoned(ctx context.Context, now time.Time) {
	for _, l := range n.Catalog().Loads() {
		if l.Switching || n.stages.idle(l, now) < n.opts.StageAge {
			continue
		}
		err := n.GiveUpLoad(ctx, l.ID())
		n.opts.Logger.Warn("a staged load was abandoned, and is dropped", "load", l.ID(), "table", l.Table.Name, "began", l.Began, "err", err)
	}
}

// tendLoop looks for abandoned loads every so often, until close.
func (ss *stages) tendLoop(n *Node, every time.Duration) {
	ss.wg.Go(func() {
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case now := <-tick.C:
				n.dropAbandoned(ss.ctx, now)
			case <-ss.ctx.Done():
				return
			}
		}
	})
}

// settleLoads ends, at a start, the loads that nobody can go on with, and
// completes those that were being switched.
func (n *Node) settleLoads(ctx context.Context) error {
	for _, l := range n.Catalog().Loads() {
		var err error
		switch {
		case l.Switching:
			w := newSwitching(n)
			w.load, w.into = l, l.Into
			if l.Whole != nil {
				w.whole, err = n.wholeOf(l)
			}
			if err == nil {
				err = w.complete(ctx)
			}
		case l.Source == "" || n.Catalog().ByID(l.Into) == nil:
			err = n.GiveUpLoad(ctx, l.ID())
		}
		if fault.Is(err, fault.Overload) {
			err = fault.E("", fault.Hint("free some disk space and start again: a load is decided, and half of it must not be seen"), err)
		}
		if err != nil {
			return fault.E("node: settle load", fault.Item(l.Table.Name), err)
		}
	}
	return nil
}
