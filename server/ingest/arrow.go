package ingest

import (
	"bufio"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"math"
	"os"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
)

// recordSource gives Arrow record batches; arrow's ipc.Reader and pqarrow's
// RecordReader are such.
type recordSource interface {
	Schema() *arrow.Schema
	Next() bool
	RecordBatch() arrow.RecordBatch
	Err() error
	Release()
}

// arrowReader fits the rows of Arrow batches to a table.
type arrowReader struct {
	source recordSource
	target *target
	feeds  []feed
	now    arrow.RecordBatch // being read; nil: fetch the next
	at     int               // row in now
	row    int64             // from 1, over the file
	close  func()
}

// Arrow reads an Arrow IPC stream.
func Arrow(r io.Reader, o Options) (Reader, error) {
	src, err := openStream(r)
	if err != nil {
		return nil, err
	}
	return newArrowReader(src, o, func() {})
}

func openStream(r io.Reader) (recordSource, error) {
	begin := bufio.NewReader(r)
	if head, _ := begin.Peek(6); string(head) == "ARROW1" {
		return nil, fault.E("load: open Arrow stream", fault.Invalid, fault.Hint("write it as a stream, or as Parquet"), "this is an Arrow file, want an Arrow IPC stream")
	}
	r, err := checkedStream(begin)
	if err != nil {
		return nil, fault.E("load: open Arrow stream", fault.Invalid, err)
	}
	src, err := guard(func() (recordSource, error) {
		return ipc.NewReader(r, ipc.WithAllocator(boundedMemory{memory.DefaultAllocator}), ipc.WithMetadataSizeLimit(maxArrowMeta), ipc.WithBodySizeLimit(maxArrowBody))
	})
	if err != nil {
		return nil, fault.E("load: open Arrow stream", fault.Invalid, err)
	}
	return src, nil
}

// Parquet reads a Parquet file, by way of a temporary file: the format is
// read from its end.
func Parquet(r io.Reader, o Options) (Reader, error) {
	tmp, err := spool(r)
	if err != nil {
		return nil, err
	}
	src, err := guard(func() (recordSource, error) { return openParquet(tmp, o) })
	if err != nil {
		tmp.Close()
		return nil, fault.E("load: open Parquet file", fault.Invalid, err)
	}
	return newArrowReader(src, o, func() { tmp.Close() })
}

// spool puts a Parquet file where it can be read from its end.
func spool(r io.Reader) (*os.File, error) {
	if s, ok := r.(spooled); ok {
		return s.File, nil
	}
	const op = "load: spool Parquet file"
	tmp, err := os.CreateTemp("", "quindex-load-*.parquet")
	if err != nil {
		return nil, fault.E(op, fault.IO, err)
	}
	os.Remove(tmp.Name()) // the open file stays; nothing is left behind whatever happens
	if _, err := io.Copy(tmp, r); err != nil {
		tmp.Close()
		return nil, fault.E(op, fault.IO, err)
	}
	return tmp, nil
}

// checkParquet sees that a file begins and ends as one of Parquet does.
func checkParquet(f *os.File) error {
	const magic = "PAR1"
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	var head, tail [len(magic)]byte
	if _, err := f.ReadAt(head[:], 0); err != nil || string(head[:]) != magic {
		return fault.Errorf("", fault.Invalid, "%d bytes that do not begin with %s: this is no Parquet file", size, magic)
	}
	if _, err := f.ReadAt(tail[:], max(0, size-int64(len(magic)))); err != nil || size < 12 || string(tail[:]) != magic {
		return fault.Errorf("", fault.Invalid, "%d bytes that do not end with %s: the file is cut off", size, magic)
	}
	_, err = f.Seek(0, io.SeekStart)
	return err
}

func openParquet(f *os.File, o Options) (recordSource, error) {
	if err := checkParquet(f); err != nil {
		return nil, err
	}
	pf, err := file.NewParquetReader(f)
	if err != nil {
		return nil, err
	}
	fr, err := pqarrow.NewFileReader(pf, pqarrow.ArrowReadProperties{BatchSize: 32 << 10}, boundedMemory{memory.DefaultAllocator})
	if err != nil {
		return nil, err
	}
	return fr.GetRecordReader(context.Background(), nil, nil)
}

func newArrowReader(src recordSource, o Options, done func()) (Reader, error) {
	t, err := newTarget(o)
	if err != nil {
		done()
		return nil, err
	}
	a := &arrowReader{source: src, target: t, close: done}
	for _, f := range src.Schema().Fields() {
		fd, ok := t.byField[f.Name]
		if why := t.unknown(f.Name); !ok && why != nil {
			done()
			return nil, fault.E("load: map columns", fault.NotFound, fault.Code("42703"), why.reason)
		}
		if !ok {
			fd.sink = -1
		}
		a.feeds = append(a.feeds, fd)
	}
	return a, nil
}

// guard turns a panic of a decoder fed bad bytes into an error.
func guard[T any](f func() (T, error)) (v T, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fault.Errorf("load: decode", fault.Invalid, "%v", p)
		}
	}()
	return f()
}

func (a *arrowReader) Line() int64 { return a.row + 1 }

func (a *arrowReader) Next(rows int) (*record.Batch, []Reject, error) {
	rejects, err := guard(func() ([]Reject, error) { return a.fill(rows) })
	if err != nil {
		a.target.undo() // a panic leaves half a row
		a.finish()
	}
	return a.target.take(), rejects, err
}

// sizeEvery is after how many rows the size of a batch is looked at.
const sizeEvery = 256

