package store

import (
	"context"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
)

// mergeDisk merges segments on disk as long as there are enough of a size.
func (s *Shard) mergeDisk(ctx context.Context) error {
	for !s.opts.NoMerge {
		if more, err := s.mergeNext(ctx); !more || err != nil {
			return err
		}
	}
	return nil
}

// mergeNext makes the next merge on disk when it is the shard's turn; false
// if none is due.
func (s *Shard) mergeNext(ctx context.Context) (more bool, err error) {
	if err := s.merging.lock(ctx); err != nil {
		return false, err
	}
	defer s.merging.unlock()
	s.mu.Lock()
	var t *table
	var ps []*piece
	for _, t = range s.ordered() {
		if ps = take(s.pick(t, false)); len(ps) > 0 {
			break
		}
	}
	s.mu.Unlock()
	if len(ps) == 0 {
		s.overcome(mergeWork)
		return false, nil
	}
	done, err := s.opts.Turns.onDisk(ctx, s.large(ps))
	if err != nil {
		s.give(ps)
		return false, err
	}
	defer done()
	s.at(atMergeTurn)
	s.mu.Lock()
	r := s.rebuildOf(ps, settled)
	s.mu.Unlock()
	if err := s.mergeOnDisk(ctx, t, r); err != nil {
		return false, s.ended(mergeWork, fault.E("store: merge", fault.Item(t.def.Name), err))
	}
	return true, nil
}

// settled is what a merge on disk leaves out: its manifest is as of the log
// index of the last one.
func settled(p *piece) rows.Set { return p.deaths.settled() }

// Merge merges all segments of a table that are on disk, after a flush, to one
// for each group, as far as SegmentRows and SegmentBytes allow.
func (s *Shard) Merge(ctx context.Context, id record.TableID) error {
	if err := s.Flush(ctx); err != nil {
		return err
	}
	if err := s.merging.lock(ctx); err != nil {
		return err
	}
	defer s.merging.unlock()
	for {
		s.mu.Lock()
		t := s.tables[id]
		var ps []*piece
		if t != nil {
			ps = take(s.pickAny(t))
		}
		r := s.rebuildOf(ps, settled)
		s.mu.Unlock()
		if len(ps) == 0 {
			s.overcome(mergeWork)
			return nil
		}
		if err := s.mergeOnDisk(ctx, t, r); err != nil {
			return s.ended(mergeWork, fault.E("store: merge", fault.Item(t.def.Name), err))
		}
	}
}

// mergeOnDisk merges pieces that take gave into one.
func (s *Shard) mergeOnDisk(ctx context.Context, t *table, r *rebuild) error {
	defer s.give(r.from)
	s.at(atMergeChosen)
	s.mu.Lock()
	def, mark := t.def, t.durableMark
	s.mu.Unlock()
	if err := s.expire(def, r, mark); err != nil {
		return s.blame(ctx, r.from, err)
	}
	if err := s.leaveRoom(r); err != nil {
		return err
	}
	syncs := s.syncFails.Load()
	to, err := s.writeMerged(ctx, def, r)
	if err != nil {
		return s.blame(ctx, r.from, err)
	}
	if to != nil {
		to.index = newest(r.from)
	}
	return s.installMerged(t, r, to, syncs)
}

// large reports whether pieces have more rows or bytes together than a segment
// that is made in memory should have.
func (s *Shard) large(ps []*piece) bool {
	var all size
	for _, p := range ps {
		all = all.with(p)
	}
	return all.exceeds(size{s.opts.SealRows, s.opts.SealBytes})
}

// writeMerged writes the rows of r as one segment: a small one is made in
// memory and packed, a large one section by section. It is nil if none lives.
func (s *Shard) writeMerged(ctx context.Context, def *catalog.Table, r *rebuild) (*piece, error) {
	if !s.large(r.from) {
		mem, err := s.buildMerged(ctx, def, r, "")
		if err != nil || mem == nil {
			return nil, err
		}
		defer mem.Release()
		return s.save(mem)
	}
	name := segmentName(s.nextName.Add(1))
	seg, err := s.buildMerged(ctx, def, r, s.path(name))
	if err != nil || seg == nil {
		s.discardFolder(s.path(name))
		return nil, err
	}
	s.counters.bytesWritten.Add(seg.Bytes())
	return newPiece(name, seg), nil
}

// installMerged is install of a merge.
func (s *Shard) installMerged(t *table, r *rebuild, to *piece, syncs uint64) error {
	if err := s.install(t, r, to, syncs); err != nil {
		return err
	}
	s.counters.merges.Add(1)
	s.counters.rowsMerged.Add(int64(r.live()))
	return nil
}
