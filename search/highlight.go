package search

import (
	"slices"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/predicate"
)

// Span is bytes [Start, End) of a text.
type Span = engines.Span

// Highlight returns where the words, phrases and patterns of c that are not
// excluded stand in text, ascending and apart. c has its analyzer bound.
func (e *Engine) Highlight(c predicate.Call, text string) ([]Span, error) {
	if _, ok := fieldOf(c); !ok {
		return nil, fault.Errorf("search: highlight", fault.Unsupported, "condition %s", c)
	}
	q, err := e.ask(c.Function, c.Args)
	if err != nil || q == nil {
		return nil, err
	}
	ts := q.analyzer.tokens(text)
	w := readText(q.analyzer, text)
	var out []Span
	for _, n := range q.leaves {
		for _, t := range ts {
			if n.marks(t, w) {
				out = append(out, Span{Start: t.start, End: t.end})
			}
		}
	}
	slices.SortFunc(out, func(a, b Span) int {
		if a.Start != b.Start {
			return a.Start - b.Start
		}
		return a.End - b.End
	})
	return joined(out), nil
}

// marks reports whether a token is what leaf n looks for.
func (n *node) marks(t token, w *words) bool {
	switch n.op {
	case opTerm:
		return string(t.term) == n.term
	case opExpand:
		_, ok := n.expand.weight(t.term)
		return ok
	case opPhrase:
		for i, slot := range n.slots {
			if slices.Contains(slot, string(t.term)) && w.part(n, i, t.pos) {
				return true
			}
		}
	}
	return false
}

// joined unites spans that overlap.
func joined(in []Span) []Span {
	var out []Span
	for _, s := range in {
		if last := len(out) - 1; last >= 0 && s.Start < out[last].End {
			out[last].End = max(out[last].End, s.End)
		} else {
			out = append(out, s)
		}
	}
	return out
}

var _ engines.CallBinder = (*Engine)(nil)
var _ engines.Highlighter = (*Engine)(nil)
var _ engines.RowScorer = (*Engine)(nil)
var _ engines.ScoredRanker = (*Index)(nil)