// fill reads rows into the present batch.
func (a *arrowReader) fill(rows int) (rejects []Reject, err error) {
	for b := a.target.batch; b.N < rows && len(rejects) < rows; {
		if b.N%sizeEvery == sizeEvery-1 && b.Bytes() > batchBytes {
			break
		}
		if a.now == nil || a.at >= int(a.now.NumRows()) {
			if more, err := a.fetch(); err != nil {
				return rejects, err
			} else if !more {
				return rejects, io.EOF
			}
			continue
		}
		a.row++
		if rej := a.one(); rej != nil {
			rejects = append(rejects, Reject{Line: a.row, Column: rej.column, Reason: rej.reason})
		}
		a.at++
	}
	return rejects, nil
}

func (a *arrowReader) fetch() (bool, error) {
	if !a.source.Next() {
		if err := a.source.Err(); err != nil && err != io.EOF {
			return false, fault.E("load: read batch", fault.Invalid, err)
		}
		return false, nil
	}
	a.now, a.at = a.source.RecordBatch(), 0
	return true, nil
}

func (a *arrowReader) finish() {
	if a.close != nil {
		a.source.Release()
		a.close()
		a.close = nil
	}
}

// one takes the present row.
func (a *arrowReader) one() *bad {
	t := a.target
	t.begin()
	var why *bad
	for k, f := range a.feeds {
		if f.sink < 0 || why != nil {
			continue
		}
		col := a.now.Column(k)
		switch {
		case col.IsNull(a.at) && f.half == 0:
			why = t.null(f.sink)
		case col.IsNull(a.at):
		case f.half != 0:
			why = t.coordinate(f, col.ValueStr(a.at))
		default:
			why = a.value(f.sink, col)
		}
	}
	return t.end(why)
}

// value records one cell, by the fast way where the types agree.
func (a *arrowReader) value(i int, col arrow.Array) *bad {
	t := a.target
	kind := t.sinks[i].field.Type.Kind
	switch col := col.(type) {
	case *array.Int64:
		return a.integer(i, col.Value(a.at))
	case *array.Int32:
		return a.integer(i, int64(col.Value(a.at)))
	case *array.Int16:
		return a.integer(i, int64(col.Value(a.at)))
	case *array.Int8:
		return a.integer(i, int64(col.Value(a.at)))
	case *array.Float64:
		if kind == record.Float64 {
			t.float(i, col.Value(a.at))
			return nil
		}
	case *array.Float32:
		if kind == record.Float64 {
			t.float(i, float64(col.Value(a.at)))
			return nil
		}
	case *array.Timestamp:
		if kind == record.Timestamp {
			return a.timestamp(i, col)
		}
	case *array.Date32:
		if kind == record.Date {
			t.int(i, int64(col.Value(a.at)))
			return nil
		}
	case *array.MonthDayNanoInterval:
		if v := col.Value(a.at); kind == record.Interval {
			return t.put(i, record.SpanValue(record.Span{Months: int64(v.Months), Days: int64(v.Days), Nanos: v.Nanoseconds}))
		}
	case *array.Struct:
		if kind == record.Point && col.NumField() == 2 {
			return t.text(i, fmt.Sprintf("%s,%s", col.Field(0).ValueStr(a.at), col.Field(1).ValueStr(a.at)))
		}
	case *array.String:
		return a.binary(i, unsafeBytes(col.Value(a.at)))
	case *array.LargeString:
		return a.binary(i, unsafeBytes(col.Value(a.at)))
	case *array.Binary:
		return a.binary(i, col.Value(a.at))
	case *array.LargeBinary:
		return a.binary(i, col.Value(a.at))
	}
	return a.binary(i, unsafeBytes(col.ValueStr(a.at)))
}

// binary records a cell of strings or bytes. Arrow does not promise that its
// strings are UTF-8.
func (a *arrowReader) binary(i int, text []byte) *bad {
	f := &a.target.sinks[i].field
	switch f.Type.Kind {
	case record.Bytes:
		a.target.string(i, text)
		return nil
	case record.Geometry:
		if len(text) > 0 && text[0] <= 1 { // WKB begins with its byte order
			return a.target.text(i, hex.EncodeToString(text))
		}
	}
	if at, ok := invalidUTF8(text); !ok {
		return badf(f.Name, "invalid UTF-8 at character %d", at)
	}
	return a.target.bytes(i, text)
}

// integer records an integer cell: in a TIMESTAMP it is an epoch of the column's unit.
func (a *arrowReader) integer(i int, n int64) *bad {
	t := a.target
	s := &t.sinks[i]
	switch s.field.Type.Kind {
	case record.Int64:
		t.int(i, n)
		return nil
	case record.Timestamp:
		if s.unit > 0 && n <= math.MaxInt64/s.unit && n >= math.MinInt64/s.unit {
			t.int(i, n*s.unit)
			return nil
		}
		return t.epoch(i, fmt.Sprint(n))
	}
	return t.text(i, fmt.Sprint(n))
}

// timestamp records a typed instant, whose unit the file tells.
func (a *arrowReader) timestamp(i int, col *array.Timestamp) *bad {
	s := &a.target.sinks[i]
	unit := units[col.DataType().(*arrow.TimestampType).Unit.String()]
	n := int64(col.Value(a.at))
	if unit == 0 || n*unit/unit != n {
		return badf(s.field.Name, "the time %s is outside the years 1677 to 2262", col.ValueStr(a.at))
	}
	a.target.int(i, n*unit)
	return nil
}
