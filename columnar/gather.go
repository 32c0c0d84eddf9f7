package columnar

import (
	"github.com/quindex/quindex/codec"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
)

// gatherSource is a merged column gathered value by value, a block at a time:
// arrays, and text without a dictionary. Where the rows of each input keep
// their order, as they do unless a table's order was changed, it holds one
// unpacked block of each input that has begun and not ended there; else all of
// them, so that each is unpacked once. A block is good until the next one is
// asked for.
type gatherSource struct {
	m      *merger
	field  record.Field
	col    *record.Column // of the last block, whose memory the next one takes
	in     []*column      // nil where an input has no such column
	held   [][]*codec.Block
	places []origin // of the rows of one block
}

// origin is where a merged row comes from.
type origin struct{ input, row uint32 }

func (m *merger) gather(f record.Field) *gatherSource {
	s := &gatherSource{m: m, field: f}
	for _, in := range m.in {
		c := in.byID[f.ID]
		s.in = append(s.in, c)
		if c == nil {
			s.held = append(s.held, nil)
		} else {
			s.held = append(s.held, make([]*codec.Block, len(c.meta.blocks)))
		}
	}
	return s
}

func (s *gatherSource) block(b int) (*codec.Block, error) {
	if err := s.m.ctx.Err(); err != nil {
		return nil, fault.E("columnar: merge", err)
	}
	n := blockRows(s.m.n, b)
	if s.col == nil {
		s.col = record.NewColumn(s.field.Type, n)
	}
	s.col.Reset()
	s.forget(b)
	for _, p := range s.origins(b, n) {
		if s.in[p.input] == nil {
			s.col.Append(s.field.Default)
			continue
		}
		blk, err := s.input(p)
		if err != nil {
			return nil, err
		}
		s.col.Append(blk.Value(int(p.row % codec.BlockRows)))
	}
	return codec.View(s.col, 0, n), nil
}

// forget lets go of blocks of inputs of which merged block b takes no more rows.
func (s *gatherSource) forget(b int) {
	if s.m.turned {
		return
	}
	for i, held := range s.held {
		next := s.m.starts[i][b] // the first row not taken yet
		for at := range held {
			if at != next/codec.BlockRows || next%codec.BlockRows == 0 {
				held[at] = nil
			}
		}
	}
}

// input returns the block that a row lies in.
func (s *gatherSource) input(p origin) (*codec.Block, error) {
	held, b := s.held[p.input], p.row/codec.BlockRows
	if held[b] != nil {
		return held[b], nil
	}
	blk, err := s.in[p.input].Block(int(b))
	if err != nil {
		return nil, err
	}
	if !s.m.turned {
		clear(held)
	}
	held[b] = blk
	return blk, nil
}

// origins returns where the n rows of merged block b come from, good until the next call.
func (s *gatherSource) origins(b, n int) []origin {
	lo := b * codec.BlockRows
	if s.m.turned {
		return s.m.origins()[lo : lo+n]
	}
	if s.places == nil {
		s.places = make([]origin, min(s.m.n, codec.BlockRows))
	}
	for i, starts := range s.m.starts {
		for old := starts[b]; old < starts[b+1]; old++ {
			if to := s.m.maps[i][old]; to != engines.Gone {
				s.places[int(to)-lo] = origin{uint32(i), uint32(old)}
			}
		}
	}
	return s.places[:n]
}

// origins returns where all rows come from.
func (m *merger) origins() []origin {
	if m.places != nil {
		return m.places
	}
	m.places = make([]origin, m.n)
	for i, to := range m.maps {
		for old, at := range to {
			if at != engines.Gone {
				m.places[at] = origin{uint32(i), uint32(old)}
			}
		}
	}
	return m.places
}
