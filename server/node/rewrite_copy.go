package node

import (
	"context"
	"slices"

	"github.com/RoaringBitmap/roaring/v2/roaring64"
	"golang.org/x/sync/errgroup"

	"github.com/quindex/quindex/cluster"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/store"
)

// copiers is how many shards are read at a time.
const copiers = 2

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
