package bench

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// PlacesDDL is the table of points in quindex, where what is near lives in one
// shard; POINT columns have their index from the start.
const PlacesDDL = `CREATE TABLE places (id BIGINT NOT NULL, kind KEYWORD, loc POINT) WITH (shard_by = 'geo(loc)')`

// towns is the number of clusters of points; one point in ten lies outside of all.
const towns = 3000

// town is a place that many points lie around.
type town struct{ lon, lat, spread float64 }

// places makes points: most lie around towns, large ones more often, normally
// distributed within some tens of kilometres; the others anywhere on earth.
type places struct {
	r     *Rand
	towns [towns]town
}

func newPlaces(seed uint64) *places {
	p := &places{r: NewRand(seed)}
	for i := range p.towns {
		p.towns[i] = town{360*p.r.Float() - 180, degrees(math.Asin(1.8*p.r.Float() - 0.85)), 0.02 + 0.3*p.r.Float()*p.r.Float()}
	}
	return p
}

func degrees(radians float64) float64 { return radians * 180 / math.Pi }

// near draws a point as the points of the table are drawn, with r.
func (p *places) near(r *Rand) (lon, lat float64) {
	if r.N(10) == 0 {
		return cut(360*r.Float() - 180), cut(degrees(math.Asin(2*r.Float() - 1)))
	}
	t := p.towns[r.Skew(towns, 2)]
	lat = t.lat + t.spread*r.Norm()
	lon = t.lon + t.spread*r.Norm()/math.Cos(t.lat*math.Pi/180)
	return cut(lon - 360*math.Floor((lon+180)/360)), cut(min(89, max(-89, lat)))
}

// inTown draws the middle of a question: a place where there are points.
func (p *places) inTown(r *Rand) (lon, lat float64) {
	for {
		if lon, lat = p.near(r); math.Abs(lat) < 70 && math.Abs(lon) < 170 {
			return lon, lat
		}
	}
}

// cut keeps seven digits of a degree: a centimetre.
func cut(deg float64) float64 { return math.Round(deg*1e7) / 1e7 }

var placeKinds = []string{"shop", "stop", "school", "hotel", "clinic", "museum"}

// Geo is the workload of n clustered points.
func Geo(seed uint64, n int) *Workload {
	p := newPlaces(seed)
	return &Workload{Name: "geo", Rows: n, Statements: geoStatements(p), After: map[string][]string{"postgres": {
		"CREATE INDEX places_loc ON places USING gist (loc)",
		"CREATE INDEX places_box ON places USING gist ((loc::geometry))", // for st_intersects with an envelope
		"VACUUM ANALYZE places",
	}}, Tables: []Data{{Name: "places", DDL: PlacesDDL, Rows: n, NDJSON: func(yield func([]byte) bool) {
		r := NewRand(seed + 1)
		var b []byte
		for i := range n {
			b = strconv.AppendInt(append(b[:0], `{"id":`...), int64(i), 10)
			b = append(append(b, `,"kind":"`...), placeKinds[r.Skew(len(placeKinds), 1.5)]...)
			lon, lat := p.near(r)
			b = strconv.AppendFloat(append(b, `","loc":[`...), lon, 'f', -1, 64)
			b = strconv.AppendFloat(append(b, ','), lat, 'f', -1, 64)
			if b = append(b, "]}\n"...); !yield(b) {
				return
			}
		}
	}}}}
}

// geoTimes is how often a run asks a statement of this workload.
const geoTimes = 25

// geoStatements ask around places where there are points. PostgreSQL measures
// on a sphere too (false: no spheroid), or the answers would differ.
func geoStatements(p *places) []Statement {
	var all []Statement
	for _, what := range []struct{ name, list string }{{"count", "count(*)"}, {"list", "id"}} {
		for _, km := range []int{1, 10, 100} {
			all = append(all, spoken(fmt.Sprintf("%s_%dkm", what.name, km), geoTimes, func(r *Rand) (string, string) {
				lon, lat := p.inTown(r)
				return fmt.Sprintf("SELECT %s FROM places WHERE ST_DWithin(loc, ST_MakePoint(%v, %v), %d)", what.list, lon, lat, km*1000),
					fmt.Sprintf("SELECT %s FROM places WHERE ST_DWithin(loc, 'SRID=4326;POINT(%v %v)'::geography, %d, false)", what.list, lon, lat, km*1000)
			}))
		}
	}
	all = append(all, spoken("count_envelope", geoTimes, func(r *Rand) (string, string) {
		lon, lat := p.inTown(r)
		w, h := 0.05+0.4*r.Float(), 0.05+0.4*r.Float()
		box := fmt.Sprintf("ST_MakeEnvelope(%.4f, %.4f, %.4f, %.4f", lon-w, lat-h, lon+w, lat+h)
		return "SELECT count(*) FROM places WHERE ST_Intersects(loc, " + box + "))",
			"SELECT count(*) FROM places WHERE ST_Intersects(loc::geometry, " + box + ", 4326))"
	}), spoken("count_polygon", geoTimes, func(r *Rand) (string, string) {
		ring := p.star(r)
		return "SELECT count(*) FROM places WHERE ST_Covers(ST_GeomFromText('" + ring + "'), loc)",
			"SELECT count(*) FROM places WHERE ST_Covers('SRID=4326;" + ring + "'::geography, loc)"
	}))
	for _, k := range []int{10, 100} {
		all = append(all, spoken(fmt.Sprintf("nearest_%d", k), geoTimes, func(r *Rand) (string, string) {
			lon, lat := p.inTown(r)
			return fmt.Sprintf("SELECT id FROM places ORDER BY loc <-> ST_MakePoint(%v, %v) LIMIT %d", lon, lat, k),
				fmt.Sprintf("SELECT id FROM places ORDER BY loc <-> 'SRID=4326;POINT(%v %v)'::geography LIMIT %d", lon, lat, k)
		}))
	}
	return all
}

// star is a polygon of 24 corners, about 20 to 60 km across, as WKT.
func (p *places) star(r *Rand) string {
	lon, lat := p.inTown(r)
	var corners []string
	for i := range 24 {
		angle, reach := 2*math.Pi*float64(i)/24, 0.1+0.15*r.Float()
		corners = append(corners, fmt.Sprintf("%.5f %.5f", lon+reach*math.Cos(angle)/math.Cos(lat*math.Pi/180), lat+reach*math.Sin(angle)))
	}
	return "POLYGON((" + strings.Join(append(corners, corners[0]), ", ") + "))"
}
