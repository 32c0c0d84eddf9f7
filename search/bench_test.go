package search

import (
	"context"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/engines/enginetest"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
)

// benchTexts are texts of 40 to 100 words, spread as Zipf and Mandelbrot say
// words are (exponent 1.07, 100,000 of them); word i is "w" and i.
func benchTexts(n int) *record.Batch {
	r := rand.New(rand.NewPCG(1, 2))
	var sums []float64
	sum := 0.0
	for i := range 100_000 {
		sum += 1 / math.Pow(float64(i)+2.7, 1.07)
		sums = append(sums, sum)
	}
	word := func() int {
		x, lo, hi := r.Float64()*sum, 0, len(sums)
		for lo < hi {
			if m := (lo + hi) / 2; sums[m] < x {
				lo = m + 1
			} else {
				hi = m
			}
		}
		return lo
	}
	b := record.NewBatch(&record.Schema{Fields: []record.Field{textField()}}, n)
	for range n {
		var t strings.Builder
		for range 40 + r.IntN(61) {
			fmt.Fprintf(&t, "w%d ", word())
		}
		b.AppendRow(record.TextValue(t.String()))
	}
	return b
}

func benchIndex(b *testing.B, n int) *Index {
	b.Helper()
	s := &record.Schema{Fields: []record.Field{textField()}}
	section := enginetest.Build(b, New(), Def(textField()), engines.BatchColumns(s, benchTexts(n)))
	ix, err := open(New(), engines.Section{Def: Def(textField()), Rows: n, Bytes: section})
	if err != nil {
		b.Fatal(err)
	}
	return ix
}

func BenchmarkBuild(b *testing.B) {
	const n = 20_000
	s := &record.Schema{Fields: []record.Field{textField()}}
	src := engines.BatchColumns(s, benchTexts(n))
	var size counter
	for b.Loop() {
		bld, err := New().NewBuilder(Def(textField()), src)
		if err != nil {
			b.Fatal(err)
		}
		size = 0
		if err := bld.Build(context.Background(), &size); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(float64(size)/n, "B/row")
}

type counter int

func (c *counter) Write(p []byte) (int, error) { *c += counter(len(p)); return len(p), nil }

var _ io.Writer = (*counter)(nil)

// benchQueries: w20 stands in a quarter of the rows, w1500 in one of 150.
var benchQueries = []struct{ name, q string }{
	{"term-frequent", "w20"}, {"term-middling", "w1500"},
	{"and-frequent-middling", "+w20 +w1500"}, {"and-frequent", "+w20 +w25"},
	{"or-frequent-middling", "w20 w1500"}, {"or-four", "w20 w25 w200 w1500"},
	{"phrase-middling", `"w100 w150"`}, {"phrase-frequent", `"w3 w5"`},
	{"fuzzy", "w1500~1"}, {"prefix", "w15*"},
}

func benchCall(q string) predicate.Call {
	f := predicate.Field{ID: 1, Name: "title", Type: record.T(record.Text)}
	return predicate.Call{Function: "match", Fields: []predicate.Field{f}, Args: []record.Value{record.KeywordValue(q)}}
}

func BenchmarkRank(b *testing.B) {
	const n = 100_000
	ix, ctx := benchIndex(b, n), context.Background()
	thin := make([]rows.Num, 0, n/100)
	for i := 37; i < n; i += 100 {
		thin = append(thin, rows.Num(i))
	}
	for _, within := range []struct {
		name string
		set  rows.Set
	}{{"all", rows.All(n)}, {"1%", rows.FromSorted(thin)}} {
		for _, q := range benchQueries {
			c := benchCall(q.q)
			b.Run(fmt.Sprintf("rows=1e5/within=%s/%s", within.name, q.name), func(b *testing.B) {
				for b.Loop() {
					s, err := ix.Stats(c, rows.All(n))
					if err != nil {
						b.Fatal(err)
					}
					if _, err := ix.RankScored(ctx, c, &s, within.set, 10, engines.NewBound()); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

func BenchmarkMatch(b *testing.B) {
	const n = 100_000
	ix, ctx := benchIndex(b, n), context.Background()
	for _, q := range benchQueries {
		c := benchCall(q.q)
		b.Run("rows=1e5/"+q.name, func(b *testing.B) {
			for b.Loop() {
				if _, err := ix.Match(ctx, c, rows.All(n)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkCount(b *testing.B) {
	ix := benchIndex(b, 100_000)
	for _, q := range benchQueries[:6] {
		c := benchCall(q.q)
		b.Run("rows=1e5/"+q.name, func(b *testing.B) {
			for b.Loop() {
				if _, ok := ix.Count(c); !ok {
					b.Fatal("not counted")
				}
			}
		})
	}
}

// BenchmarkEval decides a query on one text, as for rows that no index knows.
func BenchmarkEval(b *testing.B) {
	long := benchTexts(1000).Cols[0]
	for _, c := range []struct {
		name string
		text func(i int) string
	}{
		{"name", func(i int) string { return fmt.Sprintf("Lincoln Regional Airport at Field %d", i) }},
		{"prose", func(i int) string { return long.Value(i).S }},
	} {
		texts := make([]record.Value, 1000)
		for i := range texts {
			texts[i] = record.TextValue(c.text(i))
		}
		for _, q := range []string{"lincoln", "+w1 -w2 w100", `"regional airport"`} {
			b.Run(fmt.Sprintf("%s/%s", c.name, q), func(b *testing.B) {
				e, i := New(), 0
				args := []record.Value{record.KeywordValue(q)}
				b.ReportAllocs()
				for b.Loop() {
					i = (i + 1) % len(texts)
					if _, err := e.eval("match", texts[i:i+1], args); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
