package search

import (
	"cmp"
	"math"
	"slices"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/rows"
)

// top keeps the best k hits of rows that arrive ascending: of equal scores the
// first stays. hits is a heap with the worst first.
type top struct {
	hits  []rows.Hit
	k     int
	least float64 // a score must be above it, once there are k hits
	bound *engines.Bound
	other float64 // a score must not be below it: the bound when last seen
}

func newTop(k int, bound *engines.Bound) *top {
	t := &top{k: k, least: math.Inf(-1), bound: bound}
	t.look()
	return t
}

// look takes over what other segments found since.
func (t *top) look() { t.other = t.bound.Load() }

// hopeless reports whether a row that scores at most bound cannot count.
func (t *top) hopeless(bound float64) bool { return bound <= t.least || bound < t.other }

func worse(a, b rows.Hit) bool { return a.Score < b.Score || a.Score == b.Score && a.Row > b.Row }

// push offers a row.
func (t *top) push(row rows.Num, score float64) {
	switch {
	case t.hopeless(score):
		return
	case len(t.hits) < t.k:
		t.hits = append(t.hits, rows.Hit{Row: row, Score: score})
		t.up(len(t.hits) - 1)
	default:
		t.hits[0] = rows.Hit{Row: row, Score: score}
		t.down()
	}
	if len(t.hits) == t.k {
		t.least = t.hits[0].Score
		t.bound.Raise(t.least)
	}
}

func (t *top) up(i int) {
	for i > 0 && worse(t.hits[i], t.hits[(i-1)/2]) {
		t.hits[i], t.hits[(i-1)/2] = t.hits[(i-1)/2], t.hits[i]
		i = (i - 1) / 2
	}
}

func (t *top) down() {
	for i := 0; ; {
		c := 2*i + 1
		if c >= len(t.hits) {
			return
		}
		if c+1 < len(t.hits) && worse(t.hits[c+1], t.hits[c]) {
			c++
		}
		if !worse(t.hits[c], t.hits[i]) {
			return
		}
		t.hits[i], t.hits[c] = t.hits[c], t.hits[i]
		i = c
	}
}

// sorted returns the hits, best first.
func (t *top) sorted() []rows.Hit {
	slices.SortFunc(t.hits, func(a, b rows.Hit) int {
		if a.Score != b.Score {
			return cmp.Compare(b.Score, a.Score)
		}
		return cmp.Compare(a.Row, b.Row)
	})
	return t.hits
}
