package node

import (
	"context"
	"errors"
	"math"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/cluster"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
	"github.com/quindex/quindex/store"
)

// movers is how many entries of one shard are on their way at a time.
const movers = 4

// move brings the rows of the load that live still into the table.
func (w *switching) move(ctx context.Context, t *catalog.Table) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(copiers)
	for _, id := range t.Sharding.Shards() {
		g.Go(func() error { return w.moveShard(ctx, t, id) })
	}
	return g.Wait()
}

func (w *switching) moveShard(ctx context.Context, t *catalog.Table, shard uint32) error {
	staged := &w.load.Table
	v, err := w.node.shards[shard].View(ctx, staged.ID())
	if err != nil {
		return err
	}
	defer v.Close()
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(movers)
	err = v.Copy(ctx, staged.Schema.Fields, nil, func(ids []uint64, b *record.Batch) error {
		b.Table, b.Version = t.ID(), staged.Schema.Version
		size := max(1, min(rows.BlockRows, b.N*entryBytes/max(1, b.Bytes())))
		for lo := 0; lo < b.N; lo += size {
			hi := min(b.N, lo+size)
			names, part := slices.Clone(ids[lo:hi]), b.Slice(lo, hi)
			slices.Sort(names)
			if err := w.node.room(ctx, shard); err != nil {
				return err
			}
			g.Go(func() error { return w.moveRows(ctx, shard, names, part) })
		}
		return ctx.Err()
	})
	return errors.Join(err, g.Wait())
}

func (w *switching) moveRows(ctx context.Context, shard uint32, names []uint64, b *record.Batch) error {
	index, _, err := w.node.cluster.Propose(ctx, cluster.GroupID(shard), store.EncodeMove(w.load.ID(), names, b))
	if err != nil {
		return err
	}
	w.mu.Lock()
	w.out.Token.Add(shard, index)
	w.mu.Unlock()
	return w.at("switch moves")
}

// mark has the table's ledger know what it holds now.
func (w *switching) mark(ctx context.Context, t *catalog.Table) error {
	n := w.node
	for _, src := range n.sourcesIn(&w.load.Table) {
		st, err := n.sourceIn(&w.load.Table, src)
		if err != nil {
			return err
		}
		for i, s := range st.Done {
			rows := st.Rows
			if i > 0 {
				rows = 0
			}
			c := store.Chunk{Table: t.ID(), Source: src, Start: s.Start, End: s.End}
			if err := w.markMoved(ctx, t, c, min(rows, math.MaxInt64)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *switching) markMoved(ctx context.Context, t *catalog.Table, c store.Chunk, rows uint64) error {
	err := w.node.everyShard(ctx, t.Sharding.Shards()[:1], store.EncodeMoved(c, rows))
	if fault.Is(err, fault.Conflict) { // the table got it otherwise after the switch was decided
		w.node.opts.Logger.Warn("a load that was switched overlaps with another of its source", "table", t.Name, "err", err)
		return nil
	}
	return err
}
