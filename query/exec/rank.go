package exec

import (
	"cmp"
	"slices"
	"time"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/rows"
	"github.com/quindex/quindex/store"
)

// A scan may have to give scores, or be allowed to leave out rows that cannot
// be among the best (plan.Top). Both happen after the match and before any
// column is read, part by part, by the engine that knows the order; so only
// the winners' columns are ever read.

// scores are those of a part's rows, ascending by row.
type scores struct {
	nums []rows.Num
	of   []float64
}

// rankNanos is about what it costs to score a matching row of an index.
const rankNanos = 20

// matchRanked is match, and then scores and the top.
func (s *scanOp) matchRanked() error {
	top := s.node.Top
	if !s.node.GivesScores() {
		if err := s.match(); err != nil || top == nil {
			return err
		}
		switch top.By {
		case plan.TopNewest:
			return s.newest()
		case plan.TopGroups:
			return s.first()
		}
		return s.nearest()
	}
	stats := s.node.Score.Stats
	if len(stats) == 0 {
		var err error
		if stats, err = s.survey(); err != nil {
			return err
		}
	}
	if top != nil {
		if c, rest, ok := s.onlyCall(); ok {
			if err := s.matchWhere(rest); err != nil {
				return err
			}
			return s.topOfCall(c, &stats[0])
		}
	}
	if err := s.match(); err != nil {
		return err
	}
	return s.scoreAll(stats)
}

// onlyCall returns the one call that scores, and what Where asks besides, if
// the rows with a score are among those that match: it stands between the ANDs.
// Where it is so selective that it had better be matched first, rest is all.
func (s *scanOp) onlyCall() (c predicate.Call, rest predicate.P, ok bool) {
	if len(s.node.Score.Calls) != 1 {
		return c, nil, false
	}
	c = s.node.Score.Calls[0]
	var of []predicate.P
	for _, p := range predicate.Conjuncts(s.node.Where) {
		if q, is := p.(predicate.Call); is && q.Function == c.Function && q.String() == c.String() {
			ok = true
		} else {
			of = append(of, p)
		}
	}
	if !ok || len(of) == 0 {
		return c, nil, ok
	}
	if s.isRare(c) {
		return c, s.node.Where, true
	}
	return c, predicate.Conjunction(of), true
}

// rareShare: a call that matches fewer than one row in so many is matched
// first; the ranking then looks at these rows alone.
const rareShare = 256

func (s *scanOp) isRare(c predicate.Call) bool {
	all, some := 0.0, 0.0
	for _, p := range s.parts {
		for i := range p.Indexes {
			if est, ok := p.Indexes[i].Index.Estimate(c); ok {
				all, some = all+float64(p.Rows), some+est.Rows
				break
			}
		}
	}
	return all > 0 && some*rareShare < all
}

// matchWhere is match of another condition; nil: all rows.
func (s *scanOp) matchWhere(p predicate.P) error {
	was := s.node
	node := *was
	node.Where = p
	s.node = &node
	defer func() { s.node = was }()
	return s.match()
}

// hitsOf are the best rows of each part.
type hitsOf [][]rows.Hit

// topOfCall narrows the parts to their rows that may be among the best by one call.
func (s *scanOp) topOfCall(c predicate.Call, stats *engines.TermStats) error {
	k := s.most()
	bound := engines.NewBound()
	start := time.Now()
	rank := func(p *scanPart, k int, bound *engines.Bound) ([]rows.Hit, error) {
		if p.set.IsEmpty() {
			return nil, nil
		}
		if ix := s.rankerOf(p.Part, c); ix != nil {
			return ix.RankScored(s.q.ctx, c, stats, p.set, k, bound)
		}
		return s.rankRows(p, c, stats, k, bound)
	}
	hits, err := s.rankParts(k, bound, rank)
	if err != nil {
		return err
	}
	s.keepHits(hits)
	s.stats.ranked("search.TopK", c.String(), hits, time.Since(start))
	return nil
}

// most is the number of rows that matter, bounded by what there is.
func (s *scanOp) most() int {
	n := int64(0)
	for _, p := range s.parts {
		n += int64(p.Rows)
	}
	return int(max(1, min(s.node.Top.K, n)))
}

type rankFunc func(p *scanPart, k int, bound *engines.Bound) ([]rows.Hit, error)

