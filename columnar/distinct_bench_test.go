package columnar_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/quindex/quindex/columnar"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
)

// BenchmarkDistinct finds one address among rows of which a share are distinct:
// up to four fifths a dictionary is there, above it the text itself. Text in
// zstd is given back at a collection, so each question may unpack it anew.
func BenchmarkDistinct(b *testing.B) {
	const n = 1 << 16
	for _, percent := range []int{30, 50, 60, 70, 78, 85, 95} {
		b.Run(fmt.Sprintf("rows=%d/percent=%d", n, percent), func(b *testing.B) { benchDistinct(b, n, percent) })
	}
}

func benchDistinct(b *testing.B, n, percent int) {
	r := rand.New(rand.NewPCG(1, uint64(percent)))
	s := &record.Schema{Table: 1, Version: 1, Fields: []record.Field{{ID: 1, Name: "url", Type: record.T(record.Keyword)}}}
	batch := record.NewBatch(s, n)
	batch.N = n
	distinct := n * percent / 100
	for _, at := range r.Perm(n) {
		if at >= distinct {
			at = r.IntN(distinct)
		}
		batch.Cols[0].Append(record.KeywordValue(fmt.Sprintf("https://shop.example.com/section/%d/word-%x", at*7919%100_000, at)))
	}
	def := engines.ColumnsDef(s.Fields, nil)
	bld, err := columnar.Engine{}.NewBuilder(def, engines.BatchColumns(s, batch))
	if err != nil {
		b.Fatal(err)
	}
	var w bytes.Buffer
	if err := bld.Build(context.Background(), &w); err != nil {
		b.Fatal(err)
	}
	ix, err := columnar.Engine{}.Open(engines.Section{Def: def, Rows: n, Bytes: w.Bytes()})
	if err != nil {
		b.Fatal(err)
	}
	field := predicate.Field{ID: 1, Name: "url", Type: s.Fields[0].Type}
	for b.Loop() {
		b.StopTimer()
		runtime.GC()
		b.StartTimer()
		p := predicate.Compare{Field: field, Op: predicate.EQ, Value: batch.Cols[0].Value(r.IntN(n))}
		found, err := ix.Match(context.Background(), p, rows.All(n))
		if err != nil || found.IsEmpty() {
			b.Fatal(found, err)
		}
	}
	b.ReportMetric(float64(w.Len())/float64(n), "B/row")
}
