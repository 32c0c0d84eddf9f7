package store

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
)

// The ledger remembers for ever which bytes of which sources a table holds, so
// that loading a file again adds nothing. A source is loaded in chunks, whose
// rows go to the shards in parts; when all parts of a chunk are in, it is
// marked, and its parts are forgotten for the range of bytes that they were.
// Ranges that touch become one: a source that was loaded whole is one range.
//
// The ledger is part of the state machine: a part and its rows are applied in
// one entry, and a table that is dropped takes its sources along.

// Chunk names a range of bytes of a source of rows for a table.
type Chunk struct {
	Table  record.TableID
	Source [16]byte // from the source's content, and from what says how it becomes rows
	Start  uint64   // the bytes [Start, End)
	End    uint64
}

// Span is the bytes [Start, End) of a source.
type Span struct {
	Start uint64 `json:"start"`
	End   uint64 `json:"end"`
}

// SourceState is what a shard knows of one source of a table. A chunk that is
// begun and not done has to be sent again with the same bounds.
type SourceState struct {
	Done  []Span // ascending, they do not touch
	Begun []Span // ascending, they do not overlap
	Rows  uint64 // of the chunks marked on this shard
}

type ledgerKey struct {
	table  record.TableID
	source [16]byte
}

type ledger struct{ sources map[ledgerKey]*sourceLoads }

type sourceLoads struct {
	rows  uint64
	done  []Span
	begun []begunChunk // ascending by start
}

type begunChunk struct {
	Span
	parts []loadedPart // ascending by part
}

type loadedPart struct {
	part  uint64
	first uint64
	rows  uint32
}

func newLedger() *ledger { return &ledger{sources: map[ledgerKey]*sourceLoads{}} }

func (c Chunk) key() ledgerKey { return ledgerKey{c.Table, c.Source} }

func (c Chunk) span() Span { return Span{c.Start, c.End} }

func (s Span) overlaps(o Span) bool { return s.Start < o.End && o.Start < s.End }

// find reports whether part of c is in already; of a chunk that is marked, all
// parts are. A chunk that meets others without being one of them is a conflict.
func (l *ledger) find(c Chunk, part uint64) (r BatchResult, done bool, err error) {
	if c.Start >= c.End {
		return r, false, fault.Errorf("store: apply load", fault.Invalid, "bytes %d to %d of a source, want at least one", c.Start, c.End)
	}
	src := l.sources[c.key()]
	if src == nil {
		return r, false, nil
	}
	if marked, err := src.marked(c.span()); marked || err != nil {
		return BatchResult{Duplicate: true}, marked, err
	}
	i, found := src.search(c.Start)
	if found && src.begun[i].End == c.End {
		parts := src.begun[i].parts
		if k, ok := searchPart(parts, part); ok {
			return BatchResult{FirstRow: parts[k].first, Rows: int(parts[k].rows), Duplicate: true}, true, nil
		}
		return r, false, nil
	}
	for _, b := range src.begun[max(0, i-1):min(len(src.begun), i+1)] {
		if b.overlaps(c.span()) {
			return r, false, conflict(c.span(), b.Span)
		}
	}
	return r, false, nil
}

// marked reports whether all of s is done.
func (src *sourceLoads) marked(s Span) (bool, error) {
	for _, d := range src.done {
		if d.Start <= s.Start && s.End <= d.End {
			return true, nil
		}
		if d.overlaps(s) {
			return false, conflict(s, d)
		}
	}
	return false, nil
}

func conflict(s, other Span) error {
	return fault.E("store: apply load", fault.Conflict,
		fault.Hint("continue a load with the bounds that the ledger gives, or load the source again under another name"),
		fmt.Errorf("bytes %d to %d of the source, of which %d to %d were loaded before", s.Start, s.End, other.Start, other.End))
}

func (src *sourceLoads) search(start uint64) (int, bool) {
	return slices.BinarySearchFunc(src.begun, start, func(b begunChunk, at uint64) int { return cmp.Compare(b.Start, at) })
}

func searchPart(parts []loadedPart, part uint64) (int, bool) {
	return slices.BinarySearchFunc(parts, part, func(p loadedPart, at uint64) int { return cmp.Compare(p.part, at) })
}

// add remembers that part of c is in; find has said that it was not.
func (l *ledger) add(c Chunk, part uint64, r BatchResult) {
	src := l.source(c.key())
	i, found := src.search(c.Start)
	if !found {
		src.begun = slices.Insert(src.begun, i, begunChunk{Span: c.span()})
	}
	k, _ := searchPart(src.begun[i].parts, part)
	src.begun[i].parts = slices.Insert(src.begun[i].parts, k, loadedPart{part, r.FirstRow, uint32(r.Rows)})
}

func (l *ledger) source(k ledgerKey) *sourceLoads {
	src := l.sources[k]
	if src == nil {
		src = &sourceLoads{}
		l.sources[k] = src
	}
	return src
}

