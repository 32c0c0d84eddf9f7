package node

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/RoaringBitmap/roaring/v2/roaring64"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/store"
)

// A table is rewritten while it is read and written. Its next generation, a
// table that only the shards know, is filled in rounds: each takes a view of
// the table, writes the rows that the last view did not have, and deletes
// those that this one has not any more; the new rows remember which rows they
// were. When a round found little to do, the table is frozen in the logs of its
// shards, a last round brings the two level, and one decision of the meta group
// puts the one in the place of the other. Writes that met the frozen table wait
// for that and go to the new one; statements that read the old one end there,
// and then it goes.
//
// Until that decision a crash, or a cancel, leaves the table as it was: at the
// start what the catalog does not know is dropped and what is frozen is freed.
// After it, the start finishes what is left.

const (
	settledRows   = 4096 // a round that found no more changes than these may be the last but one
	mostRounds    = 16   // before writes wait, whatever is left
	longestChange = 10 * time.Second
	undoEvery     = time.Second
	keptFormer    = 16 // generations that a table remembers in any case
)

// rewrite is one on its way.
type rewrite struct {
	node   *Node
	from   *catalog.Table
	ctx    context.Context // of its own: it outlives its statement
	cancel context.CancelCauseFunc
	poke   chan struct{} // capacity 1: a statement that changes rows has ended
	free   chan struct{} // closed when the table can be written, here or at its new place
	ended  chan struct{} // closed when it is over; err says how
	err    error

	froze   bool // the table may be frozen
	closing bool // statements that change rows wait; guarded by rewrites.mu

	filling, filled *catalog.Table
	origin          catalog.OriginFields
	caches          map[uint32]*store.IDCache
	have            map[uint32]*store.IDs // by former shard: rows that are copied

	mu   sync.Mutex
	told Rewrite
}

func (w *rewrite) status() Rewrite {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.told
}

func (w *rewrite) tell(f func(*Rewrite)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f(&w.told)
}

// Rewrite gives a table another sharding, order and options: those of to. It
// returns when the table has them. If the context's time is over, the rewrite
// goes on; if it is cancelled, so is the rewrite.
func (n *Node) Rewrite(ctx context.Context, t, to *catalog.Table, text string) error {
	w, err := n.rewrites.begin(n, t, text)
	if err != nil {
		return err
	}
	go func() {
		defer n.rewrites.wg.Done()
		defer close(w.ended)
		w.err = w.run(w.ctx, to)
	}()
	select {
	case <-w.ended:
		return w.err
	case <-ctx.Done():
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fault.E("node: rewrite table", fault.Timeout, fault.Item(t.Name), fault.Hint("GET /v1/rewrites shows how far it is"), "the statement's time is over; the rewrite goes on")
	}
	w.cancel(context.Cause(ctx))
	<-w.ended
	return w.err
}

func (w *rewrite) run(ctx context.Context, to *catalog.Table) error {
	err := w.begin(ctx, to)
	if err == nil {
		err = w.fill(ctx)
	}
	if err == nil {
		err = w.node.alone(ctx, w.from.ID(), func() error { return w.change(ctx) })
	}
	if errors.Is(err, errUndecided) {
		return err // nothing is undone: the next start knows
	}
	if err != nil {
		w.giveUp()
		if cause := context.Cause(ctx); cause != nil && errors.Is(err, context.Canceled) {
			err = fault.E("node: rewrite table", fault.Canceled, fault.Item(w.from.Name), cause)
		}
	}
	w.node.rewrites.leave(w)
	if err != nil {
		return err
	}
	w.node.retireLater(w.from)
	return w.node.fence(context.WithoutCancel(ctx), w.filled)
}

// at is called between the steps of a rewrite, for tests that end there.
func (w *rewrite) at(step string) error {
	if w.node.opts.dies != nil && w.node.opts.dies(step) {
		return errUndecided
	}
	return nil
}

