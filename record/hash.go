package record

import (
	"encoding/binary"
	"math"
	"strconv"

	"github.com/cespare/xxhash/v2"
)

// Hashes of values route rows to shards and join tables: values that Compare
// finds equal have the same hash, also across BIGINT, DECIMAL and DOUBLE, DATE
// and TIMESTAMP, and strings of any kind. They are written to disk: the
// canonical forms below may never change.
//
//	NULL                     0x9e3779b97f4a7c15
//	string, bytes            xxhash64 of the bytes
//	number that is whole and
//	fits an int64; BOOLEAN;
//	TIMESTAMP                xxhash64 of the int64, little-endian
//	other number             xxhash64 of the nearest float64's bits; one NaN, no -0
//	DATE                     as the TIMESTAMP of its midnight where there is one, else of the days
//	INTERVAL                 xxhash64 of two int64: its length in days, a month being 30,
//	                         and the nanoseconds beyond them
//	POINT                    xxhash64 of two float64, longitude first
//	array                    xxhash64 of the hashes of its elements, after their count
const nullHash = 0x9e3779b97f4a7c15

// HashValue returns the hash of v.
func HashValue(v Value) uint64 {
	if !v.Valid {
		return nullHash
	}
	switch v.Type.Kind {
	case Float64:
		return hashFloat(v.F)
	case Decimal:
		return hashDecimal(v.I, v.Type.Scale)
	case Date:
		return hashDate(v.I)
	case Interval:
		days, nanos := v.Span.length()
		return CombineHashes(uint64(days), uint64(nanos))
	case Point:
		return CombineHashes(canonicalBits(v.F), canonicalBits(v.Lat))
	}
	switch v.Type.Storage() {
	case Strs:
		return xxhash.Sum64String(v.S)
	case Array:
		buf := binary.LittleEndian.AppendUint64(nil, uint64(len(v.Elems)))
		for _, e := range v.Elems {
			buf = binary.LittleEndian.AppendUint64(buf, HashValue(e))
		}
		return xxhash.Sum64(buf)
	}
	return hash64(uint64(v.I))
}

// HashColumn writes the hash of every row to out; len(out) == c.N.
func HashColumn(c *Column, out []uint64) {
	switch c.Type.Kind {
	case Bool, Int64, Timestamp:
		for i, v := range c.Ints[:c.N] {
			out[i] = hash64(uint64(v))
		}
	case Float64:
		for i, f := range c.Floats[:c.N] {
			out[i] = hashFloat(f)
		}
	case Decimal:
		for i, v := range c.Ints[:c.N] {
			out[i] = hashDecimal(v, c.Type.Scale)
		}
	default:
		if c.Type.Storage() != Strs {
			for i := range c.N {
				out[i] = HashValue(c.Value(i))
			}
			return
		}
		for i := range c.N {
			out[i] = xxhash.Sum64(c.Strs.Bytes(i))
		}
	}
	for i := 0; c.Valid != nil && i < c.N; i++ {
		if !c.Valid.Get(i) {
			out[i] = nullHash
		}
	}
}

// HashRows writes to out the hash of every row over several columns: that of
// the column where there is one, else of the hashes in order. len(out) == n.
func HashRows(cols []*Column, n int, out []uint64) {
	if len(cols) == 1 {
		HashColumn(cols[0], out)
		return
	}
	one := make([]uint64, n)
	clear(out)
	for _, c := range cols {
		HashColumn(c, one)
		for i, h := range one {
			out[i] = CombineHashes(out[i], h)
		}
	}
}

// CombineHashes extends the hash of a row, 0 at first, by that of one more column.
func CombineHashes(row, column uint64) uint64 {
	var b [16]byte
	binary.LittleEndian.PutUint64(b[:], row)
	binary.LittleEndian.PutUint64(b[8:], column)
	return xxhash.Sum64(b[:])
}

func hash64(v uint64) uint64 {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], v)
	return xxhash.Sum64(b[:])
}

func hashFloat(f float64) uint64 {
	if f == math.Trunc(f) && f >= -1<<63 && f < 1<<63 {
		return hash64(uint64(int64(f)))
	}
	return hash64(canonicalBits(f))
}

// canonicalBits are the bits of f with one NaN and one zero.
func canonicalBits(f float64) uint64 {
	switch {
	case f == 0:
		return 0
	case f != f:
		return 0x7ff8000000000001
	}
	return math.Float64bits(f)
}

func hashDecimal(v int64, scale uint8) uint64 {
	if p := Pow10(int(scale)); v%p == 0 {
		return hash64(uint64(v / p))
	}
	return hash64(math.Float64bits(decimalFloat(v, int(scale))))
}

// decimalFloat returns the float64 nearest to v times 10^-scale.
func decimalFloat(v int64, scale int) float64 {
	if magnitude(v) <= 1<<53 { // both are exact, so the quotient is the nearest
		return float64(v) / float64(Pow10(scale))
	}
	f, err := strconv.ParseFloat(string(appendDecimal(nil, v, scale)), 64)
	if err != nil {
		panic("BUG: record: a decimal is not a number: " + err.Error())
	}
	return f
}

func hashDate(days int64) uint64 {
	if ns, ok := timestampOf(days, 0); ok {
		return hash64(uint64(ns))
	}
	return hash64(uint64(days))
}

// HashRows returns the hash of every row over the key columns, which route it
// to its shard; a column that the batch does not hold is NULL.
func (b *Batch) HashRows(key []ColumnID) []uint64 {
	cols := make([]*Column, len(key))
	for i, id := range key {
		if cols[i] = b.Column(id); cols[i] == nil {
			cols[i] = nulls(b.N)
		}
	}
	out := make([]uint64, b.N)
	HashRows(cols, b.N, out)
	return out
}

// nulls returns a column of n NULLs.
func nulls(n int) *Column { return &Column{Type: T(Null), N: n, Valid: NewBitmap(n)} }
