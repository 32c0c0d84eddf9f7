package node

import (
	"context"
	"errors"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/cluster"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/store"
)

// A load that is complete is switched: the catalog decides it, and from then on
// it happens, whatever dies; a start completes it before the first statement.
//
//	1. The table and the load's are frozen in the logs of their shards: writers
//	   of the table wait.
//	2. The table is read by views of this moment (moments.go).
//	3. The rows move, in each shard from the one table to the other, some
//	   thousands in one entry: each of them is in one of the two, whenever the
//	   power goes. In a table with a primary key they end the rows before them.
//	   The ledger of the table learns what of the load's source it holds now.
//	4. The table is read as it is, all shards at once; writers go on.
//	5. The catalog forgets the load, and the shards its table.
//
// A table that was empty when the load began, and is, has nothing to move into:
// the load's table, which then has all indexes, takes its place in the catalog,
// as that of a rewrite does.

// Switched is what became of a load.
type Switched struct {
	Rows      int64
	Duplicate bool // the table has them from another load of the same source
	Token     Token
}

// switching is a load on its way into its table.
type switching struct {
	node *Node
	load *catalog.Load
	into record.TableID
	free chan struct{} // closed when the table can be written again
	done chan struct{} // closed when it is over: out and err say how
	out  Switched
	err  error

	stuck   chan struct{} // closed when it could not go on for the first time
	trouble *Trouble      // then; guarded by stages.mu

	whole  *whole // of a load that is decided with its rows, else nil
	pinned bool

	mu sync.Mutex // guards out.Token while rows move, and steps are told one at a time
}

// SwitchLoad brings a staged load into its table. whole, unless it is 0, is how
// many bytes its source has: if some were not sent, nothing happens. If the
// context ends, the switch goes on.
func (n *Node) SwitchLoad(ctx context.Context, id record.TableID, whole uint64) (Switched, error) {
	w := n.stages.begin(n, id, whole)
	select {
	case <-w.done:
		return w.out, w.err
	case <-w.stuck:
		return Switched{}, n.stages.stuckError(w, "node: switch load")
	case <-ctx.Done():
		return Switched{}, fault.E("node: switch load", fault.Timeout, fault.Hint("GET /v1/loads shows it until it is done"), "the load is still being switched, and goes on", ctx.Err())
	}
}

func newSwitching(n *Node) *switching {
	return &switching{node: n, free: make(chan struct{}), done: make(chan struct{}), stuck: make(chan struct{}), out: Switched{Token: Token{}}}
}

// begin starts to switch a load, or joins whoever does.
func (ss *stages) begin(n *Node, id record.TableID, whole uint64) *switching {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	if w := ss.switching[id]; w != nil {
		return w
	}
	w := newSwitching(n)
	ss.switching[id] = w
	ss.wg.Go(func() {
		defer close(w.done)
		w.err = w.run(id, whole)
		ss.mu.Lock()
		defer ss.mu.Unlock()
		if delete(ss.switching, id); w.err == nil {
			delete(ss.used, id)
		}
	})
	return w
}

func (w *switching) run(id record.TableID, whole uint64) error {
	n := w.node
	l := n.Catalog().Load(id)
	if l == nil {
		return w.ended(id)
	}
	return n.alone(n.stages.ctx, l.Into, func() error {
		if w.load = n.Catalog().Load(id); w.load == nil {
			return w.ended(id)
		}
		if !w.load.Switching {
			if done, err := w.ready(whole); done || err != nil {
				return err
			}
			if err := w.decide(); err != nil {
				return err
			}
		}
		n.stages.mu.Lock()
		w.into = w.load.Into
		n.stages.mu.Unlock()
		return w.insist()
	})
}

// ended is the answer where there is no load of that id.
func (w *switching) ended(id record.TableID) error {
	if e, ok := w.node.Catalog().Ended(id, "", 0); ok {
		w.out.Rows = e.Rows
		return nil
	}
	return givenUp(id)
}

// decide has the catalog say that the load is switched.
func (w *switching) decide() error {
	n, id := w.node, w.load.ID()
	ctx, cancel := context.WithTimeout(n.stages.ctx, longestChange)
	defer cancel()
	rows := int64(0)
	for _, shard := range w.load.Table.Sharding.Shards() {
		rows += n.shards[shard].RowsOf(id)
	}
	_, err := n.decide(ctx, catalog.Change{SwitchLoad: &catalog.SwitchLoad{ID: id, Rows: rows}})
	if errors.Is(err, cluster.ErrIndeterminate) {
		if _, e := n.cluster.Barrier(ctx, cluster.Meta); e != nil {
			return err
		}
	} else if err != nil {
		return err
	}
	if l := n.Catalog().Load(id); l != nil && l.Switching {
		w.load = l
		return nil
	}
	return errors.Join(err, givenUp(id))
}

