package cluster

import (
	"flag"
	"math/rand/v2"
	"testing"
	"time"
)

var seedFlag = flag.Uint64("seed", 0, "seed of the random tests; 0 takes the time")

// random returns a source whose seed is printed when the test fails.
func random(t *testing.T) *rand.Rand {
	seed := *seedFlag
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("repeat with: go test ./cluster -run '^%s$' -seed %d", t.Name(), seed)
		}
	})
	return rand.New(rand.NewPCG(seed, 1))
}

// TestLogSizes compares the marks with a list of every entry.
func TestLogSizes(t *testing.T) {
	rng := random(t)
	for range 200 {
		var s logSizes
		first := 1 + rng.Uint64N(50)
		next, all, cuts := first, map[uint64]int64{}, int64(0)
		s.start(first)
		after := func(index uint64) (n int64) {
			for i, b := range all {
				if i > index {
					n += b
				}
			}
			return n
		}
		for range 300 {
			switch op := rng.IntN(20); {
			case op == 0 && next > first:
				first += rng.Uint64N(next-first) + 1
				s.dropTo(first - 1)
			case op == 1 && next > first:
				cut := first + rng.Uint64N(next-first)
				for ; next > cut; next-- {
					delete(all, next-1)
				}
				s.cutFrom(cut)
				cuts++
			default:
				n := 1 + rng.IntN(40<<10)
				all[next] = int64(n)
				s.add(next, n)
				next++
			}
			for i := uint64(1); i < first; i++ {
				delete(all, i)
			}
			at := first - 1 + rng.Uint64N(next-first+1)
			got, want := s.after(at), after(at)
			if got < want || got > want+(cuts+1)*(markEvery+40<<10) {
				t.Fatalf("after(%d) = %d, wanted %d or a mark more; log [%d, %d)", at, got, want, first, next)
			}
			limit := rng.Int64N(1 << 20)
			if i := s.within(limit); after(i) > limit {
				t.Fatalf("within(%d) = %d, but %d bytes lie after it", limit, i, after(i))
			}
		}
	}
}
