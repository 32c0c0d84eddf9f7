package store

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
	"github.com/quindex/quindex/segment"
)

// start runs the background until Close: one goroutine seals and flushes,
// another works on what is on disk, which may take long.
func (s *Shard) start() {
	ctx, cancel := context.WithCancel(context.Background())
	s.stop = cancel
	period := max(s.opts.FlushAge/4, time.Second)
	s.loop(ctx, s.kick, period, s.tendMemory)
	s.loop(ctx, s.mergeDue, period, s.tendDisk)
	poke(s.mergeDue)
}

// loop calls work whenever due has something, and at least every period.
func (s *Shard) loop(ctx context.Context, due <-chan struct{}, period time.Duration, work func(context.Context) error) {
	s.running.Go(func() {
		tick := time.NewTicker(period)
		defer tick.Stop()
		var again <-chan time.Time // the next try of what the disk has refused
		for {
			select {
			case <-ctx.Done():
				return
			case <-due:
			case <-tick.C:
			case <-again:
			}
			if s.Broken() == nil {
				_ = work(ctx) // its errors are logged, or it is closing
			}
			again = nil
			if wait, some := s.untilNext(); some {
				again = time.After(wait)
			}
		}
	})
}

// tendMemory seals, merges in memory, flushes and indexes what is due.
func (s *Shard) tendMemory(ctx context.Context) error {
	if err := s.sealDueTables(ctx); err != nil {
		return err
	}
	if s.Pressure() < s.opts.FlushBytes {
		done, err := s.opts.Turns.inMemory(ctx, s.kick)
		if err != nil {
			return err
		}
		if done == nil { // there may be rows to seal, or to flush at once
			poke(s.kick)
			return nil
		}
		defer done()
	}
	if err := s.jobs.lock(ctx); err != nil {
		return err
	}
	defer s.jobs.unlock()
	if s.flushDue() && s.mayTry(flushWork) {
		return s.ended(flushWork, s.flush(ctx))
	}
	if err := s.mergeMemory(ctx); err != nil {
		return err
	}
	if !s.mayTry(indexWork) {
		return nil
	}
	return s.addIndexes(ctx, true)
}

// tendDisk mends, merges and indexes segments on disk.
func (s *Shard) tendDisk(ctx context.Context) error {
	if s.mayTry(mendWork) {
		if err := s.Mend(ctx); err != nil {
			return err
		}
	}
	if s.mayTry(mergeWork) {
		if err := s.mergeDisk(ctx); err != nil {
			return err
		}
	}
	if !s.mayTry(indexWork) {
		return nil
	}
	if err := s.merging.lock(ctx); err != nil {
		return err
	}
	defer s.merging.unlock()
	return s.addIndexes(ctx, false)
}

// sealDueTables seals the tables with many open rows.
func (s *Shard) sealDueTables(ctx context.Context) error {
	s.mu.Lock()
	var due []*table
	for _, t := range s.ordered() {
		if s.sealDue(t) {
			due = append(due, t)
		}
	}
	upTo := s.applied.Load()
	s.mu.Unlock()
	for _, t := range due {
		if err := s.sealing.lock(ctx); err != nil {
			return err
		}
		err := s.seal(ctx, t, upTo)
		s.sealing.unlock()
		if err != nil {
			return err
		}
	}
	return nil
}

