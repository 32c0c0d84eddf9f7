package node

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/RoaringBitmap/roaring/v2/roaring64"
	"golang.org/x/sync/errgroup"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/cluster"
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

// errUndecided says that nobody knows whether the catalog has changed.
var errUndecided = errors.New("whether it was decided is known at the next start")

// decide has the catalog put the new generation in the place of the former.
func (w *rewrite) decide(ctx context.Context) error {
	n := w.node
	_, err := n.decide(ctx, catalog.Change{EndRewrite: &catalog.EndRewrite{From: w.from.ID(), Version: w.from.Schema.Version, Table: *w.filled}})
	if err == nil || !errors.Is(err, cluster.ErrIndeterminate) {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, longestChange)
	defer cancel()
	if _, e := n.cluster.Barrier(ctx, cluster.Meta); e != nil {
		return fault.E("node: rewrite table", fault.KindOf(err), fault.Item(w.from.Name), errors.Join(errUndecided, err))
	}
	if t := n.Catalog().ByID(w.filled.ID()); t == nil {
		return err
	}
	return nil
}

// giveUp drops what was filled, and frees the table. It tries until it can: the
// disk may be full. If the node closes before, the next start does it.
func (w *rewrite) giveUp() {
	w.tell(func(r *Rewrite) { r.Phase = phaseUndoes })
	every := time.NewTicker(undoEvery)
	defer every.Stop()
	for tries := 0; ; tries++ {
		err := w.undo()
		if err == nil {
			return
		}
		if tries == 0 {
			w.node.opts.Logger.Warn("a rewrite is given up and cannot be undone yet", "table", w.from.Name, "err", err)
		}
		select {
		case <-every.C:
		case <-w.node.rewrites.ctx.Done():
			return
		}
	}
}

func (w *rewrite) undo() error {
	n := w.node
	ctx, cancel := context.WithTimeout(context.Background(), longestChange)
	defer cancel()
	errs := []error{w.at("undo")}
	if w.filling != nil {
		errs = append(errs, n.forget(ctx, w.filling.ID(), w.filling.Sharding.Shards()))
	}
	if w.froze {
		errs = append(errs, n.thaw(ctx, w.from.ID(), w.from.Sharding.Shards()))
	}
	return errors.Join(errs...)
}

