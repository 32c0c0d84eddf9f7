package exec

import (
	"github.com/quindex/quindex/rows"
)

// mostFew is the number of rows of a part up to which a scan lists them once,
// in place of asking the set for the words of each block: taking those out of a
// roaring bitmap is 2 to 10 us a block, whatever it holds.
const mostFew = 4096

// listFew makes the morsels of a part with few rows; false if it has many, or
// if they lie side by side: words of a range cost nothing.
func (s *scanOp) listFew(at int, p *scanPart, n int) bool {
	first, _ := p.set.Min()
	last, _ := p.set.Max()
	if n > mostFew || int(last-first) == n-1 {
		return false
	}
	few := make([]uint32, 0, n)
	block := -1
	start := 0
	for r := range p.set.Each() {
		if b := int(r) / rows.BlockRows; b != block {
			s.addFew(at, block, few[start:])
			block, start = b, len(few)
		}
		few = append(few, uint32(r)%rows.BlockRows)
	}
	s.addFew(at, block, few[start:])
	return true
}

func (s *scanOp) addFew(at, block int, few []uint32) {
	if len(few) > 0 {
		s.morsels = append(s.morsels, morsel{part: at, block: block, few: few[:len(few):len(few)]})
	}
}
