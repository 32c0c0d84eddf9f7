package sphere

import (
	"fmt"
	"math"

	"github.com/golang/geo/r3"
	"github.com/golang/geo/s1"
	"github.com/golang/geo/s2"
)

// Path is a polygon with its holes, or a line: a bag of edges.
//
// What is inside a polygon is decided by parity alone: walking from a place
// that is known to be outside, one is inside after an odd number of edges. The
// place is opposite to the middle of the outer ring's vertices, so direction of
// rings, repeated vertices, spikes and self-crossings, which real polygons have,
// never turn a polygon inside out; and none may be larger than that allows.
// s2.Loop decides by direction and normalises: 70 of 7,788 real rings became
// the whole sphere.
type Path struct {
	Edges []Edge
	Area  bool // a polygon
	// Center and Chord bound the polygon or line: all of it lies within the
	// straight-line distance Chord of Center. Chord is +Inf where it reaches
	// over a quarter of the earth from there.
	Center r3.Vector
	Chord  float64

	out     [2]s2.Point // two places, a quarter of the earth apart
	outside [2]bool     // whether they are outside; the first is
	ends    map[r3.Vector]bool
}

// Edge is one edge of a path.
type Edge struct {
	A, B s2.Point
	// Mid is the middle of the edge, and all of it lies within the straight-line
	// distance Half of it.
	Mid  r3.Vector
	Half float64
	// Normal is at right angles to the edge's plane, of length 1; zero for an
	// edge too short to have one.
	Normal                 r3.Vector
	lonA, latA, lonB, latB float64
}

// Locate says where a place lies, by looking at every edge.
func (p *Path) Locate(lon, lat float64) Relation {
	v := s2.Point{Vector: Vec(lon, lat)}
	for i := range p.Edges {
		if p.Edges[i].Has(lon, lat, v) {
			return p.on(v)
		}
	}
	if p.Area && p.Contains(v) {
		return Inside
	}
	return Outside
}

// On is the relation of a place that an edge has: the boundary of a polygon;
// within a line, but for its ends.
func (p *Path) on(v s2.Point) Relation {
	if p.Area || p.ends[v.Vector] {
		return Boundary
	}
	return Inside
}

// LocateNear is Locate for one who knows where ref lies and which edges (by
// number) there are near the place: all that the way from ref to the place
// may touch.
func (p *Path) LocateNear(lon, lat float64, ref s2.Point, refInside bool, near []int32) Relation {
	v := s2.Point{Vector: Vec(lon, lat)}
	for _, i := range near {
		if p.Edges[i].Has(lon, lat, v) {
			return p.on(v)
		}
	}
	if p.Area && p.Crossed(ref, v, near) != refInside {
		return Inside
	}
	return Outside
}

// Contains reports by parity whether v is in a polygon.
func (p *Path) Contains(v s2.Point) bool {
	k := 0
	if p.out[0].Dot(v.Vector) < 0 {
		k = 1 // never along half the earth: such an edge has no way of its own
	}
	c := s2.NewEdgeCrosser(p.out[k], v)
	in := !p.outside[k]
	for i := range p.Edges {
		if c.EdgeOrVertexCrossing(p.Edges[i].A, p.Edges[i].B) {
			in = !in
		}
	}
	return in
}

// Crossed reports whether the way from a to b crosses an odd number of the
// edges numbered in near.
func (p *Path) Crossed(a, b s2.Point, near []int32) bool {
	c := s2.NewEdgeCrosser(a, b)
	odd := false
	for _, i := range near {
		if c.EdgeOrVertexCrossing(p.Edges[i].A, p.Edges[i].B) {
			odd = !odd
		}
	}
	return odd
}

// Has reports whether the place lies on the edge. It is exact where floating
// point can be: at the two ends, along a meridian and along the equator. No
// other edge goes through a place that has a float64 longitude and latitude,
// save by rounding; there parity decides.
func (e *Edge) Has(lon, lat float64, v s2.Point) bool {
	if v == e.A || v == e.B {
		return true
	}
	lon = canonical(lon)
	between := lat >= min(e.latA, e.latB) && lat <= max(e.latA, e.latB)
	switch {
	case between && e.lonA == e.lonB:
		return lon == e.lonA
	case between && math.Abs(e.latA) == 90:
		return lon == e.lonB
	case between && math.Abs(e.latB) == 90:
		return lon == e.lonA
	case lat == 0 && e.latA == 0 && e.latB == 0:
		if eastward(e.lonA, e.lonB) < 180 {
			return eastward(e.lonA, lon) <= eastward(e.lonA, e.lonB)
		}
		return eastward(e.lonB, lon) <= eastward(e.lonB, e.lonA)
	}
	return false
}

