package timeseries

import (
	"context"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/quindex/quindex/codec"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/rows"
)

// Match returns the rows of within where p is True: it takes the series that
// lie in within, keeps those that p names, and seeks the bounds of its times
// in each.
func (ix *Index) Match(ctx context.Context, p predicate.P, within rows.Set) (rows.Set, error) {
	if !ix.answers(p) {
		return rows.Set{}, fault.Errorf("timeseries: match", fault.Unsupported, "condition %s", p)
	}
	if within.IsEmpty() {
		return within, nil
	}
	c, err := ix.compile(p)
	if err != nil {
		return rows.Set{}, err
	}
	return c.Match(ctx, within)
}

// fewSpans is up to where a bitmap of runs is made faster than one of bits:
// measured by BenchmarkMatch/hour.
const fewSpans = 4096

// setOf returns the rows of spans: few long ones as runs.
func setOf(spans []span) rows.Set {
	if n := len(spans); n > 1 && n <= fewSpans && size(spans) > 8*n {
		runs := roaring.New()
		for _, s := range spans {
			runs.AddRange(uint64(s.lo), uint64(s.hi))
		}
		return rows.Of(runs)
	}
	var out rows.Builder
	for _, s := range spans {
		out.AddRange(s.lo, s.hi)
	}
	return out.Set()
}

// seriesIn returns the series that have rows in within, which is not empty.
func (d *directory) seriesIn(within rows.Set) []span {
	lo, _ := within.Min()
	hi, _ := within.Max()
	from, to := d.seriesOf(int(lo)), d.seriesOf(int(hi))+1
	if to-from < 8 || within.Len() == int(hi-lo)+1 {
		return []span{{from, to}}
	}
	var out []span
	it := within.Roaring().Iterator()
	for it.HasNext() {
		s := d.seriesOf(int(it.PeekNext()))
		out = add(out, s, s+1)
		it.AdvanceIfNeeded(d.first[s+1])
	}
	return out
}

// seriesOf returns the series that a row belongs to.
func (d *directory) seriesOf(row int) int {
	lo, hi := 0, d.series-1
	for lo < hi {
		if mid := (lo + hi + 1) / 2; int(d.first[mid]) <= row {
			lo = mid
		} else {
			hi = mid - 1
		}
	}
	return lo
}

// matcher answers one condition.
type matcher struct {
	ctx context.Context
	seeker
}

// match returns the rows of n in the series among.
func (m *matcher) match(n node, among []span) ([]span, error) {
	switch n := n.(type) {
	case constNode:
		if n {
			return m.rowsIn(among), nil
		}
		return nil, nil
	case nameNode:
		return m.rowsIn(m.named(n, among)), nil
	case timeNode:
		return m.during(n, among)
	case allNode:
		return m.all(n, among)
	case anyNode:
		var found [][]span
		for _, part := range n {
			f, err := m.match(part, among)
			if err != nil {
				return nil, err
			}
			found = append(found, f)
		}
		return unite(found...), nil
	}
	panic("BUG: timeseries: a node of another kind")
}

// all narrows the series by the parts that name them, then looks for the
// others in those that are left.
func (m *matcher) all(parts allNode, among []span) ([]span, error) {
	among, rest, ok := m.narrow(parts, among)
	if !ok {
		return nil, nil
	}
	found := m.rowsIn(among)
	for _, part := range rest {
		f, err := m.match(part, among)
		if err != nil {
			return nil, err
		}
		if found = intersect(found, f); len(found) == 0 {
			return nil, nil
		}
	}
	return found, nil
}

// narrow takes the parts of an AND that are about series alone; ok is false
// if no series is left. The times of the rest are one condition.
func (d *directory) narrow(parts allNode, among []span) (left []span, rest []node, ok bool) {
	var times *timeNode
	for _, part := range parts {
		switch part := part.(type) {
		case constNode:
			if !part {
				return nil, nil, false
			}
		case nameNode:
			if among = d.named(part, among); len(among) == 0 {
				return nil, nil, false
			}
		case timeNode:
			if times == nil {
				times = &part
			} else {
				times = &timeNode{common(times.spans, part.spans), times.null && part.null}
			}
		default:
			rest = append(rest, part)
		}
	}
	if times != nil {
		rest = append([]node{*times}, rest...)
	}
	return among, rest, true
}

// common returns the times in both lists.
func common(a, b []codec.Span) []codec.Span {
	var out []codec.Span
	for len(a) > 0 && len(b) > 0 {
		if lo, hi := max(a[0].Lo, b[0].Lo), min(a[0].Hi, b[0].Hi); lo <= hi {
			out = append(out, codec.Span{Lo: lo, Hi: hi})
		}
		if a[0].Hi < b[0].Hi {
			a = a[1:]
		} else {
			b = b[1:]
		}
	}
	return out
}

// rowsIn returns the rows of series.
func (d *directory) rowsIn(among []span) []span {
	var out []span
	for _, s := range among {
		out = add(out, int(d.first[s.lo]), int(d.first[s.hi]))
	}
	return out
}

// named returns the series of among that n names. Series are sorted by their
// first column, so that its values are found by halves.
func (d *directory) named(n nameNode, among []span) []span {
	codes := &d.names[n.col].codes
	if len(n.codes) == 0 {
		return nil
	}
	if n.col == 0 {
		var list []span
		for _, c := range n.codes {
			list = add(list, codes.lowerBound(int64(c.lo)), codes.lowerBound(int64(c.hi)))
		}
		return intersect(list, among)
	}
	var set []codec.Span
	for _, c := range n.codes {
		set = append(set, codec.Span{Lo: int64(c.lo), Hi: int64(c.hi) - 1})
	}
	in := codec.NewIntSet(set)
	var out []span
	for _, a := range among {
		for s := a.lo; s < a.hi; s++ {
			if in.Has(codes.at(s)) {
				out = add(out, s, s+1)
			}
		}
	}
	return out
}

// lowerBound returns the first number >= v of an ascending list.
func (l *numbers) lowerBound(v int64) int {
	lo, hi := 0, l.n
	for lo < hi {
		if mid := (lo + hi) / 2; l.at(mid) < v {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// during returns the rows of series among whose time n wants.
func (m *matcher) during(n timeNode, among []span) ([]span, error) {
	all := len(n.spans) == 1 && n.spans[0].Lo <= m.origin && n.spans[0].Hi >= m.last
	if all && (n.null || m.footer.nulls == 0) {
		return m.rowsIn(among), nil
	}
	var out []span
	steps := 0
	for _, a := range among {
		for s := a.lo; s < a.hi; s++ {
			if steps++; steps&1023 == 0 {
				if err := m.ctx.Err(); err != nil {
					return nil, fault.E("timeseries: match", err)
				}
			}
			var err error
			if out, err = m.inSeries(out, n, s); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// inSeries appends the rows of series s whose time n wants.
func (m *matcher) inSeries(out []span, n timeNode, s int) ([]span, error) {
	base, end := m.timed(s)
	for _, t := range n.spans {
		lo, err := m.below(s, t.Lo)
		if err != nil {
			return nil, err
		}
		hi := end - base
		if t.Hi < m.last {
			if hi, err = m.below(s, t.Hi+1); err != nil {
				return nil, err
			}
		}
		out = add(out, base+lo, base+max(lo, hi))
	}
	if n.null {
		_, last := m.rowsOf(s)
		out = add(out, end, last)
	}
	return out, nil
}