// at is called between the steps of a switch, for tests that end there.
func (w *switching) at(step string) error {
	if w.node.opts.dies == nil {
		return nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.node.opts.dies(step) {
		return errUndecided
	}
	return nil
}

// complete does what is left of a switch that is decided.
func (w *switching) complete(ctx context.Context) error {
	n, staged := w.node, &w.load.Table
	w.out.Rows = w.load.Rows
	t := n.Catalog().ByID(w.into)
	if n.Catalog().Load(w.load.ID()) == nil { // a try before this one ended it
		if t != nil {
			if err := n.thaw(ctx, t.ID(), t.Sharding.Shards()); err != nil {
				return err
			}
		}
		if w.whole != nil {
			return nil
		}
		return w.settle(ctx)
	}
	if t == nil {
		return fault.E("node: switch load", fault.Internal, fault.Item(staged.Name), "BUG: the table went while a load was being switched into it")
	}
	if err := w.at("switch decided"); err != nil {
		return err
	}
	if w.whole != nil {
		return w.addWhole(ctx, t)
	}
	if err := errors.Join(w.freeze(ctx, t), w.at("switch frozen")); err != nil {
		return err
	}
	if !w.pinned && w.load.Twin && n.hasNoRows(t) && n.rewrites.of(t.ID()) == nil {
		ok, err := w.replace(ctx, t)
		if ok || err != nil {
			return err
		}
	}
	if err := w.pin(ctx, t, t.Sharding.Shards()); err != nil {
		return err
	}
	if err := w.move(ctx, t); err != nil {
		return err
	}
	if err := errors.Join(w.at("switch moved"), w.mark(ctx, t), w.at("switch marked")); err != nil {
		return err
	}
	w.see()
	if err := w.end(ctx, t, t.Sharding.Shards()); err != nil {
		return err
	}
	n.stages.wg.Go(func() { w.settle(n.stages.ctx) }) // what stays is dropped by the next start
	return nil
}

// end lets the table take rows again, and has the catalog forget the load: in
// any order, as a start thaws what is frozen, and completes what has not ended.
func (w *switching) end(ctx context.Context, t *catalog.Table, shards []uint32) error {
	var both errgroup.Group
	both.Go(func() error {
		return errors.Join(w.at("switch thaws"), w.node.thaw(ctx, t.ID(), shards))
	})
	both.Go(func() error {
		if err := w.at("switch ends"); err != nil {
			return err
		}
		_, err := w.node.decide(ctx, catalog.Change{EndLoad: &catalog.EndLoad{ID: w.load.ID()}})
		return err
	})
	return both.Wait()
}

// freeze has neither of the tables take rows but those that move.
func (w *switching) freeze(ctx context.Context, t *catalog.Table) error {
	g, ctx := errgroup.WithContext(ctx)
	for _, def := range []*catalog.Table{t, &w.load.Table} {
		g.Go(func() error { return w.node.freeze(ctx, def, def.Sharding.Shards()) })
	}
	return g.Wait()
}

// freeze has a table take no rows in some shards. One that has not heard of the
// table, or not of its newest columns, is told first.
func (n *Node) freeze(ctx context.Context, def *catalog.Table, shards []uint32) error {
	errs := make([]error, len(shards))
	var all sync.WaitGroup
	for i, id := range shards {
		all.Go(func() {
			if !n.shards[id].Knows(def) {
				errs[i] = n.everyShard(ctx, []uint32{id}, store.EncodeDefine(def))
			}
			if errs[i] == nil {
				errs[i] = n.everyShard(ctx, []uint32{id}, store.EncodeFreeze(def.ID(), true))
			}
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

// settle tells the shards of a load that the catalog has ended: its table goes,
// or has taken the place of the one that it was for.
func (w *switching) settle(ctx context.Context) error {
	n := w.node
	to := n.Catalog().ByID(w.load.ID())
	if to == nil {
		return n.dropStaged(ctx, &w.load.Table)
	}
	err := errors.Join(n.thaw(ctx, to.ID(), to.Sharding.Shards()), n.fence(ctx, to))
	if then := n.Catalog().AsOf(w.into); then != nil && err == nil {
		n.retireLater(then)
	}
	return err
}

// replace puts the load's table in the place of its empty one. False: that was
// changed since the load began.
func (w *switching) replace(ctx context.Context, t *catalog.Table) (bool, error) {
	n, staged := w.node, &w.load.Table
	if t.Schema.Version != staged.Schema.Version {
		return false, nil
	}
	for _, id := range staged.Sharding.Shards() {
		w.out.Token.Add(id, n.shards[id].Applied())
	}
	_, err := n.decide(ctx, catalog.Change{EndLoad: &catalog.EndLoad{ID: w.load.ID(), Replace: true, Version: t.Schema.Version, Former: n.worthKeeping(t.Former)}})
	if err != nil {
		return false, err
	}
	return true, errors.Join(w.at("switch replaced"), w.settle(ctx))
}

// pin has the table be read as it is now in some shards, until see.
func (w *switching) pin(ctx context.Context, t *catalog.Table, shards []uint32) error {
	if w.pinned {
		return nil
	}
	views, err := (&localSite{source: &source{n: w.node}, table: t.ID(), shards: shards}).views(ctx)
	if err != nil {
		return err
	}
	w.node.moments.pin(t.ID(), views)
	w.pinned = true
	return w.at("switch pinned")
}

// see has the table be read as it is.
func (w *switching) see() {
	if w.pinned {
		w.node.moments.unpin(w.into)
		w.pinned = false
	}
}

// waitForSwitch waits until no load is being switched into a table.
func (n *Node) waitForSwitch(ctx context.Context, id record.TableID) error {
	w := n.stages.into(id)
	if w == nil {
		return nil
	}
	select {
	case <-w.done:
		return nil
	case <-w.stuck:
		return n.stages.stuckError(w, "node: change table")
	case <-ctx.Done():
		return ctx.Err()
	}
}