// Near reports whether the edge comes within the angle of the straight-line
// distance chord from c; it may say so of one just farther away.
func (e *Edge) Near(c s2.Point, chord float64) bool {
	if c.Sub(e.Mid).Norm() > chord+e.Half {
		return false
	}
	_, near := s2.UpdateMinDistance(c, e.A, e.B, s1.ChordAngle(chord*chord*(1+1e-9)+1e-15))
	return near
}

// newPath makes a polygon of rings, the outer one first, or a line.
func newPath(rings [][][2]float64, area bool) (*Path, error) {
	p := &Path{Area: area}
	var sum r3.Vector
	for i, ring := range rings {
		first := len(p.Edges)
		if err := p.addRing(ring); err != nil {
			return nil, err
		}
		for j := first; i == 0 && j < len(p.Edges); j++ {
			sum = sum.Add(p.Edges[j].A.Vector)
		}
		if !area && len(ring) > 0 {
			p.addEnds(ring)
		}
	}
	if len(p.Edges) == 0 {
		return p, nil
	}
	if !area {
		sum = p.Edges[0].Mid
	}
	if sum.Norm() < 1e-9*float64(len(p.Edges)) {
		return nil, invalid("polygon", "22023", "its outer ring goes round half the earth, so neither side is the inside", hintEnvelope)
	}
	p.bound(sum.Normalize())
	return p, nil
}

func (p *Path) addEnds(line [][2]float64) {
	if p.ends == nil {
		p.ends = map[r3.Vector]bool{}
	}
	for _, c := range [][2]float64{line[0], line[len(line)-1]} {
		v := Vec(c[0], c[1])
		p.ends[v] = !p.ends[v] // a closed line has none
	}
}

// addRing adds the edges between neighbours that differ. A ring that does not
// end where it began is closed.
func (p *Path) addRing(ring [][2]float64) error {
	n := len(ring)
	if p.Area && n > 0 {
		ring = append(ring[:n:n], ring[0])
	}
	for i, c := range ring {
		if !Valid(c[0], c[1]) {
			return invalid("shape", "22023", fmt.Sprintf("vertex (%v, %v), want a longitude in [-180, 180] and a latitude in [-90, 90]", c[0], c[1]))
		}
		if i == 0 {
			continue
		}
		e := Edge{lonA: canonical(ring[i-1][0]), latA: ring[i-1][1], lonB: canonical(c[0]), latB: c[1]}
		e.A, e.B = s2.Point{Vector: Vec(e.lonA, e.latA)}, s2.Point{Vector: Vec(e.lonB, e.latB)}
		if e.A == e.B {
			continue
		}
		if e.A.Dot(e.B.Vector) < -1+1e-14 {
			return invalid("shape", "22023", fmt.Sprintf("the edge from (%v, %v) to (%v, %v) is half the earth long, so there is no one way along it",
				ring[i-1][0], ring[i-1][1], c[0], c[1]), hintEnvelope)
		}
		e.Mid = e.A.Add(e.B.Vector).Normalize()
		e.Half = e.Mid.Sub(e.A.Vector).Norm() * (1 + 1e-12)
		if n := e.A.PointCross(e.B); e.Half > 1e-7 {
			e.Normal = n.Normalize()
		}
		p.Edges = append(p.Edges, e)
	}
	return nil
}

// bound finds the cap round mid that holds the path, and the places to walk from.
func (p *Path) bound(mid r3.Vector) {
	p.Center = mid
	for i := range p.Edges {
		p.Chord = max(p.Chord, mid.Sub(p.Edges[i].A.Vector).Norm(), mid.Sub(p.Edges[i].B.Vector).Norm())
	}
	if p.Chord *= 1 + 1e-12; p.Chord > 1.4 { // a cap of less than a quarter of the earth is convex
		p.Chord = math.Inf(1)
	}
	if !p.Area {
		return
	}
	p.out[0] = s2.Point{Vector: mid.Mul(-1)}
	p.out[1] = s2.Point{Vector: p.out[0].Ortho()}
	p.outside[0] = true
	c, odd := s2.NewEdgeCrosser(p.out[0], p.out[1]), false
	for i := range p.Edges {
		if c.EdgeOrVertexCrossing(p.Edges[i].A, p.Edges[i].B) {
			odd = !odd
		}
	}
	p.outside[1] = !odd
}
