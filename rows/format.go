package rows

import (
	"encoding/binary"
	"fmt"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/quindex/quindex/fault"
)

// The wire form of a Set. Integers are little-endian.
//
//	+-----+                      the empty set
//	| 0x00|
//	+-----+--------+--------+
//	| 0x01| lo u32 | hi u32 |    the range [lo, hi), lo < hi
//	+-----+--------+--------+
//	| 0x02| roaring's portable format, to the end
//	+-----+--------------------
const (
	tagEmpty   = 0
	tagRange   = 1
	tagRoaring = 2
)

// AppendBinary appends the wire form of s.
func (s Set) AppendBinary(dst []byte) []byte {
	switch {
	case s.IsEmpty():
		return append(dst, tagEmpty)
	case s.span():
		dst = append(dst, tagRange)
		dst = binary.LittleEndian.AppendUint32(dst, s.lo)
		return binary.LittleEndian.AppendUint32(dst, s.hi)
	}
	raw, err := s.Roaring().ToBytes()
	if err != nil {
		panic(fmt.Sprintf("BUG: rows: roaring in memory cannot be written: %v", err))
	}
	return append(append(dst, tagRoaring), raw...)
}

// Decode reads a set as AppendBinary wrote it; b holds nothing else. The set
// may point into b, which must not change while it is in use.
func Decode(b []byte) (Set, error) {
	if len(b) == 0 {
		return Set{}, corrupt("no bytes, want at least 1")
	}
	switch body := b[1:]; b[0] {
	case tagEmpty:
		if len(body) != 0 {
			return Set{}, corrupt("%d bytes after an empty set", len(body))
		}
		return Set{}, nil
	case tagRange:
		return decodeRange(body)
	case tagRoaring:
		return decodeRoaring(body)
	}
	return Set{}, corrupt("tag 0x%02x, want 0 to 2", b[0])
}

func decodeRange(b []byte) (Set, error) {
	if len(b) != 8 {
		return Set{}, corrupt("a range of %d bytes, want 8", len(b))
	}
	lo, hi := binary.LittleEndian.Uint32(b), binary.LittleEndian.Uint32(b[4:])
	if lo >= hi || hi > MaxRows {
		return Set{}, corrupt("range [%d, %d), want ascending and at most %d", lo, hi, MaxRows)
	}
	return Set{lo: lo, hi: hi}, nil
}

func decodeRoaring(b []byte) (s Set, err error) {
	// The library checks what it reads, but promises no more than an error or a panic.
	defer func() {
		if p := recover(); p != nil {
			s, err = Set{}, corrupt("roaring: %v", p)
		}
	}()
	bm := roaring.New()
	n, err := bm.FromUnsafeBytes(b)
	if err != nil {
		return Set{}, corrupt("roaring: %w", err)
	}
	if n != int64(len(b)) {
		return Set{}, corrupt("roaring takes %d bytes of %d", n, len(b))
	}
	if bm.IsEmpty() {
		return Set{}, nil
	}
	if err := bm.Validate(); err != nil {
		return Set{}, corrupt("roaring: %w", err)
	}
	if m := bm.Maximum(); m >= MaxRows {
		return Set{}, corrupt("row %d, want below %d", m, MaxRows)
	}
	return Of(bm), nil
}

func corrupt(format string, args ...any) error {
	return fault.Errorf("rows: decode", fault.Corrupt, format, args...)
}
