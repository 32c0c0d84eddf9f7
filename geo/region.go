package geo

import (
	"math"

	"github.com/golang/geo/r1"
	"github.com/golang/geo/r3"
	"github.com/golang/geo/s1"
	"github.com/golang/geo/s2"

	"github.com/quindex/quindex/internal/sphere"
)

// verdict is how much of something lies in a region.
type verdict uint8

const (
	none verdict = iota // no place of it, not even on the boundary
	some
	all // every place of it, none on the boundary
)

// region is what a condition asks for. A region is immutable.
type region interface {
	// box says how much of b lies in the region and, with some, which region to
	// ask about the parts of b: it agrees with this one there and knows less.
	box(b *box) (verdict, region)
	// points says of each place, x, y, z rounded to single precision, whether it
	// lies inside for sure (all), outside for sure (none), or one has to look.
	points(xyz []float32, out []verdict)
	// locate says exactly where a place lies.
	locate(lon, lat float64) sphere.Relation
	// share guesses how much of b lies in the region, where that is some.
	share(b *box) float64
}

// slack is more than a unit vector moves, as a straight line, when it is
// rounded to single precision (5.2e-8); 0.64 m on the earth.
const slack = 1e-7

// circle is the places within metres of one place.
type circle struct {
	q                r3.Vector
	lon, lat, metres float64
	in2, out2        float64 // squared chords: at most in2 is inside, above out2 is outside
}

func newCircle(lon, lat, metres float64) *circle {
	c := &circle{q: sphere.Vec(lon, lat), lon: lon, lat: lat, metres: metres, in2: -1}
	chord := sphere.Chord(metres)
	if chord > slack {
		c.in2 = (chord - slack) * (chord - slack)
	}
	c.out2 = (chord + slack) * (chord + slack)
	return c
}

func (c *circle) box(b *box) (verdict, region) {
	lo, hi := b.dist2(&c.q)
	switch {
	case lo > c.out2:
		return none, nil
	case hi <= c.in2:
		return all, nil
	}
	return some, c
}

func (c *circle) points(xyz []float32, out []verdict) {
	for i := range out {
		p := xyz[3*i : 3*i+3 : 3*i+3]
		dx, dy, dz := float64(p[0])-c.q.X, float64(p[1])-c.q.Y, float64(p[2])-c.q.Z
		switch d := dx*dx + dy*dy + dz*dz; {
		case d > c.out2:
			out[i] = none
		case d <= c.in2:
			out[i] = all
		default:
			out[i] = some
		}
	}
}

func (c *circle) locate(lon, lat float64) sphere.Relation {
	if sphere.Distance(c.lon, c.lat, lon, lat) <= c.metres {
		return sphere.Inside
	}
	return sphere.Outside
}

func (c *circle) share(b *box) float64 { return shareOf(math.Pi*c.out2, b) }

// dist2 returns the squared distances of q to the nearest and to the farthest
// place of b.
func (b *box) dist2(q *r3.Vector) (lo, hi float64) {
	x, xx := gap(q.X, b.lo[0], b.hi[0])
	y, yy := gap(q.Y, b.lo[1], b.hi[1])
	z, zz := gap(q.Z, b.lo[2], b.hi[2])
	return x + y + z, xx + yy + zz
}

// near2 is dist2 without the farthest.
func (b *box) near2(q *r3.Vector) float64 {
	x := max(float64(b.lo[0])-q.X, q.X-float64(b.hi[0]), 0)
	y := max(float64(b.lo[1])-q.Y, q.Y-float64(b.hi[1]), 0)
	z := max(float64(b.lo[2])-q.Z, q.Z-float64(b.hi[2]), 0)
	return x*x + y*y + z*z
}

func gap(q float64, lo, hi float32) (near, far float64) {
	below, above := float64(lo)-q, q-float64(hi)
	n, f := max(below, above, 0), max(-below, -above)
	return n * n, f * f
}

// size is about the area, in squares of the earth's radius, that b's places
// spread over: the product of its two longer sides.
func (b *box) size() float64 {
	x, y, z := float64(b.hi[0]-b.lo[0]), float64(b.hi[1]-b.lo[1]), float64(b.hi[2]-b.lo[2])
	return max(x*y, y*z, x*z)
}

// shareOf guesses the share of b that a region of some area has, if it meets
// it: half of b at most counts as met by a region that only cuts it.
func shareOf(area float64, b *box) float64 {
	return min(0.5, area/max(b.size(), 1e-18))
}

// span returns the least and the largest n·p of the places p of b.
func (b *box) span(n *r3.Vector) (lo, hi float64) {
	for d, w := range [3]float64{n.X, n.Y, n.Z} {
		x, y := w*float64(b.lo[d]), w*float64(b.hi[d])
		lo, hi = lo+min(x, y), hi+max(x, y)
	}
	return lo, hi
}

