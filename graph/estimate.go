package graph

import (
	"math"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/record"
)

// About what it takes to find a key, and to take a row of its list; a row
// costs next to nothing where lists are ranges of rows. BenchmarkMatch.
const (
	nanosKey = 150
	nanosRow = 3
)

// Estimate says how many rows p finds, from the counts of the footer.
func (ix *Edges) Estimate(p predicate.P) (engines.Estimate, bool) {
	if !answers(ix.def.Fields, p) {
		return engines.Estimate{}, false
	}
	return estimate(ix.section, p, func(f predicate.Field) (int, int, string) {
		d := ix.end(f)
		return int(d), ix.linked + ix.halves[d], [...]string{"out", "in"}[d]
	}), true
}

// Estimate says how many rows p finds, from the counts of the footer.
func (ix *Vertices) Estimate(p predicate.P) (engines.Estimate, bool) {
	if !answers(ix.def.Fields, p) {
		return engines.Estimate{}, false
	}
	return estimate(ix.section, p, func(predicate.Field) (int, int, string) { return 0, ix.linked, "vertices" }), true
}

// estimate asks column for a field's place in the footer, the rows that have a
// key in it, and the method's name.
func estimate(s *section, p predicate.P, column func(predicate.Field) (i, linked int, method string)) engines.Estimate {
	parts := func(of []predicate.P, start float64, fold func(a, b float64) float64) engines.Estimate {
		out := engines.Estimate{Method: "lists", Rows: start}
		for _, q := range of {
			e := estimate(s, q, column)
			out.Rows, out.Nanos, out.Method = fold(out.Rows, e.Rows), out.Nanos+e.Nanos, e.Method
		}
		out.Rows = min(out.Rows, float64(s.rows))
		return out
	}
	switch p := p.(type) {
	case predicate.Const:
		if p.Truth == predicate.True {
			return engines.Estimate{Method: "none", Rows: float64(s.rows)}
		}
		return engines.Estimate{Method: "none"}
	case predicate.And:
		return parts(p.Of, float64(s.rows), math.Min)
	case predicate.Or:
		return parts(p.Of, 0, func(a, b float64) float64 { return a + b })
	}
	f, keys, _ := keysOf(p)
	i, linked, method := column(f)
	return leafEstimate(s, i, linked, method, keys)
}

func leafEstimate(s *section, i, linked int, method string, keys []record.Value) engines.Estimate {
	n := min(len(keys), s.keys[i])
	out := engines.Estimate{Method: method, Nanos: 300 + nanosKey*float64(len(keys))}
	if n == 0 {
		return out
	}
	each := float64(linked) / float64(s.keys[i])
	out.Rows = min(each*float64(n), float64(s.rows))
	ranges := s.parts[i*sideParts+partRows].bytes == 0
	if !ranges {
		out.Nanos += nanosRow * out.Rows
		if out.Rows > fewRows {
			out.Nanos += float64(s.rows) / 50
		}
	}
	return out
}
