package format

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"github.com/quindex/quindex/internal/golden"
	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/record"
)

// sample has a column of every type: a plain row, an awkward one, and NULLs.
func sample(t testing.TB) ([]plan.Column, *plan.Chunk) {
	t.Helper()
	rows := []struct {
		name  string
		typ   record.Type
		texts [2]string
	}{
		{"ok", record.T(record.Bool), [2]string{"true", "false"}},
		{"n", record.T(record.Int64), [2]string{"7", "-9223372036854775808"}},
		{"x", record.T(record.Float64), [2]string{"0.1", "NaN"}},
		{"price", record.DecimalType(9, 2), [2]string{"12.50", "-0.01"}},
		{"key", record.T(record.Keyword), [2]string{"plain", "comma, \"quote\"\nline"}},
		{"a text", record.T(record.Text), [2]string{"Zürich 日本", ""}},
		{"at", record.T(record.Timestamp), [2]string{"2001-02-03 04:05:06.789", "1969-12-31 23:59:59.999999999"}},
		{"day", record.T(record.Date), [2]string{"2001-02-03", "1600-02-29"}},
		{"span", record.T(record.Interval), [2]string{"1 mon 2 days 03:00:00", "-1 days"}},
		{"loc", record.T(record.Point), [2]string{"8.5,47.25", "-180,90"}},
		{"doc", record.T(record.JSON), [2]string{`{"a":[1,null]}`, `"x"`}},
		{"raw", record.T(record.Bytes), [2]string{`\x00ff`, `\x`}},
		{"tags", record.T(record.KeywordArray), [2]string{"{a,\"b c\"}", "{}"}},
		{"nums", record.T(record.Int64Array), [2]string{"{1,2}", "{-3}"}},
	}
	c := &plan.Chunk{N: 3}
	var columns []plan.Column
	for _, r := range rows {
		columns = append(columns, plan.Column{Name: r.name, Type: r.typ})
		col := record.NewColumn(r.typ, 3)
		for _, text := range r.texts {
			v, err := record.ParseText(r.typ, text)
			if err != nil {
				t.Fatal(err)
			}
			col.Append(v)
		}
		col.AppendNull()
		c.Cols = append(c.Cols, col)
	}
	return columns, c
}

