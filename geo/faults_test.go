package geo_test

import (
	"context"
	"slices"
	"testing"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/engines/enginetest"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/geo"
	"github.com/quindex/quindex/internal/sphere"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
)

// table is places with their index.
type table struct {
	t     testing.TB
	batch *record.Batch
	index engines.Index
}

func tableOf(t testing.TB, places ...[2]float64) *table {
	t.Helper()
	b := record.NewBatch(schema(), len(places))
	for _, p := range places {
		b.AppendRow(record.PointValue(p[0], p[1]))
	}
	return open(t, b)
}

func open(t testing.TB, b *record.Batch) *table {
	t.Helper()
	def := engines.IndexDef{Name: "loc_geo", Engine: "geo", Fields: schema().Fields}
	cols := engines.BatchColumns(schema(), b)
	section := enginetest.Aligned(enginetest.Build(t, geo.New(), def, cols))
	ix, err := geo.New().Open(engines.Section{Def: def, Rows: b.N, Bytes: section, Columns: cols})
	if err != nil {
		t.Fatal(err)
	}
	return &table{t, b, ix}
}

func (x *table) match(p predicate.P) []rows.Num {
	x.t.Helper()
	s, err := x.index.Match(context.Background(), p, rows.All(x.batch.N))
	if err != nil {
		x.t.Fatal(err)
	}
	return s.AppendTo(nil)
}

// TestPeerFaults are answers that other systems got wrong when we asked them.
func TestPeerFaults(t *testing.T) {
	fiji := [][2]float64{{179.99, 0}, {-179.99, 0}, {180, 0.01}, {-180, -0.01}, {0, 0}, {10, 89}, {-170, 89}, {0, 90}, {55, -90}, {179, 0}, {-179, 1}}
	x := tableOf(t, fiji...)
	f := func(what string, p predicate.P, want ...rows.Num) {
		t.Helper()
		if got := x.match(p); !slices.Equal(got, want) {
			t.Errorf("%s: rows %v, want %v", what, got, want)
		}
	}
	near := func(lon, lat, metres float64) predicate.P {
		return call(geo.DWithin, record.PointValue(lon, lat), record.FloatValue(metres))
	}
	f("a circle over the meridian of 180 degrees", near(179.995, 0, 3000), 0, 1, 2, 3) // Tile38 misses the far side
	f("the same from -180", near(-180, 0, 2000), 0, 1, 2, 3)
	f("latitude 89", near(10, 89, 1), 5) // Redis refuses it
	f("over the pole", near(10, 89, 222_391), 5, 6, 7)
	f("not quite over the pole", near(10, 89, 222_390), 5, 7)
	f("the pole by any longitude", near(-123, -90, 0), 8)
	f("no radius", near(0, 0, 0), 4)
	f("no radius, 180 for -180", near(-180, 0.01, 0), 2)
	f("half the earth", near(180, 0, sphere.Distance(0, 0, 180, 0)), 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
	f("more than half the earth", near(1, 1, 3e7), 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
	f("all but the other side", near(180, 0, 20_000_000), 0, 1, 2, 3, 5, 6, 7, 8, 9, 10)
	over := envelope(t, 179, -1, -179, 1)
	f("179 to -179 within", call(geo.Within, over), 0, 1, 2, 3) // PostGIS geometry and Tile38 say row 4
	f("179 to -179 covered", call(geo.CoveredBy, over), 0, 1, 2, 3, 9, 10)
	f("-179 to 179 the long way", call(geo.Within, envelope(t, -179, -1, 179, 1)), 4)
	square := text(`{"type":"Polygon","coordinates":[[[179,-1],[-179,-1],[-179,1],[179,1],[179,-1]]]}`)
	f("the GeoJSON square", call(geo.Intersects, square), 0, 1, 2, 3, 9, 10)
	f("the GeoJSON square without its sides", call(geo.Contains, square), 0, 1, 2, 3)
	f("round the pole", call(geo.Within, envelope(t, -180, 88, 180, 90)), 5, 6, 7)
	f("a wedge at the pole", call(geo.Within, envelope(t, 0, 88, 20, 90)), 5)
	f("a wedge and its tip", call(geo.Covers, envelope(t, 0, 88, 20, 90)), 5, 7)
	f("a polygon round the pole", call(geo.Within, text("POLYGON((0 80, 90 80, 180 80, -90 80, 0 80))")), 5, 6, 7)
}

// TestRefuses: constants that make no sense are errors of the statement, in
// the slow truth and in the index; so is a field that is not one POINT.
func TestRefuses(t *testing.T) {
	x := tableOf(t, [2]float64{1, 2})
	for _, p := range []predicate.P{
		call(geo.DWithin, record.PointValue(200, 95), record.FloatValue(1)), // PostGIS geography wraps it
		call(geo.DWithin, record.PointValue(1, 2), record.FloatValue(-1)),
		call(geo.Within, text("POLYGON((0 0, 180 0, 90 50, 0 0))")),
		call(geo.Within, record.Value{Type: record.T(record.Geometry), Valid: true, S: "no WKB"}),
		call(geo.InS2Cell, record.IntValue(0)),
	} {
		if _, ok := x.index.Estimate(p); !ok {
			t.Errorf("%s: no estimate, want one and an error from Match", p)
		}
		if _, err := x.index.Match(context.Background(), p, rows.All(1)); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s matched: %v", p, err)
		}
		row := predicate.Values{loc.ID: record.PointValue(1, 2)}
		if _, err := predicate.Eval(p, row, engines.NewRegistry(geo.New())); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s evaluated: %v", p, err)
		}
	}
	for _, def := range []engines.IndexDef{
		{Fields: nil},
		{Fields: []record.Field{loc, loc}},
		{Fields: []record.Field{{ID: 1, Name: "n", Type: record.T(record.Int64)}}},
		{Fields: []record.Field{loc}, Options: map[string]string{"level": "12"}},
	} {
		if _, err := geo.New().NewBuilder(def, engines.BatchColumns(schema(), x.batch)); err == nil {
			t.Errorf("an index %+v is built", def)
		}
	}
}

