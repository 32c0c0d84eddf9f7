package store

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/columnar"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/record"
)

// hits is a table of eight columns, like a log of web requests.
func hits() *catalog.Table {
	t := &catalog.Table{Name: "hits", Schema: record.Schema{Table: 1, Version: 1}}
	for i, k := range []record.Kind{record.Timestamp, record.Keyword, record.Keyword, record.Int64, record.Int64, record.Float64, record.Keyword, record.Int64} {
		t.Schema.Fields = append(t.Schema.Fields, record.Field{ID: record.ColumnID(i + 1), Name: fmt.Sprint("c", i+1), Type: record.T(k)})
	}
	return t
}

func hitBatch(rng *rand.Rand, t *catalog.Table, first, n int) *record.Batch {
	b := record.NewBatch(&t.Schema, n)
	for i := range n {
		b.AppendRow(record.TimestampValue(int64(first+i)*1e6), record.KeywordValue(fmt.Sprint("country", rng.IntN(50))),
			record.KeywordValue(fmt.Sprintf("/page/%d/%d", rng.IntN(10), rng.IntN(5000))), record.IntValue(rng.Int64N(1e6)),
			record.IntValue(rng.Int64N(600)), record.FloatValue(rng.Float64()), record.KeywordValue("agent"), record.IntValue(200))
	}
	return b
}

func benchShard(b *testing.B, dir string) *Shard {
	s, err := Open(context.Background(), dir, Options{Registry: engines.NewRegistry(columnar.Engine{}), manual: true})
	if err != nil {
		b.Fatal(err)
	}
	mustApply(b, s, 1, EncodeDefine(hits()))
	return s
}

// BenchmarkSeal builds a memory segment out of a bulk load's open rows.
func BenchmarkSeal(b *testing.B) {
	const rows, batch = 1 << 18, 20_000
	rng := rand.New(rand.NewPCG(1, 1))
	var entries [][]byte
	for n := 0; n < rows; n += batch {
		entries = append(entries, EncodeBatch(IdempotencyKey{}, hitBatch(rng, hits(), n, min(batch, rows-n))))
	}
	b.Run(fmt.Sprintf("rows=%d", rows), func(b *testing.B) {
		s := benchShard(b, b.TempDir())
		defer s.Close()
		index := uint64(1)
		for b.Loop() {
			for _, e := range entries {
				index++
				mustApply(b, s, index, e)
			}
			if err := s.sealDueTables(context.Background()); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(s.Counters().RowsSealed)/b.Elapsed().Seconds(), "rows/s")
		b.ReportMetric(float64(s.Pressure())/float64(s.Counters().RowsSealed), "B/row")
	})
}

// BenchmarkLoad applies, seals, flushes and merges a bulk load on disk.
func BenchmarkLoad(b *testing.B) {
	const rows, batch = 1 << 22, 20_000
	rng := rand.New(rand.NewPCG(1, 1))
	entry := EncodeBatch(IdempotencyKey{}, hitBatch(rng, hits(), 0, batch))
	b.Run(fmt.Sprintf("rows=%d", rows), func(b *testing.B) {
		for b.Loop() {
			s := benchShard(b, b.TempDir())
			index := uint64(1)
			for n := 0; n < rows; n += batch {
				index++
				mustApply(b, s, index, entry)
				if err := s.tendMemory(context.Background()); err != nil {
					b.Fatal(err)
				}
			}
			if err := s.Flush(context.Background()); err != nil {
				b.Fatal(err)
			}
			once := s.Counters().BytesWritten
			if err := s.tendDisk(context.Background()); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(index-1)*batch/b.Elapsed().Seconds()*float64(1), "rows/s")
			b.ReportMetric(float64(s.Counters().BytesWritten)/float64(once), "writes/byte")
			b.Logf("%+v, %d segments", s.Counters(), len(s.Segments()))
			s.Close()
		}
	})
}

// BenchmarkApplyRow applies single rows, and views each.
func BenchmarkApplyRow(b *testing.B) {
	for _, view := range []bool{false, true} {
		b.Run(fmt.Sprintf("view=%v", view), func(b *testing.B) {
			rng := rand.New(rand.NewPCG(1, 1))
			s := benchShard(b, b.TempDir())
			defer s.Close()
			entry := EncodeBatch(IdempotencyKey{}, hitBatch(rng, hits(), 0, 1))
			index := uint64(1)
			b.ReportAllocs()
			for b.Loop() {
				index++
				mustApply(b, s, index, entry)
				if view {
					v, err := s.View(context.Background(), 1)
					if err != nil {
						b.Fatal(err)
					}
					v.Close()
				}
			}
		})
	}
}

// BenchmarkFlush makes 100 new rows durable.
func BenchmarkFlush(b *testing.B) {
	for _, fs := range []struct {
		name string
		fs   vfs.FS
	}{{"disk", vfs.Default}, {"mem", vfs.NewMem()}} {
		b.Run("rows=100/fs="+fs.name, func(b *testing.B) {
			rng := rand.New(rand.NewPCG(1, 1))
			dir := b.TempDir()
			s, err := Open(context.Background(), dir, Options{FS: fs.fs, Registry: engines.NewRegistry(columnar.Engine{}), manual: true})
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			mustApply(b, s, 1, EncodeDefine(hits()))
			entry := EncodeBatch(IdempotencyKey{}, hitBatch(rng, hits(), 0, 100))
			index := uint64(1)
			for b.Loop() {
				index++
				mustApply(b, s, index, entry)
				if err := s.Flush(context.Background()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
