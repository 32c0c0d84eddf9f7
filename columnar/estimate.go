package columnar

import (
	"math"
	"slices"
	"strings"

	"github.com/quindex/quindex/codec"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/record"
)

// Costs of one row in nanoseconds, plain Go, measured by BenchmarkMatch on
// 2026-11-21; what the planner compares engines by.
const (
	nanosNarrow = 0.25 // codes and integers of 8 and 16 bits
	nanosWide   = 0.8  // 32 and 64 bits, floats
	nanosPacked = 2    // unpacking comes before anything else
	nanosArray  = 4
	nanosString = 25
	nanosBlock  = 300   // selections, validity and the result of a scanned block
	nanosMap    = 10000 // uniting or cutting one bitmap
	nanosZone   = 4     // one block decided by its bounds
)

// largeDict is the number of entries above which Estimate guesses instead of
// asking a dictionary that has not been read yet, or a pattern of every entry.
const largeDict = 1024

// guessed is the share of values that a condition is taken to select when
// looking would be dear.
const guessed = 0.1

// guess is what a node expects: rows, time and the way it takes.
type guess struct {
	rows, nanos float64
	method      string
}

// Estimate says how Match would find the rows of p and about how many, from
// the footer, cardinalities and small dictionaries.
func (ix *Index) Estimate(p predicate.P) (engines.Estimate, bool) {
	c, ok := ix.Prepare(p)
	if !ok {
		return engines.Estimate{}, false
	}
	return c.Estimate(), true
}

// Count returns the number of rows where p is True if cardinalities, bitmaps
// or zone maps know it without a scan.
func (ix *Index) Count(p predicate.P) (int, bool) {
	if !ix.countable(p) {
		return 0, false
	}
	n, err := ix.compile(p, false)
	if err != nil || n == nil {
		return 0, false
	}
	if l, is := n.(*leaf); is {
		if count, ok := l.counted(); ok {
			return count, true
		}
	}
	if a, is := n.(*allNode); is && len(a.parts) == 2 {
		left, ok, err := a.parts[0].whole()
		right, ok2, err2 := a.parts[1].whole()
		if !ok || !ok2 || err != nil || err2 != nil {
			return 0, false
		}
		return left.AndLen(right), true
	}
	s, ok, err := n.whole()
	if !ok || err != nil {
		return 0, false
	}
	return s.Len(), true
}

// countable reports whether it is worth finding out what Count would say: a
// pattern is decided for all of a dictionary, and then only the number of rows
// of each string counts them.
func (ix *Index) countable(p predicate.P) bool {
	ok := true
	predicate.Walk(p, func(p predicate.P) bool {
		if like, is := p.(predicate.Like); is {
			if col, _, _ := ix.find(like.Field); col != nil && col.coded() && col.meta.entries > largeDict && col.meta.counts == nil {
				ok = false
			}
		}
		return ok
	})
	return ok
}

// counted adds up the cardinalities of the selected values.
func (l *leaf) counted() (int, bool) {
	if l.col.meta.counts == nil || l.set == nil {
		return 0, false
	}
	values, _ := l.indexes()
	n := 0
	for _, v := range values {
		n += l.col.meta.counts[v]
	}
	return n, true
}

func (c constNode) guess() guess {
	if !c.all {
		return guess{method: "constant"}
	}
	return guess{rows: float64(c.n), method: "constant"}
}

func (c nullNode) guess() guess {
	g := guess{rows: float64(c.col.nulls()), method: "nulls", nanos: float64(len(c.col.meta.blocks)) * nanosZone}
	if c.negate {
		g.rows = float64(c.col.ix.n) - g.rows
	}
	if c.col.nulls() > 0 && c.col.meta.nullMap.Len == 0 {
		g.nanos += float64(len(c.col.meta.blocks)) * nanosBlock
	}
	return g
}

func (a *allNode) guess() guess {
	out := guess{rows: -1}
	for _, p := range a.parts {
		g := p.guess()
		if out.rows < 0 {
			out = g
			continue
		}
		n := float64(max(1, rowsOf(p)))
		out = guess{rows: out.rows * g.rows / n, nanos: out.nanos + g.nanos, method: join(out.method, g.method)}
	}
	return out
}

func (a *anyNode) guess() guess {
	var out guess
	n := float64(max(1, a.ix.n))
	for _, p := range a.parts {
		g := p.guess()
		out.rows += g.rows * (1 - out.rows/n)
		out.nanos += g.nanos
		out.method = join(out.method, g.method)
	}
	return out
}