// write writes n chunks and ends, or fails, as told.
func write(t testing.TB, name string, n int, fail bool) []byte {
	t.Helper()
	f, err := ByName(name)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	columns, chunk := sample(t)
	w := f.New(&out)
	if err := w.Begin(columns); err != nil {
		t.Fatal(err)
	}
	for range n {
		if err := w.Chunk(chunk); err != nil {
			t.Fatal(err)
		}
	}
	end := func() error { return w.End([]byte(`{"tag":"SELECT"}`)) }
	if fail {
		end = func() error { return w.Fail([]byte(`{"code":"57014"}`)) }
	}
	if err := end(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestGolden compares the text formats with testdata, whole and cut off;
// -rewrite writes it anew.
func TestGolden(t *testing.T) {
	for _, name := range []string{"json", "ndjson", "csv", "table"} {
		for suffix, out := range map[string][]byte{"": write(t, name, 1, false), ".empty": write(t, name, 0, false), ".failed": write(t, name, 1, true)} {
			golden.Compare(t, filepath.Join("testdata", name+suffix), string(out))
		}
	}
}

// TestFail: no parser takes a result that failed for a whole one.
func TestFail(t *testing.T) {
	var doc struct {
		Rows  [][]any
		Stats any
		Error any
	}
	if err := json.Unmarshal(write(t, "json", 2, true), &doc); err != nil || doc.Error == nil || doc.Stats != nil || len(doc.Rows) != 6 {
		t.Errorf("json: %v %v", err, doc)
	}
	lines := strings.Split(strings.TrimSpace(string(write(t, "ndjson", 1, true))), "\n")
	if !strings.HasPrefix(lines[len(lines)-1], `{"error":{`) {
		t.Error(lines)
	}
	if _, err := csv.NewReader(bytes.NewReader(write(t, "csv", 1, true))).ReadAll(); err == nil {
		t.Error("encoding/csv takes a failed result")
	}
	if out := write(t, "arrow", 1, true); bytes.HasSuffix(out, []byte{0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0}) {
		t.Error("a failed Arrow stream has its end mark")
	}
	if out := write(t, "arrow", 1, false); !bytes.HasSuffix(out, []byte{0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0}) {
		t.Error("a whole Arrow stream has no end mark")
	}
	if _, err := file.NewParquetReader(bytes.NewReader(write(t, "parquet", 1, true))); err == nil {
		t.Error("a failed Parquet file can be opened")
	}
}

// TestArrow reads a stream back by arrow-go and looks at each value.
func TestArrow(t *testing.T) {
	r, err := ipc.NewReader(bytes.NewReader(write(t, "arrow", 2, false)))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Release()
	rows := 0
	for r.Next() {
		checkArrow(t, r.RecordBatch())
		rows += int(r.RecordBatch().NumRows())
	}
	if r.Err() != nil && r.Err() != io.EOF || rows != 6 {
		t.Fatal(rows, r.Err())
	}
}

func checkArrow(t *testing.T, b arrow.RecordBatch) {
	t.Helper()
	want := map[string][2]string{
		"ok": {"true", "false"}, "n": {"7", "-9223372036854775808"}, "price": {"12.5", "-0.01"}, "key": {"plain", "comma, \"quote\"\nline"},
		"a text": {"Zürich 日本", ""}, "day": {"2001-02-03", "1600-02-29"}, "doc": {`{"a":[1,null]}`, `"x"`}, "tags": {`["a","b c"]`, "[]"}, "nums": {"[1,2]", "[-3]"},
	}
	for i, f := range b.Schema().Fields() {
		col := b.Column(i)
		if !col.IsNull(2) || col.IsNull(0) || col.IsNull(1) {
			t.Errorf("%s: NULLs are wrong", f.Name)
		}
		for row, w := range want[f.Name] {
			if want[f.Name] == [2]string{} {
				break // looked at below, or by its NULLs alone
			}
			if got := col.ValueStr(row); got != w {
				t.Errorf("%s, row %d: %q, want %q", f.Name, row, got, w)
			}
		}
	}
	if x := b.Column(2).(*array.Float64); x.Value(0) != 0.1 || !math.IsNaN(x.Value(1)) {
		t.Error(x)
	}
	at := b.Column(6).(*array.Timestamp)
	if typ := at.DataType().(*arrow.TimestampType); at.Value(0) != 981173106789000000 || at.Value(1) != -1 || typ.Unit != arrow.Nanosecond || typ.TimeZone != "UTC" {
		t.Error(at, at.DataType())
	}
	loc := b.Column(9).(*array.Struct)
	if lon, lat := loc.Field(0).(*array.Float64), loc.Field(1).(*array.Float64); lon.Value(0) != 8.5 || lat.Value(0) != 47.25 || lat.Value(1) != 90 {
		t.Error(loc)
	}
	if raw := b.Column(11).(*array.Binary); !bytes.Equal(raw.Value(0), []byte{0, 255}) || len(raw.Value(1)) != 0 {
		t.Error(raw)
	}
}

// TestParquet reads a file back; an INTERVAL, which Arrow's writer of Parquet
// does not know, is text there.
func TestParquet(t *testing.T) {
	out := bytes.NewBuffer(write(t, "parquet", 1, false))
	columns, _ := sample(t)
	table, err := pqarrow.ReadTable(t.Context(), bytes.NewReader(out.Bytes()), nil, pqarrow.ArrowReadProperties{}, memory.DefaultAllocator)
	if err != nil {
		t.Fatal(err)
	}
	defer table.Release()
	if table.NumRows() != 3 || int(table.NumCols()) != len(columns) {
		t.Fatal(table.NumRows(), table.NumCols())
	}
	for i, c := range columns {
		col := table.Column(i)
		if col.Name() != c.Name || col.Data().NullN() != 1 {
			t.Errorf("%s: %d NULLs", col.Name(), col.Data().NullN())
		}
		chunk := col.Data().Chunk(0)
		if c.Name == "n" && chunk.ValueStr(1) != "-9223372036854775808" || c.Name == "span" && chunk.ValueStr(1) != "-1 days" || c.Name == "price" && chunk.ValueStr(1) != "-0.01" || c.Name == "key" && chunk.ValueStr(1) != "comma, \"quote\"\nline" {
			t.Errorf("%s: %s", c.Name, chunk.ValueStr(1))
		}
	}
}

func TestChoose(t *testing.T) {
	for accept, want := range map[string]string{"": "json", "*/*": "json", "text/csv": "csv", "text/html, text/plain;q=0.9": "table", "application/x-ndjson": "ndjson", ";;;": "json"} {
		if got := ByAccept(accept).Name; got != want {
			t.Errorf("%q: %s, want %s", accept, got, want)
		}
	}
	if _, err := ByName("xml"); err == nil || !strings.Contains(err.Error(), "xml") {
		t.Error(err)
	}
}
