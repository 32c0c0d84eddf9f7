package timeseries

import (
	"github.com/quindex/quindex/codec"
	"github.com/quindex/quindex/engines/frame"
	"github.com/quindex/quindex/fault"
)

// A section of a series directory. All numbers are little-endian; "|" between
// parts is a multiple of 64 bytes, reached with zeros that belong to the part
// before:
//
//	+-----------------+------------------+-----------------+--------------------------+
//	| magic  | zeros  | values and codes | the same of the | lengths, nulls, firsts,  |
//	| 8 B    | 56 B   | of series column | other series    | spans, strides, fences   |
//	|        |        | 0                | columns         |                          |
//	+-----------------+------------------+-----------------+--------------------------+
//	| footer | length | crc32c    | magic |  length and crc32c are those of the footer
//	| F B    | u32    | u32       | 8 B   |
//	+-----------------------------+-------+
//
// Series are numbered 0..s-1 in the order of their rows, which is that of their
// values, column by column, NULL last. A list is numbers, 65,536 a block, in
// blocks of package codec. The values of a series column are the distinct ones
// in ascending order, strings as a dictionary of package codec and others as a
// list; codes has for each series the place of its value among them, or their
// number for NULL. Of each series, the lists hold
//
//	lengths  its rows; they follow those of the series before it
//	nulls    how many of them, the last ones, have no time
//	firsts   its first time, as (time - origin) / unit; 0 where it has no time
//	spans    its last time less its first, / unit
//	strides  0: times are uneven; else 1 + the step between any two, / unit
//	fences   of each series of uneven times in turn: the time of its rows 1024,
//	         2048, ..., as (time - origin) / unit
//
// A list of which all numbers are equal is one block header. The footer is a
// list of unsigned varints (v), 8-byte words (w) and 4-byte words (d):
//
//	footer:  v rows, v flags (1 rows are in order, 2 there are times), then, if in order:
//	         v series, column of the time,
//	         w origin (the least time), w last (the greatest), w unit, v rows without a time,
//	         v series columns, series column..., lists of lengths, nulls, firsts, spans, strides, fences
//	series column: column, v values, extent of the dictionary or list of the values, list of codes
//	column:  v id, v kind, v precision, v scale
//	list:    v numbers, extent of a block...
//	extent:  v offset, v length, d crc32c of the bytes [offset, offset+length)
//
// The extents follow one another without a gap from byte 64 to the footer, so
// that every byte of the section is under a checksum.
//
// History: 1 (2026-11) first.
const magic = "QXTIME\x00\x01"

const (
	// fenceRows is the number of rows between two fences: one vector.
	fenceRows = 1024
)

const (
	inOrder = 1 << iota
	hasTimes
)

// extent is a checksummed piece of the section.
type extent = frame.Extent

// bytesOf returns an extent's bytes after checking them.
func bytesOf(x extent, section []byte, what string) ([]byte, error) {
	b, err := x.Bytes(section)
	if err != nil {
		return nil, fault.E("timeseries: read "+what, err)
	}
	return b, nil
}

func corrupt(format string, args ...any) error {
	return fault.Errorf("timeseries: open section", fault.Corrupt, format, args...)
}

// blocksOf returns the number of blocks of n rows, or of a list of n.
func blocksOf(n int) int { return (n + codec.BlockRows - 1) / codec.BlockRows }
