package columnar

import (
	"github.com/quindex/quindex/codec"
	"github.com/quindex/quindex/engines/frame"
	"github.com/quindex/quindex/fault"
)

// A section of columns. All numbers are little-endian; "|" between parts is a
// multiple of 64 bytes, reached with zeros that belong to the part before:
//
//	+-----------------+-----------+------------------+-------------+---------------+
//	| magic  | zeros  | blocks of | dictionary of    | bitmaps and | more columns  |
//	| 8 B    | 56 B   | column 0  | column 0, if any | blooms of 0 | in this order |
//	+-----------------+-----------+------------------+-------------+---------------+
//	| footer | length | crc32c    | magic |  length and crc32c are those of the footer
//	| F B    | u32    | u32       | 8 B   |
//	+-----------------------------+-------+
//
// The layout of blocks and dictionaries is in package codec. A bitmap is a
// roaring bitmap in its portable form: the rows that hold one value, or NULL.
// A bloom filter is one of bits-and-blooms/bloom/v3 over the values of a block:
//
//	 0           8             16      64
//	+-----------+-------------+-------+--------------------+
//	| bits, u64 | hashes, u64 | zeros | (bits+63)/64 x u64 |
//	+-----------+-------------+-------+--------------------+
//
// Its keys are text as it is, numbers as 8 bytes (floats with one zero and one
// NaN), points as two floats.
//
// The footer is a list of unsigned varints (v), signed ones (s), 8-byte words
// (w), 4-byte words (d) and strings (t: v length, bytes):
//
//	footer:  v rows, v columns, column...
//	column:  v id, v kind, v precision, v scale, v flags (1 dictionary, 2 values,
//	         4 counts, 8 bitmaps, 16 null bitmap, 32 blooms, 64 distinct),
//	         v blocks, block...,
//	         1: v entries, extent of the dictionary
//	        64: v distinct values
//	         2: v values, s first, v step to the next...   (integers only)
//	         4: v rows that hold the value...              (one a value or entry)
//	         8: extent of the value's bitmap...
//	        16: extent of the bitmap of NULLs
//	        32: extent of the block's filter...
//	block:   extent, v form, v width, v rows, v nulls, v known
//	         (1 bounds, 2 text bounds, 4 latitude bounds),
//	         1: w lo, w hi, w sum's upper half, w sum's lower half, w sum of floats
//	         2: t least, t largest
//	         4: w least latitude, w largest
//	extent:  v offset, v length, d crc32c of the bytes [offset, offset+length)
//
// The extents follow one another without a gap from byte 64 to the footer, so
// that every byte of the section is under a checksum.
//
// History: 1 (2026-11) first; later that month, before anything was released,
// blocks of packed integers, with option pack=on.
const magic = "QXCOLS\x00\x01"

// extent is a checksummed piece of the section.
type extent = frame.Extent

// bytesOf returns an extent's bytes after checking them.
func bytesOf(x extent, section []byte, what string) ([]byte, error) {
	b, err := x.Bytes(section)
	if err != nil {
		return nil, fault.E("columnar: read "+what, err)
	}
	return b, nil
}

const (
	hasDict = 1 << iota
	hasValues
	hasCounts
	hasBitmaps
	hasNullMap
	hasBlooms
	hasDistinct
)

const (
	hasBounds = 1 << iota
	hasTextBounds
	hasLatBounds
)

func corrupt(format string, args ...any) error {
	return fault.Errorf("columnar: open section", fault.Corrupt, format, args...)
}

// blockRows returns the number of rows of block b of a segment of n rows.
func blockRows(n, b int) int { return min(n-b*codec.BlockRows, codec.BlockRows) }

// blocksOf returns the number of blocks of n rows.
func blocksOf(n int) int { return (n + codec.BlockRows - 1) / codec.BlockRows }
