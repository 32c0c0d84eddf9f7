package ingest

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/server/format"
)

var seedFlag = flag.Uint64("seed", 0, "seed of random tests; 0 takes one from the clock")

func newRand(t testing.TB) *rand.Rand {
	seed := *seedFlag
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("repeat with: go test ./server/ingest -run '^%s$' -seed %d", t.Name(), seed)
	return rand.New(rand.NewPCG(seed, 0))
}

// every is a table with a column of each kind that files can hold.
func every() *record.Schema {
	s := &record.Schema{Version: 1}
	types := []record.Type{record.T(record.Int64), record.T(record.Bool), record.T(record.Float64), record.DecimalType(9, 3),
		record.T(record.Keyword), record.T(record.Text), record.T(record.Timestamp), record.T(record.Date), record.T(record.Interval),
		record.T(record.Point), record.T(record.JSON), record.T(record.Bytes), record.T(record.KeywordArray),
		record.T(record.Int64Array), record.T(record.Float64Array)}
	for i, t := range types {
		s.Fields = append(s.Fields, record.Field{ID: record.ColumnID(i + 1), Name: fmt.Sprintf("c%d", i), Type: t, NotNull: i == 0})
	}
	return s
}

var words = []string{"a", "Zürich", `say "hi"`, "two\nlines", "tab\there", "comma, here", "\\", "日本", "x y z", "\U0001F600", "null", "7"}

func randomValue(r *rand.Rand, t record.Type) record.Value {
	v := record.Value{Type: t, Valid: true}
	switch t.Kind {
	case record.Bool:
		v.I = r.Int64N(2)
	case record.Int64:
		v.I = []int64{r.Int64N(1000), -r.Int64N(1000), math.MaxInt64, math.MinInt64, r.Int64()}[r.IntN(5)]
	case record.Float64:
		v.F = []float64{float64(r.IntN(100)), r.NormFloat64() * 1e9, math.MaxFloat64, math.SmallestNonzeroFloat64, 0.1}[r.IntN(5)]
	case record.Decimal:
		v.I = r.Int64N(2e9-1) - 1e9 + 1
	case record.Timestamp:
		v.I = time.Date(1700+r.IntN(500), time.Month(1+r.IntN(12)), 1+r.IntN(31), r.IntN(24), r.IntN(60), r.IntN(60), r.IntN(1e9), time.UTC).UnixNano()
	case record.Date:
		v.I = int64(r.IntN(80_000) - 40_000)
	case record.Interval:
		v.Span = record.Span{Months: int64(r.IntN(99)), Days: int64(r.IntN(99)), Nanos: r.Int64N(1e15) / 1000 * 1000}
	case record.Point:
		v.F, v.Lat = r.Float64()*360-180, r.Float64()*180-90
	case record.JSON:
		v.S = []string{`{"a":[1,2,{"b":null}]}`, `[]`, `{}`, `[true,"x"]`}[r.IntN(4)]
	case record.KeywordArray, record.Int64Array, record.Float64Array:
		for range r.IntN(4) {
			v.Elems = append(v.Elems, randomValue(r, t.Elem()))
		}
	default:
		v.S = words[r.IntN(len(words))]
	}
	return v
}

// randomBatch makes rows with about a quarter of NULLs where they may be.
func randomBatch(r *rand.Rand, s *record.Schema, n int) *record.Batch {
	b := record.NewBatch(s, n)
	for row := range n {
		values := make([]record.Value, len(s.Fields))
		for i, f := range s.Fields {
			switch {
			case i == 0:
				values[i] = record.IntValue(int64(row))
			case r.IntN(4) == 0:
				values[i] = record.NullOf(f.Type)
			default:
				values[i] = randomValue(r, f.Type)
			}
		}
		b.AppendRow(values...)
	}
	return b
}

