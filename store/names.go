package store

import (
	"cmp"
	"slices"
	"sort"

	"github.com/quindex/quindex/rows"
	"github.com/quindex/quindex/segment"
)

// A row id names a row for ever, and only as it was written: a row that is
// updated gets a new one. So an id that lives says that nobody has changed the
// row since the id was read.

// place is where a row lies: in a piece, or in an open batch.
type place struct {
	piece *piece
	batch int // position in table.open, where piece is nil
	row   rows.Num
}

// find returns where the row called id lies, dead or not. mu is held.
func (t *table) find(id uint64) (place, bool) {
	if n := len(t.open); n > 0 && id >= t.open[0].first {
		i := sort.Search(n, func(i int) bool { return t.open[i].first > id }) - 1
		row := id - t.open[i].first
		return place{batch: i, row: rows.Num(row)}, row < uint64(t.open[i].batch.N)
	}
	for _, p := range t.pieces {
		if row, ok := p.find(id); ok {
			return place{piece: p, row: row}, true
		}
	}
	return place{}, false
}

// find returns the row of the piece that is called id.
func (p *piece) find(id uint64) (rows.Num, bool) {
	if p.names == nil {
		p.names = namesOf(p.seg.Meta().Names.IDs())
	}
	runs := p.names
	i := sort.Search(len(runs), func(i int) bool { return runs[i].First > id }) - 1
	if i < 0 || id-runs[i].First >= uint64(runs[i].Count) {
		return 0, false
	}
	return rows.Num(uint64(runs[i].Row) + id - runs[i].First), true
}

// namesOf returns the runs in the order of their ids.
func namesOf(ids segment.IDs) segment.IDs {
	byID := func(a, b segment.Run) int { return cmp.Compare(a.First, b.First) }
	if slices.IsSortedFunc(ids, byID) {
		return ids
	}
	ids = slices.Clone(ids)
	slices.SortFunc(ids, byID)
	return ids
}

// deathsAt returns the deaths of where a row lies.
func (t *table) deathsAt(at place) *deaths {
	if at.piece != nil {
		return &at.piece.deaths
	}
	return &t.open[at.batch].dead
}

// kill lets the row at a place die of the log entry at index. mu is held.
func (s *Shard) kill(t *table, at place, index uint64) bool {
	if !t.deathsAt(at).add(at.row, index) {
		return false
	}
	if at.piece == nil && t.tail != nil && at.batch < t.tail.batches {
		t.tail.part = nil
	}
	if t.since.IsZero() {
		t.since = s.opts.Now()
	}
	s.counters.rowsDeleted.Add(1)
	return true
}
