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

// noMark is the watermark of a table that has none.
const noMark = math.MinInt64

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

func (s *Shard) applyExpire(id record.TableID, mark int64) error {
	t := s.tables[id]
	switch {
	case t == nil:
		return fault.Errorf("store: expire", fault.NotFound, "there is no table with id %d", id)
	case t.def.Time == nil:
		return fault.E("store: expire", fault.Invalid, fault.Item(t.def.Name), "the table has no time")
	case mark > t.mark || s.opts.lowersMarks:
		t.mark = mark
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
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.tables[id]
	if t == nil || t.mark == noMark {
		return 0, false
	}
	return t.mark, true
}

// below reports whether a value of a time column lies below the mark.
func below(v record.Value, mark int64) bool {
	if !v.Valid {
		return false
	}
	if v.Type.Kind == record.Date {
		const day = 86_400_000_000_000
		return v.I < math.MinInt64/day || v.I <= math.MaxInt64/day && v.I*day < mark
	}
	return v.I < mark
}

// expired returns the rows whose time lies below the mark. Blocks that lie on
// one side of it as a whole are not read.
func expired(def *catalog.Table, cols engines.Columns, mark int64) (out rows.Set, err error) {
	if mark == noMark || def.Time == nil {
		return rows.Set{}, nil
	}
	col := cols.Column(def.Time.Column)
	if col == nil {
		return rows.Set{}, nil
	}
	if wholly(col, mark) {
		return rows.All(cols.Rows()), nil
	}
	if st := col.Stats(); st.Nulls == st.Rows || st.Min.Valid && !below(st.Min, mark) {
		return rows.Set{}, nil
	}
	err = segment.Guard(func() error {
		var b rows.Builder
		for first := 0; first < cols.Rows(); first += rows.BlockRows {
			if err := expiredIn(col, first/rows.BlockRows, mark, &b); err != nil {
				return err
			}
		}
		out = b.Set()
		return nil
	})
	return out, err
}

// wholly reports whether all rows of a column lie below the mark, without reading.
func wholly(col engines.ColumnReader, mark int64) bool {
	st := col.Stats()
	return st.Rows > 0 && st.Nulls == 0 && st.Max.Valid && below(st.Max, mark)
}

func expiredIn(col engines.ColumnReader, at int, mark int64, out *rows.Builder) error {
	first := at * rows.BlockRows
	st := col.BlockStats(at)
	switch {
	case st.Nulls == st.Rows || st.Min.Valid && !below(st.Min, mark):
		return nil
	case st.Nulls == 0 && st.Max.Valid && below(st.Max, mark):
		out.AddRange(first, first+st.Rows)
		return nil
	}
	blk, err := col.Block(at)
	if err != nil {
		return err
	}
	for i := range blk.N {
		if below(blk.Value(i), mark) {
			out.Add(rows.Num(first + i))
		}
	}
	return nil
}

// expiredPiece is expired for a piece, which is pinned; the last answer is
// kept. mu is not held.
func (s *Shard) expiredPiece(def *catalog.Table, p *piece, cols engines.Columns, mark int64) (rows.Set, error) {
	s.mu.Lock()
	if p.expiry != nil && p.expiry.mark == mark {
		defer s.mu.Unlock()
		return p.expiry.rows, nil
	}
	s.mu.Unlock()
	set, err := expired(def, cols, mark)
	if err != nil {
		return set, fault.E("store: expire", fault.Item(p.name), err)
	}
	s.mu.Lock()
	p.expiry = &expiry{mark, set}
	s.mu.Unlock()
	return set, nil
}

// expiry is which rows of a piece lie below a watermark.
type expiry struct {
	mark int64
	rows rows.Set
}

// isExpired reports whether one row lies below the watermark. mu is held.
func (t *table) isExpired(at place) (bool, error) {
	if t.mark == noMark || t.def.Time == nil {
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
	if t.mark == noMark || t.def.Time == nil {
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
	if t.mark == noMark {
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
	if mark == noMark || v.Table.Time == nil {
		return nil
	}
	for i := range v.Parts {
		p := &v.Parts[i]
		var set rows.Set
		var err error
		if i < len(pieces) {
			set, err = s.expiredPiece(v.Table, pieces[i], p.Columns, mark)
		} else {
			set, err = expired(v.Table, p.Columns, mark)
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
	if mark == noMark || def.Time == nil {
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
	if mark == noMark || t.def.Time == nil {
		return false
	}
	col := p.seg.Columns().Column(t.def.Time.Column)
	return col != nil && wholly(col, mark)
}
