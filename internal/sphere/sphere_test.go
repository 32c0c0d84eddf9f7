package sphere

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/golang/geo/r3"
	"github.com/golang/geo/s1"
	"github.com/golang/geo/s2"
)

func random(t testing.TB) *rand.Rand {
	seed := uint64(time.Now().UnixNano())
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("seed %d", seed)
		}
	})
	return rand.New(rand.NewPCG(seed, 0))
}

func TestDistance(t *testing.T) {
	f := func(lon1, lat1, lon2, lat2, want float64) {
		t.Helper()
		if got := Distance(lon1, lat1, lon2, lat2); math.Abs(got-want) > 1e-6*max(1, want)+1e-9 {
			t.Errorf("from (%v, %v) to (%v, %v): %v m, want %v", lon1, lat1, lon2, lat2, got, want)
		}
		if a, b := Distance(lon1, lat1, lon2, lat2), Distance(lon2, lat2, lon1, lat1); a != b {
			t.Errorf("from (%v, %v) to (%v, %v): %v m there, %v back", lon1, lat1, lon2, lat2, a, b)
		}
	}
	degree := math.Pi * Radius / 180
	f(0, 0, 0, 0, 0)
	f(0, 0, 1, 0, degree)
	f(0, 0, 0, 1, degree)
	f(0, 0, 180, 0, math.Pi*Radius)
	f(0, 90, 77, -90, math.Pi*Radius)
	f(179.5, 0, -179.5, 0, degree)
	f(180, 10, -180, 10, 0)
	f(12, 90, -100, 90, 0)
	f(0, 89, 180, 89, 2*degree)
	f(-87.9048, 41.9786, -0.461389, 51.4775, 6343436.05) // ORD to LHR, by the cross product
	for _, same := range [][4]float64{{180, 10, -180, 10}, {12, 90, -100, 90}, {-180, -90, 33, -90}, {5, 5, 5, 5}} {
		if d := Distance(same[0], same[1], same[2], same[3]); d != 0 {
			t.Errorf("one place by two names, %v: %v m apart", same, d)
		}
	}
	if d := Distance(math.NaN(), 0, 1, 1); !math.IsNaN(d) {
		t.Errorf("from NaN: %v", d)
	}
}

// TestVec holds the vectors to the distances, and one place to one vector.
func TestVec(t *testing.T) {
	r := random(t)
	for range 2000 {
		lon1, lat1, lon2, lat2 := r.Float64()*360-180, r.Float64()*180-90, r.Float64()*360-180, r.Float64()*180-90
		if r.IntN(2) == 0 {
			lon2, lat2 = lon1+r.NormFloat64()*1e-3, lat1
		}
		chord := Vec(lon1, lat1).Sub(Vec(lon2, lat2)).Norm()
		if want := Chord(Distance(lon1, lat1, lon2, lat2)); math.Abs(chord-want) > 1e-14 {
			t.Fatalf("(%v, %v) and (%v, %v) are %v apart, want %v", lon1, lat1, lon2, lat2, chord, want)
		}
	}
	for _, lat := range []float64{0, 12.5, -89, 90, -90} {
		if Vec(180, lat) != Vec(-180, lat) {
			t.Errorf("180 and -180 differ at latitude %v", lat)
		}
	}
	if Vec(5, 90) != Vec(-77, 90) {
		t.Error("the north pole has two vectors")
	}
	if Chord(3e7) != 2 || Chord(0) != 0 {
		t.Errorf("chords of 30,000 km and 0: %v, %v", Chord(3e7), Chord(0))
	}
}

