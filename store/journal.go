package store

import (
	"encoding/binary"
	"math"
	"slices"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
)

// The log alone does not tell what its entries came to: some were refused, or
// had been applied before under the same key, and rows get their ids when they
// are applied. The journal remembers of the newest entries which of them had an
// effect, and what cannot be read from the entry itself. Whoever has the journal
// and the log knows what happened to the rows of a table, and in which order.
//
// It is kept in chunks, which are dropped from the oldest on: what the journal is
// of is about as much log as Options.JournalBytes. In a chunk an effect is, in
// varints,
//
//	step of the index << 3 | begins << 2 | part of the batch << 1 | table and rows are as before
//	table, rows that got ids                             unless they are as before
//	how many rows of the batch, steps of their places    if they are a part of it
//
// which for rows that come one by one is one byte an entry.

// Effect is an entry of the log that changed a table.
type Effect struct {
	Index  uint64
	Table  record.TableID
	First  uint64   // id of the first row that it added
	Rows   int      // how many it added
	Part   []uint32 // if it added only some rows of its batch, which; else nil
	Begins bool     // it took the place of another table: what its entries before did was to fill it
}

const (
	chunkSize = 4 << 10 // bytes of effects
	chunkSpan = 2 << 20 // bytes of the log

	effectSame   = 1
	effectPart   = 2
	effectBegins = 4
)

// journal is what is known of the entries above since. Shard.mu guards it.
type journal struct {
	since  uint64
	chunks []journalChunk // ascending
	span   int64          // of all chunks
}

type journalChunk struct {
	after uint64 // the index that the first step is from
	last  uint64 // index of the last effect
	row   uint64 // id of the first row
	next  uint64 // id of the row after the last one
	span  int64  // bytes of the log's entries, those without effect too
	bytes []byte

	table record.TableID // of the last effect
	rows  int
}

// note remembers an effect. Indexes rise.
func (j *journal) note(e Effect) {
	if n := len(j.chunks); n == 0 || len(j.chunks[n-1].bytes) >= chunkSize || j.chunks[n-1].span >= chunkSpan || j.chunks[n-1].next != e.First {
		after := j.since
		if n > 0 {
			after = j.chunks[n-1].last
		}
		j.chunks = append(j.chunks, journalChunk{after: after, last: after, row: e.First, next: e.First})
	}
	c := &j.chunks[len(j.chunks)-1]
	head := (e.Index - c.last) << 3
	same := len(c.bytes) > 0 && e.Table == c.table && e.Rows == c.rows
	if same {
		head |= effectSame
	}
	if e.Part != nil {
		head |= effectPart
	}
	if e.Begins {
		head |= effectBegins
	}
	c.bytes = binary.AppendUvarint(c.bytes, head)
	if !same {
		c.bytes = binary.AppendUvarint(c.bytes, uint64(e.Table))
		c.bytes = binary.AppendUvarint(c.bytes, uint64(e.Rows))
	}
	if e.Part != nil {
		c.bytes = binary.AppendUvarint(c.bytes, uint64(len(e.Part)))
		last := uint32(0)
		for _, at := range e.Part {
			c.bytes = binary.AppendUvarint(c.bytes, uint64(at-last))
			last = at
		}
	}
	c.last, c.table, c.rows = e.Index, e.Table, e.Rows
	c.next += uint64(e.Rows)
}

// passed counts an entry of the log, and drops the oldest chunks where there is
// more than limit.
func (j *journal) passed(bytes int, limit int64) {
	if len(j.chunks) == 0 {
		return
	}
	j.chunks[len(j.chunks)-1].span += int64(bytes)
	j.span += int64(bytes)
	k := 0
	for k < len(j.chunks)-1 && j.span-j.chunks[k].span >= limit {
		j.since = j.chunks[k].last
		j.span -= j.chunks[k].span
		k++
	}
	j.chunks = slices.Delete(j.chunks, 0, k)
}

// each calls see for the effects above after, until it returns false.
func (j *journal) each(after uint64, see func(Effect) bool) {
	from, _ := slices.BinarySearchFunc(j.chunks, after, func(c journalChunk, after uint64) int {
		if c.last <= after {
			return -1
		}
		return 1
	})
	for i := range j.chunks[from:] {
		if more, _ := j.chunks[from+i].each(func(e Effect) bool { return e.Index <= after || see(e) }); !more {
			return
		}
	}
}

