package eval

import (
	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/record"
)

// tileRows is how many rows go through a whole program at a time, so that
// intermediate columns stay in the first-level cache. A multiple of 64.
const tileRows = 512

// runTiles runs the program tile by tile and appends the results to out.
func (p *Program) runTiles(in *plan.Chunk, s *Scratch, out *record.Column) error {
	last := &s.slots[p.slots-1]
	last.sub = sized(last.sub, len(in.Cols))
	last.take = sized(last.take, len(in.Cols))
	for i := range last.sub {
		last.sub[i] = &last.take[i]
	}
	s.frame = frame{in: last.sub, s: s}
	f := &s.frame
	for lo := 0; lo < in.N; lo += tileRows {
		hi := min(in.N, lo+tileRows)
		for i, c := range in.Cols {
			window(&last.take[i], c, lo, hi)
		}
		f.n = hi - lo
		c, err := p.root.eval(f)
		if err != nil {
			return err
		}
		if c.N != f.n {
			repeat(out, c, f.n)
			continue
		}
		out.AppendRows(c, 0, f.n)
	}
	clear(last.take)
	return nil
}

// window makes dst rows [lo, hi) of c without copying; lo is a multiple of 64.
func window(dst, c *record.Column, lo, hi int) {
	if c == nil {
		return
	}
	dst.Type, dst.N, dst.Valid, dst.Elem = c.Type, hi-lo, nil, c.Elem
	if c.Valid != nil {
		dst.Valid = c.Valid[lo>>6 : words(hi)]
	}
	switch c.Type.Storage() {
	case record.Ints:
		dst.Ints = c.Ints[lo:hi]
	case record.Floats:
		dst.Floats = c.Floats[lo:hi]
	case record.Points:
		dst.Floats, dst.Lats = c.Floats[lo:hi], c.Lats[lo:hi]
	case record.Strs:
		dst.Strs = record.Strings{Off: c.Strs.Off[lo : hi+1], Data: c.Strs.Data}
	case record.Array:
		dst.Off = c.Off[lo : hi+1]
	case record.Spans:
		dst.Spans = c.Spans[lo:hi]
	}
}
