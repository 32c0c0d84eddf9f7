package plan

import (
	"math"

	"github.com/quindex/quindex/predicate"
)

// defaultRows is taken for the size of a table that Stats does not know.
const defaultRows = 100_000

// Estimator guesses how many rows an operator gives, as the optimizer does that
// chose it; below 0: it does not know.
func Estimator(o Options) func(Node) float64 {
	opt := &optimizer{o: o}
	return func(n Node) float64 {
		switch n := n.(type) {
		case *Survey:
			return 1
		case *Broadcast:
			if n.Input == nil {
				return -1
			}
		}
		return opt.estimate(n)
	}
}

// estimate guesses how many rows n gives. Only comparisons between guesses
// matter: which side of a join is brought to the other.
func (opt *optimizer) estimate(n Node) float64 {
	switch n := n.(type) {
	case *Scan:
		rows := float64(defaultRows)
		if opt.o.Stats != nil {
			if r, ok := opt.o.Stats.Rows(n.Table.ID()); ok {
				rows = float64(r)
			}
		}
		if n.Where != nil {
			rows *= selectivity(n.Where)
		}
		return rows * math.Pow(0.3, float64(len(n.Filter)))
	case *Filter:
		return opt.estimate(n.Input) * 0.3
	case *Aggregate:
		if len(n.Groups) == 0 {
			return 1
		}
		return math.Pow(opt.estimate(n.Input), 0.7)
	case *Sort:
		if n.Limit >= 0 {
			return min(float64(n.Limit), opt.estimate(n.Input))
		}
	case *Limit:
		if n.Count >= 0 {
			return min(float64(n.Count), opt.estimate(n.Input))
		}
	case *Join:
		return opt.estimateJoin(n)
	case *Values:
		return float64(len(n.Rows))
	case *GraphWalk:
		return opt.estimateWalk(n)
	case *GraphAlgorithm:
		return n.estimate(opt)
	}
	rows := 0.0
	for _, in := range n.Inputs() {
		rows += opt.estimate(in)
	}
	return rows
}

func (opt *optimizer) estimateJoin(n *Join) float64 {
	l, r := opt.estimate(n.Left), opt.estimate(n.Right)
	switch {
	case n.Kind == Left:
		return l
	case !n.Kind.GivesRight():
		return l * 0.5
	case len(n.LeftKeys) == 0:
		return l * r
	}
	return max(l, r)
}

// selectivity guesses the share of rows where p is True, without looking at data.
func selectivity(p predicate.P) float64 {
	switch p := p.(type) {
	case predicate.Compare:
		switch p.Op {
		case predicate.EQ:
			return 0.02
		case predicate.NE:
			return 0.9
		}
		return 0.3
	case predicate.Between:
		return 0.1
	case predicate.In:
		return min(0.5, 0.02*float64(len(p.Values)))
	case predicate.Like, predicate.Call:
		return 0.05
	case predicate.IsNull:
		if p.Negate {
			return 0.95
		}
		return 0.05
	case predicate.And:
		out := 1.0
		for _, q := range p.Of {
			out *= selectivity(q)
		}
		return out
	case predicate.Or:
		out := 0.0
		for _, q := range p.Of {
			out += selectivity(q)
		}
		return min(1, out)
	case predicate.Not:
		return 1 - selectivity(p.Of)
	case predicate.Const:
		if p.Truth != predicate.True {
			return 0
		}
	}
	return 1
}
