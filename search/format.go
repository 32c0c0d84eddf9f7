package search

import (
	"encoding/binary"
	"io"
	"math"

	"github.com/quindex/quindex/codec"
	"github.com/quindex/quindex/engines/frame"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/rows"
)

// A section of text. All numbers are little-endian; each part begins at a
// multiple of 64 and is padded with zeros:
//
//	+--------+-------+------------+----------+---------+-------+---------+
//	| magic  | zeros | dictionary | postings | bitmaps | nulls | lengths |
//	| 8 B    | 56 B  | FST        | of terms | of rows |       | n bytes |
//	+--------+-------+------------+----------+---------+-------+---------+
//	| footer | length | crc32c    | magic |  length and crc32c are those of the footer
//	| F B    | u32    | u32       | 8 B   |
//	+-----------------------------+-------+
//
// The dictionary is an FST (vellum, version 1) from a term to the offset of its
// postings in their part. Lengths hold, for each row, its number of tokens as
// one byte (see lengthByte). Nulls is a roaring bitmap of the rows without a
// text, empty if all have one. The postings of a term (v: unsigned varint):
//
//	v rows that hold it * 2 + dense
//	dense 1: v offset, v length of a roaring bitmap of these rows, in bitmaps
//	more than 128 rows: v bytes of all blocks, then a skip entry a block:
//	  u32 last row | u32 offset in the blocks | 4 x (u8 frequency, u8 length)
//	blocks of 128 rows, the last shorter:
//	  u8 wd | u8 wf | u8 wp | rows, wd bits each | frequencies, wf | positions, wp
//
// Rows are kept as the distance from the row before (the first block's first
// from 0), frequencies less 1, positions as they are, row by row ascending.
// Bits fill bytes from the lowest; each of the three lists begins a byte. The
// pairs of a skip entry bound the block: every row of it has at most the
// frequency and at least the length of one of them, whatever the average
// length is; frequency 255 means any.
//
// The footer is varints, and 4-byte words (d):
//
//	v rows, v rows without text, v sum of lengths as kept, v terms,
//	v postings, v length and bytes of the analyzer's name,
//	v offset, v length of each of the five parts,
//	d crc32c of each page of 64 KiB from byte 0 to the footer
//
// A page's checksum is verified when something on it is first touched.
//
// History: 1 (2026-11) first.
const magic = "QXTEXT\x00\x01"

const (
	pageBytes = 64 << 10

	blockRows = 128
	skipBytes = 16
	impacts   = 4 // pairs of a skip entry
	slack     = 8 // bytes past a packed list that may be read
)

// The parts of a section, in order.
const (
	partDict = iota
	partPostings
	partBitmaps
	partNulls
	partLengths
	parts
)

var partNames = [parts]string{"dictionary", "postings", "bitmaps", "nulls", "lengths"}

type extent struct{ off, len int }

// footer is what a section says of itself.
type footer struct {
	rows, nulls int
	tokens      int // the sum of lengthOf of the rows' length bytes
	terms       int
	postings    int
	analyzer    string
	part        [parts]extent
	pages       []uint32
}

func corrupt(format string, args ...any) error {
	return fault.Errorf("search: open section", fault.Corrupt, format, args...)
}

// output writes parts and keeps the checksums of the pages they fall on.
type output struct {
	w     io.Writer
	off   int
	crc   uint32
	pages []uint32
}

func (o *output) write(p []byte) error {
	for b := p; len(b) > 0; {
		n := min(len(b), pageBytes-o.off%pageBytes)
		o.crc = frame.Update(o.crc, b[:n])
		if o.off += n; o.off%pageBytes == 0 {
			o.pages = append(o.pages, o.crc)
			o.crc = 0
		}
		b = b[n:]
	}
	if _, err := o.w.Write(p); err != nil {
		return fault.E("search: write", fault.IO, err)
	}
	return nil
}

// part writes p and pads it.
func (o *output) part(p []byte) (extent, error) {
	x := extent{o.off, len(p)}
	if err := o.write(p); err != nil {
		return x, err
	}
	return x, o.write(make([]byte, -o.off&(codec.Align-1)))
}

// tail writes the footer.
func (o *output) tail(f *footer) error {
	if o.off%pageBytes != 0 {
		o.pages = append(o.pages, o.crc)
	}
	var b []byte
	for _, n := range []int{f.rows, f.nulls, f.tokens, f.terms, f.postings, len(f.analyzer)} {
		b = binary.AppendUvarint(b, uint64(n))
	}
	b = append(b, f.analyzer...)
	for _, x := range f.part {
		b = binary.AppendUvarint(binary.AppendUvarint(b, uint64(x.off)), uint64(x.len))
	}
	for _, crc := range o.pages {
		b = binary.LittleEndian.AppendUint32(b, crc)
	}
	if _, err := o.w.Write(frame.AppendTail(b[:0], b, magic)); err != nil {
		return fault.E("search: write", fault.IO, err)
	}
	return nil
}

// splitSection checks the frame of a section and returns its parsed footer.
func splitSection(b []byte) (*footer, error) {
	foot, at, err := frame.Split(b, magic)
	if err != nil {
		return nil, fault.E("search: open section", err)
	}
	return parseFooter(foot, at)
}

// parseFooter reads a footer; end is where the last part must end.
func parseFooter(b []byte, end int) (*footer, error) {
	r := frame.NewReader(b, end)
	f := &footer{}
	f.rows = r.Int(rows.MaxRows)
	f.nulls = r.Int(f.rows)
	f.tokens, f.terms, f.postings = r.Int(math.MaxInt), r.Int(math.MaxInt32), r.Int(math.MaxInt)
	f.analyzer = r.Text(len(b))
	next := frame.HeadBytes
	for i := range f.part {
		x := extent{r.Int(end), r.Int(end)}
		if x.off != next || x.len > end-x.off {
			r.Fail("part " + partNames[i] + " is out of place")
			break
		}
		next = (x.off + x.len + codec.Align - 1) &^ (codec.Align - 1)
		f.part[i] = x
	}
	b = r.Take(4 * frame.CountPages(0, end, pageBytes))
	if err := r.Err(); err != nil {
		return nil, fault.E("search: open section", err)
	}
	if next != end || f.part[partLengths].len != f.rows {
		return nil, corrupt("parts end at byte %d with %d lengths, want %d with %d", next, f.part[partLengths].len, end, f.rows)
	}
	for ; len(b) > 0; b = b[4:] {
		f.pages = append(f.pages, binary.LittleEndian.Uint32(b))
	}
	return f, nil
}