// thaw lets a table take rows again in those shards that know it, and comes in
// their logs after any freeze that is on its way.
func (n *Node) thaw(ctx context.Context, id record.TableID, shards []uint32) error {
	errs := make([]error, len(shards))
	var all sync.WaitGroup
	for i, shard := range shards {
		all.Go(func() {
			if err := n.everyShard(ctx, []uint32{shard}, store.EncodeFreeze(id, false)); !fault.Is(err, fault.NotFound) {
				errs[i] = err
			}
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

// retireLater drops a former generation when the statements that run now, some
// of which may read it, have ended.
func (n *Node) retireLater(t *catalog.Table) {
	running := n.queries.all()
	n.rewrites.wg.Go(func() {
		for _, q := range running {
			select {
			case <-q.done:
			case <-n.rewrites.ctx.Done():
				return
			}
		}
		n.rewrites.link.RLock()
		defer n.rewrites.link.RUnlock()
		if err := n.everyShard(n.rewrites.ctx, t.Sharding.Shards(), store.EncodeRetire(t.ID())); err != nil {
			n.opts.Logger.Warn("what a rewrite left over stays until the next start", "table", t.Name, "err", err)
		}
		n.nodes.forget(t.ID())
	})
}

// round brings the new generation level with a view of the former. It returns
// how many rows it wrote and deleted.
func (w *rewrite) round(ctx context.Context) (changed int64, err error) {
	views, err := (&localSite{source: &source{n: w.node, past: true}, table: w.from.ID(), shards: w.from.Sharding.Shards()}).views(ctx)
	if err != nil {
		return 0, err
	}
	defer closeViews(views)
	came, gone := map[uint32]*store.IDs{}, map[uint32]*store.IDs{}
	total, died := int64(0), int64(0)
	for _, v := range views {
		live := w.caches[v.Shard].Live(v)
		came[v.Shard], gone[v.Shard] = roaring64.AndNot(live, w.have[v.Shard]), roaring64.AndNot(w.have[v.Shard], live)
		total += int64(live.GetCardinality())
		changed += int64(came[v.Shard].GetCardinality())
		died += int64(gone[v.Shard].GetCardinality())
		w.have[v.Shard] = live
	}
	w.tell(func(r *Rewrite) { r.Total = total })
	if died > 0 {
		if err := w.delete(ctx, gone, total == changed); err != nil {
			return 0, err
		}
	}
	return changed + died, w.copy(ctx, views, came)
}

// delete lets the rows die that came from those in gone; all says that none
// other is there.
func (w *rewrite) delete(ctx context.Context, gone map[uint32]*store.IDs, all bool) error {
	n, id := w.node, w.filling.ID()
	if all {
		return n.everyShard(ctx, w.filling.Sharding.Shards(), store.EncodeTruncate(id))
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(copiers)
	for _, shard := range w.filling.Sharding.Shards() {
		g.Go(func() error {
			names, err := w.namesOf(ctx, shard, gone)
			for err == nil && len(names) > 0 {
				k := min(len(names), changeRows)
				_, _, err = n.cluster.Propose(ctx, cluster.GroupID(shard), store.EncodeChange(store.IdempotencyKey{}, id, names[:k], nil))
				names = names[k:]
			}
			return err
		})
	}
	return g.Wait()
}

// copiers is how many shards are read at a time.
const copiers = 2

// namesOf returns the rows of a shard that came from those in gone, ascending.
func (w *rewrite) namesOf(ctx context.Context, shard uint32, gone map[uint32]*store.IDs) (names []uint64, err error) {
	v, err := w.node.shards[shard].View(ctx, w.filling.ID())
	if err != nil {
		return nil, err
	}
	defer v.Close()
	err = v.Copy(ctx, []record.Field{w.origin.Shard, w.origin.Row}, nil, func(ids []uint64, b *record.Batch) error {
		for i, id := range ids {
			if set := gone[uint32(b.Cols[0].Ints[i])]; set != nil && set.Contains(uint64(b.Cols[1].Ints[i])) {
				names = append(names, id)
			}
		}
		return nil
	})
	slices.Sort(names)
	return names, err
}

// copy writes the rows in came.
func (w *rewrite) copy(ctx context.Context, views []*store.View, came map[uint32]*store.IDs) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(copiers)
	for _, v := range views {
		if came[v.Shard].IsEmpty() {
			continue
		}
		g.Go(func() error {
			want := came[v.Shard]
			if want.GetCardinality() == w.have[v.Shard].GetCardinality() {
				want = nil
			}
			return v.Copy(ctx, w.from.Schema.Fields, want, func(ids []uint64, b *record.Batch) error {
				return w.write(ctx, v.Shard, ids, b)
			})
		})
	}
	return g.Wait()
}

// write writes rows of a former shard to their new places.
func (w *rewrite) write(ctx context.Context, shard uint32, ids []uint64, b *record.Batch) error {
	from, row := record.NewColumn(w.origin.Shard.Type, b.N), record.NewColumn(w.origin.Row.Type, b.N)
	for _, id := range ids {
		from.Append(record.IntValue(int64(shard)))
		row.Append(record.IntValue(int64(id)))
	}
	b.Table, b.Version = w.filling.ID(), w.filling.Schema.Version
	b.IDs = append(b.IDs, w.origin.Shard.ID, w.origin.Row.ID)
	b.Cols = append(b.Cols, *from, *row)
	parts, err := w.node.route(w.filling, b, store.IdempotencyKey{})
	if err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	for _, p := range parts {
		g.Go(func() error {
			_, _, err := w.node.propose(ctx, w.filling, p)
			w.tell(func(r *Rewrite) { r.Rows += int64(p.batch.N) })
			return err
		})
	}
	return g.Wait()
}
