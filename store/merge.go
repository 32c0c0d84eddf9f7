package store

import (
	"context"
	"maps"
	"slices"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
	"github.com/quindex/quindex/segment"
)

// Segments are merged in tiers: MergeWidth of about one size, of one group and
// next to each other in log order, become one, so that n rows that trickle in
// make O(log n) segments, and a row is written again O(log n) times. Those
// that would make a segment above SegmentRows stay as they are. Where so many
// would make one above SegmentBytes, fewer are merged, but at least half as many.
//
// Small ones are merged sooner, smallWidth at a time: a statement that asks all
// of a table spends 5 to 15 us on each, however few its rows, and
// writing them again costs little: `quindex bench history` has half as many with
// four as with eight, and writes about as much.

const (
	tierBase   = 4096  // rows up to which segments are of the lowest tier
	smallRows  = 65536 // rows up to which segments are small
	smallWidth = 4
)

// tier is the size class of n rows, and how many of that class become one
// where large segments are merged width at a time.
func tier(n, width int) (class, wide int) {
	small := min(width, smallWidth)
	top := tierBase
	for ; n > top && top < smallRows; class++ {
		top *= small
	}
	for ; n > top; class++ {
		top *= width
	}
	if top < smallRows {
		return class, small
	}
	return class, width
}

// memoryWidth is MergeWidth for segments in memory, where reads suffer from
// many more than merges cost.
const memoryWidth = 4

// pick returns a run of pieces, in memory or on disk, that is worth merging,
// or nil; it may be one alone, with many dead rows. mu is held.
func (s *Shard) pick(t *table, mem bool) []*piece {
	width, most := s.opts.MergeWidth, s.largest()
	if !mem && s.crowded() {
		width = 2
	}
	if mem {
		width, most.rows = memoryWidth, s.opts.SealRows
	}
	for _, run := range runs(t.pieces, mem) {
		for i := range run {
			if n := worth(run[i:], width, most); n > 0 {
				return run[i : i+n]
			}
			if run[i].wasteful() || t.isBelow(run[i]) {
				return run[i : i+1]
			}
		}
	}
	return nil
}

// wasteful reports whether so many rows of a piece are dead that writing the
// others anew is worth it: a third, so that each of them costs two of those.
func (p *piece) wasteful() bool {
	dead := p.deaths.count()
	if !p.mem {
		dead = p.deaths.settledCount()
	}
	return dead > 0 && dead >= p.seg.Rows()/3
}

// size is that of a segment, or of several together.
type size struct {
	rows  int
	bytes int64
}

// largest is the size that a merge must not exceed.
func (s *Shard) largest() size { return size{s.opts.SegmentRows, s.opts.SegmentBytes} }

func (z size) with(p *piece) size     { return size{z.rows + p.seg.Rows(), z.bytes + p.seg.Bytes()} }
func (z size) exceeds(most size) bool { return z.rows > most.rows || z.bytes > most.bytes }

// worth returns how many pieces from the first of run on should be merged, or
// 0: as many of the first one's tier as become one, or half as many on disk if more
// would have too many bytes; those between are smaller.
func worth(run []*piece, width int, most size) int {
	top, wide := tier(run[0].seg.Rows(), width)
	var all size
	equals := 0
	for i, p := range run {
		class, _ := tier(p.seg.Rows(), width)
		all = all.with(p)
		switch {
		case class > top || all.rows > most.rows:
			return 0
		case all.bytes > most.bytes && equals >= max(2, wide/2) && !p.mem:
			return i
		case all.bytes > most.bytes:
			return 0
		}
		if class == top {
			equals++
		}
		if equals == wide {
			return i + 1
		}
	}
	return 0
}

// runs cuts pieces into those that may be merged: side by side, of one group,
// not in another merge, not damaged.
func runs(pieces []*piece, mem bool) [][]*piece {
	var out [][]*piece
	open := map[string]int{} // group -> its run in out
	for _, p := range pieces {
		g := p.seg.Meta().Group
		if p.busy || p.mem != mem || p.damage != nil {
			delete(open, g)
			continue
		}
		at, ok := open[g]
		if !ok {
			at, open[g] = len(out), len(out)
			out = append(out, nil)
		}
		out[at] = append(out[at], p)
	}
	return out
}

// take marks pieces as being merged and pins them. mu is held.
func take(ps []*piece) []*piece {
	for _, p := range ps {
		p.busy = true
		p.seg.Acquire()
	}
	return slices.Clone(ps)
}

// give undoes take.
func (s *Shard) give(ps []*piece) {
	s.mu.Lock()
	for _, p := range ps {
		p.busy = false
	}
	s.mu.Unlock()
	s.releasePieces(ps)
}

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

// some is the list of p, or of nothing where it is nil.
func some(p *piece) []*piece {
	if p == nil {
		return nil
	}
	return []*piece{p}
}

func newest(ps []*piece) uint64 {
	n := uint64(0)
	for _, p := range ps {
		n = max(n, p.index)
	}
	return n
}

// replace puts to, if it is not nil, in the place of the first of from. mu is held.
func replace(t *table, from []*piece, to *piece) bool {
	next, found := swap(t.pieces, from, to)
	if found {
		t.pieces = next
	}
	return found
}

