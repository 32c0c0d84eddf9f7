package columnar

import (
	"encoding/binary"
	"math"
	"slices"

	"github.com/bits-and-blooms/bloom/v3"

	"github.com/quindex/quindex/codec"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
)

// A filter is bits-and-blooms/bloom of the keys of one block, kept so that it
// can be asked where it lies: its words are not copied.
const bloomHeader = 64

// bloomRate is the share of blocks that a filter passes in vain.
const bloomRate = 0.01

// appendBloom appends the filter over the values of b.
func appendBloom(dst []byte, b *codec.Block) []byte {
	f := bloom.NewWithEstimates(uint(max(1, valuesIn(b))), bloomRate)
	var key []byte
	eachValue(b, func(vals *codec.Block, j int) {
		key = appendKey(key[:0], vals, j)
		f.Add(key)
	})
	dst = binary.LittleEndian.AppendUint64(dst, uint64(f.Cap()))
	dst = binary.LittleEndian.AppendUint64(dst, uint64(f.K()))
	return codec.Pad(codec.AppendWords(codec.Pad(dst), f.BitSet().Words()))
}

// openBloom returns the filter whose bytes are b.
func openBloom(b []byte) (*bloom.BloomFilter, error) {
	if len(b) < bloomHeader {
		return nil, fault.Errorf("columnar: read bloom filter", fault.Corrupt, "%d bytes, want at least %d", len(b), bloomHeader)
	}
	m, k := binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[8:])
	room := uint64(len(b)-bloomHeader) * 8
	if m == 0 || m > room || k == 0 || k > 64 {
		return nil, fault.Errorf("columnar: read bloom filter", fault.Corrupt, "%d hashes over %d bits, want at most 64 over %d", k, m, room)
	}
	return bloom.FromWithM(codec.ViewWords(b[bloomHeader:], int((m+63)/64)), uint(m), uint(k)), nil
}

// mayHold asks the filter of block b for any of keys; true if it has none.
func (c *column) mayHold(b int, keys [][]byte) (bool, error) {
	if c.meta.blooms == nil || keys == nil {
		return true, nil
	}
	x := c.meta.blooms[b]
	bytes := c.ix.bytes[x.Off : x.Off+x.Len : x.Off+x.Len]
	if !c.blooms[b].Load() {
		if _, err := c.ix.bytesOf(x, "bloom filter of "+c.field.Name); err != nil {
			return false, err
		}
		c.blooms[b].Store(true)
	}
	f, err := openBloom(bytes)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(keys, f.Test), nil
}

// appendKey appends what a bloom filter knows value i of b by: equal values
// have equal keys.
func appendKey(dst []byte, b *codec.Block, i int) []byte {
	switch b.Type.Storage() {
	case record.Strs:
		return append(dst, b.StringAt(i)...)
	case record.Floats:
		return appendFloatKey(dst, b.FloatAt(i))
	case record.Points:
		return appendFloatKey(appendFloatKey(dst, b.FloatAt(i)), b.LatAt(i))
	}
	return binary.LittleEndian.AppendUint64(dst, uint64(b.Ints.At(i)))
}

func appendFloatKey(dst []byte, f float64) []byte {
	switch {
	case f == 0:
		f = 0 // -0 equals 0
	case f != f:
		f = math.NaN()
	}
	return binary.LittleEndian.AppendUint64(dst, math.Float64bits(f))
}
