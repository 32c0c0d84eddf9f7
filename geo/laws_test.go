package geo_test

import (
	"math"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/engines/enginetest"
	"github.com/quindex/quindex/geo"
	"github.com/quindex/quindex/internal/sphere"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/record"
)

var loc = record.Field{ID: 3, Name: "loc", Type: record.T(record.Point)}

func field() predicate.Field { return predicate.Field{ID: loc.ID, Name: loc.Name, Type: loc.Type} }

func call(function string, args ...record.Value) predicate.P {
	return predicate.Call{Function: function, Fields: []predicate.Field{field()}, Args: args}
}

func geometry(t testing.TB, wkb string, err error) record.Value {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return record.Value{Type: record.T(record.Geometry), Valid: true, S: wkb}
}

func envelope(t testing.TB, w, s, e, n float64) record.Value {
	t.Helper()
	wkb, err := sphere.Envelope(w, s, e, n)
	return geometry(t, wkb, err)
}

func text(s string) record.Value { return record.KeywordValue(s) }

// corners are places where formulas in degrees go wrong.
var corners = [][2]float64{{0, 0}, {180, 0}, {-180, 0}, {180, 89}, {-180, -89}, {0, 90}, {77, 90}, {-180, 90}, {13, -90}, {179.9999, 12}, {-179.9999, 12}, {90, 89}, {-90, 0}}

// place returns a place: on a grid, all over the earth, in one of a few towns,
// or in a corner.
func place(r *rand.Rand) (lon, lat float64) {
	switch r.IntN(6) {
	case 0:
		return float64(r.IntN(37)*10 - 180), float64(r.IntN(19)*10 - 90)
	case 1:
		c := corners[r.IntN(len(corners))]
		return c[0], c[1]
	case 2:
		town := corners[r.IntN(4)]
		return wrap(town[0] + r.NormFloat64()*0.02), max(-90, min(90, town[1]+r.NormFloat64()*0.02))
	case 3:
		return 10 + r.NormFloat64()/50, 50 + r.NormFloat64()/50
	}
	return r.Float64()*360 - 180, math.Asin(r.Float64()*2-1) * 180 / math.Pi
}

func wrap(lon float64) float64 {
	switch {
	case lon > 180:
		return lon - 360
	case lon < -180:
		return lon + 360
	}
	return lon
}

func places(r *rand.Rand, s *record.Schema, n int) *record.Batch {
	b := record.NewBatch(s, n)
	b.N = n
	nulls := []float64{0, 0, 0.1, 1}[r.IntN(4)]
	few := r.IntN(5) == 0
	for i := range n {
		c := &b.Cols[0]
		switch {
		case r.Float64() < nulls:
			c.Append(record.NullOf(loc.Type))
		case r.IntN(200) == 0: // refused at load, but nothing may break
			c.Append(record.PointValue([]float64{math.NaN(), math.Inf(1), 200}[r.IntN(3)], 95))
		case few && i > 0:
			c.Append(c.Value(r.IntN(i)))
		default:
			c.Append(record.PointValue(place(r)))
		}
	}
	return b
}

// star returns a random star-shaped polygon in WKT, perhaps with a hole.
func star(r *rand.Rand) string {
	lon, lat := place(r)
	size := []float64{0.01, 1, 10, 40}[r.IntN(4)]
	shape := "POLYGON(" + ring(r, lon, lat, size, 1)
	if r.IntN(2) == 0 {
		shape += "," + ring(r, lon, lat, size/3, 0.3)
	}
	return shape + ")"
}

func ring(r *rand.Rand, lon, lat, size, least float64) string {
	var pts [][2]float64
	n := 3 + r.IntN(20)
	for i := range n {
		d := size * (least*0.4 + 0.6*r.Float64()) * math.Pi / 180
		pts = append(pts, travel(lon, lat, 2*math.Pi*float64(i)/float64(n), d))
	}
	return wktRing(append(pts, pts[0]))
}

// travel goes d radians from a place in a direction.
func travel(lon, lat, direction, d float64) [2]float64 {
	const rad = math.Pi / 180
	la := math.Asin(math.Sin(lat*rad)*math.Cos(d) + math.Cos(lat*rad)*math.Sin(d)*math.Cos(direction))
	lo := lon*rad + math.Atan2(math.Sin(direction)*math.Sin(d)*math.Cos(lat*rad), math.Cos(d)-math.Sin(lat*rad)*math.Sin(la))
	return [2]float64{wrap(math.Remainder(lo/rad, 360)), max(-90, min(90, la/rad))}
}

