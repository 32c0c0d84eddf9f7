package graph

import (
	"encoding/binary"
	"fmt"
	"sync/atomic"

	"github.com/quindex/quindex/engines/frame"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/rows"
)

// A section of a graph. All numbers are little-endian; every part begins at a
// multiple of 64 bytes, reached with zeros, and may be empty.
//
// Of an edge table:
//
//	+----------------+----------+--------+---------+----------+--------+
//	| magic  | zeros | source   | source | out     | out      | out    |
//	| 8 B    | 56 B  | keys     | bytes  | offsets | far ends | rows   |
//	+----------------+----------+--------+---------+----------+--------+
//	                 | target   | target | in      | in       | in     | half   |
//	                 | keys     | bytes  | offsets | far ends | rows   | edges  |
//	                 +----------+--------+---------+----------+--------+--------+
//
// Of a vertex table:
//
//	+----------------+------+-------+---------+---------+------+
//	| magic  | zeros | keys | bytes | offsets | numbers | rows |
//	+----------------+------+-------+---------+---------+------+
//
// and after the parts of either:
//
//	+--------+--------+--------+-------+
//	| footer | length | crc32c | magic |   length and crc32c are those of the footer
//	| F B    | u32    | u32    | 8 B   |
//	+--------+--------+--------+-------+
//
// Keys are the distinct keys in ascending order; a key's place is its local
// number. BIGINT keys are i64; those of strings are K+1 offsets, u32, into
// "bytes". Sources and targets have numbers of their own.
//
// The edges of source s stand at places [offsets[s], offsets[s+1]) of "out":
// their targets' numbers in "far ends", u32, ascending, and their rows in
// "rows", u32. "rows" is empty if every edge's place is its row. "in" is the
// same the other way round. A row is an edge if neither end is NULL; a row with
// one NULL end is a half edge: pairs of u32, number and row, by number and then
// by row; those that have a source first, then those that have a target.
//
// "offsets" of a vertex table are places in "rows" too, u32: the rows of each
// key, ascending; it is empty if every key has one row. "numbers" is each row's
// key, 2^32-1 for NULL.
//
// The footer is unsigned varints (v), bytes (b) and 4-byte words (d):
//
//	footer: b role (0 vertex, 1 edge), v rows, v rows that are edges or have a key,
//	        for each column: b keys (0 BIGINT, 1 strings), v keys, v most rows of
//	        one key, v half edges (0 of a vertex table),
//	        v parts, for each: v bytes, d crc32c of its bytes and the zeros after them
//
// History: 1 (2026-11) first.
const magic = "QXGRAF\x00\x01"

// The parts of a section, in order. A side of an edge table is sideParts of
// them.
const (
	partKeys = iota
	partBytes
	partOffsets
	partFar
	partRows
	sideParts

	partHalves  = 2 * sideParts
	edgeParts   = 2*sideParts + 1
	vertexParts = sideParts

	partNumbers = partFar // of a vertex table
)

func corrupt(format string, args ...any) error {
	return fault.Errorf("graph: open section", fault.Corrupt, format, args...)
}

// part is where one part lies, with the zeros after it.
type part struct {
	at, bytes int
	crc       uint32
}

func (p part) end() int { return p.at + (p.bytes+63)&^63 }

// section is the frame of an open section: bytes are handed out after their
// checksum was found right.
type section struct {
	b      []byte
	path   string // for errors
	edge   bool
	rows   int
	linked int // rows that are edges, or have a key
	strs   [2]bool
	keys   [2]int
	most   [2]int // rows of one key
	halves [2]int
	parts  []part
	right  []atomic.Bool // parts found right
}

// splitSection checks the frame of a section and parses its footer.
func splitSection(b []byte) (*section, error) {
	foot, at, err := frame.Split(b, magic)
	if err != nil {
		return nil, fault.E("graph: open section", err)
	}
	return parseFooter(b, foot, at)
}

