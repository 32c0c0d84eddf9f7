package node

import (
	"context"
	"encoding/binary"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/store"
)

// ChunkLoad writes the rows of one chunk of a source. What the ledger has of
// the chunk is not written again. It is used by one goroutine.
type ChunkLoad struct {
	node  *Node
	table *catalog.Table
	chunk store.Chunk
	seq   uint64 // of the next batch
	rows  uint64

	mu     sync.Mutex
	shards map[uint32]bool // that hold parts
}

// LoadChunk begins to write the chunk [start, end) of a source. The rows come
// in the same batches whenever the chunk is sent again.
func (n *Node) LoadChunk(t *catalog.Table, source [16]byte, start, end uint64) *ChunkLoad {
	home := t.Sharding.Shards()[0]
	return &ChunkLoad{node: n, table: t, shards: map[uint32]bool{home: true},
		chunk: store.Chunk{Table: t.ID(), Source: source, Start: start, End: end}}
}

// Write writes the next batch of the chunk's rows.
func (l *ChunkLoad) Write(ctx context.Context, b *record.Batch) (Written, error) {
	out := Written{Token: Token{}}
	l.rows += uint64(b.N)
	for {
		rest, err := l.notLoaded(rowsFor(l.table, b))
		if err != nil {
			return out, err
		}
		err = l.to(ctx, rest, &out)
		switch {
		case err == nil:
			l.seq++
			out.Duplicate = b.N - out.Rows
			return out, nil
		case !l.node.moved(l.table, err):
			return out, err
		}
		if err := l.follow(ctx); err != nil {
			return out, err
		}
	}
}