func randomCall(t testing.TB, r *rand.Rand, sample *record.Batch) predicate.P {
	lon, lat := place(r)
	if sample.N > 0 && r.IntN(3) == 0 {
		if v := sample.Cols[0].Value(r.IntN(sample.N)); v.Valid && sphere.Valid(v.F, v.Lat) {
			lon, lat = v.F, v.Lat
		}
	}
	inside := []string{geo.Within, geo.CoveredBy, geo.Intersects, geo.Contains, geo.Covers}[r.IntN(5)]
	switch r.IntN(9) {
	case 0, 1:
		metres := []float64{0, 1e-9, 1, 1000, 1e5, 3e6, 1.2e7, 20015114, 3e7}[r.IntN(9)] * []float64{1, r.Float64()}[r.IntN(2)]
		return call(geo.DWithin, record.PointValue(lon, lat), record.FloatValue(metres))
	case 2, 3:
		lon2, lat2 := place(r)
		return call(inside, envelope(t, lon, min(lat, lat2), lon2, max(lat, lat2)))
	case 4:
		return call(inside, text(star(r)))
	case 5:
		var of string
		for i := range 2 + r.IntN(3) {
			if i > 0 {
				of += ","
			}
			of += star(r)
		}
		return call(inside, text("GEOMETRYCOLLECTION("+of+",POINT(0 0),LINESTRING(0 0,0 50,20 50))"))
	case 6:
		return call(geo.GeohashPrefix, text([]string{"", "0", "z", "b", "a", "U", "u!", "zzzzzzzz"}[r.IntN(8)]))
	case 7:
		return call(geo.GeohashPrefix, text(sphere.Geohash(lon, lat, 1+r.IntN(sphere.MaxGeohash))))
	}
	return call(geo.InS2Cell, record.IntValue(int64(sphere.Cell(lon, lat).Parent(r.IntN(31)))))
}

func randomPredicate(t testing.TB, r *rand.Rand, sample *record.Batch, depth int) predicate.P {
	if depth > 0 {
		parts := func() (of []predicate.P) {
			for range r.IntN(4) {
				of = append(of, randomPredicate(t, r, sample, depth-1))
			}
			return of
		}
		switch r.IntN(6) {
		case 0:
			return predicate.And{Of: parts()}
		case 1:
			return predicate.Or{Of: parts()}
		case 2:
			return predicate.Not{Of: randomPredicate(t, r, sample, depth-1)}
		}
	}
	switch r.IntN(25) {
	case 0:
		return predicate.IsNull{Field: field(), Negate: r.IntN(2) == 0}
	case 1:
		return predicate.Const{Truth: predicate.Truth(r.IntN(3))}
	case 2:
		return call(geo.Nearest, record.PointValue(place(r)))
	case 3:
		return call(geo.DWithin, record.NullOf(loc.Type), record.FloatValue(1))
	}
	return randomCall(t, r, sample)
}

func schema() *record.Schema {
	return &record.Schema{Table: 1, Version: 1, Fields: []record.Field{loc}}
}

func TestLaws(t *testing.T) {
	enginetest.Run(t, enginetest.Case{
		Engine: geo.New(),
		Schema: func(*rand.Rand) *record.Schema { return schema() },
		Def: func(_ *rand.Rand, s *record.Schema) engines.IndexDef {
			return engines.IndexDef{Name: "loc_geo", Engine: "geo", Fields: s.Fields}
		},
		Batch: places,
		Predicate: func(r *rand.Rand, _ *record.Schema, sample *record.Batch) predicate.P {
			return randomPredicate(t, r, sample, 2)
		},
	})
}

func wktRing(pts [][2]float64) string {
	out := "("
	for i, p := range pts {
		if i > 0 {
			out += ","
		}
		out += strconv.FormatFloat(p[0], 'f', -1, 64) + " " + strconv.FormatFloat(p[1], 'f', -1, 64)
	}
	return out + ")"
}

func cellOf(lon, lat float64, level int) int64 { return int64(sphere.Cell(lon, lat).Parent(level)) }
