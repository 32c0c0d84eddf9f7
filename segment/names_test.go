package segment

import (
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/quindex/quindex/rows"
)

// TestNames: names of few runs and of many give the ids they were made of, as
// they are and written and read again, also after nobody held them, and from
// many goroutines.
func TestNames(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7)) // which orders does not matter
	for _, n := range []int{0, 1, fewRuns, 3 * fewRuns} {
		var ids IDs
		for first := uint64(5); ids.Rows() < n; {
			count := min(1+rng.IntN(3), n-ids.Rows())
			ids = ids.Append(first, count)
			first += uint64(count) + uint64(rng.IntN(2))
		}
		order := make([]rows.Num, n)
		for i, at := range rng.Perm(n) {
			order[i] = rows.Num(at)
		}
		ids = ids.Ordered(order)
		made := NewNames(ids)
		read, err := openNames(ids.encode(), n)
		if err != nil {
			t.Fatal(err)
		}
		lo, hi := ids.Span()
		for _, names := range []*Names{made, read} {
			if (names.packed != nil) != (len(ids) > fewRuns) {
				t.Errorf("%d runs: packed is %v", len(ids), names.packed != nil)
			}
			if l, h := names.Span(); l != lo || h != hi {
				t.Errorf("%d rows have ids %d to %d, want %d to %d", n, l, h, lo, hi)
			}
			for range 2 {
				var group sync.WaitGroup
				for range 4 {
					group.Go(func() {
						if !slices.Equal(names.IDs(), ids) {
							t.Errorf("%d rows in %d runs have other ids", n, len(ids))
						}
					})
				}
				group.Wait()
				runtime.GC()
			}
			if !slices.Equal(names.encode(), ids.encode()) {
				t.Errorf("%d rows in %d runs are written otherwise", n, len(ids))
			}
		}
	}
}
