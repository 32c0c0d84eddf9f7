package search

import (
	"slices"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/predicate"
)

// phrase counts the places where the slots of n stand one after the other, or
// as near as its slop says.
func (w *words) phrase(n *node) int {
	if n.slop > 0 {
		if s, _ := w.spots(n); s != nil {
			return int(s.count())
		}
		return 0
	}
	count := 0
	for _, start := range w.starts(n.slots[0]) {
		if w.follows(n.slots, start) {
			count++
		}
	}
	return count
}

// spots are those of a phrase with a slop, and the number among them of each
// slot; nil if the words of one stand nowhere.
func (w *words) spots(n *node) (*spots, []int) {
	s := &spots{slop: n.slop}
	number := make([]int, len(n.slots))
	for i, slot := range n.slots {
		if number[i] = len(s.pos); len(slot) == 0 {
			continue
		}
		var list []uint32
		for p := range w.starts(slot) {
			list = append(list, uint32(p))
		}
		if len(list) == 0 {
			return nil, nil
		}
		slices.Sort(list)
		s.pos, s.at = append(s.pos, list), append(s.at, uint32(i))
	}
	return s, number
}

// part reports whether the word at pos is part of phrase n as its slot i.
func (w *words) part(n *node, i, pos int) bool {
	if n.slop == 0 {
		return w.follows(n.slots, pos-i)
	}
	s, number := w.spots(n)
	return s != nil && s.takes(number[i], uint32(pos))
}

// starts returns the places of the first slot, each once.
func (w *words) starts(slot []string) map[int]int {
	out := map[int]int{}
	for _, term := range slot {
		for _, p := range w.places(term) {
			out[p] = p
		}
	}
	return out
}

func (w *words) follows(slots [][]string, start int) bool {
	for i, slot := range slots {
		found := len(slot) == 0
		for _, term := range slot {
			for _, p := range w.places(term) {
				found = found || p == start+i
			}
		}
		if !found {
			return false
		}
	}
	return true
}

// text is a row that is read from its text: the slow truth of all functions
// and of their scores. scorer may be nil where nobody asks for a score.
type text struct {
	row    *words
	scorer *scorer
}

func (t *text) holds(n *node) bool {
	switch n.op {
	case opEvery:
		return true
	case opTerm:
		return t.row.count(n.term) > 0
	case opPhrase:
		return t.row.phrase(n) > 0
	case opExpand:
		_, ok := t.expanded(n)
		return ok
	}
	return false
}

// expanded returns the most that a term of the text earns under a pattern.
func (t *text) expanded(n *node) (float64, bool) {
	most, found := 0.0, false
	for _, term := range t.row.terms {
		if w, ok := n.expand.weight([]byte(term)); ok {
			most, found = max(most, w), true
		}
	}
	return most, found
}

func (t *text) score(n *node) (float64, bool) {
	switch n.op {
	case opTerm:
		tf := t.row.count(n.term)
		return t.scorer.frequent(n, tf, t.row.length), tf > 0
	case opPhrase:
		tf := t.row.phrase(n)
		return t.scorer.frequent(n, tf, t.row.length), tf > 0
	case opExpand:
		w, ok := t.expanded(n)
		return t.scorer.constant(n, w), ok
	}
	return t.scorer.constant(n, 1), t.holds(n)
}

// RowStats adds what one row says to the statistics of c.
func (e *Engine) RowStats(c predicate.Call, row predicate.Row, s *engines.TermStats) error {
	q, w, err := e.readRow(c, row)
	if err != nil || w == nil {
		return err
	}
	s.Rows++
	s.Tokens += lengthOf(w.length)
	for term := range q.terms() {
		n := int64(0)
		if w.count(term) > 0 {
			n = 1
		}
		s.Add(term, n)
	}
	return nil
}

// RowScore returns the score of one row for c, and false where c is not True.
func (e *Engine) RowScore(c predicate.Call, row predicate.Row, s *engines.TermStats) (float64, bool, error) {
	q, w, err := e.readRow(c, row)
	if err != nil || w == nil {
		return 0, false, err
	}
	score, ok := q.root.score(&text{row: w, scorer: newScorer(q.query, s)})
	return score, ok, nil
}

// readRow parses c and analyses the row's text; nil words where either is NULL.
func (e *Engine) readRow(c predicate.Call, row predicate.Row) (*asked, *words, error) {
	f, ok := fieldOf(c)
	if !ok {
		return nil, nil, fault.Errorf("search: score", fault.Unsupported, "condition %s", c)
	}
	q, err := e.ask(c.Function, c.Args)
	v := row.Value(f)
	if err != nil || q == nil || v.IsNull() {
		return nil, nil, err
	}
	return q, readText(q.analyzer, v.S), nil
}
