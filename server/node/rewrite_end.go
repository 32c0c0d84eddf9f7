package node

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/cluster"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/store"
)

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