// rankParts asks every part for its k best rows, cuts them to the k best of
// all, and where rows as good as the last of these matter, asks again those
// parts that may have more of them.
func (s *scanOp) rankParts(k int, bound *engines.Bound, rank rankFunc) (hitsOf, error) {
	hits := make(hitsOf, len(s.parts))
	weight := int64(0)
	for _, p := range s.parts {
		weight += int64(p.set.Len())
	}
	err := s.q.each(len(s.parts), weight, func(_ *worker, i int) (err error) {
		hits[i], err = rank(s.parts[i], k, bound)
		return rankError(s.parts[i].Part, err)
	})
	if err != nil {
		return nil, err
	}
	least, full := hits.least(k)
	if !full {
		return hits, nil
	}
	if !s.node.Top.Ties {
		hits.cut(k, least)
		return hits, nil
	}
	for i, h := range hits {
		if len(h) == k && h[k-1].Score == least {
			again := engines.NewBound()
			again.Raise(least)
			if hits[i], err = rank(s.parts[i], s.parts[i].Rows, again); err != nil {
				return nil, rankError(s.parts[i].Part, err)
			}
		}
	}
	hits.cut(-1, least)
	return hits, nil
}

func rankError(p *store.Part, err error) error {
	if err == nil {
		return nil
	}
	return fault.E("exec: rank", fault.Item(p.Name), err)
}

// least is the score of the k-th best hit, and whether there are so many.
func (h hitsOf) least(k int) (float64, bool) {
	n := 0
	for _, part := range h {
		n += len(part)
	}
	if n < k {
		return 0, false
	}
	all := make([]float64, 0, n)
	for _, part := range h {
		for _, hit := range part {
			all = append(all, hit.Score)
		}
	}
	slices.Sort(all)
	return all[n-k], true
}

// cut keeps the hits that score at least least; of k of them at most, where k
// is not negative: those of earlier parts and rows win.
func (h hitsOf) cut(k int, least float64) {
	above := 0
	for i, part := range h {
		n := 0
		for n < len(part) && part[n].Score >= least { // the best come first
			if part[n].Score > least {
				above++
			}
			n++
		}
		h[i] = part[:n]
	}
	if k < 0 {
		return
	}
	room := k - above // for hits that score just least
	for i, part := range h {
		n := len(part)
		for n > 0 && part[n-1].Score == least {
			n--
		}
		ties := min(room, len(part)-n)
		room -= ties
		h[i] = part[:n+ties]
	}
}

// keepHits narrows every part to its hits and keeps their scores.
func (s *scanOp) keepHits(hits hitsOf) {
	for i, p := range s.parts {
		h := slices.Clone(hits[i])
		slices.SortFunc(h, func(a, b rows.Hit) int { return cmp.Compare(a.Row, b.Row) })
		sc := &scores{nums: make([]rows.Num, len(h)), of: make([]float64, len(h))}
		for j, hit := range h {
			sc.nums[j], sc.of[j] = hit.Row, hit.Score
		}
		p.scores, p.set = sc, rows.FromSorted(sc.nums)
	}
}

// newest narrows the parts that are ordered by series and time to the last row
// of each series, if every row has a time: one without comes before all others
// in a descending order.
func (s *scanOp) newest() error {
	if s.noIndex() {
		return nil
	}
	start, hits := time.Now(), make(hitsOf, len(s.parts))
	err := s.q.each(len(s.parts), inlineRows, func(_ *worker, i int) error {
		p := s.parts[i]
		for j := range p.Indexes {
			ix, ok := p.Indexes[j].Index.(engines.Newest)
			def := &p.Indexes[j].Def
			if !ok || p.set.IsEmpty() || hasNull(p.Part, def) {
				continue
			}
			nums, err := ix.Newest(s.q.ctx, p.set, int(s.node.Top.K))
			if fault.Is(err, fault.Unsupported) {
				continue
			}
			if err != nil {
				return rankError(p.Part, err)
			}
			p.set = rows.FromSorted(nums)
			hits[i] = make([]rows.Hit, len(nums))
			break
		}
		return nil
	})
	s.stats.ranked("timeseries.Newest", s.node.Top.Index, hits, time.Since(start))
	return err
}

// hasNull reports whether a row of the part may have no time.
func hasNull(p *store.Part, def *engines.IndexDef) bool {
	col := p.Columns.Column(def.Fields[0].ID)
	return col == nil || col.Stats().Nulls > 0
}

// ranked counts what a ranking kept.
func (s *opStats) ranked(name, item string, hits hitsOf, took time.Duration) {
	if s == nil {
		return
	}
	r := &Report{Name: name, Item: item, Nanos: int64(took), Counters: map[string]int64{}}
	for _, h := range hits {
		r.Rows += int64(len(h))
		if len(h) > 0 {
			r.Counters["parts"]++
		}
	}
	s.mu.Lock()
	s.Below = append(s.Below, r)
	s.mu.Unlock()
}