// printJSON writes the rows in the manner of a careless program: keys in any
// order, NULLs left out or spelled, space anywhere. Bad rows stand between.
func printJSON(r *rand.Rand, s *record.Schema, b *record.Batch, bad []string) string {
	var out bytes.Buffer
	for row := range b.N {
		for r.IntN(3) == 0 && len(bad) > 0 {
			fmt.Fprintln(&out, bad[r.IntN(len(bad))])
		}
		order := r.Perm(len(s.Fields))
		if r.IntN(2) == 0 {
			slices.Sort(order)
		}
		var pairs []string
		for _, i := range order {
			v := b.Cols[i].Value(row)
			if !v.Valid && r.IntN(2) == 0 {
				continue
			}
			pairs = append(pairs, fmt.Sprintf(`"%s"%s:%s`, s.Fields[i].Name, strings.Repeat(" ", r.IntN(2)), record.AppendJSON([]byte(strings.Repeat("\t", r.IntN(2))), v)))
		}
		fmt.Fprintln(&out, "{"+strings.Join(pairs, ", ")+"}")
	}
	return out.String()
}

func printCSV(s *record.Schema, b *record.Batch) string {
	var out bytes.Buffer
	w := (func() format.Format { f, _ := format.ByName("csv"); return f })().New(&out)
	w.Begin(columnsOf(s))
	w.Chunk(chunkOf(b))
	w.End(nil)
	return out.String()
}

func columnsOf(s *record.Schema) (out []plan.Column) {
	for _, f := range s.Fields {
		out = append(out, plan.Column{Name: f.Name, Type: f.Type})
	}
	return out
}

func chunkOf(b *record.Batch) *plan.Chunk {
	c := &plan.Chunk{N: b.N}
	for i := range b.Cols {
		c.Cols = append(c.Cols, &b.Cols[i])
	}
	return c
}

