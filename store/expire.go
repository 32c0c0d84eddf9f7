package store

import (
	"encoding/binary"
	"math"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
	"github.com/quindex/quindex/segment"
)

// Rows of a table with a time expire by a watermark, which only rises. It comes
// through the log:
//
//	expire    | 6 | 1 | table id u64 | watermark i64 |
//
// in nanoseconds since 1970 UTC. A row whose time is below is hidden from views
// at once, and neither its key nor its id finds it any more: whether a merge
// has left it out already makes no difference to anybody. Segments that lie
// below as a whole are dropped by an edit of the manifest.
const tagExpire = 6

// NoMark is the watermark of a table that has none: nothing lies below it.
const NoMark = math.MinInt64

// EncodeExpire returns the log entry that raises the watermark of a table.
func EncodeExpire(id record.TableID, mark int64) []byte {
	e := binary.LittleEndian.AppendUint64([]byte{tagExpire, entryVersion}, uint64(id))
	return binary.LittleEndian.AppendUint64(e, uint64(mark))
}

func decodeExpire(entry []byte) (record.TableID, int64, error) {
	if len(entry) != 18 {
		return 0, 0, badEntry("expire of %d bytes, want 18", len(entry))
	}
	return record.TableID(binary.LittleEndian.Uint64(entry[2:])), int64(binary.LittleEndian.Uint64(entry[10:])), nil
}

func (s *Shard) applyExpire(index uint64, id record.TableID, mark int64) error {
	t := s.tables[id]
	switch {
	case t == nil:
		return fault.Errorf("store: expire", fault.NotFound, "there is no table with id %d", id)
	case t.def.Time == nil:
		return fault.E("store: expire", fault.Invalid, fault.Item(t.def.Name), "the table has no time")
	case mark > t.mark || s.opts.lowersMarks:
		t.mark = mark
		s.note(index, id, 0, nil)
		if t.since.IsZero() {
			t.since = s.opts.Now()
		}
		poke(s.mergeDue)
	}
	return nil
}

// Watermark returns the time below which rows of a table are hidden, in
// nanoseconds since 1970 UTC, and whether there is one.
func (s *Shard) Watermark(id record.TableID) (mark int64, some bool) {
	s.lockLevel()
	defer s.mu.Unlock()
	t := s.tables[id]
	if t == nil || t.mark == NoMark {
		return 0, false
	}
	return t.mark, true
}

// below reports whether a value of a time column lies below the mark.
func below(v record.Value, mark int64) bool {
	if !v.Valid {
		return false
	}
	return v.I < inUnits(v.Type, mark)
}

// expiry is which rows of a part lie below a watermark. It holds for every mark
// in [mark, next]: no row's time lies in [mark, next).
type expiry struct {
	mark, next int64
	rows       rows.Set
}

// expired finds the rows whose time lies below the mark. Blocks that lie on one
// side of it as a whole are not read.
func expired(def *catalog.Table, cols engines.Columns, mark int64) (*expiry, error) {
	out := &expiry{mark: mark, next: math.MaxInt64}
	if mark == NoMark || def.Time == nil {
		return out, nil
	}
	col := cols.Column(def.Time.Column)
	if col == nil {
		return out, nil
	}
	if wholly(col, mark) {
		out.rows = rows.All(cols.Rows())
		return out, nil
	}
	if st := col.Stats(); st.Nulls == st.Rows || st.Min.Valid && !below(st.Min, mark) {
		out.see(st.Min)
		return out, nil
	}
	err := segment.Guard(func() error {
		var b rows.Builder
		for at := 0; at*rows.BlockRows < cols.Rows(); at++ {
			if err := out.block(col, at, &b); err != nil {
				return err
			}
		}
		out.rows = b.Set()
		return nil
	})
	return out, err
}

// see takes note of a time that does not lie below the mark.
func (e *expiry) see(v record.Value) {
	if v.Valid {
		e.next = min(e.next, nanosOf(v))
	}
}

// wholly reports whether all rows of a column lie below the mark, without reading.
func wholly(col engines.ColumnReader, mark int64) bool {
	st := col.Stats()
	return st.Rows > 0 && st.Nulls == 0 && st.Max.Valid && below(st.Max, mark)
}

// block adds the rows of one block.
func (e *expiry) block(col engines.ColumnReader, at int, out *rows.Builder) error {
	first := at * rows.BlockRows
	st := col.BlockStats(at)
	switch {
	case st.Nulls == st.Rows || st.Min.Valid && !below(st.Min, e.mark):
		e.see(st.Min)
		return nil
	case st.Nulls == 0 && st.Max.Valid && below(st.Max, e.mark):
		out.AddRange(first, first+st.Rows)
		return nil
	}
	blk, err := col.Block(at)
	if err != nil {
		return err
	}
	times := make([]int64, blk.N)
	blk.Ints.Decode(times)
	mark, least := inUnits(blk.Type, e.mark), int64(math.MaxInt64)
	var sel [rows.BlockRows / 64]uint64
	for i, t := range times {
		if t < mark {
			sel[i>>6] |= 1 << (i & 63)
		} else if t < least && !blk.IsNull(i) {
			least = t
		}
	}
	for i := 0; blk.Nulls > 0 && i < blk.N; i++ {
		if blk.IsNull(i) {
			sel[i>>6] &^= 1 << (i & 63)
		}
	}
	if least < math.MaxInt64 {
		e.see(record.Value{Type: blk.Type, Valid: true, I: least})
	}
	out.AddBlock(at, blk.N, rows.BlockSome, &sel)
	return nil
}

