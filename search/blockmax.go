package search

import (
	"cmp"
	"slices"

	"github.com/quindex/quindex/rows"
)

// roundUp makes a sum of bounds no less than any sum, in any order, of scores
// below them: floats of at most maxLeaves terms differ by less.
const roundUp = 1 + 1e-12

// rankedTerm is a term of a query with bounds of its scores.
type rankedTerm struct {
	*cursor
	leaf   int
	weight float64
	most   float64   // over all blocks
	max    []float64 // by block
}

// rankedTerms opens the terms of the query that stand in the segment.
func (r *ranking) rankedTerms() ([]*rankedTerm, error) {
	var out []*rankedTerm
	for i, n := range r.q.leaves {
		p, err := r.ix.lookUp(n.term)
		if err != nil {
			return nil, err
		}
		if p == nil {
			continue
		}
		t := &rankedTerm{cursor: r.ix.newCursor(p), leaf: i, weight: r.scorer.weight[i][1]}
		if t.err != nil {
			return nil, t.err
		}
		t.bounds(r)
		out = append(out, t)
	}
	return out, nil
}

// bounds computes the best score of each block from its impacts, or from its
// rows where there is but one.
func (t *rankedTerm) bounds(r *ranking) {
	t.max = make([]float64, t.nBlock)
	if t.p.skip == nil {
		for i, row := range t.docs[:t.n] {
			tf := float64(valueAt(t.tfs, i, t.wf) + 1)
			t.max[0] = max(t.max[0], saturate(tf, r.scorer.norm[r.lengths[row]]))
		}
	}
	for blk := range len(t.p.skip) / skipBytes {
		e := t.p.skip[blk*skipBytes+8 : (blk+1)*skipBytes]
		for i := 0; i < len(e) && (i == 0 || e[i] != e[i-2] || e[i+1] != e[i-1]); i += 2 {
			s := 1.0
			if e[i] < 255 {
				s = saturate(float64(e[i]), r.scorer.norm[e[i+1]])
			}
			t.max[blk] = max(t.max[blk], s)
		}
	}
	for i := range t.max {
		t.max[i] *= t.weight * roundUp
		t.most = max(t.most, t.max[i])
	}
}

// within bounds the score of rows [from, to], from the current block on.
func (t *rankedTerm) within(from, to uint32) float64 {
	m := 0.0
	for blk := t.blockOf(from); blk < t.nBlock; blk++ {
		m = max(m, t.max[blk])
		if t.last(blk) >= to {
			break
		}
	}
	return m
}

// value is the score of the current row.
func (t *rankedTerm) value(r *ranking) float64 {
	return float64(t.weight * saturate(float64(t.tf()), r.scorer.norm[r.lengths[t.doc]]))
}

// oneTerm ranks by a single term: blocks that cannot hold a better row are not decoded.
func (r *ranking) oneTerm(t *rankedTerm, in *inside) error {
	for blk := range t.nBlock {
		if r.top.look(); r.top.hopeless(t.max[blk]) {
			continue
		}
		if err := r.tick(); err != nil {
			return err
		}
		if blk != t.blk {
			t.load(blk)
		}
		for i := range t.n {
			if t.doc = t.docs[i]; in.has(t.doc) {
				t.i = i
				r.top.push(rows.Num(t.doc), t.value(r))
			}
		}
		if t.err != nil {
			return t.err
		}
	}
	return nil
}

func errOf(terms []*rankedTerm) error {
	for _, t := range terms {
		if t.err != nil {
			return t.err
		}
	}
	return nil
}