// to writes b to where the table is.
func (l *ChunkLoad) to(ctx context.Context, b *record.Batch, out *Written) error {
	parts, err := l.node.route(l.table, b, l.routing())
	if err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	for _, lane := range lanes(l.table, parts) {
		g.Go(func() error {
			for _, p := range lane {
				p.chunk = &l.chunk
				if err := l.one(ctx, p, out); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return g.Wait()
}

// follow goes on where the table is now.
func (l *ChunkLoad) follow(ctx context.Context) error {
	t, err := l.node.follow(ctx, l.table)
	if err == nil && t.ID() != l.table.ID() {
		l.table, l.chunk.Table, l.shards = t, t.ID(), map[uint32]bool{t.Sharding.Shards()[0]: true}
	}
	return err
}

// before is the chunk as a former generation of the table knows it.
func (l *ChunkLoad) before(then *catalog.Table) store.Chunk {
	c := l.chunk
	c.Table = then.ID()
	return c
}

// notLoaded returns the rows of b, the next batch, that no former generation
// of the table has as a part of this chunk.
func (l *ChunkLoad) notLoaded(b *record.Batch) (*record.Batch, error) {
	for i := range l.table.Former {
		then := l.table.Generation(i)
		st, err := l.node.sourceIn(then, l.chunk.Source)
		chunk := store.Span{Start: l.chunk.Start, End: l.chunk.End}
		switch {
		case err != nil:
			return nil, err
		case within(chunk, st.Done):
			return joinParts(b, nil), nil
		case !slices.Contains(st.Begun, chunk):
			continue
		}
		b, err = l.node.without(then, b, l.routing(), func(p part) (bool, error) {
			return l.node.shards[p.shard].HasPart(l.before(then), p.key.Seq), nil
		})
		if err != nil {
			return nil, err
		}
	}
	return b, nil
}

// whole reports whether a former generation of the table has the whole chunk.
func (l *ChunkLoad) whole() (bool, error) {
	for i := range l.table.Former {
		st, err := l.node.sourceIn(l.table.Generation(i), l.chunk.Source)
		if err != nil || within(store.Span{Start: l.chunk.Start, End: l.chunk.End}, st.Done) {
			return true, err
		}
	}
	return false, nil
}

// one writes one part and adds what became of it to out.
func (l *ChunkLoad) one(ctx context.Context, p part, out *Written) error {
	index, res, err := l.part(ctx, p)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.shards[p.shard] = true
	out.Token.Add(p.shard, index)
	if !res.Duplicate {
		out.Rows += p.batch.N
	}
	return nil
}

// routing is the key by which a table without a shard key spreads its batches.
func (l *ChunkLoad) routing() (k store.IdempotencyKey) {
	binary.LittleEndian.PutUint64(k.Client[:], binary.LittleEndian.Uint64(l.chunk.Source[:])+l.chunk.Start*0x9e3779b97f4a7c15>>32)
	k.Client[15], k.Seq = 1, l.seq
	return k
}

// part proposes a part, unless it is known to be in.
func (l *ChunkLoad) part(ctx context.Context, p part) (uint64, store.BatchResult, error) {
	s, err := l.node.shard(p.shard)
	if err != nil {
		return 0, store.BatchResult{}, err
	}
	if s.HasPart(l.chunk, p.key.Seq) {
		return s.Applied(), store.BatchResult{Rows: p.batch.N, Duplicate: true}, nil
	}
	index, res, err := l.node.propose(ctx, l.table, p)
	if err == nil && res.Duplicate && res.Rows != 0 && res.Rows != p.batch.N {
		err = fault.E("node: load chunk", fault.Conflict, fault.Hint("did the table change meanwhile? load the rest of the source as one of its own"),
			fault.Errorf("", fault.Conflict, "a part of the bytes %d to %d has %d rows, an earlier try had %d", l.chunk.Start, l.chunk.End, p.batch.N, res.Rows))
	}
	return index, res, err
}

// Finish marks the chunk as whole: its rows are never written again. The
// table's first shard hears of it before the others: what it has marked is
// what the table holds. Another that has not heard, because the power went,
// keeps the names of its parts, and that is all.
func (l *ChunkLoad) Finish(ctx context.Context) error {
	for {
		whole, err := l.whole()
		if whole || err != nil {
			return err
		}
		err = l.mark(ctx)
		if next := l.node.Catalog().Successor(l.table.ID()); err == nil && (next == nil || next.ID() == l.table.ID()) {
			return nil
		}
		if err != nil && !l.node.moved(l.table, err) {
			return err
		}
		if err := l.follow(ctx); err != nil { // it moved under the mark
			return err
		}
	}
}

func (l *ChunkLoad) mark(ctx context.Context) error {
	home := l.table.Sharding.Shards()[0]
	var others []uint32
	for id := range l.shards {
		if id != home {
			others = append(others, id)
		}
	}
	mark := store.EncodeMarked(l.chunk, l.rows)
	// Whoever links all groups must not find the mark, and have linked another
	// shard before it had its part.
	l.node.rewrites.link.RLock()
	defer l.node.rewrites.link.RUnlock()
	if err := l.node.everyShard(ctx, []uint32{home}, mark); err != nil {
		return err
	}
	return l.node.everyShard(ctx, others, mark)
}

// Source returns what the ledger has of a source of a table, over all shards
// and over where the table was before.
func (n *Node) Source(t *catalog.Table, source [16]byte) (store.SourceState, error) {
	out, err := n.sourceIn(t, source)
	for i := 0; err == nil && i < len(t.Former); i++ {
		var then store.SourceState
		then, err = n.sourceIn(t.Generation(i), source)
		out.Done, out.Begun, out.Rows = union(append(out.Done, then.Done...)), append(out.Begun, then.Begun...), out.Rows+then.Rows
	}
	out.Begun = slices.DeleteFunc(slices.Compact(sortSpans(out.Begun)), func(b store.Span) bool { return within(b, out.Done) })
	return out, err
}

// sourceIn is Source of one generation of a table.
func (n *Node) sourceIn(t *catalog.Table, source [16]byte) (store.SourceState, error) {
	var out store.SourceState
	var begun []store.Span
	for _, id := range slices.Backward(t.Sharding.Shards()) {
		s, err := n.shard(id)
		if err != nil {
			return out, err
		}
		out = s.Source(t.ID(), source) // the first shard last: what ends meanwhile is begun, or done
		begun = append(begun, out.Begun...)
	}
	out.Begun = nil
	for _, b := range sortSpans(begun) {
		if !within(b, out.Done) && !slices.Contains(out.Begun, b) {
			out.Begun = append(out.Begun, b)
		}
	}
	return out, nil
}

func sortSpans(s []store.Span) []store.Span {
	slices.SortFunc(s, func(a, b store.Span) int {
		if a.Start < b.Start || a.Start == b.Start && a.End < b.End {
			return -1
		}
		return 1
	})
	return s
}
