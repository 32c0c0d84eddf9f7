package ingest

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/quindex/quindex/record"
)

// hits is the schema of the web shop's events that the load benchmark of the
// whole server uses.
func hits() *record.Schema {
	s := &record.Schema{Version: 1}
	add := func(name string, k record.Kind, null bool) {
		s.Fields = append(s.Fields, record.Field{ID: record.ColumnID(len(s.Fields) + 1), Name: name, Type: record.T(k), NotNull: !null})
	}
	add("ts", record.Timestamp, false)
	add("req_id", record.Keyword, false)
	add("user_id", record.Int64, false)
	add("url", record.Keyword, false)
	add("referer", record.Keyword, true)
	add("country", record.Keyword, true)
	add("device", record.Keyword, false)
	add("browser", record.Keyword, false)
	add("method", record.Keyword, false)
	add("status", record.Int64, false)
	add("region", record.Int64, false)
	add("duration", record.Int64, true)
	add("bytes", record.Int64, false)
	add("score", record.Float64, true)
	return s
}

// hitLines makes n events as lines; keys with NULL are left out.
func hitLines(n int) []byte {
	r := rand.New(rand.NewPCG(1, 2))
	var b bytes.Buffer
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for range n {
		at = at.Add(time.Duration(r.Int64N(1e9)) / 1000 * 1000)
		fmt.Fprintf(&b, `{"ts":"%s","req_id":"%016x","user_id":%d,"url":"/shop/item/%d/details"`,
			at.Format("2006-01-02T15:04:05.000000Z"), r.Uint64(), r.IntN(1e8), r.IntN(20_000))
		if r.IntN(10) >= 6 {
			fmt.Fprintf(&b, `,"referer":"https://www.site%d.com/path/%x"`, r.IntN(3000), r.Uint32())
		}
		if r.IntN(50) > 0 {
			b.WriteString(`,"country":"DE"`)
		}
		fmt.Fprintf(&b, `,"device":"phone","browser":"Firefox","method":"GET","status":%d,"region":%d`, 200+r.IntN(2)*204, r.IntN(1000))
		if r.IntN(20) > 0 {
			fmt.Fprintf(&b, `,"duration":%d`, r.IntN(60_000))
		}
		fmt.Fprintf(&b, `,"bytes":%d`, r.IntN(5e7))
		if r.IntN(10) > 0 {
			fmt.Fprintf(&b, `,"score":%.2f`, r.Float64()*100)
		}
		b.WriteString("}\n")
	}
	return b.Bytes()
}

func BenchmarkNDJSON(b *testing.B) {
	const n = 50_000
	text := hitLines(n)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		r, err := NDJSON(bytes.NewReader(text), Options{Schema: hits()})
		if err != nil {
			b.Fatal(err)
		}
		drainBench(b, r, n)
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkCSV(b *testing.B) {
	const n = 50_000
	var text bytes.Buffer
	text.WriteString("ts,user_id,url,status,score\n")
	for i := range n {
		fmt.Fprintf(&text, "2026-01-01T00:00:%02d.5Z,%d,/shop/item/%d/details,200,%d.25\n", i%60, i*77, i, i%100)
	}
	b.SetBytes(int64(text.Len()))
	s := hits()
	s.Fields = []record.Field{s.Fields[0], s.Fields[2], s.Fields[3], s.Fields[9], s.Fields[13]}
	for b.Loop() {
		r, err := CSV(bytes.NewReader(text.Bytes()), Options{Schema: s})
		if err != nil {
			b.Fatal(err)
		}
		drainBench(b, r, n)
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

func drainBench(b *testing.B, r Reader, want int) {
	rows := 0
	for {
		batch, rejects, err := r.Next(32 << 10)
		if len(rejects) > 0 {
			b.Fatal(rejects[0])
		}
		if rows += batch.N; err == io.EOF {
			break
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	if rows != want {
		b.Fatalf("%d rows, want %d", rows, want)
	}
}
