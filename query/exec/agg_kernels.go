package exec

import (
	"math/bits"

	"github.com/quindex/quindex/record"
)

// Loops over one vector. Sums and counts of few groups go to four lanes in
// turn: a group's next addition need not wait until the one before has left
// the store buffer (1.6 ns a row become 0.7 where four groups alternate).

// laneGroups is the number of groups of one lane.
const laneGroups = 64

type lanes [4][laneGroups]uint64

// countRows adds one to counts[g] for every g of gids.
func countRows(counts []int64, gids []uint32) {
	if len(counts) > laneGroups || len(gids) < 256 {
		for _, g := range gids {
			counts[g]++
		}
		return
	}
	var l lanes
	for ; len(gids) >= 4; gids = gids[4:] {
		l[0][gids[0]%laneGroups]++
		l[1][gids[1]%laneGroups]++
		l[2][gids[2]%laneGroups]++
		l[3][gids[3]%laneGroups]++
	}
	for _, g := range gids {
		l[0][g%laneGroups]++
	}
	for g := range counts {
		counts[g] += int64(l[0][g] + l[1][g] + l[2][g] + l[3][g])
	}
}

// sumRows adds v[i] to sums[gids[i]], modulo 2^64.
func sumRows(sums []uint64, gids []uint32, v []int64) {
	v = v[:len(gids)]
	if len(sums) > laneGroups || len(gids) < 256 {
		for i, g := range gids {
			sums[g] += uint64(v[i])
		}
		return
	}
	var l lanes
	for len(gids) >= 4 && len(v) >= 4 {
		l[0][gids[0]%laneGroups] += uint64(v[0])
		l[1][gids[1]%laneGroups] += uint64(v[1])
		l[2][gids[2]%laneGroups] += uint64(v[2])
		l[3][gids[3]%laneGroups] += uint64(v[3])
		gids, v = gids[4:], v[4:]
	}
	for i, g := range gids {
		l[0][g%laneGroups] += uint64(v[i])
	}
	for g := range sums {
		sums[g] += l[0][g] + l[1][g] + l[2][g] + l[3][g]
	}
}

// magnitude is more than the largest absolute value in v: a bound from the
// bits in use, without a comparison.
func magnitude(v []int64) uint64 {
	var a, b, c, d int64
	for ; len(v) >= 4; v = v[4:] {
		a |= v[0] ^ v[0]>>63
		b |= v[1] ^ v[1]>>63
		c |= v[2] ^ v[2]>>63
		d |= v[3] ^ v[3]>>63
	}
	for _, x := range v {
		a |= x ^ x>>63
	}
	return uint64(a|b|c|d) + 1
}

// eachNull calls f for the rows below n that are NULL.
func eachNull(valid record.Bitmap, n int, f func(i int)) {
	for w := range (n + 63) >> 6 {
		m := ^valid[w]
		if left := n - w<<6; left < 64 {
			m &= 1<<uint(left) - 1
		}
		for ; m != 0; m &= m - 1 {
			f(w<<6 | bits.TrailingZeros64(m))
		}
	}
}

// without is v with NULL rows replaced by x; room is used for it.
func without(room, v []int64, valid record.Bitmap, x int64) []int64 {
	room = append(room[:0], v...)
	eachNull(valid, len(v), func(i int) { room[i] = x })
	return room
}