// envelope is an envelope between meridians and parallels. In space its sides
// are planes: two of constant z, and two through the axis.
type envelope struct {
	sphere.Box
	sinS, sinN float64
	west, east r3.Vector // normals that point to the inside of the two meridians
	round      bool      // no meridian bounds it
	wide       bool      // wider than half the earth: inside either plane is inside
	around     around    // holds all of it
}

// around is the places within a straight-line distance of a centre.
type around struct {
	center r3.Vector
	chord2 float64 // squared, with slack
}

func newAround(c s2.Cap) around {
	chord := 2*math.Sin(min(float64(c.Radius())/2, math.Pi/2)) + 2*slack
	return around{c.Center().Vector, chord * chord}
}

func newEnvelope(b sphere.Box) *envelope {
	const rad = math.Pi / 180
	e := &envelope{Box: b, sinS: math.Sin(b.S * rad), sinN: math.Sin(b.N * rad), round: b.Round(), wide: b.Width() > 180}
	sw, cw := math.Sincos(b.W * rad)
	se, ce := math.Sincos(b.E * rad)
	e.west, e.east = r3.Vector{X: -sw, Y: cw}, r3.Vector{X: se, Y: -ce}
	rect := s2.Rect{Lat: r1.Interval{Lo: b.S * rad, Hi: b.N * rad}, Lng: s1.FullInterval()}
	if !e.round {
		rect.Lng = s1.IntervalFromEndpoints(b.W*rad, b.E*rad)
	}
	e.around = newAround(rect.CapBound())
	return e
}

func (e *envelope) box(b *box) (verdict, region) {
	if b.near2(&e.around.center) > e.around.chord2 {
		return none, nil
	}
	lo, hi := float64(b.lo[2]), float64(b.hi[2])
	if hi < e.sinS-slack || lo > e.sinN+slack {
		return none, nil
	}
	v := some
	if lo > e.sinS+slack && hi < e.sinN-slack {
		v = all
	}
	if !e.round {
		wlo, whi := b.span(&e.west)
		elo, ehi := b.span(&e.east)
		switch across(e.wide, wlo, whi, elo, ehi) {
		case none:
			return none, nil
		case some:
			v = some
		}
	}
	return v, e
}

// across judges the two meridians, from the least and largest height above each.
func across(wide bool, wlo, whi, elo, ehi float64) verdict {
	if wide {
		switch {
		case wlo > slack || elo > slack:
			return all
		case whi < -slack && ehi < -slack:
			return none
		}
		return some
	}
	switch {
	case wlo > slack && elo > slack:
		return all
	case whi < -slack || ehi < -slack:
		return none
	}
	return some
}

func (e *envelope) points(xyz []float32, out []verdict) {
	for i := range out {
		x, y, z := float64(xyz[3*i]), float64(xyz[3*i+1]), float64(xyz[3*i+2])
		switch {
		case z < e.sinS-slack || z > e.sinN+slack:
			out[i] = none
			continue
		case z > e.sinS+slack && z < e.sinN-slack:
			out[i] = all
		default:
			out[i] = some
		}
		if e.round {
			continue
		}
		w, r := e.west.X*x+e.west.Y*y, e.east.X*x+e.east.Y*y
		out[i] = min(out[i], across(e.wide, w, w, r, r))
	}
}

func (e *envelope) locate(lon, lat float64) sphere.Relation { return e.Locate(lon, lat) }

func (e *envelope) share(b *box) float64 {
	return shareOf((e.sinN-e.sinS)*e.Width()*math.Pi/180+1e-14, b)
}

// spot is one place.
type spot struct {
	circle
}

func newSpot(lon, lat float64) *spot {
	s := &spot{*newCircle(lon, lat, 0)}
	return s
}

func (s *spot) box(b *box) (verdict, region) {
	if lo, _ := b.dist2(&s.q); lo > s.out2 {
		return none, nil
	}
	return some, s
}

func (s *spot) locate(lon, lat float64) sphere.Relation {
	if sphere.Vec(lon, lat) == s.q {
		return sphere.Inside
	}
	return sphere.Outside
}

// union is the places in any of several regions.
type union []region

func (u union) box(b *box) (verdict, region) {
	keep := make(union, 0, len(u))
	for _, r := range u {
		switch v, sub := r.box(b); v {
		case all:
			return all, nil
		case some:
			keep = append(keep, sub)
		}
	}
	switch len(keep) {
	case 0:
		return none, nil
	case 1:
		return some, keep[0]
	}
	return some, keep
}

func (u union) points(xyz []float32, out []verdict) {
	clear(out)
	var one [blockPlaces]verdict
	for _, r := range u {
		r.points(xyz, one[:len(out)])
		for i := range out {
			out[i] = max(out[i], one[i])
		}
	}
}

func (u union) locate(lon, lat float64) (r sphere.Relation) {
	for _, part := range u {
		r = max(r, part.locate(lon, lat))
	}
	return r
}

func (u union) share(b *box) (s float64) {
	for _, r := range u {
		s += r.share(b)
	}
	return min(s, 0.5)
}
