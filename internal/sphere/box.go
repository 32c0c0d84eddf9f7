package sphere

import "fmt"

// Relation is where a place lies to a shape.
type Relation uint8

const (
	Outside Relation = iota
	Boundary
	Inside
)

// Box is an envelope: from W eastward to E, from S to N, in degrees. Where W is
// east of E it crosses the meridian of 180 degrees; W = -180, E = 180 is the
// whole way round and has no side there.
type Box struct{ W, S, E, N float64 }

// check says what is wrong with a box, if anything.
func (b Box) check() error {
	switch {
	case !Valid(b.W, b.S) || !Valid(b.E, b.N):
		return invalid("envelope", "22023", fmt.Sprintf("corners (%v, %v) and (%v, %v), want longitudes in [-180, 180] and latitudes in [-90, 90]", b.W, b.S, b.E, b.N))
	case b.S > b.N:
		return invalid("envelope", "22023", fmt.Sprintf("south %v is north of north %v; the order is west, south, east, north", b.S, b.N))
	}
	return nil
}

// Round reports whether the box goes round the whole earth.
func (b Box) Round() bool { return b.W == -180 && b.E == 180 }

// Width returns the degrees from W eastward to E, in [0, 360].
func (b Box) Width() float64 {
	if b.Round() {
		return 360
	}
	return eastward(canonical(b.W), canonical(b.E))
}

// Locate says where a place lies. It is exact: the sides of a box are numbers.
func (b Box) Locate(lon, lat float64) Relation {
	if !(lat >= b.S && lat <= b.N) {
		return Outside
	}
	if lat == 90 || lat == -90 { // every meridian ends here
		if b.Round() {
			return Inside
		}
		return Boundary
	}
	side := lat == b.S || lat == b.N
	if !b.Round() {
		w, e := canonical(b.W), canonical(b.E)
		lon = canonical(lon)
		in := lon >= w && lon <= e
		if w > e {
			in = lon >= w || lon <= e
		}
		if !in {
			return Outside
		}
		side = side || lon == w || lon == e
	}
	if side {
		return Boundary
	}
	return Inside
}
