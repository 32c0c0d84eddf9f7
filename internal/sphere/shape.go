package sphere

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"strings"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/ewkb"
	"github.com/paulmach/orb/encoding/wkt"
	"github.com/paulmach/orb/geojson"

	"github.com/quindex/quindex/fault"
)

// Shape is a geometry ready to be asked about places.
type Shape struct {
	Boxes  []Box
	Paths  []*Path
	Points [][2]float64
}

// envelopeSRID marks the polygon of an envelope in its extended WKB: the
// number of the plate carrée, on whose maps meridians and parallels are straight.
// The ring is what ST_MakeEnvelope of PostGIS makes, from the south-west corner
// northward, so that its first vertex says west and its third east, also where
// west is the larger number.
const envelopeSRID = 32662

const hintEnvelope = fault.Hint("ST_MakeEnvelope(west, south, east, north) makes a box of any size between meridians and parallels")

func invalid(what string, code fault.Code, why string, more ...any) error {
	return fault.E("sphere: "+what, append([]any{fault.Invalid, code, why}, more...)...)
}

// Parse reads WKB, with the mark of an envelope or without.
func Parse(wkb string) (*Shape, error) {
	g, box, err := decode(wkb)
	if err != nil {
		return nil, err
	}
	s := &Shape{}
	if box != nil {
		s.Boxes = append(s.Boxes, *box)
		return s, nil
	}
	return s, s.add(g)
}

// ParseText reads WKT, GeoJSON, or WKB in hexadecimal.
func ParseText(text string) (*Shape, error) {
	wkb, err := TextToWKB(text)
	if err != nil {
		return nil, err
	}
	return Parse(wkb)
}

// TextToWKB reads WKT, GeoJSON, or WKB in hexadecimal.
func TextToWKB(text string) (string, error) {
	text = strings.TrimSpace(text)
	if strings.HasPrefix(text, "{") {
		return FromGeoJSON(text)
	}
	if b, err := hex.DecodeString(text); err == nil && len(b) > 0 {
		return FromWKB(string(b))
	}
	return FromWKT(text)
}

// decode returns the geometry of WKB, or the box it is marked to be.
func decode(wkb string) (g orb.Geometry, box *Box, err error) {
	defer func() {
		if p := recover(); p != nil { // the library promises an error for bad bytes, no more
			g, box, err = nil, nil, invalid("read WKB", "22P03", fmt.Sprint(p))
		}
	}()
	g, srid, err := ewkb.Unmarshal([]byte(wkb))
	if err != nil {
		return nil, nil, invalid("read WKB", "22P03", err.Error())
	}
	if srid != envelopeSRID {
		return g, nil, nil
	}
	p, ok := g.(orb.Polygon)
	if !ok || len(p) != 1 || len(p[0]) != 5 {
		return nil, nil, invalid("read WKB", "22P03", "an envelope that is no box")
	}
	b := Box{W: p[0][0][0], S: p[0][0][1], E: p[0][2][0], N: p[0][2][1]}
	return g, &b, b.check()
}

// add takes a geometry apart.
func (s *Shape) add(g orb.Geometry) error {
	switch g := g.(type) {
	case orb.Point:
		return s.addPoints(g)
	case orb.MultiPoint:
		return s.addPoints(g...)
	case orb.LineString:
		return s.addPath(false, g)
	case orb.MultiLineString:
		return s.addPath(false, g...)
	case orb.Ring:
		return s.addPath(true, orb.LineString(g))
	case orb.Polygon:
		var rings []orb.LineString
		for _, r := range g {
			rings = append(rings, orb.LineString(r))
		}
		return s.addPath(true, rings...)
	case orb.MultiPolygon:
		for _, p := range g {
			if err := s.add(p); err != nil {
				return err
			}
		}
	case orb.Collection:
		for _, one := range g {
			if err := s.add(one); err != nil {
				return err
			}
		}
	default:
		return invalid("shape", "0A000", fmt.Sprintf("a geometry of type %T", g))
	}
	return nil
}

func (s *Shape) addPoints(ps ...orb.Point) error {
	for _, p := range ps {
		if math.IsNaN(p[0]) && math.IsNaN(p[1]) {
			continue // POINT EMPTY
		}
		if !Valid(p[0], p[1]) {
			return invalid("shape", "22023", fmt.Sprintf("point (%v, %v), want a longitude in [-180, 180] and a latitude in [-90, 90]", p[0], p[1]))
		}
		s.Points = append(s.Points, p)
	}
	return nil
}

