package format

import (
	"io"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/record"
)

// arrowWriter writes an Arrow IPC stream. A stream that Fail cut off lacks
// its end-of-stream mark.
type arrowWriter struct {
	w      io.Writer
	schema *arrow.Schema
	ipc    *ipc.Writer
}

func (a *arrowWriter) Begin(columns []plan.Column) error {
	a.schema = ArrowSchema(columns)
	a.ipc = ipc.NewWriter(a.w, ipc.WithSchema(a.schema))
	return nil
}

func (a *arrowWriter) Chunk(c *plan.Chunk) error {
	batch := ArrowBatch(a.schema, c)
	defer batch.Release()
	return a.ipc.Write(batch)
}

func (a *arrowWriter) End([]byte) error  { return a.ipc.Close() }
func (a *arrowWriter) Fail([]byte) error { return nil }

// parquetWriter writes one Parquet file; it has no end until End.
type parquetWriter struct {
	w      io.Writer
	schema *arrow.Schema
	file   *pqarrow.FileWriter
}

func (p *parquetWriter) Begin(columns []plan.Column) (err error) {
	p.schema = ArrowSchema(withoutIntervals(columns))
	props := parquet.NewWriterProperties(parquet.WithCompression(compress.Codecs.Zstd))
	p.file, err = pqarrow.NewFileWriter(p.schema, p.w, props, pqarrow.DefaultWriterProps())
	if err != nil {
		return fault.E("format: parquet", fault.Internal, err)
	}
	return nil
}

func (p *parquetWriter) Chunk(c *plan.Chunk) error {
	batch := ArrowBatch(p.schema, c)
	defer batch.Release()
	return p.file.WriteBuffered(batch)
}

// withoutIntervals makes text of INTERVAL columns: arrow-go cannot write them
// to Parquet.
func withoutIntervals(columns []plan.Column) []plan.Column {
	out := slices.Clone(columns)
	for i := range out {
		if out[i].Type.Kind == record.Interval {
			out[i].Type = record.T(record.Keyword)
		}
	}
	return out
}

func (p *parquetWriter) End([]byte) error  { return p.file.Close() }
func (p *parquetWriter) Fail([]byte) error { return nil }

// ArrowSchema returns the Arrow types that carry columns. A POINT is a struct
// of lon and lat, an INTERVAL a month_day_nano.
func ArrowSchema(columns []plan.Column) *arrow.Schema {
	fields := make([]arrow.Field, len(columns))
	for i, c := range columns {
		fields[i] = arrow.Field{Name: c.Name, Type: arrowType(c.Type), Nullable: true}
	}
	return arrow.NewSchema(fields, nil)
}

func arrowType(t record.Type) arrow.DataType {
	switch t.Kind {
	case record.Bool:
		return arrow.FixedWidthTypes.Boolean
	case record.Int64:
		return arrow.PrimitiveTypes.Int64
	case record.Float64:
		return arrow.PrimitiveTypes.Float64
	case record.Decimal:
		return &arrow.Decimal128Type{Precision: int32(t.Precision), Scale: int32(t.Scale)}
	case record.Timestamp:
		return &arrow.TimestampType{Unit: arrow.Nanosecond, TimeZone: "UTC"}
	case record.Date:
		return arrow.FixedWidthTypes.Date32
	case record.Interval:
		return arrow.FixedWidthTypes.MonthDayNanoInterval
	case record.Point:
		return arrow.StructOf(
			arrow.Field{Name: "lon", Type: arrow.PrimitiveTypes.Float64},
			arrow.Field{Name: "lat", Type: arrow.PrimitiveTypes.Float64})
	case record.Bytes, record.Geometry:
		return arrow.BinaryTypes.Binary
	case record.KeywordArray, record.Int64Array, record.Float64Array:
		return arrow.ListOf(arrowType(t.Elem()))
	case record.Null:
		return arrow.Null
	}
	return arrow.BinaryTypes.String
}

// ArrowBatch copies a chunk into an Arrow record batch, which the caller releases.
func ArrowBatch(schema *arrow.Schema, c *plan.Chunk) arrow.RecordBatch {
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	for k, col := range c.Cols {
		f := b.Field(k)
		f.Reserve(c.N)
		for i := range c.N {
			appendArrow(f, col.Value(i))
		}
	}
	return b.NewRecordBatch()
}

func appendArrow(b array.Builder, v record.Value) {
	if !v.Valid {
		b.AppendNull()
		return
	}
	switch b := b.(type) {
	case *array.BooleanBuilder:
		b.Append(v.I != 0)
	case *array.Int64Builder:
		b.Append(v.I)
	case *array.Float64Builder:
		b.Append(v.F)
	case *array.Decimal128Builder:
		b.Append(decimal128.FromI64(v.I))
	case *array.TimestampBuilder:
		b.Append(arrow.Timestamp(v.I))
	case *array.Date32Builder:
		b.Append(arrow.Date32(v.I))
	case *array.MonthDayNanoIntervalBuilder:
		b.Append(arrow.MonthDayNanoInterval{Months: int32(v.Span.Months), Days: int32(v.Span.Days), Nanoseconds: v.Span.Nanos})
	case *array.StructBuilder:
		b.Append(true)
		b.FieldBuilder(0).(*array.Float64Builder).Append(v.F)
		b.FieldBuilder(1).(*array.Float64Builder).Append(v.Lat)
	case *array.BinaryBuilder:
		b.Append([]byte(v.S))
	case *array.ListBuilder:
		b.Append(true)
		for _, e := range v.Elems {
			appendArrow(b.ValueBuilder(), e)
		}
	case *array.StringBuilder:
		if v.Type.Kind == record.Interval {
			b.Append(v.Text())
			return
		}
		b.Append(v.S)
	default:
		b.AppendNull()
	}
}
