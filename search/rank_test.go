package search

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/engines/enginetest"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
)

// corpus is a random segment with the words of every row.
type corpus struct {
	engine *Engine
	schema *record.Schema
	field  predicate.Field
	batch  *record.Batch
	ix     *Index
	words  []*words // nil where NULL
}

func newCorpus(t *testing.T, r *rand.Rand, n int) *corpus {
	t.Helper()
	c := &corpus{engine: New(), schema: RandomSchema(r)}
	f := c.schema.Fields[0]
	c.field = predicate.Field{ID: f.ID, Name: f.Name, Type: f.Type}
	c.batch = RandomBatch(r, c.schema, n)
	src := engines.BatchColumns(c.schema, c.batch)
	section := enginetest.Build(t, c.engine, Def(f), src)
	ix, err := c.engine.Open(engines.Section{Def: Def(f), Rows: n, Bytes: section, Columns: src})
	if err != nil {
		t.Fatal(err)
	}
	c.ix = ix.(*Index)
	a, err := c.engine.analyzer(analyzerOf(Def(f)))
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		v := c.batch.Cols[0].Value(i)
		if v.IsNull() {
			c.words = append(c.words, nil)
			continue
		}
		c.words = append(c.words, readText(a, v.S))
	}
	return c
}

// stats counts by hand what live rows say.
func (c *corpus) stats(q *asked, live rows.Set) engines.TermStats {
	var s engines.TermStats
	for term := range q.terms() {
		s.Add(term, 0)
	}
	for row := range live.Each() {
		w := c.words[row]
		if w == nil {
			continue
		}
		s.Rows++
		s.Tokens += lengthOf(w.length)
		for term := range q.terms() {
			if w.count(term) > 0 {
				s.Add(term, 1)
			}
		}
	}
	return s
}

// scores scores every row of within by hand.
func (c *corpus) scores(q *asked, s *engines.TermStats, within rows.Set) []rows.Hit {
	var out []rows.Hit
	sc := newScorer(q.query, s)
	for row := range within.Each() {
		if w := c.words[row]; w != nil {
			if score, ok := q.root.score(&text{row: w, scorer: sc}); ok {
				out = append(out, rows.Hit{Row: row, Score: score})
			}
		}
	}
	return out
}

func someRows(r *rand.Rand, n int) rows.Set {
	if r.IntN(3) == 0 {
		return rows.All(n)
	}
	every := 1 + r.IntN([]int{2, 30, 500}[r.IntN(3)])
	var b rows.Builder
	for i := r.IntN(every); i < n; i += 1 + r.IntN(every) {
		b.Add(rows.Num(i))
	}
	return b.Set()
}

// best sorts hits and keeps the first k that score at least least.
func best(hits []rows.Hit, k int, least float64) []rows.Hit {
	hits = slices.Clone(hits)
	slices.SortStableFunc(hits, func(a, b rows.Hit) int {
		if a.Score > b.Score {
			return -1
		} else if a.Score < b.Score {
			return 1
		}
		return 0
	})
	hits = hits[:min(k, len(hits))]
	return slices.DeleteFunc(hits, func(h rows.Hit) bool { return h.Score < least })
}

// TestRank holds statistics, scores and the best k rows to scoring every row
// by hand, to the last bit.
func TestRank(t *testing.T) {
	r := enginetest.Rand(t)
	for trial := range 40 {
		n := []int{1, 100, 129, 1000, 5000}[r.IntN(5)]
		if trial == 0 {
			n = 66_000
		}
		c := newCorpus(t, r, n)
		for range 60 {
			c.check(t, r, c.call(r))
			if t.Failed() {
				return
			}
		}
	}
}

// call prefers the shapes that block-max ranks: terms, alone, any or all.
func (c *corpus) call(r *rand.Rand) predicate.Call {
	call := randomCall(r, c.field, c.ix.foot.analyzer)
	if r.IntN(2) == 0 && call.Function == "match" && !call.Args[0].IsNull() {
		q := ""
		sign := []string{"", "+"}[r.IntN(2)]
		for range 1 + r.IntN(4) {
			q += sign + []string{"run", "cat", "airport", "port", "cats", "zürich", "x", "card"}[r.IntN(8)] + []string{" ", "^2 "}[r.IntN(2)]
		}
		if r.IntN(3) == 0 {
			q += "-cart"
		}
		call.Args[0] = record.KeywordValue(q)
	}
	return call
}

