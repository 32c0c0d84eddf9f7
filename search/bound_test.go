package search

import (
	"context"
	"testing"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/engines/enginetest"
	"github.com/quindex/quindex/rows"
)

// TestBoundOfFewRows: a segment that gives fewer than k rows, because few are
// asked for, knows no score that the rows of other segments must reach.
func TestBoundOfFewRows(t *testing.T) {
	r := enginetest.Rand(t)
	for range 50 {
		c := newCorpus(t, r, 200)
		p := c.call(r)
		stats, err := c.ix.Stats(p, rows.All(200))
		if err != nil {
			t.Fatal(err)
		}
		bound, within := engines.NewBound(), rows.Range(0, 1+r.IntN(100))
		before := bound.Load()
		hits, err := c.ix.RankScored(context.Background(), p, &stats, within, 150, bound)
		if err != nil {
			t.Fatal(err)
		}
		if len(hits) < 150 && bound.Load() != before {
			t.Fatalf("%s: %d hits of 150 raised the bound to %g", p, len(hits), bound.Load())
		}
	}
}