func parseFooter(b, foot []byte, end int) (*section, error) {
	r := frame.NewReader(foot, end)
	s := &section{b: b, edge: r.Flag()}
	s.rows = r.Int(rows.MaxRows)
	s.linked = r.Int(s.rows)
	columns, parts := 1, vertexParts
	if s.edge {
		columns, parts = 2, edgeParts
	}
	for i := range columns {
		s.strs[i] = r.Flag()
		s.keys[i] = r.Int(s.rows)
		s.most[i] = r.Int(s.rows)
		s.halves[i] = r.Int(s.rows)
	}
	if n := r.Int(parts); n != parts {
		return nil, corrupt("%d parts, want %d", n, parts)
	}
	s.right = make([]atomic.Bool, parts)
	at := frame.HeadBytes
	for range parts {
		p := part{at: at, bytes: r.Int(end), crc: r.Uint32()}
		s.parts = append(s.parts, p)
		at = p.end()
	}
	if err := r.Err(); err != nil {
		return nil, fault.E("graph: open section", err)
	}
	switch {
	case at != end:
		return nil, corrupt("parts end at byte %d, want %d", at, end)
	case s.linked+s.halves[0]+s.halves[1] > s.rows:
		return nil, corrupt("%d edges and %d half edges in %d rows", s.linked, s.halves[0]+s.halves[1], s.rows)
	}
	return s, s.checkSizes()
}

// checkSizes makes sure that each part has the length that the counts ask for.
func (s *section) checkSizes() error {
	wrong := func(i int, want ...int) error {
		for _, n := range want {
			if s.parts[i].bytes == n {
				return nil
			}
		}
		return corrupt("part %d of %d bytes, want %d", i, s.parts[i].bytes, want[0])
	}
	columns := 1
	if s.edge {
		columns = 2
		if err := wrong(partHalves, 8*(s.halves[0]+s.halves[1])); err != nil {
			return err
		}
	} else if err := wrong(partNumbers, 4*s.rows); err != nil {
		return err
	}
	for i := range columns {
		first := i * sideParts
		keys, offsets := 8*s.keys[i], []int{4 * (s.keys[i] + 1)}
		if s.strs[i] {
			keys = 4 * (s.keys[i] + 1)
		} else if err := wrong(first+partBytes, 0); err != nil {
			return err
		}
		if s.edge {
			if err := wrong(first+partFar, 4*s.linked); err != nil {
				return err
			}
		} else if s.keys[i] == s.linked {
			offsets = []int{0}
		}
		for _, err := range []error{wrong(first+partKeys, keys), wrong(first+partOffsets, offsets...), wrong(first+partRows, 4*s.linked, 0)} {
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// part returns the bytes of part i, after checking them the first time.
func (s *section) part(i int) ([]byte, error) {
	p := s.parts[i]
	if !s.right[i].Load() {
		if have := frame.Checksum(s.b[p.at:p.end()]); have != p.crc {
			return nil, fault.E("graph: read", fault.Corrupt, fault.Item(s.path),
				fmt.Errorf("crc32c of bytes [%d, %d) is %08x, want %08x", p.at, p.end(), have, p.crc))
		}
		s.right[i].Store(true)
	}
	return s.b[p.at : p.at+p.bytes : p.at+p.bytes], nil
}

// words returns part i as numbers.
func (s *section) words(i int) ([]uint32, error) {
	b, err := s.part(i)
	return frame.View[uint32](b, len(b)/4), err
}

// writer lays out a section; parts come in their order.
type writer struct {
	out   []byte
	parts []part
}

func newWriter(bytes int) *writer {
	return &writer{out: frame.Head(magic, bytes)}
}

func (w *writer) words(nums []uint32) { w.part(frame.Bytes(nums)) }

func (w *writer) part(b []byte) {
	p := part{at: len(w.out), bytes: len(b)}
	w.out = append(w.out, b...)
	w.out = append(w.out, make([]byte, p.end()-len(w.out))...)
	p.crc = frame.Checksum(w.out[p.at:])
	w.parts = append(w.parts, p)
}

// finish adds the footer, which begins with what only the caller knows.
func (w *writer) finish(foot []byte) []byte {
	foot = binary.AppendUvarint(foot, uint64(len(w.parts)))
	for _, p := range w.parts {
		foot = binary.AppendUvarint(foot, uint64(p.bytes))
		foot = binary.LittleEndian.AppendUint32(foot, p.crc)
	}
	return frame.AppendTail(w.out, foot, magic)
}