func TestBox(t *testing.T) {
	f := func(b Box, lon, lat float64, want Relation) {
		t.Helper()
		if got := b.Locate(lon, lat); got != want {
			t.Errorf("(%v, %v) and %v: %v, want %v", lon, lat, b, got, want)
		}
	}
	small := Box{10, 50, 11, 51}
	f(small, 10.5, 50.5, Inside)
	f(small, 10, 50.5, Boundary)
	f(small, 10.5, 51, Boundary)
	f(small, 11, 50, Boundary)
	f(small, 11.0001, 50.5, Outside)
	f(small, 10.5, math.NaN(), Outside)
	f(small, math.NaN(), 50.5, Outside)
	over := Box{179, -1, -179, 1} // Tile38 and PostGIS geometry say that it has (0, 0) and not (180, 0)
	f(over, 180, 0, Inside)
	f(over, -180, 0, Inside)
	f(over, 179, 0, Boundary)
	f(over, -179, 1, Boundary)
	f(over, 0, 0, Outside)
	f(over, 178.9, 0, Outside)
	wide := Box{-170, -10, 170, 10}
	f(wide, 0, 0, Inside)
	f(wide, 180, 0, Outside)
	f(wide, 169.9, 0, Inside)
	round := Box{-180, 80, 180, 90}
	f(round, 180, 85, Inside)
	f(round, -180, 85, Inside)
	f(round, 13, 90, Inside)
	f(round, 13, 80, Boundary)
	f(Box{0, 80, 90, 90}, -120, 90, Boundary) // the pole is the end of every meridian
	f(Box{180, 0, -170, 5}, -180, 3, Boundary)
	f(Box{180, 0, -170, 5}, -175, 3, Inside)
	f(Box{-180, 0, -170, 5}, 180, 3, Boundary)
	f(Box{20, 0, 20, 5}, 20, 3, Boundary)
	f(Box{180, 0, -180, 5}, 180, 3, Boundary) // no width
	f(Box{180, 0, -180, 5}, 0, 3, Outside)
}

func TestPolygon(t *testing.T) {
	f := func(shape string, lon, lat float64, want Relation) {
		t.Helper()
		s, err := ParseText(shape)
		if err != nil {
			t.Fatal(err)
		}
		if got := locate(s, lon, lat); got != want {
			t.Errorf("(%v, %v) and %s: %v, want %v", lon, lat, shape, got, want)
		}
	}
	holed := "POLYGON((0 0, 10 0, 10 10, 0 10, 0 0), (4 4, 6 4, 6 6, 4 6, 4 4))"
	f(holed, 2, 2, Inside)
	f(holed, 5, 5, Outside)
	f(holed, 5, 4.5, Outside)
	f(holed, 12, 5, Outside)
	f(holed, -170, -5, Outside)
	f(holed, 0, 0, Boundary)
	f(holed, 4, 4, Boundary)
	f(holed, 5, 0, Boundary)  // along the equator
	f(holed, 0, 5, Boundary)  // along a meridian
	f(holed, 10, 5, Boundary) //
	f(holed, 4, 5, Boundary)  // along the hole
	// A great circle between two places of latitude 10 goes north of it.
	f(holed, 5, 10.01, Inside)
	// The same either way round.
	f("POLYGON((0 0, 0 10, 10 10, 10 0, 0 0))", 2, 2, Inside)
	f("POLYGON((0 0, 0 10, 10 10, 10 0, 0 0))", 20, 2, Outside)
	// Over the meridian of 180 degrees, as GeoJSON writes it.
	over := `{"type": "Polygon", "coordinates": [[[179,-1],[-179,-1],[-179,1],[179,1],[179,-1]]]}`
	f(over, 180, 0, Inside)
	f(over, -180, 0.5, Inside)
	f(over, 0, 0, Outside)
	f(over, 179, 0, Boundary)
	// Round a pole.
	f("POLYGON((0 60, 90 60, 180 60, -90 60, 0 60))", 12, 90, Inside)
	f("POLYGON((0 60, 90 60, 180 60, -90 60, 0 60))", 45, 61, Outside) // the edge goes by 67.8
	f("POLYGON((0 60, 90 60, 180 60, -90 60, 0 60))", 0, -90, Outside)
	f("POLYGON((0 90, 0 80, 10 80, 0 90))", 50, 90, Boundary)
	f("POLYGON((0 90, 0 80, 10 80, 0 90))", 5, 85, Inside)
	// What real polygons have: repeated vertices, spikes, 180 and -180 in one ring.
	f("POLYGON((0 0, 10 0, 10 0, 20 0, 10 0, 10 10, 0 10, 0 0))", 5, 5, Inside)
	f("POLYGON((0 0, 10 0, 10 0, 20 0, 10 0, 10 10, 0 10, 0 0))", 15, 1, Outside)
	f("POLYGON((170 -10, 180 -10, -180 -10, -180 10, 180 10, 170 10, 170 -10))", 175, 0, Inside)
	f("POLYGON((170 -10, 180 -10, -180 -10, -180 10, 180 10, 170 10, 170 -10))", -175, 0, Outside)
	f("POLYGON((0 0, 10 10, 10 0, 0 10, 0 0))", 1, 5, Inside) // a bow tie
	f("POLYGON((0 0, 10 10, 10 0, 0 10, 0 0))", 5, 9, Outside)
	f("POLYGON((0 0, 10 10, 10 0, 0 10, 0 0))", 5, 1, Outside)
	f("MULTIPOLYGON(((0 0, 1 0, 1 1, 0 0)), ((50 50, 51 50, 51 51, 50 50)))", 50.9, 50.5, Inside)
	f("MULTIPOLYGON(((0 0, 1 0, 1 1, 0 0)), ((50 50, 51 50, 51 51, 50 50)))", 25, 25, Outside)
	f("GEOMETRYCOLLECTION(POINT(7 8), LINESTRING(0 0, 20 0, 20 5))", 7, 8, Inside)
	f("GEOMETRYCOLLECTION(POINT(7 8), LINESTRING(0 0, 20 0, 20 5))", 10, 0, Inside)
	f("GEOMETRYCOLLECTION(POINT(7 8), LINESTRING(0 0, 20 0, 20 5))", 0, 0, Boundary)
	f("GEOMETRYCOLLECTION(POINT(7 8), LINESTRING(0 0, 20 0, 20 5))", 10, 1, Outside)
	f("POINT(180 3)", -180, 3, Inside)
	f("POLYGON EMPTY", 0, 0, Outside)
}

