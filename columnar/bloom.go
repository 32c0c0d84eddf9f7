package columnar

import (
	"encoding/binary"
	"math"

	"github.com/quindex/quindex/codec"
	"github.com/quindex/quindex/record"
)

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
