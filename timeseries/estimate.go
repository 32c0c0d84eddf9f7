package timeseries

import (
	"context"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/predicate"
)

// Costs in nanoseconds, plain Go, measured by BenchmarkMatch on 2026-11-21.
const (
	nanosAsk    = 300  // compiling, and the set of the answer
	nanosName   = 1    // looking at one code
	nanosSeek   = 100  // one bound in a series of even times, and its part of the answer
	nanosUneven = 250  // one bound where the time column must be read
	nanosRow    = 0.02 // putting a row into the answer
)

// sample is how many series an estimate looks at, at most.
const sample = 16

// countable is how many series there may be for Count to look at them.
const countable = 4096

// Estimate says about how many rows Match would find, from the directory:
// exactly where p names series or the times are even and few series are left.
func (ix *Index) Estimate(p predicate.P) (engines.Estimate, bool) {
	c, ok := ix.Prepare(p)
	if !ok {
		return engines.Estimate{}, false
	}
	return c.Estimate(), true
}

// guess says about how many rows the condition finds, and in what time.
func (c *prepared) guess() engines.Estimate {
	d := c.d
	e := estimator{matcher: matcher{ctx: context.Background(), seeker: seeker{directory: d, blind: true}}, nanos: nanosAsk}
	rows := e.rows(c.node, []span{{0, d.series}})
	method := "series ranges"
	if _, ok := c.node.(constNode); ok {
		method = "constant"
	}
	return engines.Estimate{Method: method, Rows: max(0, min(rows, float64(d.n))), Nanos: e.nanos + nanosRow*rows}
}

// estimator adds up what Match would do.
type estimator struct {
	matcher
	nanos float64
}

// rows returns about how many rows of the series among are n's.
func (e *estimator) rows(n node, among []span) float64 {
	switch n := n.(type) {
	case constNode:
		if !n {
			return 0
		}
	case nameNode:
		among, share := e.narrowed(n, among)
		return share * float64(size(e.rowsIn(among)))
	case timeNode:
		return e.during(n, among)
	case allNode:
		return e.all(n, among)
	case anyNode:
		have := float64(size(e.rowsIn(among)))
		sum := 0.0
		for _, part := range n {
			sum += e.rows(part, among) * (1 - sum/max(1, have))
		}
		return sum
	}
	return float64(size(e.rowsIn(among)))
}

// narrowed returns the series that n names; where there are too many to look
// at, all of them and the share that n is expected to name.
func (e *estimator) narrowed(n nameNode, among []span) ([]span, float64) {
	if n.col == 0 {
		e.nanos += float64(len(n.codes)) * 50
		return e.named(n, among), 1
	}
	e.nanos += nanosName * float64(size(among))
	if size(among) > 1<<16 {
		return among, float64(size(n.codes)) / float64(1+e.names[n.col].entries)
	}
	return e.named(n, among), 1
}

func (e *estimator) all(parts allNode, among []span) float64 {
	share := 1.0
	var rest []node
	for _, part := range parts {
		n, ok := part.(nameNode)
		if !ok {
			rest = append(rest, part)
			continue
		}
		var some float64
		among, some = e.narrowed(n, among)
		share *= some
	}
	_, rest, ok := e.narrow(rest, among)
	if !ok {
		return 0
	}
	have := float64(size(e.rowsIn(among)))
	for _, part := range rest {
		share *= e.rows(part, among) / max(1, have)
	}
	return have * share
}

// during asks a sample of the series, spread evenly.
func (e *estimator) during(n timeNode, among []span) float64 {
	total := size(among)
	step := (total + sample - 1) / sample
	asked, found, at := 0, 0, 0
	uneven := 0
	var room []span
	for _, a := range among {
		for ; a.lo+at < a.hi; at += step {
			e.guessed = false
			out, err := e.inSeries(room[:0], n, a.lo+at)
			if err != nil {
				return 0
			}
			room = out
			found += size(out)
			asked++
			if e.guessed {
				uneven++
			}
		}
		at -= a.hi - a.lo
	}
	if asked == 0 {
		return 0
	}
	scale := float64(total) / float64(asked)
	bounds := float64(2*max(1, len(n.spans))) * scale
	e.nanos += bounds * (float64(asked)*nanosSeek + float64(uneven)*nanosUneven)
	return float64(found) * scale
}

// Count returns the number of rows where p is True if the directory alone
// tells: p names series, or the times it bounds are even.
func (ix *Index) Count(p predicate.P) (int, bool) {
	if !ix.answers(p) {
		return 0, false
	}
	d, err := ix.directory()
	if err != nil || d.series > countable {
		return 0, false
	}
	n, err := d.compile(p, predicate.True)
	if err != nil {
		return 0, false
	}
	m := matcher{ctx: context.Background(), seeker: seeker{directory: d, blind: true}}
	found, err := m.match(n, []span{{0, d.series}})
	if err != nil || m.guessed {
		return 0, false
	}
	return size(found), true
}
