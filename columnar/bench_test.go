package columnar_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/quindex/quindex/columnar"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/engines/enginetest"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
)

// events is a table of 14 columns like a log of page views: integers of
// several widths, strings of few, of many and of very many values, some NULL.
func events(n int) (*record.Schema, *record.Batch) {
	r := rand.New(rand.NewPCG(1, 2))
	s := &record.Schema{Table: 1, Version: 1}
	add := func(name string, t record.Type) {
		s.Fields = append(s.Fields, record.Field{ID: record.ColumnID(len(s.Fields) + 1), Name: name, Type: t})
	}
	for _, name := range []string{"at", "user", "status", "bytes", "score", "width", "session"} {
		add(name, record.T(record.Int64))
	}
	for _, name := range []string{"country", "device", "browser", "url", "referrer", "campaign"} {
		add(name, record.T(record.Keyword))
	}
	add("price", record.T(record.Float64))
	b := record.NewBatch(s, n)
	text := func(c *record.Column, prefix string, k int) {
		c.Append(record.KeywordValue(fmt.Sprintf("%s%d", prefix, k)))
	}
	zipf := rand.NewZipf(r, 1.2, 10, 49_999)
	for i := range n {
		b.Cols[0].Append(record.IntValue(1_700_000_000_000 + int64(i)*7))
		b.Cols[1].Append(record.IntValue(r.Int64N(1_000_000)))
		b.Cols[2].Append(record.IntValue([]int64{200, 200, 200, 200, 304, 404, 500}[r.IntN(7)]))
		b.Cols[3].Append(record.IntValue(r.Int64N(60_000)))
		b.Cols[4].Append(record.IntValue(r.Int64N(100)))
		if b.Cols[5].Append(record.IntValue(r.Int64N(2000))); r.IntN(20) == 0 {
			b.Cols[6].AppendNull()
		} else {
			b.Cols[6].Append(record.IntValue(r.Int64()))
		}
		text(&b.Cols[7], "country-", r.IntN(40))
		text(&b.Cols[8], "device-", r.IntN(4))
		text(&b.Cols[9], "browser-", r.IntN(12))
		text(&b.Cols[10], "https://example.org/section/page-", int(zipf.Uint64()))
		text(&b.Cols[11], "https://ref.example/", r.IntN(500))
		if r.IntN(3) == 0 {
			b.Cols[12].AppendNull()
		} else {
			text(&b.Cols[12], "campaign-", r.IntN(30))
		}
		b.Cols[13].Append(record.FloatValue(float64(r.IntN(10_000)) / 100))
		b.N++
	}
	return s, b
}

func BenchmarkBuild(b *testing.B) {
	for _, n := range []int{1000, 1 << 18} {
		s, batch := events(n)
		benchBuild(b, engines.ColumnsDef(s.Fields, nil), engines.BatchColumns(s, batch))
	}
}

func benchBuild(b *testing.B, def engines.IndexDef, src engines.Columns) {
	n := src.Rows()
	b.Run(fmt.Sprintf("rows=%d/columns=14", n), func(b *testing.B) {
		var w bytes.Buffer
		for b.Loop() {
			w.Reset()
			bld, err := columnar.Engine{}.NewBuilder(def, src)
			if err == nil {
				err = bld.Build(context.Background(), &w)
			}
			if err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		b.ReportMetric(float64(w.Len())/float64(n), "B/row")
	})
}

func BenchmarkMatch(b *testing.B) {
	const n = 1 << 20
	s, batch := events(n)
	def := engines.ColumnsDef(s.Fields, nil)
	section := enginetest.Aligned(enginetest.Build(b, columnar.Engine{}, def, engines.BatchColumns(s, batch)))
	ix, err := columnar.Engine{}.Open(engines.Section{Def: def, Rows: n, Bytes: section})
	if err != nil {
		b.Fatal(err)
	}
	field := func(name string) predicate.Field {
		f := s.Fields[s.Field(name)]
		return predicate.Field{ID: f.ID, Name: f.Name, Type: f.Type}
	}
	less := func(name string, v int64) predicate.P {
		return predicate.Compare{Field: field(name), Op: predicate.LT, Value: record.IntValue(v)}
	}
	is := func(name, v string) predicate.P {
		return predicate.Compare{Field: field(name), Op: predicate.EQ, Value: record.KeywordValue(v)}
	}
	for _, c := range []struct {
		name string
		p    predicate.P
	}{
		{"u8/sel=0.01", less("score", 1)},
		{"u8/sel=0.5", less("score", 50)},
		{"u16/sel=0.01", less("bytes", 600)},
		{"u16/sel=0.5", less("bytes", 30_000)},
		{"u32/sel=0.01", less("user", 10_000)},
		{"u32/sel=0.5", less("user", 500_000)},
		{"u64/sel=0.5", less("session", 1<<62)},
		{"zones/sel=0.5", less("at", 1_700_000_000_000+n/2*7)},
		{"dict/eq/sel=0.025", is("country", "country-7")},
		{"dict/missing", is("country", "country-x")},
		{"status/eq/sel=0.14", predicate.Compare{Field: field("status"), Op: predicate.EQ, Value: record.IntValue(500)}},
		{"like/dict=50k", predicate.Like{Field: field("url"), Pattern: "%page-77%"}},
		{"like/dict=500", predicate.Like{Field: field("referrer"), Pattern: "%/7%"}},
		{"prefix/dict=50k", predicate.Like{Field: field("url"), Pattern: "https://example.org/section/page-77%"}},
		{"and/4", predicate.And{Of: []predicate.P{is("country", "country-7"), is("device", "device-1"), less("bytes", 30_000), less("score", 50)}}},
		{"or/3", predicate.Or{Of: []predicate.P{is("country", "country-7"), less("bytes", 300), less("score", 1)}}},
	} {
		b.Run(fmt.Sprintf("rows=%d/%s", n, c.name), func(b *testing.B) {
			for b.Loop() {
				if _, err := ix.Match(context.Background(), c.p, rows.All(n)); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds()/1e6, "Mrows/s")
		})
	}
}

func BenchmarkMerge(b *testing.B) {
	const n = 1 << 17
	s, batch := events(n)
	def := engines.ColumnsDef(s.Fields, nil)
	section := enginetest.Aligned(enginetest.Build(b, columnar.Engine{}, def, engines.BatchColumns(s, batch)))
	var in []engines.MergeInput
	for i := range 4 {
		ix, err := columnar.Engine{}.Open(engines.Section{Def: def, Rows: n, Bytes: section})
		if err != nil {
			b.Fatal(err)
		}
		m := make([]rows.Num, n)
		for j := range m {
			m[j] = rows.Num(i*n + j)
		}
		in = append(in, engines.MergeInput{Index: ix, Map: m})
	}
	b.Run(fmt.Sprintf("rows=%d/inputs=4/columns=14", 4*n), func(b *testing.B) {
		for b.Loop() {
			if err := in[0].Index.(engines.Merger).Merge(context.Background(), in, io.Discard); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(4*n)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	})
}
