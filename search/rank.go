package search

import (
	"context"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/rows"
)

// thinShare: where within holds fewer than one row in thinShare, its rows are
// scored one by one instead of walking postings (measured by BenchmarkRank).
const thinShare = 12

// RankScored returns the best k rows of within where p, a call, is True.
func (ix *Index) RankScored(ctx context.Context, p predicate.P, s *engines.TermStats, within rows.Set, k int, bound *engines.Bound) (hits []rows.Hit, err error) {
	defer guarded(&err)
	q, err := ix.scored(p)
	if err != nil || q == nil || k <= 0 || within.IsEmpty() {
		return nil, err
	}
	r, err := ix.newRanking(ctx, q, s)
	if err != nil {
		return nil, fault.E("search: rank", err)
	}
	r.top = newTop(k, bound)
	if err := r.run(within); err != nil {
		return nil, fault.E("search: rank", err)
	}
	return r.top.sorted(), nil
}

// ranking is one query being scored on one segment.
type ranking struct {
	ix      *Index
	ctx     context.Context
	q       *query
	scorer  *scorer
	lengths []byte
	top     *top
	steps   int
}

func (ix *Index) newRanking(ctx context.Context, q *asked, s *engines.TermStats) (*ranking, error) {
	lengths, err := ix.lengths()
	return &ranking{ix: ix, ctx: ctx, q: q.query, scorer: newScorer(q.query, s), lengths: lengths}, err
}

// tick looks at the context now and then.
func (r *ranking) tick() error {
	if r.steps++; r.steps&1023 != 0 {
		return nil
	}
	if err := r.ctx.Err(); err != nil {
		return fault.E("search: rank", fault.Canceled, err)
	}
	return nil
}

// run chooses a way by the shape of the query.
func (r *ranking) run(within rows.Set) error {
	root := r.q.root
	if root.op == opPhrase {
		return r.phrase(root, within)
	}
	thin := within.Len()*thinShare < r.ix.foot.rows
	shape := shapeOf(root)
	if thin || shape == shapeOther {
		return r.candidates(within, func(row rows.Num, score float64) bool {
			r.top.push(row, score)
			return !r.q.constant() || len(r.top.hits) < r.top.k
		})
	}
	if len(root.not) > 0 {
		m := &matcher{ix: r.ix, ctx: r.ctx}
		for _, n := range root.not {
			s, err := m.set(n, within)
			if err != nil {
				return err
			}
			within = within.AndNot(s)
		}
	}
	terms, err := r.rankedTerms()
	if err != nil || len(terms) == 0 {
		return err
	}
	if shape == shapeAll && len(terms) < len(r.q.leaves) {
		return nil // one of the terms stands nowhere
	}
	if shape == shapeAll && len(terms) > 1 {
		return r.allTerms(terms, within)
	}
	in := newInside(within, r.ix.foot.rows)
	switch {
	case len(terms) == 1:
		return r.oneTerm(terms[0], in)
	}
	return r.anyTerm(terms, in)
}

// phrase ranks the rows of a phrase: where it stands is read only in rows whose
// rarest word stands there often enough.
func (r *ranking) phrase(n *node, within rows.Set) error {
	m := &matcher{ix: r.ix, ctx: r.ctx}
	may := func(row, most uint32) bool {
		if r.steps++; r.steps&127 == 0 {
			r.top.look()
		}
		return !r.top.hopeless(r.scorer.frequent(n, int(most), r.lengths[row]))
	}
	return m.eachPhrase(n, within, may, func(row, tf uint32) {
		r.top.push(rows.Num(row), r.scorer.frequent(n, int(tf), r.lengths[row]))
	})
}

// shape is how the words of a query go together.
type shape uint8

const (
	shapeOther shape = iota
	shapeAny         // terms, any of which will do
	shapeAll         // terms, all of which must match
)

func shapeOf(n *node) shape {
	switch {
	case n.op == opTerm:
		return shapeAny
	case n.op != opGroup || len(n.must) > 0 && len(n.should) > 0:
		return shapeOther
	}
	for _, m := range n.must {
		if m.op != opTerm {
			return shapeOther
		}
	}
	if len(n.must) > 0 {
		return shapeAll
	}
	for _, s := range n.should {
		if s.op != opTerm && (shapeOf(s) != shapeAny || len(s.not) > 0) {
			return shapeOther
		}
	}
	return shapeAny
}