// each reads a chunk. more is false if see did not want more; ok if the chunk
// is what note writes.
func (c *journalChunk) each(see func(Effect) bool) (more, ok bool) {
	r := &numbers{b: c.bytes}
	e := Effect{Index: c.after, First: c.row}
	next := c.row
	for len(r.b) > 0 && !r.bad {
		head := r.next()
		step := head >> 3
		r.bad = r.bad || step == 0 || e.Index+step < e.Index
		e.Index, e.First, e.Part, e.Begins = e.Index+step, next, nil, head&effectBegins != 0
		if head&effectSame == 0 {
			e.Table = record.TableID(r.next())
			n := r.next()
			r.bad = r.bad || n > math.MaxInt32
			e.Rows = int(n)
		} else {
			r.bad = r.bad || e.Index == c.after+step && e.Table == 0
		}
		if head&effectPart != 0 {
			e.Part = r.part()
		}
		next += uint64(e.Rows)
		if r.bad {
			return true, false
		}
		if !see(e) {
			return false, true
		}
	}
	return true, !r.bad
}

// part reads places that ascend.
func (r *numbers) part() []uint32 {
	n := r.next()
	if n > uint64(len(r.b)) {
		r.bad = true
		return nil
	}
	out, at := make([]uint32, n), uint64(0)
	for i := range out {
		step := r.next()
		at += step
		r.bad = r.bad || at > math.MaxInt32 || i > 0 && step == 0
		out[i] = uint32(at)
	}
	return out
}

// encode returns the journal for the manifest: since, then of each chunk the
// id of its first row, its span, the length of its effects, and those.
func (j *journal) encode() []byte {
	out := binary.AppendUvarint(nil, j.since)
	for _, c := range j.chunks {
		out = binary.AppendUvarint(out, c.row)
		out = binary.AppendUvarint(out, uint64(c.span))
		out = binary.AppendUvarint(out, uint64(len(c.bytes)))
		out = append(out, c.bytes...)
	}
	return out
}

// decodeJournal reads what encode wrote, as of the log index applied. A
// manifest from before there were journals has none: then nothing is known of
// the entries that it covers.
func decodeJournal(b []byte, applied uint64) (*journal, error) {
	if len(b) == 0 {
		return &journal{since: applied}, nil
	}
	r := &numbers{b: slices.Clone(b)}
	j := &journal{since: r.next()}
	last := j.since
	for len(r.b) > 0 && !r.bad {
		c := journalChunk{after: last, row: r.next()}
		span, size := r.next(), r.next()
		r.bad = r.bad || span > math.MaxInt64/4 || size == 0 || size > uint64(len(r.b))
		if r.bad {
			break
		}
		c.span, c.next, c.last = int64(span), c.row, last
		c.bytes = slices.Clone(r.take(int(size)))
		_, ok := c.each(func(e Effect) bool {
			c.last, c.table, c.rows = e.Index, e.Table, e.Rows
			c.next += uint64(e.Rows)
			return true
		})
		r.bad = r.bad || !ok || c.last > applied
		last = c.last
		j.chunks, j.span = append(j.chunks, c), j.span+c.span
		r.bad = r.bad || j.span < 0
	}
	if r.bad || j.since > applied {
		return nil, fault.Errorf("store: read journal", fault.Corrupt, "bad bytes, %d left", len(r.b))
	}
	return j, nil
}

// note remembers what the entry at index did to a table. mu is held.
func (s *Shard) note(index uint64, t record.TableID, rows int, part []uint32) {
	s.journal.note(Effect{Index: index, Table: t, First: s.nextRow - uint64(rows), Rows: rows, Part: part})
}

// Effects returns the effects of the entries (after, upTo] on a table, at most
// max of them, and the index that it looked through to. False: the journal does
// not know all of them any more.
func (s *Shard) Effects(table record.TableID, after, upTo uint64, max int) (out []Effect, through uint64, known bool) {
	s.lockLevel()
	defer s.mu.Unlock()
	if after < s.journal.since && after < upTo {
		return nil, after, false
	}
	through = upTo
	s.journal.each(after, func(e Effect) bool {
		switch {
		case e.Index > upTo:
			return false
		case e.Table != table:
			return true
		case len(out) == max:
			through = out[max-1].Index
			return false
		}
		out = append(out, e)
		return true
	})
	return out, through, true
}

// Since returns the index above which effects are known.
func (s *Shard) Since() uint64 {
	s.lockLevel()
	defer s.mu.Unlock()
	return s.journal.since
}

// Began returns the index of the entry by which a table took the place of
// another, or 0 if there is none that effects are known of.
func (s *Shard) Began(table record.TableID) (index uint64) {
	s.lockLevel()
	defer s.mu.Unlock()
	s.journal.each(s.journal.since, func(e Effect) bool {
		if e.Table == table && e.Begins {
			index = e.Index
		}
		return true
	})
	return index
}