func TestRefused(t *testing.T) {
	f := func(shape string) {
		t.Helper()
		if s, err := ParseText(shape); err == nil {
			t.Errorf("%s is %+v, want an error", shape, s)
		}
	}
	f("")
	f("POLYGON((0 0, 200 0, 0 95, 0 0))")
	f("POINT(200 95)")
	f("POINT(NaN 5)")
	f("POLYGON((0 0, 180 0, 90 50, 0 0))")                       // no one way from 0 to 180
	f("POLYGON((-180 -90, 180 -90, 180 90, -180 90, -180 -90))") // all edges are half the earth or nothing
	f("POLYGON((0 0, 90 0, 180 0, -90 0, 0 0))")                 // the equator
	f("POLYGON((5 5, 5 5, 5 5, 5 5))")
	f("CIRCLE(1 2 3)")
	f("00")
	f("01ffffffff")
	f(`{"type": "Polygon"}`)
	f(`{"type": "Sphere", "coordinates": [1]}`)
	f(`{"type": "Feature"}`)
	for _, b := range []Box{{0, 1, 1, 0}, {-181, 0, 1, 1}, {0, 0, 1, 91}, {math.NaN(), 0, 1, 1}} {
		if _, err := Envelope(b.W, b.S, b.E, b.N); err == nil {
			t.Errorf("envelope %v is made", b)
		}
	}
}

func TestForms(t *testing.T) {
	wkb, err := Envelope(179, -1, -179, 1)
	if err != nil {
		t.Fatal(err)
	}
	text, err := WKT(wkb)
	if want := "POLYGON((179 -1,179 1,-179 1,-179 -1,179 -1))"; err != nil || text != want {
		t.Errorf("WKT of an envelope: %s, %v, want %s", text, err, want)
	}
	again, err := FromWKB(wkb)
	if err != nil || again != wkb {
		t.Errorf("an envelope read and written: %x, %v, want %x", again, err, wkb)
	}
	s, err := Parse(wkb)
	if err != nil || len(s.Boxes) != 1 || s.Boxes[0] != (Box{179, -1, -179, 1}) {
		t.Errorf("an envelope read: %+v, %v", s, err)
	}
	for _, want := range []string{"POINT(1 2)", "POLYGON((0 0,1 0,1 1,0 0))", "LINESTRING(0 0,1 1)", "MULTIPOLYGON(((0 0,1 0,1 1,0 0)))"} {
		wkb, err := FromWKT("SRID=4326;" + want)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := WKT(wkb); err != nil || got != want {
			t.Errorf("%s comes back as %s, %v", want, got, err)
		}
		j, err := GeoJSON(wkb)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := FromGeoJSON(j); err != nil || back != wkb {
			t.Errorf("%s by way of %s: %x, %v, want %x", want, j, back, err, wkb)
		}
	}
}

