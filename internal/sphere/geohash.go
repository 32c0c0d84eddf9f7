package sphere

import "strings"

// MaxGeohash is the longest geohash: 50 bits of longitude and of latitude.
const MaxGeohash = 20

const base32 = "0123456789bcdefghjkmnpqrstuvwxyz"

// Geohash returns the first n characters of the place's geohash, n in [1, MaxGeohash].
func Geohash(lon, lat float64, n int) string {
	out := make([]byte, 0, MaxGeohash)
	w, s, e, north := -180.0, -90.0, 180.0, 90.0
	for i := range n {
		v := 0
		for bit := range 5 {
			v <<= 1
			if (i*5+bit)%2 == 0 {
				v |= halve(&w, &e, lon)
			} else {
				v |= halve(&s, &north, lat)
			}
		}
		out = append(out, base32[v])
	}
	return string(out)
}

// halve keeps the half of [lo, hi) that v lies in: 1 for the upper.
func halve(lo, hi *float64, v float64) int {
	mid := (*lo + *hi) / 2
	if v >= mid {
		*lo = mid
		return 1
	}
	*hi = mid
	return 0
}

// GeohashBox returns the cell of a geohash, and false if text is none. Places
// on its north and east sides belong to the neighbours, unless they are the
// pole or the meridian of 180 degrees.
func GeohashBox(text string) (Box, bool) {
	b := Box{W: -180, S: -90, E: 180, N: 90}
	if len(text) > MaxGeohash {
		return b, false
	}
	for i := range len(text) {
		v := strings.IndexByte(base32, text[i])
		if v < 0 {
			return b, false
		}
		for bit := range 5 {
			upper := v>>(4-bit)&1 == 1
			lo, hi := &b.W, &b.E
			if (i*5+bit)%2 == 1 {
				lo, hi = &b.S, &b.N
			}
			if mid := (*lo + *hi) / 2; upper {
				*lo = mid
			} else {
				*hi = mid
			}
		}
	}
	return b, true
}
