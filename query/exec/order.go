package exec

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"math"

	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/record"
)

// rank writes to dst a number for each row of key column c that orders as the
// key does, ties left open: smaller comes first, and rows of different rank
// differ. For strings it is the first eight bytes.
func rank(dst []uint64, k plan.SortKey, c *record.Column) []uint64 {
	dst = resize(dst, c.N)
	switch c.Type.Storage() {
	case record.Ints:
		for i, x := range c.Ints[:c.N] {
			dst[i] = uint64(x) ^ 1<<63
		}
	case record.Floats:
		for i, x := range c.Floats[:c.N] {
			dst[i] = rankFloat(x)
		}
	case record.Strs:
		for i := range dst {
			dst[i] = rankString(c.Strs.At(i))
		}
	default:
		clear(dst)
	}
	if k.Desc {
		for i, r := range dst {
			dst[i] = ^r
		}
	}
	if c.Valid == nil {
		return dst
	}
	for i := range dst {
		if !c.Valid.Get(i) {
			dst[i] = rankNull(k)
		}
	}
	return dst
}

func rankNull(k plan.SortKey) uint64 {
	if k.NullsFirst {
		return 0
	}
	return math.MaxUint64
}

func rankFloat(f float64) uint64 {
	b := floatKey(f)
	if f != f {
		return math.MaxUint64
	}
	if b>>63 != 0 {
		return ^b
	}
	return b | 1<<63
}

func rankString(s string) uint64 {
	if len(s) >= 8 {
		return binary.BigEndian.Uint64([]byte(s[:8]))
	}
	var b [8]byte
	copy(b[:], s)
	return binary.BigEndian.Uint64(b[:])
}

// rankValue is the rank of one value.
func rankValue(k plan.SortKey, v record.Value) uint64 {
	if !v.Valid {
		return rankNull(k)
	}
	r := uint64(0)
	switch v.Type.Storage() {
	case record.Ints:
		r = uint64(v.I) ^ 1<<63
	case record.Floats:
		r = rankFloat(v.F)
	case record.Strs:
		r = rankString(v.S)
	}
	if k.Desc {
		return ^r
	}
	return r
}

// compareRows orders row i of the key columns a and row j of b.
func compareRows(keys []plan.SortKey, a []*record.Column, i int, b []*record.Column, j int) int {
	for n := range keys {
		if c := compareKey(&keys[n], a[n], i, b[n], j); c != 0 {
			return c
		}
	}
	return 0
}

func compareKey(k *plan.SortKey, a *record.Column, i int, b *record.Column, j int) int {
	an, bn := a.IsNull(i), b.IsNull(j)
	switch {
	case an && bn:
		return 0
	case an || bn:
		if an == k.NullsFirst {
			return -1
		}
		return 1
	}
	c := 0
	switch a.Type.Storage() {
	case record.Ints:
		c = cmp.Compare(a.Ints[i], b.Ints[j])
	case record.Floats:
		c = record.CompareFloats(a.Floats[i], b.Floats[j])
	case record.Strs:
		c = bytes.Compare(a.Strs.Bytes(i), b.Strs.Bytes(j))
	default:
		c = record.Compare(a.Value(i), b.Value(j))
	}
	if k.Desc {
		return -c
	}
	return c
}
