package store

import (
	"context"
	"fmt"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/segment"
)

// View returns the rows of a table as of now: everything applied before the
// call is in it. If there are many open rows it first seals them, at most once.
func (s *Shard) View(ctx context.Context, id record.TableID) (*View, error) {
	return s.ViewAbove(ctx, id, NoMark)
}

// ViewAbove is View without the rows whose time lies below the mark, in
// nanoseconds since 1970 UTC, wherever the table's watermark is.
func (s *Shard) ViewAbove(ctx context.Context, id record.TableID, above int64) (*View, error) {
	need := s.applied.Load()
	for {
		v, pieces, mark, err := s.tryView(id, need)
		if err != nil {
			return nil, err
		}
		if v != nil {
			s.at(atViewed)
			if err := s.hide(v, pieces, max(mark, above)); err != nil {
				v.Close()
				return nil, err
			}
			return v, nil
		}
		if err := s.sealOpen(ctx, id, need); err != nil {
			return nil, err
		}
	}
}

// tryView returns a view with all rows up to index need, or nil if more than
// TailRows of them are open. Rows below mark are in it still; pieces are those
// of its first parts.
func (s *Shard) tryView(id record.TableID, need uint64) (v *View, pieces []*piece, mark int64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, nil, 0, errClosed
	}
	if s.behind {
		return nil, nil, 0, errBehind
	}
	t := s.tables[id]
	if t == nil {
		return nil, nil, 0, fault.E("store: view", fault.NotFound, fault.Item(fmt.Sprintf("table %d", id)), "no such table in this shard")
	}
	upTo, fit := s.growTail(t, need)
	if !fit {
		return nil, nil, 0, nil
	}
	v = &View{Table: t.def, Applied: upTo, Parts: make([]Part, 0, len(t.pieces)+1)}
	segs := make([]*segment.Segment, 0, len(t.pieces))
	for _, p := range t.pieces {
		p.seg.Acquire()
		segs = append(segs, p.seg)
		v.Parts = append(v.Parts, p.part(upTo))
	}
	if t.tail != nil && t.tail.batch.N > 0 {
		open := t.open[:t.tail.batches]
		part := *t.tail.snapshot(&t.def.Schema, open)
		if upTo < s.applied.Load() {
			part.Live = liveAsOf(open, part.Rows, upTo)
		}
		v.Parts = append(v.Parts, part)
	}
	v.release = func() { s.letGo(segs) }
	return v, t.pieces, t.mark, nil
}

// growTail takes open batches into the tail as long as they fit, and returns
// the index up to which the tail then has everything. fit is false if that
// is not at least need. mu is held.
func (s *Shard) growTail(t *table, need uint64) (upTo uint64, fit bool) {
	if t.tail == nil && len(t.open) > 0 {
		t.tail = newTail(&t.def.Schema)
	}
	for t.tail != nil && t.tail.batches < len(t.open) {
		b := t.open[t.tail.batches]
		if t.tail.batch.N+b.batch.N > s.opts.TailRows {
			return b.index - 1, b.index > need
		}
		t.tail.extend(&t.def.Schema, b)
	}
	return s.applied.Load(), true
}

// part is the piece as part of a view: rows that died after index upTo live
// in it, because those that took their place are not in it.
func (p *piece) part(upTo uint64) Part {
	m := p.seg.Meta()
	return Part{Name: p.name, Rows: m.Rows, Live: p.deaths.liveAt(m.Rows, upTo), Columns: p.seg.Columns(), Indexes: p.indexes(), names: m.Names}
}

// indexes lists those of the segment. Shard.mu is held.
func (p *piece) indexes() []OpenIndex {
	if p.shownOf != p.seg {
		p.shown, p.shownOf = nil, p.seg
		for _, ix := range p.seg.Indexes() {
			p.shown = append(p.shown, OpenIndex{Def: ix.Def, Index: ix.Index})
		}
	}
	return p.shown
}

// letGo is releaseAll for readers: what nobody needs any more is unmapped and
// deleted in the background, not in their time.
func (s *Shard) letGo(segs []*segment.Segment) {
	last := slicesKeep(segs, func(seg *segment.Segment) bool { return !seg.ReleaseUnlessLast() })
	if len(last) == 0 {
		return
	}
	s.mu.Lock()
	later := !s.closed && !s.opts.manual
	if later {
		s.running.Go(func() { s.releaseAll(last) })
	}
	s.mu.Unlock()
	if !later {
		s.releaseAll(last)
	}
}

func (s *Shard) releaseAll(segs []*segment.Segment) {
	for _, seg := range segs {
		if err := seg.Release(); err != nil {
			s.opts.Logger.Warn("segment not removed; it will be later", "segment", seg.Dir(), "err", err)
			s.leave(seg.Dir())
		}
	}
}