func (s *Shape) addPath(area bool, lines ...orb.LineString) error {
	rings := make([][][2]float64, len(lines))
	vertices := 0
	for i, l := range lines {
		for _, p := range l {
			rings[i] = append(rings[i], p)
		}
		vertices += len(l)
	}
	p, err := newPath(rings, area)
	if err != nil {
		return err
	}
	if len(p.Edges) > 0 {
		s.Paths = append(s.Paths, p)
	} else if vertices > 0 {
		return invalid("shape", "22023", "all its vertices are one place on the earth", hintEnvelope)
	}
	return nil
}

// Envelope returns the WKB of the box from w eastward to e and from s to n: w
// may be larger than e.
func Envelope(w, s, e, n float64) (string, error) {
	b := Box{w, s, e, n}
	if err := b.check(); err != nil {
		return "", err
	}
	ring := orb.Ring{{w, s}, {w, n}, {e, n}, {e, s}, {w, s}}
	return marshal(orb.Polygon{ring}, envelopeSRID)
}

// FromWKT returns the WKB of a geometry in WKT; "SRID=4326;" may stand before it.
func FromWKT(text string) (wkb string, err error) {
	defer func() {
		if p := recover(); p != nil {
			wkb, err = "", invalid("read WKT", "22P02", fmt.Sprint(p))
		}
	}()
	if rest, ok := strings.CutPrefix(text, "SRID=4326;"); ok {
		text = rest
	}
	g, err := wkt.Unmarshal(text)
	if err != nil {
		return "", invalid("read WKT", "22P02", err.Error(), fault.Hint("such as POLYGON((10 50, 11 50, 11 51, 10 50)), longitude first"))
	}
	return checked(g)
}

// FromGeoJSON returns the WKB of a GeoJSON geometry, or that of a Feature.
func FromGeoJSON(text string) (wkb string, err error) {
	defer func() {
		if p := recover(); p != nil {
			wkb, err = "", invalid("read GeoJSON", "22P02", fmt.Sprint(p))
		}
	}()
	var head struct{ Type string }
	if err := json.Unmarshal([]byte(text), &head); err != nil {
		return "", invalid("read GeoJSON", "22P02", err.Error())
	}
	var g orb.Geometry
	if head.Type == "Feature" {
		f, err := geojson.UnmarshalFeature([]byte(text))
		if err != nil {
			return "", invalid("read GeoJSON", "22P02", err.Error())
		}
		g = f.Geometry
	} else {
		j, err := geojson.UnmarshalGeometry([]byte(text))
		if err != nil {
			return "", invalid("read GeoJSON", "22P02", err.Error())
		}
		g = j.Geometry()
	}
	if g == nil {
		return "", invalid("read GeoJSON", "22P02", "it has no geometry")
	}
	return checked(g)
}

// FromWKB checks WKB and returns it in little-endian order.
func FromWKB(wkb string) (string, error) {
	g, box, err := decode(wkb)
	if err != nil {
		return "", err
	}
	if box != nil {
		return Envelope(box.W, box.S, box.E, box.N)
	}
	return checked(g)
}

// FromPoint returns the WKB of a point.
func FromPoint(lon, lat float64) (string, error) { return checked(orb.Point{lon, lat}) }

// checked returns the WKB of a geometry that a Shape can be made of.
func checked(g orb.Geometry) (string, error) {
	if err := new(Shape).add(g); err != nil {
		return "", err
	}
	return marshal(g, 0)
}

func marshal(g orb.Geometry, srid int) (string, error) {
	b, err := ewkb.Marshal(g, srid)
	if err != nil {
		return "", fault.E("sphere: write WKB", fault.Internal, err)
	}
	return string(b), nil
}

// WKT returns the text form of WKB.
func WKT(wkb string) (string, error) {
	g, _, err := decode(wkb)
	if err != nil {
		return "", err
	}
	return wkt.MarshalString(g), nil
}

// GeoJSON returns the GeoJSON of WKB.
func GeoJSON(wkb string) (string, error) {
	g, _, err := decode(wkb)
	if err != nil {
		return "", err
	}
	b, err := geojson.NewGeometry(g).MarshalJSON()
	if err != nil {
		return "", fault.E("sphere: write GeoJSON", fault.Internal, err)
	}
	return string(b), nil
}
