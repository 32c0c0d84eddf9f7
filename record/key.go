package record

import (
	"encoding/binary"
	"strings"
)

// AppendKey appends bytes that order like v among values of the same type
// under bytes.Compare, and are equal where Compare finds no difference. Keys of
// several values, one after the other, order like the tuples: no key is the
// beginning of another.
//
//	null       00 where nulls come first, else 02
//	otherwise  01, then by storage, all bits turned round where desc:
//	  ints     int64 big-endian with the sign bit turned round
//	  floats   float64 big-endian; negative: all bits turned round, else the sign; NaN last
//	  points   two floats
//	  spans    the length: days and the nanoseconds beyond them, as ints
//	  strings  the bytes, 00 as 00 ff; then 00 01
//	  arrays   02 and the element's value, for each; then 01
func AppendKey(dst []byte, v Value, desc, nullsFirst bool) []byte {
	if !v.Valid {
		if nullsFirst {
			return append(dst, 0)
		}
		return append(dst, 2)
	}
	dst = append(dst, 1)
	start := len(dst)
	dst = appendKeyValue(dst, v)
	if desc {
		for i := start; i < len(dst); i++ {
			dst[i] = ^dst[i]
		}
	}
	return dst
}

// AppendKey appends the bytes of row i, those of the function AppendKey of its
// value, ascending with NULL last.
func (c *Column) AppendKey(dst []byte, i int) []byte {
	if c.IsNull(i) {
		return append(dst, 2)
	}
	switch c.Type.Storage() {
	case Ints:
		return appendKeyInt(append(dst, 1), c.Ints[i])
	case Strs:
		return appendKeyString(append(dst, 1), c.Strs.At(i))
	}
	return AppendKey(dst, c.Value(i), false, false)
}

func appendKeyValue(dst []byte, v Value) []byte {
	switch v.Type.Storage() {
	case Floats:
		return appendKeyFloat(dst, v.F)
	case Points:
		return appendKeyFloat(appendKeyFloat(dst, v.F), v.Lat)
	case Spans:
		days, nanos := v.Span.length()
		return appendKeyInt(appendKeyInt(dst, days), nanos)
	case Strs:
		return appendKeyString(dst, v.S)
	case Array:
		for _, e := range v.Elems {
			dst = appendKeyValue(append(dst, 2), e)
		}
		return append(dst, 1)
	}
	return appendKeyInt(dst, v.I)
}

func appendKeyInt(dst []byte, i int64) []byte {
	return binary.BigEndian.AppendUint64(dst, uint64(i)^1<<63)
}

func appendKeyFloat(dst []byte, f float64) []byte {
	bits := canonicalBits(f)
	if f < 0 {
		bits = ^bits
	} else {
		bits ^= 1 << 63
	}
	return binary.BigEndian.AppendUint64(dst, bits)
}

func appendKeyString(dst []byte, s string) []byte {
	if strings.IndexByte(s, 0) < 0 {
		return append(append(dst, s...), 0, 1)
	}
	for i := range len(s) {
		dst = append(dst, s[i])
		if s[i] == 0 {
			dst = append(dst, 0xff)
		}
	}
	return append(dst, 0, 1)
}
