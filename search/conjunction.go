package search

import (
	"cmp"
	"slices"

	"github.com/quindex/quindex/rows"
)

// allTerms ranks rows that hold every term: the rarest leads, and each of its
// blocks is skipped where the bounds of all terms over its rows are too low.
// The rows of frequent terms are met as bitmaps before any block is decoded.
func (r *ranking) allTerms(terms []*rankedTerm, within rows.Set) error {
	slices.SortStableFunc(terms, func(a, b *rankedTerm) int { return cmp.Compare(a.p.n, b.p.n) })
	within, err := r.ix.amongDense(terms, within)
	if err != nil || within.IsEmpty() {
		return err
	}
	c := &conjunction{r: r, terms: terms, in: newInside(within, r.ix.foot.rows), found: newSummed(r, terms)}
	lead := terms[0]
	for blk, from := 0, uint32(0); blk < lead.nBlock; blk++ {
		if err := r.tick(); err != nil {
			return err
		}
		c.others = 0
		for _, t := range terms[1:] {
			c.others += t.within(from, lead.last(blk))
		}
		from = lead.last(blk) + 1
		if r.top.look(); r.top.hopeless((lead.max[blk] + c.others) * roundUp) {
			continue
		}
		if blk != lead.blk {
			lead.load(blk)
		}
		if done := c.leadBlock(); done {
			break
		}
	}
	return errOf(terms)
}

// amongDense narrows within to the rows of the terms that have bitmaps, all but
// the leader's own.
func (ix *Index) amongDense(terms []*rankedTerm, within rows.Set) (rows.Set, error) {
	for _, t := range terms[1:] {
		if t.p.bitmap == nil {
			continue
		}
		s, err := ix.rowsOf(t.p)
		if err != nil {
			return rows.Set{}, err
		}
		within = within.And(s)
	}
	return within, nil
}

// conjunction is the state of allTerms.
type conjunction struct {
	r      *ranking
	terms  []*rankedTerm // the rarest first
	in     *inside
	others float64 // what all but the leader reach together over its block
	found  *summed
}

// leadBlock scores the rows of the leader's block; true when a term has ended.
// A row is looked up in the other lists only if the leader's score leaves hope.
func (c *conjunction) leadBlock() bool {
	lead, top := c.terms[0], c.r.top
rows:
	for i := range lead.n {
		row := lead.docs[i]
		if !c.in.has(row) {
			continue
		}
		lead.i, lead.doc = i, row
		first := lead.value(c.r)
		if top.hopeless((first + c.others) * roundUp) {
			continue
		}
		for _, t := range c.terms[1:] {
			if d := t.advance(row); d != row {
				if d == atEnd {
					return true
				}
				continue rows
			}
		}
		c.found.set(lead.leaf, first)
		for _, t := range c.terms[1:] {
			c.found.set(t.leaf, t.value(c.r))
		}
		top.push(rows.Num(row), c.found.sum())
	}
	return false
}
