package exec

import (
	"slices"
	"sort"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
	"github.com/quindex/quindex/store"
)

// rankerOf is the index of a part that scores by c, or nil.
func (s *scanOp) rankerOf(p *store.Part, c predicate.Call) engines.ScoredRanker {
	if s.noIndex() {
		return nil
	}
	for i := range p.Indexes {
		if r, ok := p.Indexes[i].Index.(engines.ScoredRanker); ok {
			if _, ok := r.Estimate(c); ok {
				return r
			}
		}
	}
	return nil
}

// scorer is the engine that scores by c row by row.
func (q *query) scorer(c predicate.Call) (engines.RowScorer, error) {
	if q.env.Registry != nil {
		_, name, _ := q.env.Registry.Function(c.Function)
		if e, err := q.env.Registry.Lookup(name); err == nil {
			if r, ok := e.(engines.RowScorer); ok {
				return r, nil
			}
		}
	}
	return nil, fault.E("exec: score", fault.Unsupported, fault.Item(c.String()), "no engine scores this condition")
}

// eachRow calls f with the rows of set, which no index holds.
func (s *scanOp) eachRow(p *scanPart, c predicate.Call, set rows.Set, f func(scorer engines.RowScorer, row *partRow) error) error {
	if !p.Open && !s.noIndex() {
		if err := needsIndex(c); err != nil {
			return err
		}
	}
	scorer, err := s.q.scorer(c)
	if err != nil {
		return err
	}
	row := partRow{scan: s, columns: p.Columns}
	seen := 0
	for r := range set.Each() {
		if seen++; seen&255 == 0 {
			if err := s.q.err(); err != nil {
				return err
			}
		}
		row.at = r
		if err := f(scorer, &row); err != nil {
			return err
		}
		if row.err != nil {
			return row.err
		}
	}
	return nil
}

// rankRows is RankScored for rows that no index holds.
func (s *scanOp) rankRows(p *scanPart, c predicate.Call, stats *engines.TermStats, k int, bound *engines.Bound) ([]rows.Hit, error) {
	var hits []rows.Hit
	err := s.eachRow(p, c, p.set, func(scorer engines.RowScorer, row *partRow) error {
		score, ok, err := scorer.RowScore(c, row, stats)
		if ok && score >= bound.Load() {
			hits = append(hits, rows.Hit{Row: row.at, Score: score})
		}
		return err
	})
	slices.SortFunc(hits, betterHit)
	hits = hits[:min(k, len(hits))]
	if len(hits) == k {
		bound.Raise(hits[k-1].Score)
	}
	return hits, err
}

// betterHit orders hits best first, as ScoredRanker does.
func betterHit(a, b rows.Hit) int {
	switch {
	case a.Score > b.Score:
		return -1
	case a.Score < b.Score:
		return 1
	}
	return int(int64(a.Row) - int64(b.Row))
}

// scoreAll scores every row that the match left: the sum over all calls. With
// a top it keeps the best of them.
func (s *scanOp) scoreAll(stats []engines.TermStats) error {
	if err := s.q.env.Memory.Grow("score", 12*s.matched()); err != nil {
		return err
	}
	err := s.q.each(len(s.parts), rankNanos*s.matched(), func(_ *worker, i int) error {
		p := s.parts[i]
		sc := &scores{nums: make([]rows.Num, 0, p.set.Len())}
		for r := range p.set.Each() {
			sc.nums = append(sc.nums, r)
		}
		sc.of = make([]float64, len(sc.nums))
		p.scores = sc
		for j, c := range s.node.Score.Calls {
			if err := s.addScores(p, c, &stats[j]); err != nil {
				return rankError(p.Part, err)
			}
		}
		return nil
	})
	if err != nil || s.node.Top == nil {
		return err
	}
	hits, err := s.rankParts(s.most(), engines.NewBound(), func(p *scanPart, k int, bound *engines.Bound) ([]rows.Hit, error) {
		return p.scores.best(k, bound), nil
	})
	if err != nil {
		return err
	}
	s.keepHits(hits)
	return nil
}

func (s *scanOp) matched() (n int64) {
	for _, p := range s.parts {
		n += int64(p.set.Len())
	}
	return n
}

// addScores adds what c scores the part's rows.
func (s *scanOp) addScores(p *scanPart, c predicate.Call, stats *engines.TermStats) error {
	if len(p.scores.nums) == 0 {
		return nil
	}
	if ix := s.rankerOf(p.Part, c); ix != nil {
		more, err := ix.Score(s.q.ctx, c, stats, p.scores.nums)
		for i, f := range more {
			p.scores.of[i] += f
		}
		return err
	}
	i := 0
	return s.eachRow(p, c, p.set, func(scorer engines.RowScorer, row *partRow) error {
		score, _, err := scorer.RowScore(c, row, stats)
		p.scores.of[i] += score
		i++
		return err
	})
}

// best returns the k best rows, best first.
func (sc *scores) best(k int, bound *engines.Bound) []rows.Hit {
	var hits []rows.Hit
	for i, f := range sc.of {
		if f < bound.Load() {
			continue
		}
		hits = append(hits, rows.Hit{Row: sc.nums[i], Score: f})
		if len(hits) >= 2*k+1024 {
			slices.SortFunc(hits, betterHit)
			hits = hits[:k]
			bound.Raise(hits[k-1].Score)
		}
	}
	slices.SortFunc(hits, betterHit)
	return hits[:min(k, len(hits))]
}

// read replaces dst by the scores of the rows p of block b. All of them are known.
func (sc *scores) read(dst *record.Column, b int, p picked) {
	*dst = *record.NewColumn(record.T(record.Float64), p.n)
	at := sort.Search(len(sc.nums), func(i int) bool { return int(sc.nums[i]) >= b*rows.BlockRows })
	for i := range p.n {
		want := rows.Num(b*rows.BlockRows + p.row(i))
		for at < len(sc.nums) && sc.nums[at] < want {
			at++
		}
		if at == len(sc.nums) || sc.nums[at] != want {
			dst.Append(record.NullOf(record.T(record.Float64)))
			continue
		}
		dst.Append(record.FloatValue(sc.of[at]))
	}
}

// scoredOp is a scan that gives scores. No operator reads its blocks but
// itself: the scores are in none of them.
type scoredOp struct{ operator }

func newScoredScan(s *scanOp) operator {
	if slices.Contains(s.node.Columns, plan.ScoreColumn) {
		return scoredOp{s}
	}
	return s
}
