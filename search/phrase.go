package search

import (
	"slices"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/rows"
)

// counts are the rows of a phrase, ascending, and how often it stands in each.
type counts struct {
	rows []rows.Num
	tfs  []uint32
}

// place is a slot of a phrase that holds words.
type place struct {
	at      uint32 // slots after the first
	cursors []*cursor
	n       int // rows of all its words
	pos     []uint32
}

// phrase finds the rows of within where the slots of n stand one after the other.
func (m *matcher) phrase(n *node, within rows.Set) (rows.Set, error) {
	places, err := m.places(n)
	if err != nil || places == nil {
		return rows.Set{}, err
	}
	order := slices.Clone(places)
	slices.SortStableFunc(order, func(a, b *place) int { return a.n - b.n })
	in := newInside(within, m.ix.foot.rows)
	found := &counts{}
	lead := order[0]
	row, steps := lead.first(), 0
next:
	for row != atEnd {
		if steps++; steps&4095 == 0 && m.ctx.Err() != nil {
			return rows.Set{}, fault.E("search: match", fault.Canceled, m.ctx.Err())
		}
		if !in.has(row) {
			row = lead.seek(row + 1)
			continue
		}
		for _, p := range order[1:] {
			if r := p.seek(row); r != row {
				if r == atEnd {
					break next
				}
				row = lead.seek(r)
				continue next
			}
		}
		if tf := together(places, row); tf > 0 {
			found.rows, found.tfs = append(found.rows, rows.Num(row)), append(found.tfs, tf)
		}
		row = lead.seek(row + 1)
	}
	for _, p := range places {
		for _, c := range p.cursors {
			if c.err != nil {
				return rows.Set{}, c.err
			}
		}
	}
	if m.phrases != nil {
		m.phrases[n] = found
	}
	return rows.FromSorted(found.rows), nil
}

// places returns the slots of n that hold words, nil if one has none in this segment.
func (m *matcher) places(n *node) ([]*place, error) {
	var out []*place
	for i, slot := range n.slots {
		if len(slot) == 0 {
			continue
		}
		p := &place{at: uint32(i)}
		for _, term := range slot {
			list, err := m.ix.lookUp(term)
			if err != nil {
				return nil, err
			}
			if list != nil {
				p.cursors = append(p.cursors, m.ix.newCursor(list))
				p.n += list.n
			}
		}
		if p.n == 0 {
			return nil, nil
		}
		out = append(out, p)
	}
	return out, nil
}

func (p *place) first() uint32 { return p.seek(0) }

// seek goes to the first row at or above row that holds one of the words.
func (p *place) seek(row uint32) uint32 {
	least := uint32(atEnd)
	for _, c := range p.cursors {
		least = min(least, c.advance(row))
	}
	return least
}

// read gathers where the words of the place stand in row, ascending.
func (p *place) read(row uint32) {
	p.pos = p.pos[:0]
	for _, c := range p.cursors {
		if c.doc == row {
			p.pos = c.positions(p.pos)
		}
	}
	if len(p.cursors) > 1 {
		slices.Sort(p.pos)
		p.pos = slices.Compact(p.pos)
	}
}

// together counts the places in row where all slots follow one another. The
// first of places has at 0.
func together(places []*place, row uint32) uint32 {
	for _, p := range places {
		p.read(row)
	}
	count, last := uint32(0), uint32(atEnd)
	at := make([]int, len(places))
next:
	for _, start := range places[0].pos {
		if start == last {
			continue // the same word twice in one place
		}
		last = start
		for i, p := range places[1:] {
			for at[i] < len(p.pos) && p.pos[at[i]] < start+p.at {
				at[i]++
			}
			if at[i] == len(p.pos) {
				break next
			}
			if p.pos[at[i]] != start+p.at {
				continue next
			}
		}
		count++
	}
	return count
}