// TestCount: a segment that a condition does not come near is known to have
// nothing, and one that lies inside it to have all; along its boundary places
// are looked at.
func TestCount(t *testing.T) {
	x := tableOf(t, [2]float64{10, 50}, [2]float64{10.1, 50.1}, [2]float64{10.2, 50})
	f := func(p predicate.P, want int, sure bool) {
		t.Helper()
		n, ok := x.index.(engines.Counter).Count(p)
		if ok != sure || ok && n != want {
			t.Errorf("%s: %d, %v, want %d, %v", p, n, ok, want, sure)
		}
	}
	f(call(geo.DWithin, record.PointValue(-70, 10), record.FloatValue(1e6)), 0, true)
	f(call(geo.DWithin, record.PointValue(10, 50), record.FloatValue(1e6)), 3, true)
	f(call(geo.DWithin, record.PointValue(10, 50), record.FloatValue(10)), 1, true)
	f(call(geo.DWithin, record.PointValue(10.05, 50.05), record.FloatValue(7000)), 2, true)
	f(call(geo.InS2Cell, record.IntValue(cellOf(10.1, 50.1, 20))), 1, true)
	f(call(geo.InS2Cell, record.IntValue(cellOf(-10.1, 50.1, 3))), 0, true)
	f(call(geo.Within, envelope(t, -20, 10, -10, 70)), 0, true)
	f(call(geo.Within, envelope(t, 0, 10, 50, 70)), 3, true)
	f(call(geo.Within, text("POLYGON((0 40, 30 40, 30 60, 0 60, 0 40))")), 3, true)
	f(call(geo.Within, text("POLYGON((0 40, 5 40, 5 60, 0 60, 0 40))")), 0, true)
}
