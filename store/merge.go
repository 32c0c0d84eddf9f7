package store

import "slices"

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
