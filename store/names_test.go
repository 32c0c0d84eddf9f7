package store

import (
	"math/rand/v2"
	"testing"

	"github.com/quindex/quindex/rows"
	"github.com/quindex/quindex/segment"
)

// TestFinder: a row is found by its id, and no other id finds one, whether
// rows lie in the order of their ids or not, close together or far apart.
func TestFinder(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 9)) // small sizes, all of them
	dense := 0
	for range 300 {
		n, gap := 1+rng.IntN(200), 1+rng.IntN(12)
		var ids segment.IDs
		where, next := map[uint64]rows.Num{}, uint64(rng.IntN(3))
		for ids.Rows() < n {
			count := 1 + rng.IntN(3)
			ids = ids.Append(next, count)
			next += uint64(count + rng.IntN(gap))
		}
		if rng.IntN(3) > 0 {
			order := make([]rows.Num, ids.Rows())
			for i, at := range rng.Perm(len(order)) {
				order[i] = rows.Num(at)
			}
			ids = ids.Ordered(order)
		}
		for r := range ids.Rows() {
			where[ids.ID(rows.Num(r))] = rows.Num(r)
		}
		f := newFinder(ids)
		if f.rows != nil {
			dense++
		}
		for id := range next + 5 {
			want, is := where[id]
			if have, ok := f.find(id); ok != is || have != want {
				t.Fatalf("id %d is row %d, %v, want %d, %v, of %v", id, have, ok, want, is, ids)
			}
		}
	}
	if dense == 0 || dense == 300 {
		t.Errorf("%d of 300 had a row for each id: want some, not all", dense)
	}
}
