package naive

import (
	"fmt"
	"slices"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/record"
)

// scores returns the score of each row of the table that a scan gives scores
// of, from the statistics of all rows; nil if it gives none.
func (m *machine) scores(n *plan.Scan, t *Table) ([]record.Value, error) {
	if n.Score == nil || !slices.Contains(n.Columns, plan.ScoreColumn) {
		return nil, nil
	}
	sums := make([]float64, len(t.Rows))
	for _, c := range n.Score.Calls {
		scorer, err := m.scorer(c)
		if err != nil {
			return nil, err
		}
		var stats engines.TermStats
		for _, row := range t.Rows {
			if err := scorer.RowStats(c, valuesOf(t.Schema, row), &stats); err != nil {
				return nil, err
			}
		}
		for i, row := range t.Rows {
			score, _, err := scorer.RowScore(c, valuesOf(t.Schema, row), &stats)
			if err != nil {
				return nil, err
			}
			sums[i] += score
		}
	}
	out := make([]record.Value, len(sums))
	for i, f := range sums {
		out[i] = record.FloatValue(f)
	}
	return out, nil
}

func (m *machine) scorer(c predicate.Call) (engines.RowScorer, error) {
	if registry, ok := m.fns.(*engines.Registry); ok {
		_, name, _ := registry.Function(c.Function)
		if e, err := registry.Lookup(name); err == nil {
			if s, ok := e.(engines.RowScorer); ok {
				return s, nil
			}
		}
	}
	return nil, fmt.Errorf("naive: nobody scores %s", c)
}

func valuesOf(s *record.Schema, row Row) predicate.Values {
	values := predicate.Values{}
	for i, f := range s.Fields {
		values[f.ID] = row[i]
	}
	return values
}

// highlight marks a text as the engines say.
func (m *machine) highlight(e plan.Call, row Row) (record.Value, error) {
	text, marks, calls, err := plan.HighlightArgs(e)
	if err != nil {
		return record.Value{}, err
	}
	v, err := m.expr(text, row)
	if err != nil || !v.Valid {
		return record.NullOf(e.T), err
	}
	registry, ok := m.fns.(*engines.Registry)
	if !ok {
		return v, fmt.Errorf("naive: nobody highlights %s", e)
	}
	s, err := registry.Highlight(calls, v.S, marks[0], marks[1])
	return record.TextValue(s), err
}