// begin makes the next generation, empty, in its shards.
func (w *rewrite) begin(ctx context.Context, to *catalog.Table) error {
	n := w.node
	made, err := n.decide(ctx, catalog.Change{BeginRewrite: &catalog.BeginRewrite{Table: w.from.Name}})
	if err != nil {
		return err
	}
	filling, filled, origin := w.from.NextGeneration(made.ID())
	n.rewrites.mu.Lock()
	w.filling, w.filled, w.origin = filling, filled, origin
	n.rewrites.mu.Unlock()
	for _, t := range []*catalog.Table{w.filling, w.filled} {
		t.Sharding, t.Order, t.Options = to.Sharding, to.Order, to.Options
	}
	w.filled.Former = n.worthKeeping(filled.Former)
	w.have, w.caches = map[uint32]*store.IDs{}, map[uint32]*store.IDCache{}
	for _, id := range w.from.Sharding.Shards() {
		w.have[id], w.caches[id] = roaring64.New(), &store.IDCache{}
	}
	if err := errors.Join(w.at("begun"), n.fence(ctx, w.from)); err != nil {
		return err
	}
	if err := n.fence(ctx, w.filling); err != nil {
		return err
	}
	return w.at("made")
}

// worthKeeping leaves out the generations that no retry can mean any more: but
// for the last ones, which a statement may still be on its way to, those that
// no shard has sources of in its ledger, nor remembers a client of. How many
// rewrites a retry comes after is not known: it may be any number.
func (n *Node) worthKeeping(former []catalog.Generation) []catalog.Generation {
	old := max(0, len(former)-keptFormer)
	if old == 0 {
		return former
	}
	needed := map[record.TableID]bool{}
	for _, s := range n.shards {
		remembered, all := s.Remembered()
		if !all {
			return former
		}
		for _, id := range append(remembered, s.Loaded()...) {
			needed[id] = true
		}
	}
	return append(slices.DeleteFunc(slices.Clone(former[:old]), func(g catalog.Generation) bool { return !needed[g.ID] }), former[old:]...)
}

// fill makes rounds until one finds little to do.
func (w *rewrite) fill(ctx context.Context) error {
	for round := 1; ; round++ {
		w.tell(func(r *Rewrite) { r.Phase, r.Round = phaseCopies, round })
		changed, err := w.round(ctx)
		if err == nil {
			err = w.at("copied")
		}
		if err != nil {
			return err
		}
		if changed <= settledRows || round >= mostRounds {
			return nil
		}
	}
}

// change lets writes wait, brings the generations level, and decides.
func (w *rewrite) change(ctx context.Context) error {
	n := w.node
	if err := n.rewrites.waitForChanges(ctx, w); err != nil {
		return err
	}
	w.tell(func(r *Rewrite) { r.Phase = phaseSwitches; r.Round++ })
	w.froze = true
	if err := n.everyShard(ctx, w.from.Sharding.Shards(), store.EncodeFreeze(w.from.ID(), true)); err != nil {
		return err
	}
	if err := w.at("frozen"); err != nil {
		return err
	}
	if !n.opts.forgets {
		if _, err := w.round(ctx); err != nil {
			return err
		}
	}
	if err := errors.Join(w.at("level"), w.check(), w.expire(ctx), ctx.Err()); err != nil {
		return err
	}
	if err := w.decide(context.WithoutCancel(ctx)); err != nil {
		return err
	}
	return w.at("decided")
}

// check counts: a difference is a mistake in this file.
func (w *rewrite) check() error {
	var want, got int64
	for _, ids := range w.have {
		want += int64(ids.GetCardinality())
	}
	for _, id := range w.filling.Sharding.Shards() {
		got += w.node.shards[id].RowsOf(w.filling.ID())
	}
	if got != want {
		return fault.E("node: rewrite table", fault.Internal, fault.Item(w.from.Name),
			fault.Errorf("", fault.Internal, "BUG: %d rows at their new places, want %d", got, want))
	}
	return nil
}

// expire hides from the new generation what is hidden from the former.
func (w *rewrite) expire(ctx context.Context) error {
	mark, some := int64(0), false
	for _, id := range w.from.Sharding.Shards() {
		if m, ok := w.node.shards[id].Watermark(w.from.ID()); ok && (!some || m > mark) {
			mark, some = m, true
		}
	}
	if !some {
		return nil
	}
	return w.node.everyShard(ctx, w.filling.Sharding.Shards(), store.EncodeExpire(w.filling.ID(), mark))
}
