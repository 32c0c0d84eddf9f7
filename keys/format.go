package keys

import (
	"github.com/quindex/quindex/engines/frame"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/rows"
)

// A section of keys. All numbers are little-endian; every part begins at a
// multiple of 64 bytes, reached with zeros.
//
//	+-----------------+-----------+---------+---------+-------+
//	| magic  | zeros  | bloom     | entries | offsets | bytes |
//	| 8 B    | 56 B   | B x 32 B  | K u64   | K+1 u32 |       |
//	+-----------------+-----------+---------+---------+-------+
//	| footer | length | crc32c | magic |   length and crc32c are those of the footer
//	| F B    | u32    | u32    | 8 B   |
//	+--------------------------------+
//
// The K rows whose key is not NULL each have an entry: the first 40 bits of
// the xxhash64 of the key's bytes, then 24 bits of row number. Entries ascend.
// The bytes of a key are those of record.AppendKey of its columns in order,
// ascending with NULL last. Key i of the entries is bytes[offsets[i],
// offsets[i+1]); where all columns of the key are integers there are neither
// offsets nor bytes, and the columns are compared.
//
// The filter has 12 bits a key in blocks of eight u32. With h the 40 bits of a
// key, its block is h*B >> 40, and in each of the block's words i one bit is
// set: the first five bits of m * salt[i] modulo 2^32, where m is the upper half
// of h * 0x9e3779b97f4a7c15 modulo 2^64.
//
// The footer is unsigned varints (v) and 4-byte words (d):
//
//	footer: v rows, v K, v B, v 1 if there are offsets, v length of bytes,
//	        v pages, d crc32c of each page of 16 KiB of [64, footer)
//
// History: 1 (2026-11) first.
const magic = "QXKEYS\x00\x01"

const (
	pageBytes  = 16 << 10
	bitsPerKey = 12
	blockBytes = 32
	rowBits    = 24 // of an entry; rows.MaxRows is 1 << 24
	hashBits   = 64 - rowBits
)

// salts are those of the split block filter of Apache Parquet.
var salts = [8]uint32{0x47b6137b, 0x44974d91, 0x8824ad5b, 0xa2b7289d, 0x705495c7, 0x2df1424b, 0x9efc4947, 0x5c6bfb31}

// layout is where the parts of a section are; it follows from five numbers.
type layout struct {
	rows, keys, blocks, bytes               int
	own                                     bool // the bytes of the keys are in the section
	atBloom, atEntries, atOff, atBytes, end int
}

func newLayout(n, keys, blocks, bytes int, own bool) layout {
	l := layout{rows: n, keys: keys, blocks: blocks, bytes: bytes, own: own}
	at := frame.HeadBytes
	next := func(bytes int) int {
		from := at
		at = (at + bytes + 63) &^ 63
		return from
	}
	l.atBloom, l.atEntries = next(blockBytes*blocks), next(8*keys)
	l.atOff, l.atBytes = at, at
	if own {
		l.atOff, l.atBytes = next(4*(keys+1)), next(bytes)
	}
	l.end = at
	return l
}

// blocksFor is the number of blocks of the filter of n keys.
func blocksFor(n int) int { return (n*bitsPerKey + 8*blockBytes - 1) / (8 * blockBytes) }

func corrupt(format string, args ...any) error {
	return fault.Errorf("keys: open section", fault.Corrupt, format, args...)
}

// section is the frame of an open section: bytes are looked at after the
// checksums of their pages were found right.
type section struct {
	layout
	b       []byte
	path    string // for errors
	pages   *frame.Pages
	bloom   []uint64 // four words a block, of two words of the filter each
	entries []uint64
	off     []uint32
}

// splitSection checks the frame of a section and parses its footer.
func splitSection(b []byte) (*section, error) {
	foot, at, err := frame.Split(b, magic)
	if err != nil {
		return nil, fault.E("keys: open section", err)
	}
	return parseFooter(b, foot, at)
}

func parseFooter(b, foot []byte, end int) (*section, error) {
	r := frame.NewReader(foot, end)
	n := r.Int(rows.MaxRows)
	keys, blocks := r.Int(n), r.Int(blocksFor(n))
	own := r.Flag()
	s := &section{b: b, layout: newLayout(n, keys, blocks, r.Int(end), own)}
	pages := r.Int(pagesOf(end))
	crcs := r.Take(4 * pages)
	if err := r.Err(); err != nil {
		return nil, fault.E("keys: open section", err)
	}
	switch {
	case s.end != end || pages != pagesOf(end):
		return nil, corrupt("parts end at byte %d with %d pages, want %d with %d", s.end, pages, end, pagesOf(end))
	case blocks != blocksFor(keys):
		return nil, corrupt("%d filter blocks for %d keys, want %d", blocks, keys, blocksFor(keys))
	}
	s.pages = frame.NewPages(b, crcs, frame.HeadBytes, end, pageBytes)
	s.bloom = frame.View[uint64](b[s.atBloom:], 4*blocks)
	s.entries = frame.View[uint64](b[s.atEntries:], keys)
	if own {
		s.off = frame.View[uint32](b[s.atOff:], keys+1)
	}
	return s, nil
}

// pagesOf returns the number of pages of [64, end).
func pagesOf(end int) int { return frame.CountPages(frame.HeadBytes, end, pageBytes) }

// check makes sure of the bytes [at, at+n).
func (s *section) check(at, n int) error {
	if s.pages.Right() {
		return nil
	}
	return s.checkPages(at, n)
}

func (s *section) checkPages(at, n int) error {
	if err := s.pages.Check(at, n); err != nil {
		return fault.E("keys: read", fault.Item(s.path), err)
	}
	return nil
}
