package exec

import (
	"github.com/quindex/quindex/rows"
)

// mostFew is the number of rows of a part up to which a scan lists them once,
// in place of asking the set for the words of each block: taking those out of a
// roaring bitmap is 2 to 10 us a block, whatever it holds. Rows that lie side by
// side are listed up to fewAdjoining: words of a longer range cost nothing, but a
// selection of a block is 8 KiB to look through.
const (
	mostFew      = 4096
	fewAdjoining = 256
)

// listFew makes the morsels of a part with few rows; false if it has many.
func (s *scanOp) listFew(at int, p *scanPart, n int) bool {
	first, _ := p.set.Min()
	last, _ := p.set.Max()
	if n > mostFew || n > fewAdjoining && int(last-first) == n-1 {
		return false
	}
	s.fewRows = p.set.AppendTo(s.fewRows[:0])
	few := s.roomFor(n)
	start := 0
	for i, r := range s.fewRows {
		few[i] = uint32(r) % rows.BlockRows
		if i+1 == n || s.fewRows[i+1]/rows.BlockRows != r/rows.BlockRows {
			s.morsels = append(s.morsels, morsel{part: at, block: int(r) / rows.BlockRows, few: few[start : i+1 : i+1]})
			start = i + 1
		}
	}
	return true
}

// roomFor returns room for n rows of a part that other parts share.
func (s *scanOp) roomFor(n int) []uint32 {
	if len(s.fewRoom) < n {
		s.fewRoom = make([]uint32, max(n, 16, 2*len(s.morsels))) // a statement by key needs one
	}
	room := s.fewRoom[:n:n]
	s.fewRoom = s.fewRoom[n:]
	return room
}
