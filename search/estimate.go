package search

import (
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/predicate"
)

// Costs in nanoseconds, measured by BenchmarkMatch on 2026-11-21.
const (
	nanosQuery   = 2000 // parse and look up
	nanosBitmap  = 1000 // unite or cut with one
	nanosPosting = 6    // decode one row of a list
	nanosPhrase  = 20   // compare the positions of one row
	nanosDict    = 100_000
)

// guess is what a node expects.
type guess struct {
	rows, nanos float64
	method      string
}

// Estimate says how Match would find the rows of p and about how many.
func (ix *Index) Estimate(p predicate.P) (engines.Estimate, bool) {
	if !ix.answers(p) {
		return engines.Estimate{}, false
	}
	g := ix.guessP(predicate.PushNot(p))
	return engines.Estimate{Method: g.method, Rows: max(0, min(g.rows, float64(ix.foot.rows))), Nanos: g.nanos + nanosQuery}, true
}

func (ix *Index) guessP(p predicate.P) guess {
	n := float64(ix.foot.rows)
	switch p := p.(type) {
	case predicate.And:
		return ix.guessAll(p.Of, true)
	case predicate.Or:
		return ix.guessAll(p.Of, false)
	case predicate.Not:
		g := ix.guessP(p.Of)
		g.rows = n - float64(ix.foot.nulls) - g.rows
		return g
	case predicate.IsNull:
		if p.Negate {
			return guess{n - float64(ix.foot.nulls), nanosBitmap, "bitmap"}
		}
		return guess{float64(ix.foot.nulls), nanosBitmap, "bitmap"}
	case predicate.Call:
		q, err := ix.engine.ask(p.Function, p.Args)
		if err != nil || q == nil {
			return guess{0, 0, "none"}
		}
		return ix.guessNode(q.root)
	case predicate.Const:
		if p.Truth == predicate.True {
			return guess{n, 0, "bitmap"}
		}
	}
	return guess{0, 0, "none"}
}

func (ix *Index) guessAll(of []predicate.P, and bool) guess {
	var gs []guess
	for _, p := range of {
		gs = append(gs, ix.guessP(p))
	}
	return ix.join(gs, and)
}

// join is the AND or the OR of conditions that know nothing of each other.
func (ix *Index) join(of []guess, and bool) guess {
	n := max(float64(ix.foot.rows), 1)
	out := guess{method: "bitmap"}
	share := 1.0
	for i, g := range of {
		if i == 0 || g.nanos > out.nanos {
			out.method = g.method
		}
		out.nanos += g.nanos
		if and {
			share *= g.rows / n
		} else {
			share *= 1 - g.rows/n
		}
	}
	if !and {
		share = 1 - share
	}
	out.rows = share * n
	return out
}

func (ix *Index) guessNode(n *node) guess {
	switch n.op {
	case opEvery:
		return guess{float64(ix.foot.rows - ix.foot.nulls), nanosBitmap, "bitmap"}
	case opTerm:
		return ix.guessTerm(n.term)
	case opPhrase:
		return ix.guessPhrase(n)
	case opExpand:
		return guess{float64(ix.foot.rows) / 20, nanosDict + float64(ix.foot.rows)/4, "automaton"}
	case opGroup:
		return ix.guessGroup(n)
	}
	return guess{0, 0, "none"}
}

func (ix *Index) guessGroup(n *node) guess {
	var gs []guess
	for _, m := range n.must {
		gs = append(gs, ix.guessNode(m))
	}
	if len(n.must) == 0 {
		var any []guess
		for _, s := range n.should {
			any = append(any, ix.guessNode(s))
		}
		gs = append(gs, ix.join(any, false))
	}
	for _, m := range n.not {
		g := ix.guessNode(m)
		g.rows = float64(ix.foot.rows) - g.rows
		gs = append(gs, g)
	}
	return ix.join(gs, true)
}

// guessTerm knows exactly, once the dictionary was read.
func (ix *Index) guessTerm(term string) guess {
	p, err := ix.lookUp(term)
	switch {
	case err != nil || p == nil:
		return guess{0, nanosQuery, "postings"}
	case p.bitmap != nil:
		return guess{float64(p.n), nanosBitmap, "bitmap"}
	}
	return guess{float64(p.n), nanosPosting * float64(p.n), "postings"}
}

func (ix *Index) guessPhrase(n *node) guess {
	least := float64(ix.foot.rows)
	for term := range n.terms() {
		least = min(least, ix.guessTerm(term).rows)
	}
	return guess{least / 10, least * nanosPhrase, "positions"}
}
