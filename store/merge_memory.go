package store

import (
	"context"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/rows"
)

// mergeMemory merges memory segments as long as there are enough of a size.
// The jobs gate is held.
func (s *Shard) mergeMemory(ctx context.Context) error {
	for !s.opts.NoMerge {
		s.mu.Lock()
		if s.closed {
			s.mu.Unlock()
			return errClosed
		}
		var t *table
		var ps []*piece
		for _, t = range s.ordered() {
			if ps = take(s.pick(t, true)); len(ps) > 0 {
				break
			}
		}
		// No flush is under way, and the next one is of a later moment than now.
		r := s.rebuildOf(ps, func(p *piece) rows.Set { return p.deaths.asOf(s.applied.Load()) })
		s.mu.Unlock()
		if len(ps) == 0 {
			return nil
		}
		if err := s.mergeInMemory(ctx, t, r); err != nil {
			return s.fail("merge in memory", fault.E("store: merge in memory", fault.Item(t.def.Name), err))
		}
	}
	return nil
}

func (s *Shard) mergeInMemory(ctx context.Context, t *table, r *rebuild) error {
	ps := r.from
	defer s.give(ps)
	s.at(atMergeChosen)
	s.mu.Lock()
	def, mark := t.def, t.mark
	s.mu.Unlock()
	if err := s.expire(def, r, mark); err != nil {
		return err
	}
	seg, err := s.buildMerged(ctx, def, r, "")
	if err != nil {
		return err
	}
	var to *piece // nil: no row lives
	if seg != nil {
		to = &piece{name: s.memName(), seg: seg, mem: true, index: newest(ps)}
	}
	s.at(atMergeBuilt)
	s.mu.Lock()
	done := !t.dropped && !s.closed && replace(t, ps, to)
	if done {
		if to != nil {
			to.deaths = r.carried()
			s.counters.pressure.Add(seg.Bytes())
		}
		for _, p := range ps {
			s.counters.pressure.Add(-p.seg.Bytes())
		}
	}
	s.mu.Unlock()
	if !done {
		s.discard(some(to))
		return nil
	}
	s.drop(ps...)
	s.counters.memMerges.Add(1)
	return nil
}
