package search

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/engines/enginetest"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
)

// TestCount: what is counted from heads and bitmaps is what Match finds, for
// words of all frequencies, alone and together; and the ten best within all
// rows are those of the scores.
func TestCount(t *testing.T) {
	const n = 30_000
	s := &record.Schema{Fields: []record.Field{textField()}}
	section := enginetest.Build(t, New(), Def(textField()), engines.BatchColumns(s, benchTexts(n)))
	ix, err := open(New(), engines.Section{Def: Def(textField()), Rows: n, Bytes: section})
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(7, 8))
	counted := 0
	for range 300 {
		var parts []string
		sign := []string{"", "+"}[r.IntN(2)]
		for range 1 + r.IntN(4) {
			w := fmt.Sprintf("w%d", r.IntN([]int{4, 40, 400, 4000, 200_000}[r.IntN(5)]))
			parts = append(parts, sign+w)
		}
		q := strings.Join(parts, " ")
		c := benchCall(q)
		set, err := ix.Match(context.Background(), c, rows.All(n))
		if err != nil {
			t.Fatal(err)
		}
		if have, ok := ix.Count(c); ok {
			if counted++; have != set.Len() {
				t.Errorf("%s: %d counted, want %d", q, have, set.Len())
			}
		}
		checkBest(t, ix, q, set)
	}
	if counted < 250 {
		t.Errorf("%d of 300 were counted", counted)
	}
	for range 60 {
		q := fmt.Sprintf(`"w%d w%d"`, r.IntN(9), r.IntN(30))
		set, err := ix.Match(context.Background(), benchCall(q), rows.All(n))
		if err != nil {
			t.Fatal(err)
		}
		checkBest(t, ix, q, set)
	}
}

// checkBest holds the best rows to the scores of all rows that match.
func checkBest(t *testing.T, ix *Index, q string, set rows.Set) {
	t.Helper()
	c, all := benchCall(q), rows.All(ix.foot.rows)
	s, err := ix.Stats(c, all)
	if err != nil {
		t.Fatal(err)
	}
	nums := set.AppendTo(nil)
	scores, err := ix.Score(context.Background(), c, &s, nums)
	if err != nil {
		t.Fatal(err)
	}
	want := newTop(10, engines.NewBound())
	for i, row := range nums {
		want.push(row, scores[i])
	}
	have, err := ix.RankScored(context.Background(), c, &s, all, 10, engines.NewBound())
	if err != nil || fmt.Sprint(have) != fmt.Sprint(want.sorted()) {
		t.Errorf("%s: the best are %v, %v, want %v", q, have, err, want.hits)
	}
}