const dayNanos = 86_400_000_000_000

// nanosOf is a time, or a date, in nanoseconds since 1970 UTC, or as near to
// that as an int64 comes.
func nanosOf(v record.Value) int64 {
	switch {
	case v.Type.Kind != record.Date:
		return v.I
	case v.I < math.MinInt64/dayNanos:
		return math.MinInt64
	case v.I > math.MaxInt64/dayNanos:
		return math.MaxInt64
	}
	return v.I * dayNanos
}

// inUnits is the first time of type t that does not lie below the mark.
func inUnits(t record.Type, mark int64) int64 {
	if t.Kind != record.Date {
		return mark
	}
	days := mark / dayNanos
	if days*dayNanos < mark {
		days++
	}
	return days
}

// expiredPiece is expired for a piece, which is pinned; the last answer is
// kept. mu is not held.
func (s *Shard) expiredPiece(def *catalog.Table, p *piece, cols engines.Columns, mark int64) (rows.Set, error) {
	s.mu.Lock()
	have := p.expiry
	s.mu.Unlock()
	if have != nil && have.mark <= mark && mark <= have.next {
		return have.rows, nil
	}
	e, err := expired(def, cols, mark)
	if err != nil {
		return rows.Set{}, fault.E("store: expire", fault.Item(p.name), err)
	}
	s.mu.Lock()
	p.expiry = e
	s.mu.Unlock()
	return e.rows, nil
}

// isExpired reports whether one row lies below the watermark. mu is held.
func (t *table) isExpired(at place) (bool, error) {
	if t.mark == NoMark || t.def.Time == nil {
		return false, nil
	}
	if at.piece == nil {
		c := t.open[at.batch].batch.Column(t.def.Time.Column)
		return c != nil && below(c.Value(int(at.row)), t.mark), nil
	}
	return t.isExpiredIn(at.piece.seg, at.piece.name, at.row)
}

// isExpiredIn is isExpired for a row of a segment. Apply may ask without the lock.
func (t *table) isExpiredIn(seg *segment.Segment, name string, row rows.Num) (bool, error) {
	if t.mark == NoMark || t.def.Time == nil {
		return false, nil
	}
	col := seg.Columns().Column(t.def.Time.Column)
	if col == nil {
		return false, nil
	}
	blk, err := col.Block(int(row) / rows.BlockRows)
	if err != nil {
		return false, fault.E("store: expire", fault.Item(name), err)
	}
	return below(blk.Value(int(row)%rows.BlockRows), t.mark), nil
}

// guardedExpired is isExpired outside of segment.Guard.
func (t *table) guardedExpired(at place) (yes bool, err error) {
	if t.mark == NoMark {
		return false, nil
	}
	err = segment.Guard(func() error {
		yes, err = t.isExpired(at)
		return err
	})
	return yes, err
}

// hide takes the rows below the mark out of the parts of a view; pieces are
// those of its first parts. mu is not held.
func (s *Shard) hide(v *View, pieces []*piece, mark int64) error {
	if mark == NoMark || v.Table.Time == nil {
		return nil
	}
	for i := range v.Parts {
		p := &v.Parts[i]
		var set rows.Set
		var err error
		if i < len(pieces) {
			set, err = s.expiredPiece(v.Table, pieces[i], p.Columns, mark)
		} else {
			var e *expiry
			if e, err = expired(v.Table, p.Columns, mark); err == nil {
				set = e.rows
			}
		}
		if err != nil {
			return err
		}
		p.Live = p.Live.AndNot(set)
	}
	return nil
}

// expire leaves out, besides the dead, the rows below the mark.
func (s *Shard) expire(def *catalog.Table, r *rebuild, mark int64) error {
	if mark == NoMark || def.Time == nil {
		return nil
	}
	for i, p := range r.from {
		set, err := s.expiredPiece(def, p, p.seg.Columns(), mark)
		if err != nil {
			return err
		}
		r.dead[i] = r.dead[i].Or(set)
	}
	return nil
}

// isBelow reports whether all rows of a piece lie below the mark that what is
// built of it may go by. mu is held.
func (t *table) isBelow(p *piece) bool {
	mark := t.durableMark
	if p.mem {
		mark = t.mark
	}
	if mark == NoMark || t.def.Time == nil {
		return false
	}
	col := p.seg.Columns().Column(t.def.Time.Column)
	return col != nil && wholly(col, mark)
}
