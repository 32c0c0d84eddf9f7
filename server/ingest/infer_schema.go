package ingest

import (
	"bytes"
	"io"
	"os"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
)

// InferFrom is Infer of a body from its beginning: NDJSON and CSV tell their
// columns by the first SampleBytes, Parquet and Arrow by their schema. It
// returns the whole body as well, for Open.
func InferFrom(k Kind, body io.Reader, table string, o *Options) (ddl string, whole io.Reader, err error) {
	switch k {
	case ParquetKind:
		return inferParquet(body, table, o)
	case ArrowKind:
		return inferArrow(body, table, o)
	}
	sample := make([]byte, SampleBytes)
	n, err := io.ReadFull(body, sample)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return "", nil, fault.E("load: read body", fault.IO, err)
	}
	ddl, err = Infer(k, sample[:n], n < len(sample), table, o)
	return ddl, io.MultiReader(bytes.NewReader(sample[:n]), body), err
}

func inferParquet(body io.Reader, table string, o *Options) (string, io.Reader, error) {
	f, err := spool(body)
	if err != nil {
		return "", nil, err
	}
	src, err := guard(func() (recordSource, error) { return openParquet(f, *o) })
	if err != nil {
		f.Close()
		return "", nil, fault.E("load: open Parquet file", fault.Invalid, err)
	}
	defer src.Release()
	ddl, err := inferSchema(src, table, o)
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		f.Close()
		return "", nil, err
	}
	return ddl, spooled{f}, nil
}

// inferArrow keeps what it reads of the stream: the schema, and one batch.
func inferArrow(body io.Reader, table string, o *Options) (string, io.Reader, error) {
	var begun bytes.Buffer
	src, err := openStream(io.TeeReader(body, &begun))
	if err != nil {
		return "", nil, err
	}
	defer src.Release()
	ddl, err := inferSchema(src, table, o)
	return ddl, io.MultiReader(&begun, body), err
}

// spooled is a Parquet file that lies in a temporary file already. Its reader
// closes it; where no reader came to be, the garbage collector does.
type spooled struct{ *os.File }

// sampleRows is how many strings of a column are looked at.
const sampleRows = 1000

func inferSchema(src recordSource, table string, o *Options) (string, error) {
	schema := src.Schema().Fields()
	if len(schema) == 0 {
		return "", fault.E("load: infer", fault.Invalid, "the file has no columns")
	}
	var fields []*seen
	for _, f := range schema {
		t, err := columnType(f)
		if err != nil && o.IgnoreUnknown {
			continue
		}
		if err != nil {
			return "", err
		}
		s := &seen{name: f.Name, exact: t}
		s.could[float], s.values = t.Kind == record.Float64 || t.Kind == record.Decimal, 1
		fields = append(fields, s)
	}
	if err := seeTexts(src, fields); err != nil {
		return "", err
	}
	return createTable(table, fields, o)
}

// columnType is the column that takes an Arrow field without loss.
func columnType(f arrow.Field) (record.Type, error) {
	switch t := f.Type.(type) {
	case *arrow.BooleanType:
		return record.T(record.Bool), nil
	case *arrow.Int8Type, *arrow.Int16Type, *arrow.Int32Type, *arrow.Int64Type, *arrow.Uint8Type, *arrow.Uint16Type, *arrow.Uint32Type, *arrow.Uint64Type:
		return record.T(record.Int64), nil // a row of more than BIGINT holds is refused
	case *arrow.Float16Type, *arrow.Float32Type, *arrow.Float64Type:
		return record.T(record.Float64), nil
	case arrow.DecimalType:
		if p, s := int(t.GetPrecision()), int(t.GetScale()); p <= record.MaxDigits && s >= 0 && s <= p {
			return record.DecimalType(p, s), nil
		}
		return record.Type{}, noColumnFor(f, "at most "+strconv.Itoa(record.MaxDigits)+" digits fit a DECIMAL")
	case *arrow.StringType, *arrow.LargeStringType, *arrow.StringViewType, *arrow.NullType, *arrow.Time32Type, *arrow.Time64Type:
		return record.T(record.Keyword), nil
	case *arrow.BinaryType, *arrow.LargeBinaryType, *arrow.BinaryViewType, *arrow.FixedSizeBinaryType:
		return record.T(record.Bytes), nil
	case *arrow.Date32Type, *arrow.Date64Type:
		return record.T(record.Date), nil
	case *arrow.TimestampType:
		return record.T(record.Timestamp), nil
	case *arrow.DictionaryType:
		return columnType(arrow.Field{Name: f.Name, Type: t.ValueType})
	case arrow.ListLikeType:
		if elem, err := columnType(arrow.Field{Name: f.Name, Type: t.Elem()}); err == nil && t.ID() != arrow.MAP {
			if a, ok := record.ArrayOf(elem); ok {
				return a, nil
			}
		}
	case *arrow.StructType:
		if isPoint(t) {
			return record.T(record.Point), nil
		}
	}
	return record.Type{}, noColumnFor(f, "no column holds it")
}

// isPoint knows the structs that results write a POINT as.
func isPoint(t *arrow.StructType) bool {
	for i, name := range []string{"lon", "lat"} {
		if t.NumFields() != 2 || t.Field(i).Name != name || t.Field(i).Type.ID() != arrow.FLOAT64 {
			return false
		}
	}
	return true
}

func noColumnFor(f arrow.Field, why string) error {
	return fault.E("load: infer", fault.Unsupported, fault.Item(shortName(f.Name)),
		fault.Hint("CREATE TABLE first, with a column for it or without, or drop such fields: unknown=ignore (--unknown ignore)"),
		"its type is "+f.Type.String()+", and "+why)
}

// seeTexts looks which columns of strings hold prose, in the first batch.
func seeTexts(src recordSource, fields []*seen) error {
	_, err := guard(func() (bool, error) {
		if !src.Next() {
			if err := src.Err(); err != nil && err != io.EOF {
				return false, fault.E("load: read batch", fault.Invalid, err)
			}
			return false, nil
		}
		batch := src.RecordBatch()
		for _, f := range fields {
			for _, at := range batch.Schema().FieldIndices(f.name) {
				if texts, ok := batch.Column(at).(array.StringLike); ok {
					for i := range min(texts.Len(), sampleRows) {
						f.long = f.long || texts.IsValid(i) && isLong(texts.Value(i))
					}
				}
			}
		}
		return true, nil
	})
	return err
}
