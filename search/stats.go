package search

import (
	"context"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/rows"
)

// Stats returns how many of the live rows have a text, how long those are
// together, and how many hold each term that p, a call, scores by.
func (ix *Index) Stats(p predicate.P, live rows.Set) (sums engines.TermStats, err error) {
	defer guarded(&err)
	var s engines.TermStats
	q, err := ix.scored(p)
	if err != nil || q == nil {
		return s, err
	}
	present, err := ix.present()
	if err != nil {
		return s, fault.E("search: statistics", err)
	}
	s.Rows = int64(present.AndLen(live))
	if s.Tokens, err = ix.tokens(live); err != nil {
		return s, fault.E("search: statistics", err)
	}
	for term := range q.terms() {
		p, err := ix.lookUp(term)
		n := 0
		if err == nil && p != nil {
			n, err = ix.liveRows(p, live)
		}
		if err != nil {
			return s, fault.E("search: statistics", err)
		}
		s.Add(term, int64(n))
	}
	return s, nil
}

// scored returns the query of p, which is one call on this index's field; nil
// if one of its arguments is NULL.
func (ix *Index) scored(p predicate.P) (*asked, error) {
	c, is := p.(predicate.Call)
	if !is || !ix.answers(p) {
		return nil, fault.Errorf("search: score", fault.Unsupported, "condition %s", p)
	}
	return ix.engine.ask(c.Function, c.Args)
}

// tokens sums the lengths of live rows, by way of the fewer: these or the dead.
func (ix *Index) tokens(live rows.Set) (int64, error) {
	if live.IsAll(ix.foot.rows) {
		return int64(ix.foot.tokens), nil
	}
	lengths, err := ix.lengths()
	if err != nil {
		return 0, err
	}
	sum := func(s rows.Set) (n int64) {
		for r := range s.Each() {
			n += lengthOf(lengths[r])
		}
		return n
	}
	if live.Len()*2 > ix.foot.rows {
		return int64(ix.foot.tokens) - sum(live.Not(ix.foot.rows)), nil
	}
	return sum(live), nil
}

func (ix *Index) liveRows(p *postings, live rows.Set) (int, error) {
	if live.IsAll(ix.foot.rows) {
		return p.n, nil
	}
	s, err := ix.postingsSet(p)
	return s.AndLen(live), err
}

// Score returns the score of each of nums, which ascend; 0 where p is not True.
func (ix *Index) Score(ctx context.Context, p predicate.P, s *engines.TermStats, nums []rows.Num) (scores []float64, err error) {
	defer guarded(&err)
	out := make([]float64, len(nums))
	q, err := ix.scored(p)
	if err != nil || q == nil || len(nums) == 0 {
		return out, err
	}
	if most := nums[len(nums)-1]; int(most) >= ix.foot.rows {
		return nil, fault.Errorf("search: score", fault.Invalid, "row %d of %d", most, ix.foot.rows)
	}
	r, err := ix.newRanking(ctx, q, s)
	if err != nil {
		return nil, err
	}
	at := 0
	err = r.candidates(rows.FromSorted(nums), func(row rows.Num, score float64) bool {
		for nums[at] < row {
			at++
		}
		out[at] = score
		return true
	})
	return out, err
}
