package store

import (
	"cmp"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/rows"
	"github.com/quindex/quindex/segment"
)

// Rows die when their key is written again, or when a statement deletes or
// updates them. A row that is dead stays where it is until a merge leaves it
// out, and views do not show it. A manifest says who was dead as of its log
// index, exactly: a replay of the log after it must find every row that its
// entries found. So whatever is built leaves out only rows that were dead at
// a moment no later than that of any manifest that will name it, and those
// that die meanwhile are carried over when it takes its place.

// deaths is which rows of a piece, or of an open batch, are dead. Shard.mu
// guards it.
type deaths struct {
	now  *roaring.Bitmap // nil: none
	late []death         // those that no manifest has yet, ascending by index

	alive []uint64 // one bit for each row that lives, once that was asked for
	live  rows.Set // a copy of it as of now, where known
	known bool
}

// death is the row that died and the index of the log entry that it died of.
type death struct {
	row   rows.Num
	index uint64
}

// add lets a row die; false if it was dead.
func (d *deaths) add(row rows.Num, index uint64) bool {
	if d.now == nil {
		d.now = roaring.New()
	}
	if !d.now.CheckedAdd(uint32(row)) {
		return false
	}
	d.late = append(d.late, death{row, index})
	if d.known = false; d.alive != nil {
		d.alive[row>>6] &^= 1 << (row & 63)
	}
	return true
}

func (d *deaths) has(row rows.Num) bool { return d.now != nil && d.now.Contains(uint32(row)) }

func (d *deaths) count() int {
	if d.now == nil {
		return 0
	}
	return int(d.now.GetCardinality())
}

// liveOf returns the rows of [0, n) that live. While upserts come nearly every
// view finds that some have died: it takes a copy of bits, and no algebra.
func (d *deaths) liveOf(n int) rows.Set {
	if d.now == nil {
		return rows.All(n)
	}
	if !d.known {
		if d.alive == nil {
			d.alive = aliveOf(n, d.now)
		}
		d.live, d.known = rows.FromDense(slices.Clone(d.alive)), true
	}
	return d.live
}

// aliveOf is one bit for each of n rows that is not dead.
func aliveOf(n int, dead *roaring.Bitmap) []uint64 {
	alive := make([]uint64, (n+63)/64)
	for i := range alive {
		alive[i] = ^uint64(0)
	}
	if r := uint(n) & 63; r != 0 {
		alive[len(alive)-1] = 1<<r - 1
	}
	for i, d := range dead.ToDense() {
		alive[i] &^= d
	}
	return alive
}

// liveAt is liveOf as of a log index, which is not below that of the last manifest.
func (d *deaths) liveAt(n int, index uint64) rows.Set {
	if len(d.late) == 0 || d.late[len(d.late)-1].index <= index {
		return d.liveOf(n)
	}
	return rows.All(n).AndNot(d.asOf(index))
}

// asOf returns the rows that were dead as of a log index, which is not below
// that of the last manifest.
func (d *deaths) asOf(index uint64) rows.Set {
	if d.now == nil {
		return rows.Set{}
	}
	then := d.now.Clone()
	for i := len(d.late) - 1; i >= 0 && d.late[i].index > index; i-- {
		then.Remove(uint32(d.late[i].row))
	}
	return rows.Of(then)
}

// settled returns the rows that the last manifest has as dead.
func (d *deaths) settled() rows.Set { return d.asOf(0) }

// settledCount is how many those are.
func (d *deaths) settledCount() int { return d.count() - len(d.late) }

// settle notes that a manifest has all deaths up to index.
func (d *deaths) settle(index uint64) {
	n, _ := slices.BinarySearchFunc(d.late, index+1, func(d death, at uint64) int { return cmp.Compare(d.index, at) })
	d.late = append([]death(nil), d.late[n:]...)
}

// open sets the deaths to what a manifest says.
func (d *deaths) open(dead rows.Set) {
	if !dead.IsEmpty() {
		d.now = dead.Roaring().Clone()
	}
}

// rebuild is one making of a segment out of others: which rows it leaves out,
// and where the others go.
type rebuild struct {
	from []*piece
	dead []rows.Set   // of each piece, what is left out
	to   [][]rows.Num // of each piece, old row to new, engines.Gone where left out; nil: each row stays where it is

	forgets bool // tests of tests: what dies meanwhile is lost
}

// rebuildOf says what to leave out of pieces. mu is held.
func (s *Shard) rebuildOf(from []*piece, dead func(*piece) rows.Set) *rebuild {
	r := &rebuild{from: from, forgets: s.opts.forgetsLate}
	for _, p := range from {
		r.dead = append(r.dead, dead(p))
	}
	return r
}

// live is the number of rows that are kept.
func (r *rebuild) live() int {
	n := rowsOf(r.from)
	for _, d := range r.dead {
		n -= d.Len()
	}
	return n
}

// places tells where the rows go that are kept: one after the other, or the
// i-th of the new ones is order[i] of those.
func (r *rebuild) places(order []rows.Num) [][]rows.Num {
	at := make([]rows.Num, r.live())
	for i := range at {
		at[i] = rows.Num(i)
	}
	for i, from := range order {
		at[from] = rows.Num(i)
	}
	out := make([][]rows.Num, len(r.from))
	for i, p := range r.from {
		to := make([]rows.Num, p.seg.Rows())
		for row := range to {
			if r.dead[i].Has(rows.Num(row)) {
				to[row] = engines.Gone
				continue
			}
			to[row], at = at[0], at[1:]
		}
		out[i] = to
	}
	return out
}

// inputs are the pieces as a merge of sections takes them.
func (r *rebuild) inputs() []segment.Input {
	out := make([]segment.Input, len(r.from))
	for i, p := range r.from {
		out[i] = segment.Input{Segment: p.seg, Map: r.to[i]}
	}
	return out
}

// carried returns the deaths of what was built: of the rows that were kept and
// have died since the making began. mu is held.
func (r *rebuild) carried() deaths {
	var out deaths
	if r.forgets {
		return out
	}
	for i, p := range r.from {
		old := &p.deaths
		if old.now == nil {
			continue
		}
		place := func(row rows.Num) rows.Num {
			if r.to == nil {
				return row
			}
			return r.to[i][row]
		}
		for row := range rows.Of(old.now.Clone()).AndNot(r.dead[i]).Each() {
			if out.now == nil {
				out.now = roaring.New()
			}
			out.now.Add(uint32(place(row)))
		}
		for _, l := range old.late {
			if !r.dead[i].Has(l.row) {
				out.late = append(out.late, death{place(l.row), l.index})
			}
		}
	}
	slices.SortStableFunc(out.late, func(a, b death) int { return cmp.Compare(a.index, b.index) })
	return out
}

// note keeps which rows of p are dead as of the manifest.
func (d *durable) note(p *piece, dead rows.Set) {
	if !dead.IsEmpty() {
		d.dead[p] = dead.AppendBinary(nil)
	}
}
