package store

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/columnar"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/keys"
	"github.com/quindex/quindex/record"
)

// accounts is a table with a key, a BIGINT or a string, and two columns more.
func accounts(kind record.Kind) *catalog.Table {
	t := &catalog.Table{Name: "accounts", Schema: record.Schema{Table: 1, Version: 1}, Key: []record.ColumnID{1}}
	for i, k := range []record.Kind{kind, record.Int64, record.Keyword} {
		t.Schema.Fields = append(t.Schema.Fields, record.Field{ID: record.ColumnID(i + 1), Name: fmt.Sprint("c", i+1), Type: record.T(k)})
	}
	return t
}

func accountBatch(t *catalog.Table, n int, key func(i int) int64) *record.Batch {
	b := record.NewBatch(&t.Schema, n)
	for i := range n {
		k := key(i)
		v := record.IntValue(k)
		if t.Schema.Fields[0].Type.IsString() {
			v = record.KeywordValue(fmt.Sprintf("account-%012d", k))
		}
		b.AppendRow(v, record.IntValue(k%1000), record.KeywordValue("open"))
	}
	return b
}

// BenchmarkUpsert applies batches of random keys to a shard that has them all;
// a shard of eight has one and a quarter of ten million. Sealing, flushing and
// merging are part of it.
func BenchmarkUpsert(b *testing.B) {
	const present, size = 1_250_000, 10_000
	for _, kind := range []record.Kind{record.Int64, record.Keyword} {
		b.Run(fmt.Sprintf("key=%s/rows=%d", record.T(kind), present), func(b *testing.B) {
			ctx := context.Background()
			o := Options{Registry: engines.NewRegistry(columnar.Engine{}, keys.Engine{}), FlushBytes: 16 << 20, SealBytes: 16 << 20, manual: true}
			s, err := Open(ctx, b.TempDir(), o)
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			def := accounts(kind)
			mustApply(b, s, 1, EncodeDefine(def))
			index := uint64(1)
			write := func(key func(i int) int64) {
				index++
				mustApply(b, s, index, EncodeBatch(IdempotencyKey{}, accountBatch(def, size, key)))
				if err := s.Tend(ctx); err != nil {
					b.Fatal(err)
				}
			}
			for at := int64(0); at < present; at += size {
				write(func(i int) int64 { return at + int64(i) })
			}
			if err := s.Flush(ctx); err != nil {
				b.Fatal(err)
			}
			rng := rand.New(rand.NewPCG(1, 1))
			before := s.Counters()
			for b.Loop() {
				write(func(int) int64 { return rng.Int64N(present) })
			}
			c := s.Counters()
			b.ReportMetric(float64(c.RowsApplied-before.RowsApplied)/b.Elapsed().Seconds(), "rows/s")
			b.ReportMetric(float64(c.BytesWritten-before.BytesWritten)/float64(c.RowsApplied-before.RowsApplied), "B/row")
			b.ReportMetric(float64(len(s.Segments())), "segments")
		})
	}
}