// swap returns pieces with to, if it is not nil, in the place of the first of
// from and without the others, and whether all of from were there.
func swap(pieces, from []*piece, to *piece) ([]*piece, bool) {
	var out []*piece
	found := 0
	for _, p := range pieces {
		if !slices.Contains(from, p) {
			out = append(out, p)
			continue
		}
		if found++; found == 1 && to != nil {
			out = append(out, to)
		}
	}
	return out, found == len(from)
}

// buildMerged makes one segment of the rows of r that live, whose pieces are
// pinned, in the folder to, or in memory if that is "". It is nil if none lives.
func (s *Shard) buildMerged(ctx context.Context, def *catalog.Table, r *rebuild, to string) (seg *segment.Segment, err error) {
	if r.live() == 0 {
		r.to = r.places(nil)
		return nil, nil
	}
	err = segment.Guard(func() error {
		seg, err = s.merged(ctx, def, r, to)
		return err
	})
	return seg, err
}

func (s *Shard) merged(ctx context.Context, def *catalog.Table, r *rebuild, to string) (*segment.Segment, error) {
	var ids segment.IDs
	var cols []engines.Columns
	for i, p := range r.from {
		ids = idsWithout(ids, p.seg.Meta().IDs, r.dead[i])
		cols = append(cols, p.seg.Columns())
	}
	fields := def.Schema.Fields
	src := engines.Columns(join(fields, cols, r.dead))
	layout, err := s.layoutOf(def)
	if err != nil {
		return nil, err
	}
	order, err := sorted(layout, src, nil)
	if err != nil {
		return nil, err
	}
	if order != nil {
		ids = ids.Ordered(order)
	}
	r.to = r.places(order)
	spec := s.spec(def, ids, r.from[0].seg.Meta().Group)
	make := segment.FromMerge(s.reg, r.inputs(), func() (engines.Columns, error) { return reordered(fields, src, order) })
	if to == "" {
		return segment.Build(ctx, s.reg, spec, make)
	}
	return segment.Create(ctx, s.fs, to, s.reg, spec, s.throttled(make))
}

// idsWithout appends the ids of rows that are not dead.
func idsWithout(out, ids segment.IDs, dead rows.Set) segment.IDs {
	if dead.IsEmpty() {
		for _, r := range ids {
			out = out.Append(r.First, int(r.Count))
		}
		return out
	}
	for _, r := range ids {
		for i := range r.Count {
			if !dead.Has(rows.Num(r.Row + i)) {
				out = out.Append(r.First+uint64(i), 1)
			}
		}
	}
	return out
}

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
	done, err := s.opts.Turns.onDisk(ctx, rowsOf(ps) > s.opts.SealRows)
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

// pickAny returns two or more pieces on disk that fit into one segment, or one
// with dead rows. mu is held.
func (s *Shard) pickAny(t *table) []*piece {
	for _, run := range runs(t.pieces, false) {
		for i := range run {
			var all size
			end := i
			for ; end < len(run) && !all.with(run[end]).exceeds(s.largest()); end++ {
				all = all.with(run[end])
			}
			end = max(end, i+1) // one alone is as large as it is
			if end-i > 1 || end-i == 1 && (run[i].deaths.settledCount() > 0 || t.isBelow(run[i])) {
				return run[i:end]
			}
		}
	}
	return nil
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

// writeMerged writes the rows of r as one segment: a small one is made in
// memory and packed, a large one section by section. It is nil if none lives.
func (s *Shard) writeMerged(ctx context.Context, def *catalog.Table, r *rebuild) (*piece, error) {
	if r.live() <= s.opts.SealRows {
		mem, err := s.buildMerged(ctx, def, r, "")
		if err != nil || mem == nil {
			return nil, err
		}
		defer mem.Release()
		return s.save(mem)
	}
	name := segmentName(s.nextName.Add(1))
	seg, err := s.buildMerged(ctx, def, r, s.path(name))
	if err != nil {
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

// install writes a manifest with what was made of pieces, if any row lives, in
// their place, as of the same log index as the last one.
func (s *Shard) install(t *table, r *rebuild, to *piece, syncs uint64) error {
	s.manifest.hold()
	defer s.manifest.unlock()
	old := s.durable
	d := *old
	d.tables, d.dead = slices.Clone(old.tables), maps.Clone(old.dead)
	found := false
	for i := range d.tables {
		if d.tables[i].t == t {
			d.tables[i].pieces, found = swap(d.tables[i].pieces, r.from, to)
		}
	}
	if !found { // the table was dropped
		s.discard(some(to))
		return nil
	}
	for _, p := range r.from {
		delete(d.dead, p)
	}
	if to != nil {
		s.mu.Lock()
		carried := r.carried()
		s.mu.Unlock()
		d.note(to, carried.asOf(d.applied))
	}
	s.at(atMergeWritten)
	if err := s.commit(&d, some(to), syncs); err != nil {
		return err
	}
	s.at(atMergeDone)
	s.durable = &d
	s.mu.Lock()
	if to != nil {
		to.deaths = r.carried()
	}
	replace(t, r.from, to) // not there if the table is dropped: then the next flush lets go of to
	s.mu.Unlock()
	s.dropLost(old, &d)
	return nil
}
