package geo

import (
	"math"

	"github.com/golang/geo/r3"
	"github.com/golang/geo/s2"

	"github.com/quindex/quindex/internal/sphere"
)

// path is a polygon or a line as seen from one place: where that place lies,
// and which edges are near. Going down the tree of boxes the list of edges
// shrinks; a box that no edge comes near is inside or outside as a whole.
type path struct {
	*sphere.Path
	ref    s2.Point
	inside bool    // whether ref is
	near   []int32 // the edges that may cross ways within the box
	whole  bool    // near is all edges and ref means nothing yet
}

func newPath(p *sphere.Path) *path {
	near := make([]int32, len(p.Edges))
	for i := range near {
		near[i] = int32(i)
	}
	return &path{Path: p, near: near, whole: true}
}

func (p *path) box(b *box) (verdict, region) {
	if b.near2(&p.Center) > (p.Chord+slack)*(p.Chord+slack) {
		return none, nil
	}
	c, chord, ok := b.cap()
	if !ok {
		return some, p
	}
	if c.Sub(p.Center).Norm() > chord+p.Chord {
		return none, nil
	}
	sub := &path{Path: p.Path, ref: c}
	for _, i := range p.near {
		if p.Edges[i].Near(c, chord) {
			sub.near = append(sub.near, i)
		}
	}
	switch {
	case !p.Area:
	case p.whole:
		sub.inside = p.Contains(c)
	default:
		sub.inside = p.Crossed(p.ref, c, p.near) != p.inside
	}
	switch {
	case len(sub.near) > 0:
		return some, sub
	case sub.inside:
		return all, nil
	}
	return none, nil
}

// points decides those that are clear of the planes of all edges near by: then
// no edge lies between a place and its rounded vector.
func (p *path) points(xyz []float32, out []verdict) {
	for i := range out {
		v := r3.Vector{X: float64(xyz[3*i]), Y: float64(xyz[3*i+1]), Z: float64(xyz[3*i+2])}
		out[i] = some
		if p.whole || !p.clear(v) {
			continue
		}
		if p.Area && p.Crossed(p.ref, s2.Point{Vector: v.Normalize()}, p.near) != p.inside {
			out[i] = all
		} else {
			out[i] = none
		}
	}
}

// clear reports whether v, which is of the sphere but for rounding, is clear of
// all planes near by. What is of no sphere comes from damaged bytes: the column decides.
func (p *path) clear(v r3.Vector) bool {
	if n := v.Norm2(); !(n > 0.99 && n < 1.01) {
		return false
	}
	for _, i := range p.near {
		if math.Abs(p.Edges[i].Normal.Dot(v)) <= slack {
			return false
		}
	}
	return true
}

func (p *path) locate(lon, lat float64) sphere.Relation {
	if p.whole {
		return p.Locate(lon, lat)
	}
	return p.LocateNear(lon, lat, p.ref, p.inside, p.near)
}

func (p *path) share(b *box) float64 {
	if !p.Area {
		return shareOf(1e-12, b)
	}
	return shareOf(math.Pi/2*min(p.Chord*p.Chord, 2), b)
}

// cap returns a cap that holds all of b's part of the sphere, and what rounding
// makes of it: its centre and its radius as a straight line. It reports false
// if that would be a quarter of the earth or more; such caps are not convex.
//
// A place of b is no farther from the middle of b than a corner is, and the
// middle is no farther from the centre, which lies above it, than the sphere.
// The cone of the corners is at most a quarter narrower and takes ten times as
// long.
func (b *box) cap() (c s2.Point, chord float64, ok bool) {
	lo := r3.Vector{X: float64(b.lo[0]), Y: float64(b.lo[1]), Z: float64(b.lo[2])}
	hi := r3.Vector{X: float64(b.hi[0]), Y: float64(b.hi[1]), Z: float64(b.hi[2])}
	mid := lo.Add(hi).Mul(0.5)
	norm := mid.Norm()
	if norm < 0.3 {
		return c, 0, false
	}
	chord = hi.Sub(mid).Norm() + math.Abs(1-norm) + slack
	return s2.Point{Vector: mid.Mul(1 / norm)}, chord, chord < 1.3
}