func TestGeohash(t *testing.T) {
	f := func(lon, lat float64, n int, want string) {
		t.Helper()
		if got := Geohash(lon, lat, n); got != want {
			t.Errorf("(%v, %v): %s, want %s", lon, lat, got, want)
		}
	}
	f(-5.6, 42.6, 5, "ezs42") // the example of the format's first description
	f(10.40744, 57.64911, 11, "u4pruydqqvj")
	f(-126, 48, 20, "c0w3hf1s70w3hf1s70w3") // as ST_GeoHash of PostGIS
	f(-180, -90, 3, "000")
	f(180, 90, 3, "zzz")
	r := random(t)
	for range 2000 {
		lon, lat, n := r.Float64()*360-180, r.Float64()*180-90, 1+r.IntN(MaxGeohash)
		hash := Geohash(lon, lat, n)
		if b, ok := GeohashBox(hash); !ok || b.Locate(lon, lat) == Outside {
			t.Fatalf("(%v, %v) is not in %v of %s", lon, lat, b, hash)
		}
	}
	if _, ok := GeohashBox("ea"); ok {
		t.Error("there is a geohash ea")
	}
}

// FuzzParse reads any bytes as a shape, and asks what was read about a place.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"POINT(1 2)", "POLYGON((0 0,1 0,1 1,0 0),(.1 .1,.2 .1,.2 .2,.1 .1))", "GEOMETRYCOLLECTION(POINT(1 2),LINESTRING(0 0,1 1))",
		"MULTIPOLYGON(((0 0,1 0,1 1,0 0)))", `{"type":"Point","coordinates":[1,2]}`, "0101000000000000000000F03F0000000000000040"} {
		f.Add(s)
		if wkb, err := TextToWKB(s); err == nil {
			f.Add(wkb)
		}
	}
	box, _ := Envelope(1, 2, 3, 4)
	f.Add(box)
	f.Fuzz(func(t *testing.T, s string) {
		for _, read := range []func(string) (*Shape, error){Parse, ParseText} {
			if shape, err := read(s); err == nil {
				locate(shape, 1, 2)
				locate(shape, -180, 90)
			}
		}
	})
}

// TestStars holds parity to s2.Loop on rings that it can be trusted with: stars
// round a place, counter-clockwise, without repeats.
func TestStars(t *testing.T) {
	r := random(t)
	for range 300 {
		lon, lat := r.Float64()*360-180, r.Float64()*170-85
		frame := s2.Point{Vector: Vec(lon, lat)}
		size := []float64{1e-4, 0.01, 0.3, 1.2}[r.IntN(4)]
		var ring [][2]float64
		var points []s2.Point
		n := 3 + r.IntN(30)
		for i := range n {
			d := size * (0.2 + 0.8*r.Float64())
			p := s2.RegularLoop(frame, s1.Angle(d), n).Vertex(i)
			ll := s2.LatLngFromPoint(p)
			v := [2]float64{ll.Lng.Degrees(), ll.Lat.Degrees()}
			ring = append(ring, v)
			points = append(points, s2.Point{Vector: Vec(v[0], v[1])})
		}
		loop := s2.LoopFromPoints(points)
		if loop.Validate() != nil || loop.Area() > math.Pi {
			continue
		}
		if r.IntN(2) == 0 {
			slices.Reverse(ring) // direction says nothing
		}
		p, err := newPath([][][2]float64{ring}, true)
		if err != nil {
			t.Fatal(err)
		}
		for range 50 {
			v := s2.Point{Vector: frame.Add(r3.Vector{X: r.NormFloat64(), Y: r.NormFloat64(), Z: r.NormFloat64()}.Mul(size)).Normalize()}
			ll := s2.LatLngFromPoint(v)
			a, b := ll.Lng.Degrees(), ll.Lat.Degrees()
			if got, want := p.Locate(a, b) == Inside, loop.ContainsPoint(s2.Point{Vector: Vec(a, b)}); got != want {
				t.Fatalf("(%v, %v) in %v: %v, want %v", a, b, ring, got, want)
			}
		}
	}
}

// locate says where a place lies: inside one part, else on the boundary of one.
func locate(s *Shape, lon, lat float64) Relation {
	r := Outside
	for _, b := range s.Boxes {
		r = max(r, b.Locate(lon, lat))
	}
	for _, p := range s.Paths {
		r = max(r, p.Locate(lon, lat))
	}
	for _, p := range s.Points {
		if Vec(lon, lat) == Vec(p[0], p[1]) {
			return Inside
		}
	}
	return r
}
