package geo_test

import (
	"cmp"
	"context"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/engines/enginetest"
	"github.com/quindex/quindex/geo"
	"github.com/quindex/quindex/internal/sphere"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
)

// nearestOf is the slow truth: all rows of within by distance, then by row.
func nearestOf(b *record.Batch, within rows.Set, lon, lat float64, k int) []rows.Hit {
	var all []rows.Hit
	for r := range within.Each() {
		if v := b.Cols[0].Value(int(r)); v.Valid && sphere.Valid(v.F, v.Lat) {
			all = append(all, rows.Hit{Row: r, Score: -sphere.Distance(v.F, v.Lat, lon, lat)})
		}
	}
	slices.SortFunc(all, func(a, b rows.Hit) int { return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Row, b.Row)) })
	return all[:min(k, len(all))]
}

func TestRank(t *testing.T) {
	r := enginetest.Rand(t)
	for range 60 {
		n := []int{0, 1, 31, 33, 300, 5000, 30_000}[r.IntN(7)]
		x := open(t, places(r, schema(), n))
		for range 10 {
			lon, lat := place(r)
			k := []int{1, 10, 100, n + 5}[r.IntN(4)]
			within := rows.All(n)
			if r.IntN(2) == 0 {
				within = someOf(r, n)
			}
			p := call(geo.Nearest, record.PointValue(lon, lat))
			got, err := x.index.(engines.Ranker).Rank(context.Background(), p, within, k, engines.NewBound())
			if err != nil {
				t.Fatal(err)
			}
			if want := nearestOf(x.batch, within, lon, lat, k); !slices.Equal(got, want) {
				t.Fatalf("%d nearest to (%v, %v) of %d rows within %v:\n%v, want\n%v", k, lon, lat, n, within, got, want)
			}
		}
	}
}

func someOf(r *rand.Rand, n int) rows.Set {
	var b rows.Builder
	every := 1 + r.IntN([]int{3, 200}[r.IntN(2)])
	for i := r.IntN(every); i < n; i += 1 + r.IntN(every) {
		b.Add(rows.Num(i))
	}
	return b.Set()
}

// TestRankSegments: segments that share a bound have, together, the k best of
// all of them.
func TestRankSegments(t *testing.T) {
	r := enginetest.Rand(t)
	type at struct {
		seg int
		hit rows.Hit
	}
	order := func(a, b at) int {
		return cmp.Or(cmp.Compare(b.hit.Score, a.hit.Score), cmp.Compare(a.seg, b.seg), cmp.Compare(a.hit.Row, b.hit.Row))
	}
	for range 40 {
		lon, lat := place(r)
		k, bound := 1+r.IntN(50), engines.NewBound()
		var got, want []at
		for seg := range 4 {
			x := open(t, places(r, schema(), r.IntN(3000)))
			hits, err := x.index.(engines.Ranker).Rank(context.Background(), call(geo.Nearest, record.PointValue(lon, lat)), rows.All(x.batch.N), k, bound)
			if err != nil {
				t.Fatal(err)
			}
			for _, h := range hits {
				got = append(got, at{seg, h})
			}
			for _, h := range nearestOf(x.batch, rows.All(x.batch.N), lon, lat, k) {
				want = append(want, at{seg, h})
			}
		}
		slices.SortFunc(got, order)
		slices.SortFunc(want, order)
		if got, want = got[:min(k, len(got))], want[:min(k, len(want))]; !slices.Equal(got, want) {
			t.Fatalf("%d nearest to (%v, %v):\n%v, want\n%v", k, lon, lat, got, want)
		}
	}
}

// TestRankJointly: one search over segments has the k best of all of them, and
// all rows as good as the last.
func TestRankJointly(t *testing.T) {
	r := enginetest.Rand(t)
	for range 60 {
		lon, lat := place(r)
		k := 1 + r.IntN(50)
		var in []engines.RankInput
		var want []engines.JointHit
		for seg := range 1 + r.IntN(5) {
			n := r.IntN([]int{4, 3000, 9000}[r.IntN(3)])
			x := open(t, places(r, schema(), n))
			within := rows.All(n)
			if r.IntN(2) == 0 {
				within = someOf(r, n)
			}
			in = append(in, engines.RankInput{Index: x.index, Within: within})
			for _, h := range nearestOf(x.batch, within, lon, lat, n) {
				want = append(want, engines.JointHit{Score: h.Score, Input: seg, Row: h.Row})
			}
		}
		slices.SortStableFunc(want, func(a, b engines.JointHit) int { return cmp.Compare(b.Score, a.Score) })
		if len(want) > k {
			want = slices.DeleteFunc(want, func(h engines.JointHit) bool { return h.Score < want[k-1].Score })
		}
		got, err := in[0].Index.(engines.JointRanker).RankJointly(context.Background(), call(geo.Nearest, record.PointValue(lon, lat)), in, k)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%d nearest to (%v, %v) of %d segments:\n%v, want\n%v", k, lon, lat, len(in), got, want)
		}
	}
}
