package geo

import (
	"encoding/binary"
	"math"
	"unsafe"

	"github.com/quindex/quindex/engines/frame"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/rows"
)

// A section of places. All numbers are little-endian; every part begins at a
// multiple of 64 bytes, reached with zeros.
//
//	+-----------------+--------+-----------+-----------+--------+--------+---------+
//	| magic  | zeros  | rows   | places    | boxes     | leaves | starts | nulls   |
//	| 8 B    | 56 B   | P u32  | P x 3 f32 | B x 6 f32 | K u64  | K+1 u32| roaring |
//	+-----------------+--------+-----------+-----------+--------+--------+---------+
//	| footer | length | crc32c | magic |   length and crc32c are those of the footer
//	| F B    | u32    | u32    | 8 B   |
//	+--------------------------------+
//
// The P rows that have a place stand in the order of their S2 leaf cells, rows
// of one cell in ascending order; a row's position in this order is its place in
// "rows" (its number) and in "places" (the unit vector x, y, z, rounded to
// nearest). Block k is the positions [starts[k], starts[k+1]), from 1 to 32, and
// leaves[k] is the leaf cell of its first. Boxes are lo x, y, z, hi x, y, z of the
// exact vectors, rounded outward: first one a block, then one for each 8 of
// those, and so on to a single one. nulls is the rows that are NULL, in
// roaring's portable form, absent if there are none. A row that is neither NULL
// nor among the P has coordinates that are no place on the earth.
//
// The footer is unsigned varints (v) and 4-byte words (d):
//
//	footer: v rows, v P, v K, v length of nulls,
//	        v pages, d crc32c of each page of 64 KiB of [64, footer),
//	        v coarse boxes, each: 6 d box, v places in it
//
// The coarse boxes are one level of the tree, kept here so that an estimate
// reads nothing else.
//
// History: 1 (2026-11) first.
const magic = "QXGEOP\x00\x01"

const (
	pageBytes = 64 << 10

	blockPlaces = 32 // most places of a block; 16 takes as long for distances and two thirds for stars, with twice the boxes (BenchmarkWithin)
	fanOut      = 8
	maxCoarse   = 512 // most coarse boxes
)

// box is an axis-parallel box in the unit sphere's space.
type box struct{ lo, hi [3]float32 }

// coarse is one box of the footer and the number of places in it.
type coarse struct {
	box
	places int
}

// layout is where the parts of a section are; it follows from four numbers.
type layout struct {
	rows, places, blocks, nullBytes     int
	levels                              []int // first box of each level, blocks first; then the total
	atRows, atPlaces, atBoxes, atLeaves int
	atStarts, atNulls, end              int
}

func newLayout(n, places, blocks, nullBytes int) layout {
	l := layout{rows: n, places: places, blocks: blocks, nullBytes: nullBytes, levels: []int{0}}
	total := blocks
	for w := blocks; w > 1; total += w {
		l.levels = append(l.levels, total)
		w = (w + fanOut - 1) / fanOut
	}
	l.levels = append(l.levels, total)
	at := frame.HeadBytes
	next := func(bytes int) int {
		from := at
		at = (at + bytes + 63) &^ 63
		return from
	}
	l.atRows, l.atPlaces = next(4*places), next(12*places)
	l.atBoxes, l.atLeaves, l.atStarts = next(24*total), next(8*blocks), next(4*(blocks+1))
	l.atNulls = next(nullBytes)
	l.end = at
	return l
}

// top is the number of the level that has one box.
func (l *layout) top() int { return len(l.levels) - 2 }

// width is the number of boxes of a level.
func (l *layout) width(level int) int { return l.levels[level+1] - l.levels[level] }

// coarseLevel is the lowest level that fits in the footer.
func (l *layout) coarseLevel() int {
	for level := range l.levels[:l.top()] {
		if l.width(level) <= maxCoarse {
			return level
		}
	}
	return l.top()
}

// blocksUnder returns the blocks below box k of a level.
func (l *layout) blocksUnder(level, k int) (lo, hi int) {
	span := 1
	for range level {
		span *= fanOut
	}
	return min(k*span, l.blocks), min((k+1)*span, l.blocks)
}

func corrupt(format string, args ...any) error {
	return fault.Errorf("geo: open section", fault.Corrupt, format, args...)
}

// section is the frame of an open section: bytes are handed out after the
// checksums of their pages were found right.
type section struct {
	layout
	b      []byte
	path   string // for errors
	pages  *frame.Pages
	coarse []coarse
}

// splitSection checks the frame of a section and parses its footer.
func splitSection(b []byte) (*section, error) {
	foot, at, err := frame.Split(b, magic)
	if err != nil {
		return nil, fault.E("geo: open section", err)
	}
	return parseFooter(b, foot, at)
}

func parseFooter(b, foot []byte, end int) (*section, error) {
	r := frame.NewReader(foot, end)
	n := r.Int(rows.MaxRows)
	places := r.Int(n)
	blocks := r.Int(places)
	s := &section{b: b, layout: newLayout(n, places, blocks, r.Int(end))}
	pages := r.Int(len(foot) / 4)
	crcs := r.Take(4 * pages)
	many := r.Int(maxCoarse)
	sum := 0
	for range many {
		c := coarse{box: readBox(r)}
		c.places = r.Int(n)
		sum += c.places
		s.coarse = append(s.coarse, c)
		if !r.OK() {
			break
		}
	}
	if err := r.Err(); err != nil {
		return nil, fault.E("geo: open section", err)
	}
	switch {
	case s.end != end || pages != pagesOf(end):
		return nil, corrupt("parts end at byte %d with %d pages, want %d with %d", s.end, pages, end, pagesOf(end))
	case places > blocks*blockPlaces:
		return nil, corrupt("%d places in %d blocks, want at most %d a block", places, blocks, blockPlaces)
	case sum != places:
		return nil, corrupt("%d places in the coarse boxes, want %d", sum, places)
	}
	s.pages = frame.NewPages(b, crcs, frame.HeadBytes, end, pageBytes)
	return s, nil
}

// pagesOf returns the number of pages of [64, end).
func pagesOf(end int) int { return frame.CountPages(frame.HeadBytes, end, pageBytes) }

// check makes sure of the bytes [at, at+n).
func (s *section) check(at, n int) error {
	if err := s.pages.Check(at, n); err != nil {
		return fault.E("geo: read", fault.Item(s.path), err)
	}
	return nil
}

func readBox(r *frame.Reader) (b box) {
	for _, side := range []*[3]float32{&b.lo, &b.hi} {
		for d := range side {
			side[d] = r.Float32()
		}
	}
	return b
}

func (b *box) append(dst []byte) []byte {
	for _, v := range [6]float32{b.lo[0], b.lo[1], b.lo[2], b.hi[0], b.hi[1], b.hi[2]} {
		dst = binary.LittleEndian.AppendUint32(dst, math.Float32bits(v))
	}
	return dst
}

// viewBoxes returns b as n boxes, as frame.View does.
func viewBoxes(b []byte, n int) []box {
	if n == 0 {
		return nil
	}
	nums := frame.View[float32](b, 6*n)
	return unsafe.Slice((*box)(unsafe.Pointer(&nums[0])), n)
}