func (c *corpus) check(t *testing.T, r *rand.Rand, call predicate.Call) {
	t.Helper()
	ctx := context.Background()
	q, err := c.engine.ask(call.Function, call.Args)
	if err != nil {
		t.Fatal(err)
	}
	live := someRows(r, c.batch.N)
	s, err := c.ix.Stats(call, live)
	if err != nil {
		t.Fatal(err)
	}
	if q == nil {
		return
	}
	want := c.stats(q, live)
	if string(s.AppendWire(nil)) != string(want.AppendWire(nil)) {
		t.Fatalf("%s: statistics %v, want %v", call, s, want)
	}
	within := someRows(r, c.batch.N)
	all := c.scores(q, &s, within)
	k := []int{1, 2, 10, 1000}[r.IntN(4)]
	bound := engines.NewBound()
	if len(all) > 0 && r.IntN(2) == 0 {
		bound.Raise(all[r.IntN(len(all))].Score)
	}
	least := bound.Load()
	hits, err := c.ix.RankScored(ctx, call, &s, within, k, bound)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := best(hits, k, least), best(all, k, least); !slices.Equal(got, want) {
		t.Errorf("%s of %d rows, %d within, best %d from %v:\n%v, want\n%v", call, c.batch.N, within.Len(), k, least, got, want)
		return
	}
	if b := bound.Load(); len(hits) == k && k > 0 && b < hits[k-1].Score {
		t.Errorf("%s: bound %v after %d hits down to %v", call, b, k, hits[k-1].Score)
	}
	nums := within.AppendTo(nil)
	scores, err := c.ix.Score(ctx, call, &s, nums)
	if err != nil {
		t.Fatal(err)
	}
	byRow := map[rows.Num]float64{}
	for _, h := range all {
		byRow[h.Row] = h.Score
	}
	for i, row := range nums {
		if scores[i] != byRow[row] {
			t.Errorf("%s: row %d scores %v, want %v", call, row, scores[i], byRow[row])
			return
		}
	}
}

// TestRowScore holds the talent that scores open rows to the index's scores.
func TestRowScore(t *testing.T) {
	r := enginetest.Rand(t)
	c := newCorpus(t, r, 300)
	for range 30 {
		call := c.call(r)
		s, err := c.ix.Stats(call, rows.All(300))
		if err != nil {
			t.Fatal(err)
		}
		scores, err := c.ix.Score(context.Background(), call, &s, rows.All(300).AppendTo(nil))
		if err != nil {
			t.Fatal(err)
		}
		var sum engines.TermStats
		for term := range s.Terms {
			sum.Add(term, 0) // where every row is NULL nobody else names it
		}
		for i := range 300 {
			row := enginetest.BatchRow{Batch: c.batch, I: i, Schema: c.schema}
			if err := c.engine.RowStats(call, row, &sum); err != nil {
				t.Fatal(err)
			}
			got, _, err := c.engine.RowScore(call, row, &s)
			if err != nil || got != scores[i] {
				t.Fatalf("%s: row %d scores %v, %v, want %v", call, i, got, err, scores[i])
			}
		}
		if string(sum.AppendWire(nil)) != string(s.AppendWire(nil)) {
			t.Fatalf("%s: statistics of rows %v, want %v", call, sum, s)
		}
	}
}

// TestLengthByte fixes the lengths that a byte can keep.
func TestLengthByte(t *testing.T) {
	last := -1
	for n := range 100_000 {
		c := lengthByte(n)
		if int(c) < last || lengthOf(c) > int64(n) || n <= 40 && lengthOf(c) != int64(n) || float64(lengthOf(c)) < float64(n)*0.87 {
			t.Fatalf("length %d is kept as %d, which is %d", n, c, lengthOf(c))
		}
		last = int(c)
	}
	for c := range 256 {
		if n := lengthOf(uint8(c)); n < 1<<31 && lengthByte(int(n)) != uint8(c) {
			t.Errorf("byte %d is %d, which is kept as %d", c, n, lengthByte(int(n)))
		}
	}
}
