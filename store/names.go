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
		p.names = newFinder(p.seg.Meta().Names.IDs())
	}
	return p.names.find(id)
}

// finder finds the rows of a piece by their ids, in one of two forms.
type finder struct {
	runs segment.IDs // in the order of ids

	first uint64   // where ids lie close together but rows in another order:
	rows  []uint32 // 1 + the row of each id from first on, 0 where there is none
}

func newFinder(ids segment.IDs) *finder {
	byID := func(a, b segment.Run) int { return cmp.Compare(a.First, b.First) }
	if slices.IsSortedFunc(ids, byID) {
		return &finder{runs: ids}
	}
	const run, row = 16, 4 // bytes
	lo, hi := ids.Span()
	if (hi-lo)/(run/row) >= uint64(len(ids)) {
		ids = slices.Clone(ids)
		slices.SortFunc(ids, byID)
		return &finder{runs: ids}
	}
	f := &finder{first: lo, rows: make([]uint32, hi-lo+1)}
	for _, r := range ids {
		for i := range r.Count {
			f.rows[r.First-lo+uint64(i)] = r.Row + i + 1
		}
	}
	return f
}

func (f *finder) find(id uint64) (rows.Num, bool) {
	if f.rows != nil {
		if at := id - f.first; at < uint64(len(f.rows)) && f.rows[at] > 0 {
			return rows.Num(f.rows[at] - 1), true
		}
		return 0, false
	}
	i := sort.Search(len(f.runs), func(i int) bool { return f.runs[i].First > id }) - 1
	if i < 0 || id-f.runs[i].First >= uint64(f.runs[i].Count) {
		return 0, false
	}
	return rows.Num(uint64(f.runs[i].Row) + id - f.runs[i].First), true
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
