package search

import (
	"cmp"
	"slices"

	"github.com/quindex/quindex/rows"
)

// share is the rows of those terms of a pattern that earn one weight.
type share struct {
	weight float64
	set    rows.Set
}

// expandSet returns the rows of all terms of a pattern.
func (m *matcher) expandSet(n *node) (rows.Set, error) {
	shares, err := m.ix.sharesOf(n.expand)
	if m.shares != nil {
		m.shares[n] = shares
	}
	var out rows.Set
	for _, s := range shares {
		out = out.Or(s.set)
	}
	return out, err
}

// sharesOf finds the rows of a pattern's terms, the best weight first.
func (ix *Index) sharesOf(x *expansion) ([]share, error) {
	terms, err := ix.expand(x)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(terms, func(a, b expanded) int { return cmp.Compare(b.weight, a.weight) })
	var out []share
	for len(terms) > 0 {
		n := 1
		for n < len(terms) && terms[n].weight == terms[0].weight {
			n++
		}
		set, err := ix.setOfTerms(terms[:n])
		if err != nil {
			return nil, err
		}
		out = append(out, share{terms[0].weight, set})
		terms = terms[n:]
	}
	return out, nil
}

func (ix *Index) setOfTerms(terms []expanded) (rows.Set, error) {
	var out rows.Set
	var few []*postings
	for _, t := range terms {
		p, err := ix.postingsAt(t.at)
		if err != nil {
			return rows.Set{}, err
		}
		if !ix.dense(p) {
			few = append(few, p)
			continue
		}
		s, err := ix.rowsOf(p)
		if err != nil {
			return rows.Set{}, err
		}
		out = out.Or(s)
	}
	s, err := ix.unite(few)
	return out.Or(s), err
}
