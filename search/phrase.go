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
	found := &counts{}
	err := m.eachPhrase(n, within, nil, func(row uint32, tf uint32) {
		found.rows = append(found.rows, rows.Num(row))
		if m.phrases != nil {
			found.tfs = append(found.tfs, tf)
		}
	})
	if err != nil {
		return rows.Set{}, err
	}
	if m.phrases != nil {
		m.phrases[n] = found
	}
	return rows.FromSorted(found.rows), nil
}

// eachPhrase calls f with each row of within that holds the phrase n, and how
// often it stands there, ascending. Where may is not nil, it is told first how
// often it stands there at most; positions are read only if it says so.
func (m *matcher) eachPhrase(n *node, within rows.Set, may func(row, most uint32) bool, f func(row, tf uint32)) error {
	places, err := m.places(n)
	if err != nil || places == nil {
		return err
	}
	within, err = m.amongDense(places, within)
	if err != nil {
		return err
	}
	w := &phraseWalk{places: places, slop: n.slop, once: m.phrases == nil && may == nil, order: slices.Clone(places), in: newInside(within, m.ix.foot.rows), at: make([]int, len(places))}
	slices.SortStableFunc(w.order, func(a, b *place) int { return a.n - b.n })
	for row, steps := w.next(0), 0; row != atEnd; row = w.next(row + 1) {
		if steps++; steps&4095 == 0 && m.ctx.Err() != nil {
			return fault.E("search: match", fault.Canceled, m.ctx.Err())
		}
		if may != nil && !may(row, w.most(row)) {
			continue
		}
		if tf := w.together(row); tf > 0 {
			f(row, tf)
		}
	}
	for _, p := range places {
		for _, c := range p.cursors {
			if c.err != nil {
				return c.err
			}
		}
	}
	return nil
}

// amongDense narrows within to the rows of those words that are alone in their
// place and have bitmaps.
func (m *matcher) amongDense(places []*place, within rows.Set) (rows.Set, error) {
	for _, p := range places {
		if len(p.cursors) != 1 || p.cursors[0].p.bitmap == nil {
			continue
		}
		s, err := m.ix.rowsOf(p.cursors[0].p)
		if err != nil {
			return rows.Set{}, err
		}
		within = within.And(s)
	}
	return within, nil
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

// phraseWalk goes through the rows that hold a word of every place.
type phraseWalk struct {
	places []*place
	order  []*place // by their rows, the fewest first: that one leads
	in     *inside
	slop   int
	spots  *spots // used by together, where there is a slop
	once   bool   // nobody asks how often it stands in a row
	at     []int  // by place, used by together
}

// next returns the first row at or above row that holds a word of every place.
func (w *phraseWalk) next(row uint32) uint32 {
	lead := w.order[0]
	row = lead.seek(w.in.next(row))
next:
	for row != atEnd {
		if r := w.in.next(row); r != row {
			row = lead.seek(r)
			continue
		}
		for _, p := range w.order[1:] {
			if r := p.seek(row); r != row {
				if r == atEnd {
					return atEnd
				}
				row = lead.seek(r)
				continue next
			}
		}
		return row
	}
	return atEnd
}

// most bounds how often the phrase can stand in row.
func (w *phraseWalk) most(row uint32) uint32 {
	most := uint32(atEnd)
	of := w.order
	if w.slop > 0 { // a later word may serve several places of the first
		of = w.places[:1]
	}
	for _, p := range of {
		n := uint32(0)
		for _, c := range p.cursors {
			if c.doc == row {
				n += uint32(c.tf())
			}
		}
		most = min(most, n)
	}
	return most
}

// seek goes to the first row at or above row that holds one of the words.
func (p *place) seek(row uint32) uint32 {
	if len(p.cursors) == 1 {
		return p.cursors[0].advance(row)
	}
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

// together counts the starts in row from which all slots follow one another.
// The first of places has at 0.
func (w *phraseWalk) together(row uint32) uint32 {
	if w.slop > 0 {
		return w.sloppy(row)
	}
	if len(w.places) == 2 && len(w.places[0].cursors) == 1 && len(w.places[1].cursors) == 1 {
		return pairs(w.places[0].cursors[0], w.places[1].cursors[0], w.places[1].at, w.once)
	}
	for i, p := range w.places {
		p.read(row)
		w.at[i] = 0
	}
	count, last := uint32(0), uint32(atEnd)
next:
	for _, start := range w.places[0].pos {
		if start == last {
			continue // the same word twice in one place
		}
		last = start
		for i, p := range w.places[1:] {
			at, want := w.at[i], start+p.at
			for at < len(p.pos) && p.pos[at] < want {
				at++
			}
			if w.at[i] = at; at == len(p.pos) {
				break next
			}
			if p.pos[at] != want {
				continue next
			}
		}
		count++
	}
	return count
}

// pairs is together for two words, without copies of their positions.
func pairs(a, b *cursor, gap uint32, once bool) (count uint32) {
	if !a.summed && !a.sum() || !b.summed && !b.sum() {
		return 0
	}
	j, end := b.sums[b.i], b.sums[b.i+1]
	y, last := valueAt(b.pos, int(j), b.wp), uint32(atEnd)
	for i := a.sums[a.i]; i < a.sums[a.i+1]; i++ {
		x := valueAt(a.pos, int(i), a.wp)
		if x == last {
			continue // the same word twice in one place
		}
		last = x
		for x += gap; y < x; y = valueAt(b.pos, int(j), b.wp) {
			if j++; j == end {
				return count
			}
		}
		if y == x {
			if count++; once {
				return count
			}
		}
	}
	return count
}

// sloppy is together for a phrase with a slop.
func (w *phraseWalk) sloppy(row uint32) uint32 {
	if w.spots == nil {
		w.spots = &spots{slop: w.slop, pos: make([][]uint32, len(w.places))}
		for _, p := range w.places {
			w.spots.at = append(w.spots.at, p.at)
		}
	}
	for i, p := range w.places {
		p.read(row)
		w.spots.pos[i] = p.pos
	}
	return w.spots.count()
}
