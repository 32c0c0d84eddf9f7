package node

import (
	"context"
	"encoding/binary"
	"errors"
	"math"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/cluster"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/store"
)

// entryBytes is the size at which a batch is cut before it is proposed: large
// enough that an entry's fixed costs vanish, small enough to share the log.
const entryBytes = 1 << 20

// Written is what became of an Append.
type Written struct {
	Rows      int
	Duplicate int // rows that were there already from an earlier try with the same key
	Kept      int // of Rows, those left out because a row with their primary key was there
	Token     Token
}

// Append writes the rows of b, which are complete and obey the table's
// constraints. When it returns, they are on disk and visible. Rows of one
// shard in one entry are atomic; after an error some entries may be in: the
// same key again adds only what is missing.
func (n *Node) Append(ctx context.Context, t *catalog.Table, b *record.Batch, key store.IdempotencyKey) (Written, error) {
	return n.write(ctx, t, b, key, false)
}

// write is Append; fresh says that rows whose primary key is there are left out.
func (n *Node) write(ctx context.Context, t *catalog.Table, b *record.Batch, key store.IdempotencyKey, fresh bool) (Written, error) {
	w := writing{node: n, fresh: fresh, out: Written{Token: Token{}}}
	rows := b.N
	for {
		rest, err := n.notWritten(t, b, key)
		if err != nil {
			return w.out, err
		}
		left, err := w.to(ctx, t, rest, keyFor(t, key))
		if err != nil {
			return w.out, err
		}
		if len(left) == 0 {
			w.out.Duplicate = rows - w.out.Rows
			return w.out, nil
		}
		if key == (store.IdempotencyKey{}) {
			b = joinParts(b, left)
		}
		if t, err = n.follow(ctx, t); err != nil {
			return w.out, err
		}
		b = rowsFor(t, b)
	}
}

// writing is a batch on its way to the shards of a table.
type writing struct {
	node  *Node
	fresh bool

	mu   sync.Mutex
	out  Written
	left []part // that are refused because the table moves
}

// to writes b to where t is, and returns what is left because that moves.
func (w *writing) to(ctx context.Context, t *catalog.Table, b *record.Batch, key store.IdempotencyKey) ([]part, error) {
	w.left = nil
	parts, err := w.node.route(t, b, key)
	if err != nil {
		return nil, err
	}
	g, ctx := errgroup.WithContext(ctx)
	for _, lane := range lanes(t, parts) {
		g.Go(func() error { return w.lane(ctx, t, lane) })
	}
	err = g.Wait()
	return w.left, err
}

func (w *writing) lane(ctx context.Context, t *catalog.Table, lane []part) error {
	for i, p := range lane {
		p.fresh = w.fresh
		index, res, err := w.node.propose(ctx, t, p)
		gone := err != nil && w.node.moved(t, err)
		if err != nil && !gone {
			return err
		}
		w.mu.Lock()
		if gone {
			w.left = append(w.left, lane[i:]...)
			w.mu.Unlock()
			return nil
		}
		w.out.Token.Add(p.shard, index)
		if !res.Duplicate {
			w.out.Rows += res.Rows
		}
		w.out.Kept += res.Kept
		w.mu.Unlock()
	}
	return nil
}

// lanes says which parts may go side by side: all of them, but those of one
// shard one after the other where rows have keys, because the last one wins.
func lanes(t *catalog.Table, parts []part) (out [][]part) {
	at := map[uint32]int{}
	for _, p := range parts {
		i, ok := at[p.shard]
		if !ok || len(t.Key) == 0 {
			i = len(out)
			at[p.shard], out = i, append(out, nil)
		}
		out[i] = append(out[i], p)
	}
	return out
}

// part is one entry on its way to one shard.
type part struct {
	shard uint32
	key   store.IdempotencyKey
	batch *record.Batch
	fresh bool
	chunk *store.Chunk // of a load that the ledger keeps, else nil; key.Seq is then the part
}

func (p part) entry() []byte {
	if p.fresh {
		return store.EncodeFresh(p.key, p.batch)
	}
	if p.chunk == nil {
		return store.EncodeBatch(p.key, p.batch)
	}
	return store.EncodePart(*p.chunk, p.key.Seq, store.EncodeBatch(store.IdempotencyKey{}, p.batch))
}

