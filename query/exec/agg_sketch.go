package exec

import (
	"math"
	"math/bits"

	"github.com/cespare/xxhash/v2"

	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/record"
)

// sketch is approx_count_distinct: HyperLogLog (Flajolet et al. 2007) with
// 4,096 registers, a standard error of 1.6 %; below sketchFew distinct hashes
// a group keeps those themselves and its count is exact.
type sketch struct {
	groups []sketchGroup
	key    []byte
	held   int64
}

type sketchGroup struct {
	few  []uint64
	regs []uint8
}

const (
	sketchBits = 12
	sketchFew  = 64
)

func (a *sketch) grow(n int)   { a.groups = extend(a.groups, n, sketchGroup{}) }
func (a *sketch) bytes() int64 { return int64(cap(a.groups)*48) + a.held }

func (a *sketch) add(gids []uint32, n int, args []*record.Column) {
	c := args[0]
	for i := range n {
		if c.IsNull(i) {
			continue
		}
		a.key = appendKeyValue(a.key[:0], c, i)
		a.put(group(gids, i), xxhash.Sum64(a.key))
	}
}

func (a *sketch) put(g uint32, h uint64) {
	s := &a.groups[g]
	if s.regs == nil {
		for _, have := range s.few {
			if have == h {
				return
			}
		}
		if len(s.few) < sketchFew {
			s.few = append(s.few, h)
			a.held += 8
			return
		}
		s.regs = make([]uint8, 1<<sketchBits)
		a.held += 1 << sketchBits
		for _, have := range s.few {
			s.register(have)
		}
		s.few = nil
	}
	s.register(h)
}

func (s *sketchGroup) register(h uint64) {
	at := h >> (64 - sketchBits)
	rank := uint8(bits.LeadingZeros64(h<<sketchBits|1<<(sketchBits-1)) + 1)
	s.regs[at] = max(s.regs[at], rank)
}

func (a *sketch) join(other accumulator, from, to []uint32) {
	o := other.(*sketch)
	for i, f := range from {
		src := &o.groups[f]
		for _, h := range src.few {
			a.put(to[i], h)
		}
		if src.regs == nil {
			continue
		}
		dst := &a.groups[to[i]]
		if dst.regs == nil {
			few := dst.few
			dst.few, dst.regs = nil, make([]uint8, 1<<sketchBits)
			a.held += 1 << sketchBits
			for _, h := range few {
				dst.register(h)
			}
		}
		for r, x := range src.regs {
			dst.regs[r] = max(dst.regs[r], x)
		}
	}
}

func (a *sketch) finish(agg *plan.Agg, lo, hi int) (*record.Column, error) {
	c := record.NewColumn(agg.T, hi-lo)
	for g := lo; g < hi; g++ {
		c.Append(record.Value{Type: agg.T, Valid: true, I: a.groups[g].estimate()})
	}
	return c, nil
}

func (s *sketchGroup) estimate() int64 {
	if s.regs == nil {
		return int64(len(s.few))
	}
	const m = 1 << sketchBits
	sum, zeros := 0.0, 0
	for _, r := range s.regs {
		sum += math.Ldexp(1, -int(r))
		if r == 0 {
			zeros++
		}
	}
	e := 0.7213 / (1 + 1.079/m) * m * m / sum
	if e <= 2.5*m && zeros > 0 {
		e = m * math.Log(m/float64(zeros))
	}
	return int64(e + 0.5)
}
