package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
	"github.com/quindex/quindex/segment"
)

// sealOpen seals the open rows of a table up to index upTo, unless few enough
// for a view are left when it is its turn.
func (s *Shard) sealOpen(ctx context.Context, id record.TableID, upTo uint64) error {
	if err := s.sealing.lock(ctx); err != nil {
		return err
	}
	defer s.sealing.unlock()
	s.mu.Lock()
	t := s.tables[id]
	n := 0
	if t != nil {
		for _, b := range t.open {
			if b.index <= upTo {
				n += b.batch.N
			}
		}
	}
	s.mu.Unlock()
	if n <= s.opts.TailRows {
		return nil
	}
	defer poke(s.kick) // there may be memory segments to merge
	return s.seal(ctx, t, upTo)
}

// seal makes memory segments of the open rows of t up to index upTo. The
// sealing gate is held. Rows stay open, and visible, until their segment is.
func (s *Shard) seal(ctx context.Context, t *table, upTo uint64) error {
	for {
		s.mu.Lock()
		if s.closed {
			s.mu.Unlock()
			return errClosed
		}
		def, take := t.def, s.prefix(t, upTo)
		dead := make([]rows.Set, len(take))
		for i := range take {
			dead[i] = take[i].dead.asOf(upTo)
		}
		s.mu.Unlock()
		if len(take) == 0 {
			return nil
		}
		built, err := s.buildOpen(ctx, def, take, dead)
		if err != nil {
			return s.fail("seal", fault.E("store: seal", fault.Item(def.Name), err))
		}
		s.at(atSealed)
		s.installSealed(t, take, built)
	}
}

// prefix returns the first open batches up to index upTo, but not more rows
// than a segment should have. mu is held.
func (s *Shard) prefix(t *table, upTo uint64) []openBatch {
	n, rows := 0, 0
	for n < len(t.open) && t.open[n].index <= upTo {
		rows += t.open[n].batch.N
		if n > 0 && rows > s.opts.SegmentRows {
			break
		}
		n++
	}
	return t.open[:n:n]
}

// buildOpen makes one memory segment of the batches for each group of the
// table's layout, without the rows that are dead.
func (s *Shard) buildOpen(ctx context.Context, def *catalog.Table, take []openBatch, dead []rows.Set) ([]*piece, error) {
	var ids segment.IDs
	batches := make([]*record.Batch, len(take))
	for i := range take {
		b := &take[i] // not a copy: what is dead in it belongs to mu
		batches[i] = b.batch
		ids = ids.Append(b.first, b.batch.N)
	}
	src := engines.BatchColumns(&def.Schema, batches...)
	layout, err := s.layoutOf(def)
	if err != nil {
		return nil, err
	}
	groups, err := groupsOf(layout, batches, src)
	if err != nil {
		return nil, err
	}
	var out []*piece
	for _, g := range without(groups, take, dead) {
		spec := s.spec(def, ids, g.name)
		cols := engines.Columns(src)
		if g.order != nil {
			spec.IDs, cols = ids.Ordered(g.order), src.Ordered(g.order)
		}
		seg, err := segment.Build(ctx, s.reg, spec, segment.FromColumns(s.reg, cols))
		if err != nil {
			s.discard(out)
			return nil, err
		}
		out = append(out, &piece{name: s.memName(), seg: seg, mem: true, index: take[len(take)-1].index})
		s.counters.rowsSealed.Add(int64(seg.Rows()))
	}
	s.counters.seals.Add(1)
	return out, nil
}

// without leaves dead rows, and groups that have no others, out of groups.
func without(groups []group, take []openBatch, dead []rows.Set) []group {
	var gone rows.Builder
	at := 0
	for i := range take {
		for row := range dead[i].Each() {
			gone.Add(rows.Num(at) + row)
		}
		at += take[i].batch.N
	}
	all := gone.Set()
	if all.IsEmpty() {
		return groups
	}
	var out []group
	for _, g := range groups {
		if g.order == nil {
			g.order = rows.All(at).AndNot(all).AppendTo(nil)
		} else {
			g.order = slicesKeep(g.order, func(r rows.Num) bool { return !all.Has(r) })
		}
		if len(g.order) > 0 {
			out = append(out, g)
		}
	}
	return out
}

func (s *Shard) spec(def *catalog.Table, ids segment.IDs, group string) segment.Spec {
	return segment.Spec{Table: def.ID(), Version: def.Schema.Version, Group: group, IDs: ids,
		Defs: defs(def, s.opts.NoIndexes), Created: s.opts.Now()}
}

func (s *Shard) memName() string { return fmt.Sprintf("mem-%d", s.nextName.Add(1)) }

// installSealed puts the built segments in the place of the batches they hold.
func (s *Shard) installSealed(t *table, took []openBatch, built []*piece) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t.dropped || s.closed {
		s.releaseAll(lose(built))
		return
	}
	t.carryOpen(t.open[:len(took)], built)
	t.open = append([]openBatch(nil), t.open[len(took):]...)
	t.tail = nil
	t.rekey()
	for _, b := range took {
		t.openRows -= b.batch.N
		t.openBytes -= b.size
		s.counters.pressure.Add(-b.size)
	}
	t.pieces = append(t.pieces[:len(t.pieces):len(t.pieces)], built...)
	for _, p := range built {
		s.counters.pressure.Add(p.seg.Bytes())
	}
}

// carryOpen lets those rows of built pieces die that died while they were
// built. mu is held.
func (t *table) carryOpen(from []openBatch, built []*piece) {
	for i := range from {
		for _, d := range from[i].dead.late {
			for _, p := range built {
				if row, ok := p.find(from[i].first + uint64(d.row)); ok {
					p.deaths.add(row, d.index)
				}
			}
		}
	}
	for _, p := range built {
		slices.SortStableFunc(p.deaths.late, func(a, b death) int { return cmp.Compare(a.index, b.index) })
	}
}

// discard releases pieces that never became part of the state. mu is not held.
func (s *Shard) discard(ps []*piece) { s.drop(ps...) }

// rowsOf is the number of rows of pieces.
func rowsOf(ps []*piece) int {
	n := 0
	for _, p := range ps {
		n += p.seg.Rows()
	}
	return n
}
