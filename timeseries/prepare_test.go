package timeseries

import (
	"testing"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/engines/enginetest"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/rows"
)

// TestPrepare: what was prepared finds what Match finds, alone and together and
// more than once, and together it estimates what Estimate does of the AND.
func TestPrepare(t *testing.T) {
	r := enginetest.Rand(t)
	together := 0
	for range 40 {
		s := randomSchema(r)
		n := 100 + r.IntN(2000)
		b := randomBatch(r, s, n)
		ix := openBatch(t, s, b)
		for range 20 {
			within := rows.Range(r.IntN(n), n)
			var of []predicate.P
			var ready []engines.Prepared
			for range 1 + r.IntN(4) {
				p := enginetest.RandomPredicate(r, s, b, 2)
				est, answered := ix.Estimate(p)
				c, ok := ix.Prepare(p)
				if ok != answered {
					t.Fatalf("%s: prepared: %t, estimated: %t", p, ok, answered)
				}
				if !ok {
					continue
				}
				if c.Estimate() != est {
					t.Fatalf("%s: prepared says %+v, Estimate %+v", p, c.Estimate(), est)
				}
				enginetest.SamePrepared(t, ix, p, c, within)
				of, ready = append(of, p), append(ready, c)
			}
			if len(of) == 0 {
				continue
			}
			p, all := predicate.Conjunction(of), ix.PrepareAll(ready)
			enginetest.SamePrepared(t, ix, p, all, within)
			enginetest.SamePrepared(t, ix, of[0], ready[0], within) // it is as it was
			if est, _ := ix.Estimate(p); est != all.Estimate() {
				t.Fatalf("%s: prepared together says %+v, Estimate %+v", p, all.Estimate(), est)
			}
			if len(of) > 1 {
				together++
			}
		}
	}
	if together == 0 {
		t.Error("no conditions were prepared together")
	}
}