// route cuts a batch into entries for their shards. The cut is a function of
// batch, table and key alone, so that a retry makes the same entries; each
// gets a sequence number of its own, hence the shift.
func (n *Node) route(t *catalog.Table, b *record.Batch, key store.IdempotencyKey) ([]part, error) {
	var parts []part
	for shard, batch := range n.byShard(t, b, key) {
		if batch == nil || batch.N == 0 {
			continue
		}
		perEntry := max(1, batch.N*entryBytes/max(1, batch.Bytes()))
		for i, lo := 0, 0; lo < batch.N; i, lo = i+1, lo+perEntry {
			if i > math.MaxUint16 {
				return nil, fault.Errorf("node: route", fault.TooLarge, "a batch of %d rows and %d bytes", batch.N, batch.Bytes())
			}
			p := part{shard: shard, key: key, batch: batch.Slice(lo, min(batch.N, lo+perEntry))}
			if key != (store.IdempotencyKey{}) {
				p.key.Seq = key.Seq<<16 | uint64(i)
			}
			parts = append(parts, p)
		}
	}
	return parts, nil
}

// byShard splits a batch by the table's ranges. A table without a shard
// key gives whole batches to its shards in turn.
func (n *Node) byShard(t *catalog.Table, b *record.Batch, key store.IdempotencyKey) map[uint32]*record.Batch {
	shards := t.Sharding.Shards()
	if len(shards) == 1 {
		return map[uint32]*record.Batch{shards[0]: b}
	}
	if len(t.Sharding.By) == 0 {
		turn := binary.LittleEndian.Uint64(key.Client[:8]) + key.Seq>>16 + key.Seq&math.MaxUint16 // a retry goes where the first try went
		if key == (store.IdempotencyKey{}) {
			turn = n.turn.Add(1)
		}
		return map[uint32]*record.Batch{shards[turn%uint64(len(shards))]: b}
	}
	positions := map[uint32][]uint32{}
	keys, hashes := make([]*record.Column, len(t.Sharding.By)), make([]uint64, b.N)
	for i, id := range t.Sharding.By {
		keys[i] = b.Column(id)
	}
	t.Sharding.Keys(keys, b.N, hashes)
	for row, h := range hashes {
		s := t.Sharding.ShardOf(h)
		positions[s] = append(positions[s], uint32(row))
	}
	out := map[uint32]*record.Batch{}
	for s, rows := range positions {
		out[s] = &record.Batch{Table: b.Table, Version: b.Version, IDs: b.IDs, Cols: make([]record.Column, len(b.Cols))}
		for i := range b.Cols {
			out[s].Cols[i] = *record.NewColumn(b.Cols[i].Type, len(rows))
		}
		out[s].Take(b, rows)
	}
	return out
}

// propose brings one entry through its shard's log. A shard that has not
// heard of the table (its CREATE is on the way) is told first.
func (n *Node) propose(ctx context.Context, t *catalog.Table, p part) (uint64, store.BatchResult, error) {
	if err := n.room(ctx, p.shard); err != nil {
		return 0, store.BatchResult{}, err
	}
	entry := p.entry()
	index, value, err := n.cluster.Propose(ctx, cluster.GroupID(p.shard), entry)
	if (fault.Is(err, fault.NotFound) || errors.Is(err, store.ErrBehind)) && n.Catalog().ByID(t.ID()) != nil {
		if err := n.everyShard(ctx, []uint32{p.shard}, store.EncodeDefine(t)); err != nil {
			return 0, store.BatchResult{}, err
		}
		index, value, err = n.cluster.Propose(ctx, cluster.GroupID(p.shard), entry)
	}
	if err != nil {
		return 0, store.BatchResult{}, err
	}
	return index, value.(store.BatchResult), nil
}

// room waits until the shard has written out enough of what it took. Where the
// disk refuses that, waiting is of no use.
func (n *Node) room(ctx context.Context, id uint32) error {
	s, err := n.shard(id)
	if err != nil {
		return err
	}
	if err := n.roomToMap(s); err != nil {
		return err
	}
	if s.Pressure() < n.opts.DirtyBytes {
		return nil
	}
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for s.Pressure() >= n.opts.DirtyBytes && s.Broken() == nil {
		if err := refused(s); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return fault.E("node: append", fault.Overload, ctx.Err(),
				fault.Hint("rows arrive faster than the disk takes them; send fewer at a time"))
		case <-tick.C:
		}
	}
	return nil
}