// collect reads all rows into one batch.
func collect(t *testing.T, r Reader, s *record.Schema) (*record.Batch, []Reject) {
	t.Helper()
	all := record.NewBatch(s, 0)
	var rejects []Reject
	for {
		b, bad, err := r.Next(50)
		if e := b.Check(s); e != nil {
			t.Fatal(e)
		}
		all.AppendRows(b, 0, b.N)
		if rejects = append(rejects, bad...); err == io.EOF {
			return all, rejects
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func sameRows(t *testing.T, s *record.Schema, got, want *record.Batch) {
	t.Helper()
	if got.N != want.N {
		t.Fatalf("%d rows, want %d", got.N, want.N)
	}
	for i, f := range s.Fields {
		for row := range want.N {
			a, b := got.Cols[i].Value(row), want.Cols[i].Value(row)
			if a.Valid != b.Valid || a.Text() != b.Text() {
				t.Fatalf("row %d, column %s of type %s: %q (%v), want %q (%v)", row, f.Name, f.Type, a.Text(), a.Valid, b.Text(), b.Valid)
			}
		}
	}
}

// TestLaws: rows written by a printer come back the same in every format, and
// bad rows between them disturb none.
func TestLaws(t *testing.T) {
	r, s := newRand(t), every()
	bad := []string{`{"c0":1,"c2":"x"}`, `{"c0":2,"c12":["a",["b"]]}`, `{"c0":3,"c9":[1,2],"c10":{}`, `{"c5":"lost"}`, `{`, `nonsense`, `{"c0":4,"c4":"k","zzz":1}`}
	for range 20 {
		want := randomBatch(r, s, 1+r.IntN(200))
		in, err := NDJSON(strings.NewReader(printJSON(r, s, want, nil)), Options{Schema: s})
		if err != nil {
			t.Fatal(err)
		}
		got, rejects := collect(t, in, s)
		if len(rejects) > 0 {
			t.Fatal(rejects[0], rejects[0].Text)
		}
		sameRows(t, s, got, want)

		text := printJSON(r, s, want, bad)
		in, _ = NDJSON(strings.NewReader(text), Options{Schema: s})
		got, rejects = collect(t, in, s)
		sameRows(t, s, got, want)
		if lines := strings.Count(text, "\n"); lines != want.N+len(rejects) {
			t.Fatalf("%d lines, %d rows and %d rejects", lines, want.N, len(rejects))
		}

		if in, err = CSV(strings.NewReader(printCSV(s, want)), Options{Schema: s}); err != nil {
			t.Fatal(err)
		}
		got, rejects = collect(t, in, s)
		if len(rejects) > 0 {
			t.Fatal(rejects[0], rejects[0].Text)
		}
		sameRows(t, s, got, want)

		for name, open := range map[string]func() (Reader, error){
			"arrow":   func() (Reader, error) { return Arrow(bytes.NewReader(printArrow(t, s, want)), Options{Schema: s}) },
			"parquet": func() (Reader, error) { return Parquet(bytes.NewReader(printParquet(t, s, want)), Options{Schema: s}) },
		} {
			in, err := open()
			if err != nil {
				t.Fatal(name, err)
			}
			got, rejects := collect(t, in, s)
			if len(rejects) > 0 {
				t.Fatal(name, rejects[0])
			}
			sameRows(t, s, got, want)
		}
	}
}

func printArrow(t testing.TB, s *record.Schema, b *record.Batch) []byte {
	var out bytes.Buffer
	schema := format.ArrowSchema(columnsOf(s))
	w := ipc.NewWriter(&out, ipc.WithSchema(schema))
	for lo := 0; lo < b.N; lo += 70 {
		part := format.ArrowBatch(schema, chunkOf(b.Slice(lo, min(b.N, lo+70))))
		if err := w.Write(part); err != nil {
			t.Fatal(err)
		}
		part.Release()
	}
	w.Close()
	return out.Bytes()
}

// printParquet writes what Parquet can hold: intervals go as text.
func printParquet(t testing.TB, s *record.Schema, b *record.Batch) []byte {
	var out bytes.Buffer
	columns, chunk := columnsOf(s), chunkOf(b)
	for i, c := range columns {
		if c.Type.Kind == record.Interval {
			columns[i].Type = record.T(record.Keyword)
			text := record.NewColumn(columns[i].Type, b.N)
			for row := range b.N {
				if v := b.Cols[i].Value(row); v.Valid {
					text.Append(record.KeywordValue(v.Text()))
				} else {
					text.AppendNull()
				}
			}
			chunk.Cols[i] = text
		}
	}
	schema := format.ArrowSchema(columns)
	batch := format.ArrowBatch(schema, chunk)
	defer batch.Release()
	table := array.NewTableFromRecords(schema, []arrowBatch{batch})
	defer table.Release()
	if err := pqarrow.WriteTable(table, &out, 64, nil, pqarrow.DefaultWriterProps()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestInstant: the fast way of reading a time agrees with record.ParseText.
func TestInstant(t *testing.T) {
	r := newRand(t)
	for range 20_000 {
		text := fmt.Sprintf("%04d-%02d-%02dT%02d:%02d:%02d", 1690+r.IntN(520), r.IntN(14), r.IntN(33), r.IntN(25), r.IntN(61), r.IntN(60))
		if n := r.IntN(12); n > 0 {
			text += "." + strings.Repeat("7", n-1)
		}
		text += "Z"
		want, err := record.ParseText(record.T(record.Timestamp), text)
		if got, ok := instant([]byte(text)); ok && (err != nil || got != want.I) {
			t.Fatalf("%s: %d, want %d, %v", text, got, want.I, err)
		} else if !ok && err == nil && want.I%1e9 == 0 && text[:4] > "1700" && text[:4] < "2200" && len(text) == 20 {
			t.Fatalf("%s was left to the slow way", text)
		}
	}
}

func FuzzNDJSON(f *testing.F) {
	for _, s := range []string{`{"c0":1,"c10":{"a":[1]}}`, `{"c0":-0.5e3}`, `{"c0":1,"c5":"\ud83d\ude00\u00"}`, "[[]]", `{"a":1}`, "\"\\", "1e", "-"} {
		f.Add([]byte(s))
	}
	s := every()
	f.Fuzz(func(t *testing.T, line []byte) {
		sc := scanner{b: line}
		sc.space()
		bad := sc.skip(maxJSONDepth)
		if sc.space(); bad == nil && sc.i < len(line) {
			bad = sc.found("the end")
		}
		if valid := json.Valid(line); valid != (bad == nil) && !(bad != nil && bad.reason == "nested too deep") {
			t.Fatalf("valid %v, scanner says %v", valid, bad)
		}
		if bytes.ContainsAny(line, "\n") {
			return
		}
		good := []byte(`{"c0":5,"c4":"k"}`)
		in, _ := NDJSON(bytes.NewReader(bytes.Join([][]byte{good, line, good}, []byte("\n"))), Options{Schema: s, IgnoreUnknown: true})
		b, rejects, err := in.Next(10)
		if err != io.EOF || b.N+len(rejects) > 3 || b.N < 2 {
			t.Fatal(b.N, rejects, err)
		}
		if err := b.Check(s); err != nil {
			t.Fatal(err)
		}
		for _, i := range []int{0, b.N - 1} {
			if b.Cols[0].Ints[i] != 5 || b.Cols[4].Value(i).S != "k" {
				t.Fatal("a good row was disturbed")
			}
		}
	})
}

func FuzzCSV(f *testing.F) {
	for _, s := range []string{"c0,c4\n1,a\n", "c0,c4\n1,\"a\"\"b\n\"\n", "c0\n\"1", "\"c0\",c4\r\n1,\"x\"y\n2,b", ",\n"} {
		f.Add([]byte(s))
	}
	s := every()
	f.Fuzz(func(t *testing.T, text []byte) {
		in, err := CSV(bytes.NewReader(text), Options{Schema: s, IgnoreUnknown: true, MaxRow: 64})
		for err == nil {
			var b *record.Batch
			if b, _, err = in.Next(3); b.Check(s) != nil {
				t.Fatal(b.Check(s))
			}
		}
	})
}

func FuzzInfer(f *testing.F) {
	f.Add([]byte(`{"a":1,"lon":1.5,"lat":2,"select":"x"}`), uint8(NDJSONKind), true)
	f.Add([]byte("a,longitude,latitude\n1,2,3\n"), uint8(CSVKind), false)
	f.Fuzz(func(t *testing.T, text []byte, kind uint8, whole bool) {
		checkInfer(t, Kind(kind%2), text, whole)
	})
}

func FuzzParquet(f *testing.F) {
	s := every()
	f.Add(printParquet(f, s, randomBatch(rand.New(rand.NewPCG(1, 1)), s, 5)))
	f.Fuzz(func(t *testing.T, data []byte) {
		in, err := Parquet(bytes.NewReader(data), Options{Schema: s, IgnoreUnknown: true})
		for n := 0; err == nil && n < 1000; n++ {
			var b *record.Batch
			if b, _, err = in.Next(100); b.Check(s) != nil {
				t.Fatal(b.Check(s))
			}
		}
	})
}

func FuzzArrow(f *testing.F) {
	s := every()
	f.Add(printArrow(f, s, randomBatch(rand.New(rand.NewPCG(1, 1)), s, 5)))
	f.Fuzz(func(t *testing.T, data []byte) {
		in, err := Arrow(bytes.NewReader(data), Options{Schema: s, IgnoreUnknown: true})
		for n := 0; err == nil && n < 1000; n++ {
			var b *record.Batch
			if b, _, err = in.Next(100); b.Check(s) != nil {
				t.Fatal(b.Check(s))
			}
		}
	})
}
