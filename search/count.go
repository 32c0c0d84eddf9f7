package search

import (
	"cmp"
	"slices"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/rows"
)

// countRows is how many rows of lists Count looks at before it leaves the work
// to Match, which may be shared out.
const countRows = 1 << 13

var _ engines.Counter = (*Index)(nil)

// Count returns how many rows match a word, all of some words, or any of them,
// from the heads of their lists and the cardinalities of their bitmaps; false
// for other conditions, and where lists without bitmaps are long.
func (ix *Index) Count(p predicate.P) (n int, ok bool) {
	var err error
	defer func() { ok = ok && err == nil }()
	defer guarded(&err)
	c, is := p.(predicate.Call)
	if !is || !ix.answers(p) {
		return 0, false
	}
	q, err := ix.engine.ask(c.Function, c.Args)
	if err != nil || q == nil || len(q.root.not) > 0 {
		return 0, q == nil
	}
	shape := shapeOf(q.root)
	if shape == shapeOther {
		return 0, false
	}
	lists, missing, err := ix.listsOf(q.query)
	switch {
	case err != nil:
		return 0, false
	case shape == shapeAll && missing || len(lists) == 0:
		return 0, true
	case len(lists) == 1:
		return lists[0].n, true
	case shape == shapeAll:
		n, ok, err = ix.countAll(lists)
	default:
		n, ok, err = ix.countAny(lists)
	}
	return n, ok
}

// listsOf returns the lists of the query's terms, each once, the shortest
// first, and whether a term stands nowhere.
func (ix *Index) listsOf(q *query) (lists []*postings, missing bool, err error) {
	for term := range q.terms() {
		p, err := ix.lookUp(term)
		if err != nil {
			return nil, false, err
		}
		if p == nil {
			missing = true
			continue
		}
		lists = append(lists, p)
	}
	slices.SortFunc(lists, func(a, b *postings) int { return cmp.Compare(a.n, b.n) })
	return lists, missing, nil
}

// countAll counts the rows that are in all lists: those of the shortest that
// the others hold.
func (ix *Index) countAll(lists []*postings) (n int, ok bool, err error) {
	lead := lists[0]
	if lead.bitmap == nil && lead.n > countRows {
		return 0, false, nil
	}
	var dense rows.Set
	var cursors []*cursor
	for i, p := range lists {
		if p.bitmap == nil {
			if i > 0 {
				cursors = append(cursors, ix.newCursor(p))
			}
			continue
		}
		s, err := ix.rowsOf(p)
		if err != nil {
			return 0, false, err
		}
		switch {
		case dense.IsEmpty():
			dense = s
		case i == len(lists)-1 && lead.bitmap != nil:
			return dense.AndLen(s), true, nil // the lead is dense, so all are
		default:
			dense = dense.And(s)
		}
		if dense.IsEmpty() {
			return 0, true, nil
		}
	}
	if dense.IsEmpty() { // no list has a bitmap
		dense = rows.All(ix.foot.rows)
	}
	n, err = ix.countIn(lead, newInside(dense, ix.foot.rows), cursors)
	return n, err == nil, err
}

// countIn counts the rows of lead that are in a set and in all lists of cursors.
func (ix *Index) countIn(lead *postings, in *inside, cursors []*cursor) (n int, err error) {
	var c cursor
	for b := range c.open(ix, lead) {
		if b > 0 {
			c.load(b)
		}
	rows:
		for _, row := range c.docs[:c.n] {
			if !in.has(row) {
				continue
			}
			for _, o := range cursors {
				if o.advance(row) != row {
					continue rows
				}
			}
			n++
		}
	}
	err = c.err
	for _, o := range cursors {
		err = cmp.Or(err, o.err)
	}
	return n, err
}

// countAny counts the rows that are in any of the lists: those of the bitmaps,
// and those of the others that no bitmap has.
func (ix *Index) countAny(lists []*postings) (n int, ok bool, err error) {
	var dense rows.Set
	var few []*postings
	total := 0
	for i, p := range lists {
		if p.bitmap == nil {
			few = append(few, p)
			if total += p.n; total > countRows {
				return 0, false, nil
			}
			continue
		}
		s, err := ix.rowsOf(p)
		if err != nil {
			return 0, false, err
		}
		if i == len(lists)-1 && len(few) == 0 && !dense.IsEmpty() {
			return dense.Len() + s.Len() - dense.AndLen(s), true, nil
		}
		dense = dense.Or(s)
	}
	if n = dense.Len(); len(few) == 0 {
		return n, true, nil
	}
	if len(few) > 1 {
		s, err := ix.unite(few)
		return n + s.Len() - s.AndLen(dense), err == nil, err
	}
	both, err := 0, error(nil)
	if n > 0 {
		both, err = ix.countIn(few[0], newInside(dense, ix.foot.rows), nil)
	}
	return n + few[0].n - both, err == nil, err
}
