package geo

import (
	"encoding/binary"
	"hash/crc32"
	"math"
	"sync/atomic"
	"unsafe"

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
	headBytes = 64
	tailBytes = 4 + 4 + len(magic)
	pageBytes = 64 << 10

	blockPlaces = 32 // most places of a block; 16 takes as long for distances and two thirds for stars, with twice the boxes (BenchmarkWithin)
	fanOut      = 8
	maxCoarse   = 512 // most coarse boxes
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

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
	at := headBytes
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
	crcs   []byte        // one u32 a page
	right  []atomic.Bool // pages found right
	coarse []coarse
}

// splitSection checks the frame of a section and parses its footer.
func splitSection(b []byte) (*section, error) {
	if len(b) < headBytes+tailBytes {
		return nil, corrupt("%d bytes, want at least %d", len(b), headBytes+tailBytes)
	}
	for i, c := range b[:headBytes] {
		if i < len(magic) && c != magic[i] || i >= len(magic) && c != 0 {
			return nil, corrupt("bad magic %x", b[:len(magic)])
		}
	}
	tail := b[len(b)-tailBytes:]
	if string(tail[8:]) != magic {
		return nil, corrupt("bad magic %x at the end", tail[8:])
	}
	n, crc := int(binary.LittleEndian.Uint32(tail)), binary.LittleEndian.Uint32(tail[4:])
	if n > len(b)-headBytes-tailBytes {
		return nil, corrupt("footer of %d bytes in a section of %d", n, len(b))
	}
	at := len(b) - tailBytes - n
	foot := b[at : at+n]
	if have := crc32.Checksum(foot, castagnoli); have != crc {
		return nil, corrupt("crc32c of the footer is %08x, want %08x", have, crc)
	}
	return parseFooter(b, foot, at)
}

func parseFooter(b, foot []byte, end int) (*section, error) {
	r := reader{b: foot}
	n := r.uint(rows.MaxRows)
	places := r.uint(n)
	blocks := r.uint(places)
	s := &section{b: b, layout: newLayout(n, places, blocks, r.uint(end))}
	pages := r.uint(len(foot) / 4)
	s.crcs = r.take(4 * pages)
	s.right = make([]atomic.Bool, pages)
	many := r.uint(maxCoarse)
	sum := 0
	for range many {
		c := coarse{box: r.box()}
		c.places = r.uint(n)
		sum += c.places
		s.coarse = append(s.coarse, c)
		if r.bad != "" {
			break
		}
	}
	switch {
	case r.bad != "":
		return nil, corrupt("footer at byte %d: %s", len(foot)-len(r.b), r.bad)
	case len(r.b) > 0:
		return nil, corrupt("footer has %d bytes too many", len(r.b))
	case s.end != end || pages != pagesOf(end):
		return nil, corrupt("parts end at byte %d with %d pages, want %d with %d", s.end, pages, end, pagesOf(end))
	case places > blocks*blockPlaces:
		return nil, corrupt("%d places in %d blocks, want at most %d a block", places, blocks, blockPlaces)
	case sum != places:
		return nil, corrupt("%d places in the coarse boxes, want %d", sum, places)
	}
	return s, nil
}

// pagesOf returns the number of pages of [64, end).
func pagesOf(end int) int { return (end - headBytes + pageBytes - 1) / pageBytes }

// check makes sure of the bytes [at, at+n).
func (s *section) check(at, n int) error {
	if n == 0 {
		return nil
	}
	for p := (at - headBytes) / pageBytes; p <= (at+n-1-headBytes)/pageBytes; p++ {
		if s.right[p].Load() {
			continue
		}
		lo := headBytes + p*pageBytes
		hi := min(lo+pageBytes, s.end)
		want := binary.LittleEndian.Uint32(s.crcs[4*p:])
		if have := crc32.Checksum(s.b[lo:hi], castagnoli); have != want {
			return fault.Errorf("geo: read", fault.Corrupt, "crc32c of bytes [%d, %d) is %08x, want %08x", lo, hi, have, want)
		}
		s.right[p].Store(true)
	}
	return nil
}

// reader reads the primitives of a footer. The first thing wrong stays in bad;
// after it everything reads as zero.
type reader struct {
	b   []byte
	bad string
}

func (r *reader) uint(most int) int {
	v, n := binary.Uvarint(r.b)
	switch {
	case r.bad != "":
		return 0
	case n <= 0:
		r.bad = "it ends within a number"
		return 0
	case v > uint64(most):
		r.bad = "a number is too large"
		return 0
	}
	r.b = r.b[n:]
	return int(v)
}

func (r *reader) take(n int) []byte {
	if r.bad != "" || n > len(r.b) {
		if r.bad == "" {
			r.bad = "it ends within a word"
		}
		return make([]byte, n)
	}
	p := r.b[:n:n]
	r.b = r.b[n:]
	return p
}

func (r *reader) box() (b box) {
	p := r.take(24)
	for d := range 3 {
		b.lo[d] = math.Float32frombits(binary.LittleEndian.Uint32(p[4*d:]))
		b.hi[d] = math.Float32frombits(binary.LittleEndian.Uint32(p[12+4*d:]))
	}
	return b
}

func (b *box) append(dst []byte) []byte {
	for _, v := range [6]float32{b.lo[0], b.lo[1], b.lo[2], b.hi[0], b.hi[1], b.hi[2]} {
		dst = binary.LittleEndian.AppendUint32(dst, math.Float32bits(v))
	}
	return dst
}

var littleEndian = binary.NativeEndian.Uint16([]byte{1, 0}) == 1

// view returns b as n numbers: itself where the machine and its place in memory
// allow it, else a copy.
func view[T uint32 | uint64 | float32 | box](b []byte, n int) []T {
	if n == 0 {
		return nil
	}
	size := int(unsafe.Sizeof(*new(T)))
	b = b[:n*size]
	align := unsafe.Alignof(*new(T))
	if littleEndian && uintptr(unsafe.Pointer(&b[0]))%align == 0 {
		return unsafe.Slice((*T)(unsafe.Pointer(&b[0])), n)
	}
	out := make([]T, n)
	to := unsafe.Slice((*byte)(unsafe.Pointer(&out[0])), len(b))
	copy(to, b)
	if !littleEndian {
		word := min(size, 8)
		if size == 24 {
			word = 4
		}
		for i := 0; i < len(to); i += word {
			for j := range word / 2 {
				to[i+j], to[i+word-1-j] = to[i+word-1-j], to[i+j]
			}
		}
	}
	return out
}
