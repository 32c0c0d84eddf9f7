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

// readKey appends the value at the front of key to c and returns the rest.
func readKey(c *record.Column, key []byte) []byte {
	if key[0] == 0 {
		c.AppendNull()
		return key[1:]
	}
	v, rest := keyValue(c.Type, key[1:])
	c.Append(v)
	return rest
}

// readKeyChecked is readKey for bytes that another process may have made.
func readKeyChecked(c *record.Column, key []byte) (rest []byte, err error) {
	defer func() {
		if recover() != nil { // an index past the end: the bytes are too short
			err = fault.Errorf("exec: read key", fault.Corrupt, "%d bytes are no %s", len(key), c.Type)
		}
	}()
	if len(key) > 0 && key[0] > 1 {
		return nil, fault.Errorf("exec: read key", fault.Corrupt, "tag %d, want 0 or 1", key[0])
	}
	return readKey(c, key), nil
}

func keyValue(t record.Type, key []byte) (record.Value, []byte) {
	le := binary.LittleEndian
	v := record.Value{Type: t, Valid: true}
	switch t.Storage() {
	case record.Ints:
		v.I = int64(le.Uint64(key))
		return v, key[8:]
	case record.Floats:
		v.F = math.Float64frombits(le.Uint64(key))
		return v, key[8:]
	case record.Points:
		v.F, v.Lat = math.Float64frombits(le.Uint64(key)), math.Float64frombits(le.Uint64(key[8:]))
		return v, key[16:]
	case record.Strs:
		n, k := binary.Uvarint(key)
		v.S = string(key[k : k+int(n)])
		return v, key[k+int(n):]
	case record.Spans:
		v.Span = record.Span{Months: int64(le.Uint64(key)), Days: int64(le.Uint64(key[8:])), Nanos: int64(le.Uint64(key[16:]))}
		return v, key[24:]
	case record.Array:
		n, k := binary.Uvarint(key)
		key = key[k:]
		for range n {
			var e record.Value
			e, key = keyValue(t.Elem(), key)
			v.Elems = append(v.Elems, e)
		}
	}
	return v, key
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