// constant reports whether every row that matches has the same score.
func (q *query) constant() bool {
	n := q.root
	if n.op == opGroup && len(n.must) == 1 && len(n.should) == 0 {
		n = n.must[0]
	}
	return n.op == opEvery || n.op == opExpand && n.expand.kind != patternFuzzy
}

// candidates finds the rows of within that match and calls f with each and
// its score, ascending, until f returns false.
func (r *ranking) candidates(within rows.Set, f func(rows.Num, float64) bool) error {
	m := &matcher{ix: r.ix, ctx: r.ctx, phrases: map[*node]*counts{}, shares: map[*node][]share{}}
	found, err := m.set(r.q.root, within)
	if err != nil {
		return err
	}
	if found = found.And(within); found.IsEmpty() {
		return nil
	}
	s, err := r.newLeaves(m, found)
	if err != nil {
		return err
	}
	for row := range found.Each() {
		if err := r.tick(); err != nil {
			return err
		}
		s.row = uint32(row)
		score, _ := r.q.root.score(s)
		if !f(row, score) {
			break
		}
	}
	return s.err()
}

// leaves is the source of rows that are known to match and ascend.
type leaves struct {
	r       *ranking
	row     uint32
	cursors []*cursor // by leaf: of terms
	counts  []*counts // of phrases; their heads are cut off as rows pass
	shares  [][]inShare
}

type inShare struct {
	weight float64
	in     *inside
}

// newLeaves opens what the leaves of the query need to score the rows of found.
func (r *ranking) newLeaves(m *matcher, found rows.Set) (*leaves, error) {
	n := len(r.q.leaves)
	s := &leaves{r: r, cursors: make([]*cursor, n), counts: make([]*counts, n), shares: make([][]inShare, n)}
	for i, leaf := range r.q.leaves {
		switch leaf.op {
		case opTerm:
			p, err := r.ix.lookUp(leaf.term)
			if err != nil {
				return nil, err
			}
			if p != nil {
				s.cursors[i] = r.ix.newCursor(p)
			}
		case opPhrase:
			if m.phrases[leaf] == nil {
				if _, err := m.phrase(leaf, found); err != nil {
					return nil, err
				}
			}
			if c := m.phrases[leaf]; c != nil {
				s.counts[i] = &counts{c.rows, c.tfs}
			}
		case opExpand:
			if _, have := m.shares[leaf]; !have {
				if _, err := m.expandSet(leaf); err != nil {
					return nil, err
				}
			}
			for _, sh := range m.shares[leaf] {
				s.shares[i] = append(s.shares[i], inShare{sh.weight, newInside(sh.set, r.ix.foot.rows)})
			}
		}
	}
	return s, nil
}

func (s *leaves) err() error {
	for _, c := range s.cursors {
		if c != nil && c.err != nil {
			return c.err
		}
	}
	return nil
}

// holds is asked of what stands below not: nothing there matches a row that does.
func (s *leaves) holds(*node) bool { return false }

func (s *leaves) score(n *node) (float64, bool) {
	switch n.op {
	case opTerm:
		c := s.cursors[n.leaf]
		if c == nil || c.advance(s.row) != s.row {
			return 0, false
		}
		return s.r.scorer.frequent(n, c.tf(), s.r.lengths[s.row]), true
	case opPhrase:
		c := s.counts[n.leaf]
		for c != nil && len(c.rows) > 0 && uint32(c.rows[0]) < s.row {
			c.rows, c.tfs = c.rows[1:], c.tfs[1:]
		}
		if c == nil || len(c.rows) == 0 || uint32(c.rows[0]) != s.row {
			return 0, false
		}
		return s.r.scorer.frequent(n, int(c.tfs[0]), s.r.lengths[s.row]), true
	case opExpand:
		for _, sh := range s.shares[n.leaf] {
			if sh.in.has(s.row) {
				return s.r.scorer.constant(n, sh.weight), true
			}
		}
		return 0, false
	}
	return s.r.scorer.constant(n, 1), true
}
