package bench

import "math"

// Rand is splitmix64 (Steele, Lea, Flood 2014): small, fast, and the same on
// every machine, so that a seed names a data set for ever.
type Rand struct{ state uint64 }

// NewRand returns a generator.
func NewRand(seed uint64) *Rand { return &Rand{seed*2685821657736338717 + 1} }

// Uint64 returns 64 random bits.
func (r *Rand) Uint64() uint64 {
	r.state += 0x9e3779b97f4a7c15
	z := r.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// Float returns a number in [0, 1).
func (r *Rand) Float() float64 { return float64(r.Uint64()>>11) / (1 << 53) }

// N returns a number in [0, n).
func (r *Rand) N(n int) int { return int(r.Uint64() % uint64(n)) }

// Norm returns a normally distributed number (Box-Muller).
func (r *Rand) Norm() float64 {
	return math.Sqrt(-2*math.Log(r.Float()+1e-18)) * math.Cos(2*math.Pi*r.Float())
}

// Skew returns a number in [0, n) that is small more often; power 1 is even.
func (r *Rand) Skew(n int, power float64) int {
	return min(n-1, int(math.Pow(r.Float(), power)*float64(n)))
}