// flushDue reports whether the rows that are in no file are many, or old, enough.
func (s *Shard) flushDue() bool {
	if s.Pressure() >= s.opts.FlushBytes {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.tables {
		if !t.since.IsZero() && s.opts.Now().Sub(t.since) >= s.opts.FlushAge {
			return true
		}
	}
	return false
}

// Reindex gives every segment of the table the indexes it is defined with,
// and returns when they have them: what CREATE INDEX waits for.
func (s *Shard) Reindex(ctx context.Context, id record.TableID) error {
	for _, step := range []struct {
		gate gate
		mem  bool
	}{{s.jobs, true}, {s.merging, false}} {
		if err := step.gate.lock(ctx); err != nil {
			return err
		}
		err := s.addIndexes(ctx, step.mem)
		step.gate.unlock()
		if err != nil {
			return err
		}
	}
	if s.Indexed(id) {
		return nil
	}
	return s.Reindex(ctx, id) // a segment went to disk between the steps
}

// Indexed reports whether every segment of the table has all its indexes.
func (s *Shard) Indexed(id record.TableID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.tables[id]
	return t == nil || !slices.ContainsFunc(t.pieces, func(p *piece) bool { return len(s.lacking(t, p)) > 0 })
}

// lacking lists the indexes that p should have and has not; a damaged one is
// left alone. mu is held.
func (s *Shard) lacking(t *table, p *piece) []engines.IndexDef {
	if p.damage != nil {
		return nil
	}
	return slicesKeep(defs(t.def, s.opts.NoIndexes)[1:], func(d engines.IndexDef) bool { return !p.seg.Has(d) })
}

// addIndexes adds the indexes that segments lack, in memory with the jobs gate
// held, or on disk with the merging gate held: no merge has them in hand.
func (s *Shard) addIndexes(ctx context.Context, mem bool) error {
	for {
		w, some := s.nextLacking(mem)
		if !some {
			s.overcome(indexWork)
			return nil
		}
		if err := s.addIndex(ctx, w, mem); err != nil {
			err = fault.E("store: add index", fault.Item(w.table.def.Name+" "+w.def.Name), err)
			if mem {
				return s.fail("add index", err)
			}
			return s.ended(indexWork, err)
		}
	}
}

func (s *Shard) addIndex(ctx context.Context, w wanting, mem bool) error {
	if w.lacksColumns() {
		return s.rewrite(ctx, w, mem)
	}
	seg, err := w.from.AddSection(ctx, w.def)
	if !mem && fault.Is(err, fault.Corrupt) {
		err = errors.Join(err, s.examine(ctx, []*piece{w.piece}, []*segment.Segment{w.from}))
	}
	s.at(atIndexed)
	return s.installIndexed(w, seg, err)
}

// wanting is a segment, pinned, and an index that it should have.
type wanting struct {
	table *table
	piece *piece
	from  *segment.Segment
	def   engines.IndexDef
}

func (s *Shard) nextLacking(mem bool) (wanting, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return wanting{}, false
	}
	for _, t := range s.ordered() {
		for _, p := range t.pieces {
			if lack := s.lacking(t, p); p.mem == mem && len(lack) > 0 {
				p.seg.Acquire()
				return wanting{t, p, p.seg, lack[0]}, true
			}
		}
	}
	return wanting{}, false
}

// lacksColumns reports whether the index is over a column that the segment's
// rows do not hold: it was added later.
func (w *wanting) lacksColumns() bool {
	return slices.ContainsFunc(w.def.Fields, func(f record.Field) bool { return w.from.Columns().Column(f.ID) == nil })
}

// rewrite writes a segment anew, with the columns and the indexes that its
// table has now.
func (s *Shard) rewrite(ctx context.Context, w wanting, mem bool) error {
	defer s.releaseAll([]*segment.Segment{w.from})
	s.mu.Lock()
	if w.piece.gone {
		s.mu.Unlock()
		return nil
	}
	ps := take([]*piece{w.piece})
	if mem {
		now := s.applied.Load()
		r := s.rebuildOf(ps, func(p *piece) rows.Set { return p.deaths.asOf(now) })
		s.mu.Unlock()
		return s.mergeInMemory(ctx, w.table, r)
	}
	r := s.rebuildOf(ps, settled)
	s.mu.Unlock()
	return s.mergeOnDisk(ctx, w.table, r)
}

// installIndexed puts seg, or none if err is set, in the place of the segment
// that it was made from. If that is gone meanwhile, with its table, it is of
// no interest how its indexing ended.
func (s *Shard) installIndexed(w wanting, seg *segment.Segment, err error) error {
	unneeded := []*segment.Segment{w.from}
	s.mu.Lock()
	switch p := w.piece; {
	case p.gone:
		err = nil
		if seg != nil {
			seg.Doom()
			unneeded = append(unneeded, seg)
		}
	case err == nil:
		p.unread.Store(!p.mem)
		unneeded = append(unneeded, p.seg)
		if p.mem {
			s.counters.pressure.Add(seg.Bytes() - p.seg.Bytes())
		}
		p.seg = seg
	}
	s.mu.Unlock()
	s.releaseAll(unneeded)
	return err
}
