package geo_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/engines/enginetest"
	"github.com/quindex/quindex/geo"
	"github.com/quindex/quindex/internal/sphere"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/record"
)

// randomCuts cuts the curve anywhere, or where there are places.
func randomCuts(r *rand.Rand) []uint64 {
	from := []uint64{0}
	for range r.IntN(20) {
		at := r.Uint64N(6 << 61)
		if r.IntN(2) == 0 {
			lon, lat := place(r)
			at = uint64(sphere.Cell(lon, lat).Parent(r.IntN(31)).RangeMin())
		}
		from = append(from, at)
	}
	slices.Sort(from)
	return slices.Compact(from)
}

// TestNear: a place where a condition is true lives on a stretch of the curve
// that the condition is said to be near.
func TestNear(t *testing.T) {
	r := enginetest.Rand(t)
	e := geo.New()
	functions := engines.NewRegistry(e)
	met := 0
	for range 1500 {
		b := places(r, schema(), 40)
		call := randomCall(t, r, b).(predicate.Call)
		from := randomCuts(r)
		near, ok := e.Near(call, from)
		if !ok || len(near) != len(from) {
			t.Fatalf("%s near %v: %v, %v", call, from, near, ok)
		}
		for i := range b.N {
			v := b.Cols[0].Value(i)
			if v.IsNull() || !sphere.Valid(v.F, v.Lat) {
				continue
			}
			truth, err := predicate.Eval(call, predicate.Values{loc.ID: v}, functions)
			if err != nil {
				t.Fatal(err)
			}
			leaf := uint64(sphere.Cell(v.F, v.Lat))
			at, found := slices.BinarySearch(from, leaf)
			if !found {
				at--
			}
			if truth == predicate.True && !near[at] {
				t.Fatalf("%s is true of (%v, %v) at %#x, which lives on stretch %d of %#x; near %v", call, v.F, v.Lat, leaf, at, from, near)
			}
			if truth == predicate.True {
				met++
			}
		}
	}
	if met < 500 {
		t.Errorf("%d conditions were true, want hundreds", met)
	}
}

// TestNearLittle: a small condition is near few stretches.
func TestNearLittle(t *testing.T) {
	var from []uint64
	for i := range uint64(64) {
		from = append(from, i*(6<<61/64))
	}
	f := func(p predicate.P, want int) {
		t.Helper()
		near, ok := geo.New().Near(p.(predicate.Call), from)
		n := 0
		for _, is := range near {
			if is {
				n++
			}
		}
		if !ok || n != want {
			t.Errorf("%s: %d stretches, want %d", p, n, want)
		}
	}
	f(call(geo.DWithin, record.PointValue(10, 50), record.FloatValue(10_000)), 1)
	f(call(geo.DWithin, record.PointValue(10, 50), record.FloatValue(3e7)), 64)
	f(call(geo.Within, envelope(t, 10, 50, 10.1, 50.1)), 1)
	f(call(geo.Covers, text("POLYGON((10 50, 11 50, 10 51, 10 50))")), 1)
	f(call(geo.Within, text("POINT(10 50)")), 1)
	f(call(geo.GeohashPrefix, text("u33d")), 1)
	f(call(geo.GeohashPrefix, text("not one")), 0)
	f(call(geo.InS2Cell, record.IntValue(cellOf(10, 50, 9))), 1)
	f(call(geo.Nearest, record.PointValue(10, 50)), 64)
	f(call(geo.DWithin, record.NullOf(loc.Type), record.FloatValue(1)), 0)
}

func BenchmarkNear(b *testing.B) {
	var from []uint64
	for i := range uint64(8) {
		from = append(from, i*(6<<61/8)&^(1<<40-1))
	}
	e, c := geo.New(), call(geo.DWithin, record.PointValue(10, 50), record.FloatValue(10_000)).(predicate.Call)
	for b.Loop() {
		e.Near(c, from)
	}
}
