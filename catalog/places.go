package catalog

import (
	"math"
	"slices"

	"github.com/quindex/quindex/internal/sphere"
	"github.com/quindex/quindex/record"
)

// A table may be sharded by a place: shard_by = 'geo(loc)'. Places lie on a
// curve over the earth, by the ids of their S2 leaf cells, and each shard has a
// stretch of it, so that what is near lives together.

// PlaceKey is where on the curve a place lives. NULL, and what is no place on
// the earth, lives at its beginning: with the table's first range.
func PlaceKey(v record.Value) uint64 {
	if v.IsNull() || !sphere.Valid(v.F, v.Lat) {
		return 0
	}
	return uint64(sphere.Cell(v.F, v.Lat))
}

// curveEnd is the end of the curve: six faces of a cube, of 2^61 ids each.
const curveEnd = 6 << 61

// likely cuts the curve, by the upper 16 bits of its ids, into 64 stretches of
// about as many places: half of them all over the earth, half where people are.
// They are quantiles of the 5,210 airports of the demo, at which half of the
// weight lies, and of the curve's length.
var likely = [...]uint16{
	0x0572, 0x0a3b, 0x0d5e, 0x1041, 0x12a9, 0x13ef, 0x1540, 0x17d1,
	0x1a6f, 0x1e7b, 0x21f0, 0x2734, 0x2c2b, 0x2fd9, 0x31a8, 0x33da,
	0x3565, 0x3683, 0x3841, 0x39ea, 0x3cf5, 0x3f8d, 0x40b7, 0x4264,
	0x454b, 0x468f, 0x4749, 0x47ba, 0x485e, 0x4ae6, 0x4d20, 0x5086,
	0x52a7, 0x5402, 0x56b6, 0x5a30, 0x5e13, 0x6018, 0x6568, 0x69ac,
	0x6b9e, 0x6eee, 0x743b, 0x794f, 0x7eb8, 0x815d, 0x85f7, 0x871a,
	0x880e, 0x8895, 0x89b6, 0x8c0d, 0x8e5d, 0x8f9c, 0x927c, 0x94dd,
	0x9796, 0x9d8c, 0xa383, 0xa966, 0xaeec, 0xb4d0, 0xbad0,
}

// fewSamples is the number of places for each shard below which a sample says
// less than what is likely.
const fewSamples = 50

// PlaceRanges cuts the curve into one range for each shard given: of as many of
// the places in sample, keys in any order, or of as many as is likely where
// these are too few to tell. sample is sorted.
func PlaceRanges(shards []uint32, sample []uint64) []Range {
	slices.Sort(sample)
	at := likelyKey
	if len(sample) >= fewSamples*len(shards) {
		at = func(part float64) uint64 { return sample[int(part*float64(len(sample)))] }
	}
	out := []Range{{From: 0, Shard: shards[0]}}
	for i := 1; i < len(shards); i++ {
		from := at(float64(i)/float64(len(shards))) &^ (1<<40 - 1) // the border of a cell of 10 km
		from = max(from, out[i-1].From+1)                          // places may all be one
		out = append(out, Range{From: from, Shard: shards[i]})
	}
	return out
}

// likelyKey is the key below which a part of all places is likely to live.
func likelyKey(part float64) uint64 {
	knot := func(i int) float64 {
		switch i {
		case 0:
			return 0
		case len(likely) + 1:
			return curveEnd
		}
		return float64(uint64(likely[i-1]) << 48)
	}
	whole, rest := math.Modf(part * float64(len(likely)+1))
	i := int(whole)
	return uint64(knot(i) + rest*(knot(i+1)-knot(i)))
}