// anyTerm ranks rows that hold any of the terms, by block-max MaxScore (Turtle
// and Flood 1995; Ding and Suel 2011): terms whose bounds together cannot
// reach the k-th score are looked up only for rows that the others bring, and
// windows between block ends are skipped by the bounds of their blocks.
func (r *ranking) anyTerm(terms []*rankedTerm, in *inside) error {
	slices.SortStableFunc(terms, func(a, b *rankedTerm) int { return cmp.Compare(a.most, b.most) })
	w := &window{r: r, terms: terms, in: in, bound: make([]float64, len(terms)+1), found: newSummed(r, terms)}
	for {
		if err := r.tick(); err != nil {
			return err
		}
		r.top.look()
		if !w.open() {
			return errOf(terms)
		}
		if r.top.hopeless(w.bound[len(terms)] * roundUp) {
			w.skip()
		} else {
			w.score()
		}
	}
}

// window is a range of rows in which no leading term changes its block.
type window struct {
	r     *ranking
	terms []*rankedTerm // by their bounds, ascending
	first int           // terms from here on lead
	from  uint32
	to    uint32
	bound []float64 // bound[i] is what terms[:i] reach together in the window
	in    *inside
	found *summed
}

// open sets the next window; false if no row can count any more.
func (w *window) open() bool {
	sum := 0.0
	for w.first = 0; w.first < len(w.terms); w.first++ {
		if sum += w.terms[w.first].most; !w.r.top.hopeless(sum * roundUp) {
			break
		}
	}
	w.from, w.to = atEnd, atEnd
	for _, t := range w.terms[w.first:] {
		w.from = min(w.from, t.doc)
	}
	if w.from == atEnd {
		return false
	}
	for _, t := range w.terms[w.first:] {
		if blk := t.blockOf(w.from); blk < t.nBlock {
			w.to = min(w.to, t.last(blk))
		}
	}
	for i, t := range w.terms {
		w.bound[i+1] = w.bound[i] + t.within(w.from, w.to)
	}
	return true
}

func (w *window) skip() {
	for _, t := range w.terms[w.first:] {
		t.advance(w.to + 1)
	}
}

// score scores the rows of the window.
func (w *window) score() {
	top := w.r.top
	lead := w.terms[w.first:]
	for row := w.from; row <= w.to && row != atEnd; {
		next, sum := uint32(atEnd), 0.0
		wanted := w.in.has(row)
		for _, t := range lead {
			if t.doc == row {
				if wanted {
					v := t.value(w.r)
					w.found.set(t.leaf, v)
					sum += v
				}
				t.next()
			}
			next = min(next, t.doc)
		}
		for i := w.first - 1; i >= 0 && wanted; i-- {
			if top.hopeless((sum + w.bound[i+1]) * roundUp) {
				wanted = false
				break
			}
			if t := w.terms[i]; t.advance(row) == row {
				v := t.value(w.r)
				w.found.set(t.leaf, v)
				sum += v
			}
		}
		if total := w.found.sum(); wanted {
			top.push(rows.Num(row), total)
		}
		row = next
	}
}

// summed adds the scores of one row's leaves in the order of the query.
type summed struct {
	root  *node
	flat  bool // the leaves stand side by side
	value []float64
	have  []bool
}

func newSummed(r *ranking, _ []*rankedTerm) *summed {
	s := &summed{root: r.q.root, flat: true, value: make([]float64, len(r.q.leaves)), have: make([]bool, len(r.q.leaves))}
	for _, n := range s.root.should {
		s.flat = s.flat && n.op == opTerm
	}
	return s
}

func (s *summed) set(leaf int, v float64) { s.value[leaf], s.have[leaf] = v, true }

// sum returns the score of the leaves set since, and forgets them.
func (s *summed) sum() float64 {
	sum := 0.0
	if s.flat {
		for i, v := range s.value {
			sum += v
			s.value[i] = 0
		}
		clear(s.have)
		return sum
	}
	sum, _ = s.root.score(s)
	clear(s.value)
	clear(s.have)
	return sum
}

func (s *summed) holds(*node) bool              { return false }
func (s *summed) score(n *node) (float64, bool) { return s.value[n.leaf], s.have[n.leaf] }
