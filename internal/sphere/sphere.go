package sphere

import (
	"math"

	"github.com/golang/geo/r3"
	"github.com/golang/geo/s2"
)

// Radius is the radius of the sphere in metres: the mean radius of WGS84.
const Radius = 6_371_008.8

const rad = math.Pi / 180

// Valid reports whether lon is in [-180, 180] and lat in [-90, 90]; NaN is not.
func Valid(lon, lat float64) bool {
	return lon >= -180 && lon <= 180 && lat >= -90 && lat <= 90
}

// Distance returns the great-circle distance in metres. It does not depend on
// the order of the points, and is 0 from a place to itself under another name:
// 180 and -180 degrees, a pole by any longitude.
func Distance(lon1, lat1, lon2, lat2 float64) float64 {
	sinLat := math.Sin((lat2 - lat1) * rad / 2)
	sinLon := math.Sin((canonical(lon2) - canonical(lon1)) * rad / 2)
	h := sinLat*sinLat + cosOf(lat1)*cosOf(lat2)*sinLon*sinLon
	return 2 * Radius * math.Asin(math.Sqrt(min(1, h)))
}

// cosOf is the cosine of a latitude, and nothing at the poles.
func cosOf(lat float64) float64 {
	if lat == 90 || lat == -90 {
		return 0
	}
	return math.Cos(lat * rad)
}

// Chord returns the straight line through a sphere of radius 1 between points
// that are metres apart; 2 from half the earth on.
func Chord(metres float64) float64 {
	return 2 * math.Sin(min(metres/(2*Radius), math.Pi/2))
}

// Vec returns the unit vector of a place. One place has one vector: 180 and
// -180 degrees are the same meridian, a pole has no longitude.
func Vec(lon, lat float64) r3.Vector {
	lon = canonical(lon)
	switch lat {
	case 90:
		return r3.Vector{Z: 1}
	case -90:
		return r3.Vector{Z: -1}
	}
	sinLat, cosLat := math.Sincos(lat * rad)
	sinLon, cosLon := math.Sincos(lon * rad)
	return r3.Vector{X: cosLat * cosLon, Y: cosLat * sinLon, Z: sinLat}
}

// Cell returns the S2 leaf cell of a place.
func Cell(lon, lat float64) s2.CellID {
	return s2.CellIDFromLatLng(s2.LatLngFromDegrees(lat, lon))
}

func canonical(lon float64) float64 {
	if lon == -180 {
		return 180
	}
	return lon
}

// eastward returns how many degrees b lies east of a, in [0, 360).
func eastward(a, b float64) float64 {
	d := b - a
	if d < 0 {
		d += 360
	}
	if d >= 360 {
		d -= 360
	}
	return d
}