// mark remembers that all of c is in, rows rows of it over all shards.
func (l *ledger) mark(c Chunk, rows uint64) error {
	if c.Start >= c.End {
		return fault.Errorf("store: mark load", fault.Invalid, "bytes %d to %d of a source, want at least one", c.Start, c.End)
	}
	src := l.source(c.key())
	if marked, err := src.marked(c.span()); marked || err != nil {
		return err
	}
	src.begun = slicesKeep(src.begun, func(b begunChunk) bool { return !b.overlaps(c.span()) })
	src.rows += rows
	at, _ := slices.BinarySearchFunc(src.done, c.Start, func(s Span, start uint64) int { return cmp.Compare(s.Start, start) })
	src.done = slices.Insert(src.done, at, c.span())
	if at+1 < len(src.done) && src.done[at+1].Start == src.done[at].End {
		src.done[at].End = src.done[at+1].End
		src.done = slices.Delete(src.done, at+1, at+2)
	}
	if at > 0 && src.done[at-1].End == src.done[at].Start {
		src.done[at-1].End = src.done[at].End
		src.done = slices.Delete(src.done, at, at+1)
	}
	return nil
}

// forget drops what was loaded into a table: it is gone or empty.
func (l *ledger) forget(table record.TableID) {
	for k := range l.sources {
		if k.table == table {
			delete(l.sources, k)
		}
	}
}

// Source returns what this shard knows of a source of a table.
func (s *Shard) Source(table record.TableID, source [16]byte) (out SourceState) {
	s.lockLevel()
	defer s.mu.Unlock()
	src := s.ledger.sources[ledgerKey{table, source}]
	if src == nil {
		return out
	}
	out.Rows, out.Done = src.rows, slices.Clone(src.done)
	for _, b := range src.begun {
		out.Begun = append(out.Begun, b.Span)
	}
	return out
}

// HasPart reports whether a part of a chunk is in, so that it need not be
// proposed again. False proves nothing: the part may be on its way.
func (s *Shard) HasPart(c Chunk, part uint64) bool {
	s.lockLevel()
	defer s.mu.Unlock()
	_, done, err := s.ledger.find(c, part)
	return done && err == nil
}

// encode returns the ledger by table and source: table, source, rows, done
// ranges as gap and length, begun chunks as gap, length and parts, each part as
// step of its number, first row and rows; numbers are varints.
func (l *ledger) encode() []byte {
	keys := make([]ledgerKey, 0, len(l.sources))
	for k := range l.sources {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b ledgerKey) int {
		return cmp.Or(cmp.Compare(a.table, b.table), bytes.Compare(a.source[:], b.source[:]))
	})
	var out []byte
	num := func(v uint64) { out = binary.AppendUvarint(out, v) }
	for _, k := range keys {
		src := l.sources[k]
		num(uint64(k.table))
		out = append(out, k.source[:]...)
		num(src.rows)
		num(uint64(len(src.done)))
		at := uint64(0)
		for _, d := range src.done {
			num(d.Start - at)
			num(d.End - d.Start)
			at = d.End
		}
		num(uint64(len(src.begun)))
		at = 0
		for _, b := range src.begun {
			num(b.Start - at)
			num(b.End - b.Start)
			at = b.End
			num(uint64(len(b.parts)))
			last := uint64(0)
			for _, p := range b.parts {
				num(p.part - last)
				num(p.first)
				num(uint64(p.rows))
				last = p.part
			}
		}
	}
	return out
}

// decodeLedger reads what encode wrote.
func decodeLedger(b []byte) (*ledger, error) {
	l, r := newLedger(), &numbers{b: b}
	for len(r.b) > 0 && !r.bad {
		k := ledgerKey{table: record.TableID(r.next())}
		copy(k.source[:], r.take(16))
		src := &sourceLoads{rows: r.next()}
		at := uint64(0)
		for range r.count() {
			d := r.span(at)
			r.bad = r.bad || len(src.done) > 0 && d.Start == at
			src.done, at = append(src.done, d), d.End
		}
		at = 0
		for range r.count() {
			c := begunChunk{Span: r.span(at)}
			at = c.End
			last := uint64(0)
			for i := range r.count() {
				p := loadedPart{part: last + r.next(), first: r.next()}
				rows := r.next()
				r.bad = r.bad || rows > 1<<32-1 || p.part < last || i > 0 && p.part == last
				p.rows, last = uint32(rows), p.part
				c.parts = append(c.parts, p)
			}
			src.begun = append(src.begun, c)
		}
		r.bad = r.bad || l.sources[k] != nil
		l.sources[k] = src
	}
	if r.bad {
		return nil, fault.Errorf("store: read ledger", fault.Corrupt, "bad bytes, %d left", len(r.b))
	}
	return l, nil
}

// numbers reads varints until the first that is bad.
type numbers struct {
	b   []byte
	bad bool
}

func (r *numbers) next() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 || r.bad {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *numbers) take(n int) []byte {
	if len(r.b) < n {
		r.bad, r.b = true, nil
		return nil
	}
	out := r.b[:n]
	r.b = r.b[n:]
	return out
}

// count is a number of things of at least two bytes each.
func (r *numbers) count() int {
	n := r.next()
	if n > uint64(len(r.b))/2 {
		r.bad, r.b = true, nil
		return 0
	}
	return int(n)
}

// span reads a range that begins at or after at.
func (r *numbers) span(at uint64) Span {
	gap, size := r.next(), r.next()
	s := Span{at + gap, at + gap + size}
	r.bad = r.bad || s.Start < at || s.End <= s.Start
	return s
}