func rowsOf(n node) int {
	switch n := n.(type) {
	case constNode:
		return n.n
	case nullNode:
		return n.col.ix.n
	case *leaf:
		return n.col.ix.n
	case *anyNode:
		return n.ix.n
	case *allNode:
		return rowsOf(n.parts[0])
	}
	return 1
}

// join lists the methods of several parts, each once.
func join(a, b string) string {
	if a == "" {
		return b
	}
	have := strings.Split(a, ", ")
	for m := range strings.SplitSeq(b, ", ") {
		if !slices.Contains(have, m) {
			have = append(have, m)
		}
	}
	return strings.Join(have, ", ")
}

func (l *leaf) guess() guess {
	if l.set != nil && len(l.set.Spans()) == 0 && !l.negate {
		return guess{method: l.nothing()}
	}
	if values, others, ok := l.mapped(); ok {
		n, _ := l.counted()
		return guess{float64(n), float64(min(len(values), len(others))+1) * nanosMap, "bitmap"}
	}
	g := l.guessBlocks()
	if n, ok := l.counted(); ok {
		g.rows = float64(n)
	}
	return g
}

// nothing names what said that no value is in the set.
func (l *leaf) nothing() string {
	if l.col.coded() {
		return "dictionary"
	}
	return "constant"
}

// guessBlocks adds up the blocks: those decided by their bounds are free.
func (l *leaf) guessBlocks() guess {
	g := guess{nanos: float64(len(l.col.meta.blocks)) * nanosZone}
	scanned, runs := 0, 0
	for b := range l.col.meta.blocks {
		m := &l.col.meta.blocks[b]
		switch l.zone(b) {
		case codec.All:
			g.rows += float64(m.Rows)
		case codec.Some:
			scanned++
			if m.Form == codec.FormRuns {
				runs++
			}
			g.rows += l.share(m) * float64(m.Rows-m.Nulls)
			g.nanos += nanosBlock + l.rowNanos(m)*float64(m.Rows)
		}
	}
	switch all := len(l.col.meta.blocks); {
	case scanned == 0:
		g.method = "zones"
	case l.keys != nil && !l.negate:
		g.method = "bloom, " + l.scanName()
	case runs*2 > scanned:
		g.method = "runs"
	case scanned*2 <= all:
		g.method = "zones, " + l.scanName()
	default:
		g.method = l.scanName()
	}
	return g
}

func (l *leaf) scanName() string {
	switch {
	case l.col.elem():
		return "scan of arrays"
	case l.col.coded():
		return "scan of codes"
	case l.col.storage() == record.Ints:
		return "scan of integers"
	case l.col.storage() == record.Floats:
		return "scan of floats"
	case l.col.storage() == record.Points:
		return "scan of points"
	}
	return "scan of strings"
}

func (l *leaf) rowNanos(m *blockMeta) float64 {
	switch {
	case l.col.elem():
		return nanosArray
	case l.set == nil:
		return nanosString
	case m.Form == codec.FormRuns || m.Form == codec.FormConst:
		return 0
	case m.Form == codec.FormPacked:
		return nanosPacked
	case m.Width == 1 || m.Width == 2:
		return nanosNarrow
	}
	return nanosWide
}

// share is the expected part of a block's values that are selected, taking
// them to be spread evenly between the block's bounds.
func (l *leaf) share(m *blockMeta) float64 {
	s := guessed
	switch {
	case l.cheap:
	case l.set != nil && m.Known && l.floats():
		s = evenlyFloats(l.set.Spans(), math.Float64frombits(uint64(m.Lo)), math.Float64frombits(uint64(m.Hi)))
	case l.set != nil && m.Known:
		s = evenly(l.set.Spans(), m.Lo, m.Hi)
	case l.text != nil && l.text.convex && l.text.lo == l.text.hi:
		s = 1 / float64(max(1, m.Rows-m.Nulls))
	}
	if l.negate {
		return 1 - s
	}
	return s
}

// evenly returns what part of [lo, hi] the spans cover.
func evenly(spans []codec.Span, lo, hi int64) float64 {
	var covered float64
	for _, p := range spans {
		if from, to := max(p.Lo, lo), min(p.Hi, hi); from <= to {
			covered += float64(uint64(to)-uint64(from)) + 1
		}
	}
	return min(1, covered/(float64(uint64(hi)-uint64(lo))+1))
}

// evenlyFloats is evenly for keys of floats, spread evenly as floats.
func evenlyFloats(spans []codec.Span, lo, hi float64) float64 {
	width := hi - lo
	if !(width > 0) || math.IsInf(width, 0) {
		return guessed
	}
	var covered float64
	for _, p := range spans {
		from, to, _ := floatRange(p)
		covered += max(0, min(to, hi)-max(from, lo))
	}
	return min(1, covered/width)
}
