package exec

import (
	"encoding/binary"
	"math"

	"github.com/cespare/xxhash/v2"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
)

// The bytes of a key, so that equal values have equal bytes: for each column
// 0 for NULL, or 1 and the value: 8 bytes of an integer or a float (-0 as 0,
// every NaN as one), 16 of a point, 24 of an interval, a length and the bytes
// of a string, a count and the elements of an array.

// appendKey appends row i of c.
func appendKey(dst []byte, c *record.Column, i int) []byte {
	if c.IsNull(i) {
		return append(dst, 0)
	}
	return appendKeyValue(append(dst, 1), c, i)
}

func appendKeyValue(dst []byte, c *record.Column, i int) []byte {
	le := binary.LittleEndian
	switch c.Type.Storage() {
	case record.Ints:
		return le.AppendUint64(dst, uint64(c.Ints[i]))
	case record.Floats:
		return le.AppendUint64(dst, floatKey(c.Floats[i]))
	case record.Points:
		return le.AppendUint64(le.AppendUint64(dst, floatKey(c.Floats[i])), floatKey(c.Lats[i]))
	case record.Strs:
		return appendKeyString(dst, c.Strs.At(i))
	case record.Spans:
		s := c.Spans[i]
		dst = le.AppendUint64(dst, uint64(s.Months))
		return le.AppendUint64(le.AppendUint64(dst, uint64(s.Days)), uint64(s.Nanos))
	case record.Array:
		lo, hi := c.Off[i], c.Off[i+1]
		dst = binary.AppendUvarint(dst, uint64(hi-lo))
		for j := lo; j < hi; j++ {
			dst = appendKeyValue(dst, c.Elem, int(j))
		}
	}
	return dst
}

func appendKeyString(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

// floatKey is equal for floats that record.CompareFloats calls equal.
func floatKey(f float64) uint64 {
	switch {
	case f == 0:
		return 0
	case f != f:
		return math.Float64bits(math.NaN())
	}
	return math.Float64bits(f)
}

// readKey appends the value at the front of key, which appendKey wrote, to c
// and returns the rest.
func readKey(c *record.Column, key []byte) []byte {
	rest, err := readKeyChecked(c, key)
	if err != nil {
		panic("BUG: " + err.Error())
	}
	return rest
}

// readKeyChecked is readKey for bytes that another process may have made.
func readKeyChecked(c *record.Column, key []byte) ([]byte, error) {
	if len(key) > 0 && key[0] == 0 {
		c.AppendNull()
		return key[1:], nil
	}
	if len(key) > 0 && key[0] == 1 {
		if v, rest, ok := keyValue(c.Type, key[1:]); ok {
			c.Append(v)
			return rest, nil
		}
	}
	return nil, fault.Errorf("exec: read key", fault.Corrupt, "%d bytes are no %s", len(key), c.Type)
}

// keyValue decodes the value at the front of key; false if the bytes are short.
func keyValue(t record.Type, key []byte) (v record.Value, rest []byte, ok bool) {
	le := binary.LittleEndian
	v = record.Value{Type: t, Valid: true}
	fixed := keyWidth(t)
	if len(key) < fixed {
		return v, nil, false
	}
	switch t.Storage() {
	case record.Ints:
		v.I = int64(le.Uint64(key))
	case record.Floats:
		v.F = math.Float64frombits(le.Uint64(key))
	case record.Points:
		v.F, v.Lat = math.Float64frombits(le.Uint64(key)), math.Float64frombits(le.Uint64(key[8:]))
	case record.Spans:
		v.Span = record.Span{Months: int64(le.Uint64(key)), Days: int64(le.Uint64(key[8:])), Nanos: int64(le.Uint64(key[16:]))}
	case record.Strs:
		n, k := binary.Uvarint(key)
		if k <= 0 || n > uint64(len(key)-k) {
			return v, nil, false
		}
		v.S = string(key[k : k+int(n)])
		return v, key[k+int(n):], true
	case record.Array:
		return keyArray(v, key)
	}
	return v, key[fixed:], true
}

// keyWidth is the size of a value of t, where all have the same; else 0.
func keyWidth(t record.Type) int {
	switch t.Storage() {
	case record.Ints, record.Floats:
		return 8
	case record.Points:
		return 16
	case record.Spans:
		return 24
	}
	return 0
}

// keyArray decodes a count and that many elements, each of at least a byte.
func keyArray(v record.Value, key []byte) (record.Value, []byte, bool) {
	n, k := binary.Uvarint(key)
	if k <= 0 || n > uint64(len(key)-k) {
		return v, nil, false
	}
	key = key[k:]
	for range n {
		e, rest, ok := keyValue(v.Type.Elem(), key)
		if !ok {
			return v, nil, false
		}
		v.Elems, key = append(v.Elems, e), rest
	}
	return v, key, true
}

// hashKey is the hash of a key. That of a single string is the hash of the
// string itself, as dictionaries keep it.
func hashKey(key []byte, oneString bool) uint64 {
	if oneString && key[0] == 1 {
		_, k := binary.Uvarint(key[1:])
		return xxhash.Sum64(key[1+k:])
	}
	return xxhash.Sum64(key)
}

// floatWord and wordFloat carry a float in a word.
func floatWord(f float64) uint64 { return math.Float64bits(f) }
func wordFloat(w uint64) float64 { return math.Float64frombits(w) }
