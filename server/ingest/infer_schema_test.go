package ingest

import (
	"bytes"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"github.com/quindex/quindex/record"
)

// TestInferTypes: a table that is made from what results are written as takes
// the rows back, by Parquet and by Arrow.
func TestInferTypes(t *testing.T) {
	r := newRand(t)
	s := &record.Schema{Table: 1, Version: 1}
	for i, kind := range []record.Type{record.T(record.Bool), record.T(record.Int64), record.T(record.Float64), record.DecimalType(9, 2),
		record.T(record.Keyword), record.T(record.Timestamp), record.T(record.Date), record.T(record.Point), record.T(record.Bytes),
		record.T(record.KeywordArray), record.T(record.Int64Array), record.T(record.Float64Array)} {
		s.Fields = append(s.Fields, record.Field{ID: record.ColumnID(i + 1), Name: "c" + strings.ToLower(kind.Kind.String()[:2]) + string(rune('a'+i)), Type: kind, Default: record.NullOf(kind)})
	}
	rows := randomBatch(r, s, 100)
	for kind, data := range map[Kind][]byte{ArrowKind: printArrow(t, s, rows), ParquetKind: printParquet(t, s, rows)} {
		o := Options{Map: map[string]string{}}
		ddl, body, err := InferFrom(kind, bytes.NewReader(data), "t", &o)
		if err != nil {
			t.Fatal(err)
		}
		var columns []string
		for _, f := range s.Fields {
			want := f.Type.String()
			if f.Type.Kind == record.Keyword && strings.Contains(ddl, f.Name+" TEXT") {
				want = "TEXT" // the strings are random
			}
			columns = append(columns, f.Name+" "+want)
		}
		if want := "CREATE TABLE t (" + strings.Join(columns, ", ") + ")"; ddl != want {
			t.Errorf("kind %d:\n got %s\nwant %s", kind, ddl, want)
		}
		o.Schema = s
		in, err := Open(kind, body, o)
		if err != nil {
			t.Fatal(err)
		}
		got, rejects := collect(t, in, s)
		if len(rejects) > 0 {
			t.Fatal(rejects[0])
		}
		sameRows(t, s, got, rows)
	}
}

// TestInferArrow: the types that come from elsewhere.
func TestInferArrow(t *testing.T) {
	f := func(ignore bool, want string, fields ...arrow.Field) {
		t.Helper()
		schema := arrow.NewSchema(fields, nil)
		b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
		defer b.Release()
		for _, c := range b.Fields() {
			if texts, ok := c.(*array.LargeStringBuilder); ok {
				texts.Append(strings.Repeat("prose ", 20))
			} else {
				c.AppendEmptyValue()
			}
		}
		batch := b.NewRecordBatch()
		defer batch.Release()
		var out bytes.Buffer
		w := ipc.NewWriter(&out, ipc.WithSchema(schema))
		if err := w.Write(batch); err != nil {
			t.Fatal(err)
		}
		w.Close()
		got, _, err := InferFrom(ArrowKind, &out, "t", &Options{Map: map[string]string{}, IgnoreUnknown: ignore})
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s:\n got %s\nwant %s", schema, got, want)
		}
	}
	field := func(name string, t arrow.DataType) arrow.Field {
		return arrow.Field{Name: name, Type: t, Nullable: true}
	}
	prim, id := arrow.PrimitiveTypes, field("id", arrow.PrimitiveTypes.Int32)
	f(false, "CREATE TABLE t (a BIGINT, b BIGINT, c DOUBLE, d DATE, e TIMESTAMP, f KEYWORD, g TEXT, h KEYWORD, i BYTEA, j KEYWORD)",
		field("a", prim.Uint8), field("b", prim.Uint64), field("c", prim.Float32), field("d", arrow.FixedWidthTypes.Date64),
		field("e", arrow.FixedWidthTypes.Timestamp_s), field("f", arrow.BinaryTypes.String), field("g", arrow.BinaryTypes.LargeString),
		field("h", &arrow.DictionaryType{IndexType: prim.Int8, ValueType: arrow.BinaryTypes.String}),
		field("i", &arrow.FixedSizeBinaryType{ByteWidth: 16}), field("j", arrow.FixedWidthTypes.Time32s))
	f(false, "CREATE TABLE t (id BIGINT, loc POINT)", id, field("Lon", prim.Float64), field("Lat", prim.Float32))
	f(false, "load: infer big: its type is decimal(38, 4), and at most 18 digits fit a DECIMAL", id, field("big", &arrow.Decimal128Type{Precision: 38, Scale: 4}))
	f(false, "load: infer who: its type is struct<first: utf8, last: utf8>, and no column holds it", id,
		field("who", arrow.StructOf(arrow.Field{Name: "first", Type: arrow.BinaryTypes.String}, arrow.Field{Name: "last", Type: arrow.BinaryTypes.String})))
	f(false, "load: infer m: its type is map<utf8, int64, items_nullable>, and no column holds it", id, field("m", arrow.MapOf(arrow.BinaryTypes.String, prim.Int64)))
	f(false, "load: infer l: its type is list<item: list<item: int64, nullable>, nullable>, and no column holds it", id, field("l", arrow.ListOf(arrow.ListOf(prim.Int64))))
	f(false, "load: infer took: its type is duration[s], and no column holds it", id, field("took", arrow.FixedWidthTypes.Duration_s))
	f(true, "CREATE TABLE t (id BIGINT)", id, field("took", arrow.FixedWidthTypes.Duration_s), field("", prim.Int64))
	f(false, "load: infer: field 2 has no name", id, field("", prim.Int64))
	f(false, "load: infer: the file has no columns")
}

// TestInferParquet: a file that is none, and one whose columns have no place.
func TestInferParquet(t *testing.T) {
	_, _, err := InferFrom(ParquetKind, strings.NewReader("id,name\n1,x\n"), "t", &Options{})
	if err == nil || !strings.Contains(err.Error(), "this is no Parquet file") {
		t.Errorf("a CSV: %v", err)
	}
	schema := arrow.NewSchema([]arrow.Field{{Name: "at", Type: arrow.StructOf(arrow.Field{Name: "x", Type: arrow.PrimitiveTypes.Int64})}}, nil)
	var out bytes.Buffer
	w, err := pqarrow.NewFileWriter(schema, &out, nil, pqarrow.DefaultWriterProps())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if _, _, err = InferFrom(ParquetKind, &out, "t", &Options{}); err == nil || !strings.Contains(err.Error(), "infer at: its type is struct") {
		t.Errorf("a struct: %v", err)
	}
}

// FuzzInferSchema: what a file says of its columns is an error or a table.
func FuzzInferSchema(f *testing.F) {
	s := every()
	rows := randomBatch(rand.New(rand.NewPCG(1, 1)), s, 5)
	f.Add(printParquet(f, s, rows), true)
	f.Add(printArrow(f, s, rows), false)
	f.Fuzz(func(t *testing.T, data []byte, parquet bool) {
		kind := ArrowKind
		if parquet {
			kind = ParquetKind
		}
		_, body, err := InferFrom(kind, bytes.NewReader(data), "t", &Options{Map: map[string]string{}})
		if err != nil {
			return
		}
		if all, err := io.ReadAll(body); err != nil || !bytes.Equal(all, data) {
			t.Errorf("%d bytes of %d are left, %v", len(all), len(data), err)
		}
	})
}
