package node

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"slices"
	"time"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/store"
)

// What a write does whose table is rewritten meanwhile. Its rows go to the new
// generation; those that a retry may have written to a former one are looked
// for there, cut into entries as they were cut then.

// moved reports whether err says that the rows of t are to go elsewhere. A shard
// that was never told of the last form of t, or has let go of it, is told no
// more once another table is in its place.
func (n *Node) moved(t *catalog.Table, err error) bool {
	if errors.Is(err, store.ErrMoved) {
		return true
	}
	next := n.Catalog().Successor(t.ID())
	return (fault.Is(err, fault.NotFound) || errors.Is(err, store.ErrBehind)) && next != nil && next.ID() != t.ID()
}

// follow waits until a table that moves has arrived, or stays where it is.
func (n *Node) follow(ctx context.Context, t *catalog.Table) (*catalog.Table, error) {
	const op = "node: write"
	changed := n.meta.Changed()
	next := n.Catalog().Successor(t.ID())
	if next == nil {
		return nil, fault.E(op, fault.NotFound, fault.Item(t.Name), "the table was dropped meanwhile")
	}
	if next.ID() != t.ID() {
		return next, nil
	}
	var free <-chan struct{}
	if w := n.rewrites.of(t.ID()); w != nil && w.ends() {
		free = w.free
	}
	var over, stuck <-chan struct{}
	w := n.stages.into(t.ID())
	if w != nil {
		free, over, stuck, changed = w.free, w.done, w.stuck, nil
	}
	pause := time.NewTimer(10 * time.Millisecond) // whoever had it frozen is done
	defer pause.Stop()
	if free != nil {
		pause.Stop()
	}
	select {
	case <-free:
	case <-over:
	case <-changed:
	case <-pause.C:
	case <-stuck:
		if !closed(w.free) {
			return nil, n.stages.stuckError(w, op)
		}
	case <-n.stages.ctx.Done():
		return nil, fault.E(op, fault.Unavailable, fault.Item(t.Name), errClosing)
	case <-ctx.Done():
		return nil, fault.E(op, fault.Item(t.Name), ctx.Err())
	}
	if next = n.Catalog().Successor(t.ID()); next == nil {
		return n.follow(ctx, t)
	}
	return next, nil
}

// keyFor is a client's key as the shards know it for one table: another table
// of its name later has not seen it.
func keyFor(t *catalog.Table, key store.IdempotencyKey) store.IdempotencyKey {
	if key != (store.IdempotencyKey{}) {
		id := binary.LittleEndian.Uint64(key.Client[8:]) ^ uint64(t.ID())
		binary.LittleEndian.PutUint64(key.Client[8:], id)
	}
	return key
}

// tableOf is the opposite of keyFor: the table that a client is known by.
func tableOf(known [16]byte, key store.IdempotencyKey) record.TableID {
	return record.TableID(binary.LittleEndian.Uint64(known[8:]) ^ binary.LittleEndian.Uint64(key.Client[8:]))
}

// mayHave returns which former generations of t may have rows by a batch of
// this key, the oldest first. It does not ask each: a batch that is newer than
// all that its client has sent is in none.
func (n *Node) mayHave(t *catalog.Table, key store.IdempotencyKey) (out []int) {
	if len(t.Former) == 0 || key == (store.IdempotencyKey{}) {
		return nil
	}
	var known [][16]byte
	for _, s := range n.shards {
		known = s.Known(key.Client, key.Seq<<16, known)
	}
	if len(known) == 0 {
		return nil
	}
	tables := map[record.TableID]bool{}
	for _, id := range known {
		tables[tableOf(id, key)] = true
	}
	for i := range t.Former {
		if tables[t.Former[i].ID] {
			out = append(out, i)
		}
	}
	return out
}

// notWritten returns the rows of b that no former generation of t has by a
// batch of this key.
func (n *Node) notWritten(t *catalog.Table, b *record.Batch, key store.IdempotencyKey) (*record.Batch, error) {
	for _, i := range n.mayHave(t, key) {
		then := t.Generation(i)
		k := keyFor(then, key)
		var err error
		b, err = n.without(then, b, k, func(p part) (bool, error) {
			r, done, err := n.shards[p.shard].Wrote(p.key)
			if err == nil && done && r.Rows != p.batch.N {
				err = fault.Errorf("node: write", fault.Conflict, "sequence number %d was used for a batch of %d rows, now of %d", p.key.Seq, r.Rows, p.batch.N)
			}
			return done, err
		})
		if err != nil {
			return nil, err
		}
	}
	return b, nil
}

// without cuts b into entries as a former generation did, and returns the rows
// of those that are not in it: always the same ones, as it does not change.
func (n *Node) without(then *catalog.Table, b *record.Batch, key store.IdempotencyKey, in func(part) (bool, error)) (*record.Batch, error) {
	for _, id := range then.Sharding.By {
		if b.Column(id) == nil {
			return nil, fault.E("node: write", fault.Conflict, fault.Item(then.Name), fault.Hint("look for its rows, or write them under another key"),
				"a part of these rows may be in, and a column that says where is dropped")
		}
	}
	parts, err := n.route(then, b, key)
	if err != nil {
		return nil, err
	}
	var left []part
	for _, p := range parts {
		done, err := in(p)
		if err != nil {
			return nil, err
		}
		if !done {
			left = append(left, p)
		}
	}
	if len(left) == len(parts) {
		return b, nil
	}
	return joinParts(b, left), nil
}

// joinParts makes one batch of parts of b; those of one shard stay in their order.
func joinParts(b *record.Batch, parts []part) *record.Batch {
	slices.SortStableFunc(parts, func(a, b part) int { return cmp.Compare(a.shard, b.shard) })
	out := &record.Batch{Table: b.Table, Version: b.Version, IDs: b.IDs, Cols: make([]record.Column, len(b.Cols))}
	for i := range b.Cols {
		out.Cols[i] = *record.NewColumn(b.Cols[i].Type, 0)
	}
	for _, p := range parts {
		out.AppendRows(p.batch, 0, p.batch.N)
	}
	return out
}

// rowsFor is b as rows of t, a later generation of its table.
func rowsFor(t *catalog.Table, b *record.Batch) *record.Batch {
	next := *b
	next.Table = t.ID()
	return &next
}

// union joins ranges that overlap or touch.
func union(spans []store.Span) (out []store.Span) {
	for _, s := range sortSpans(spans) {
		if last := len(out) - 1; last >= 0 && s.Start <= out[last].End {
			out[last].End = max(out[last].End, s.End)
			continue
		}
		out = append(out, s)
	}
	return out
}

// within reports whether all of s is in one of the spans.
func within(s store.Span, spans []store.Span) bool {
	return slices.ContainsFunc(spans, func(d store.Span) bool { return d.Start <= s.Start && s.End <= d.End })
}
