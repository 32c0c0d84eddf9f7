package timeseries

import (
	"context"
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

// stored returns columns of a section, as queries have them.
func stored(b *testing.B, s *record.Schema, batch *record.Batch) engines.Columns {
	b.Helper()
	def := engines.ColumnsDef(s.Fields, nil)
	section := enginetest.Aligned(enginetest.Build(b, columnar.Engine{}, def, engines.BatchColumns(s, batch)))
	ix, err := columnar.Engine{}.Open(engines.Section{Def: def, Rows: batch.N, Bytes: section})
	if err != nil {
		b.Fatal(err)
	}
	return ix.(engines.Columns)
}

func uneven(batch *record.Batch) {
	r := rand.New(rand.NewPCG(1, 1))
	for i := range batch.Cols[0].Ints {
		batch.Cols[0].Ints[i] += r.Int64N(1e9)
	}
}

// BenchmarkMatch asks for an hour among 100 hosts that were sampled for a day,
// every ten seconds: of one host, and of all.
func BenchmarkMatch(b *testing.B) {
	for _, times := range []string{"even", "uneven"} {
		s, batch := cpu(100, 8640)
		if times == "uneven" {
			uneven(batch)
		}
		cols := stored(b, s, batch)
		ix := openColumns(b, defOf(s), cols)
		ts, host := fieldOf(s, 0), fieldOf(s, 1)
		lo := at("2016-01-01T09:00:03Z")
		hour := predicate.Between{Field: ts, Lo: record.TimestampValue(lo), Hi: record.TimestampValue(lo + 3600e9), HiOpen: true}
		one := predicate.Compare{Field: host, Op: predicate.EQ, Value: record.KeywordValue("host_bx")}
		for _, q := range []struct {
			name string
			p    predicate.P
			ix   engines.Index
		}{
			{"host", one, ix}, {"hour", hour, ix}, {"host_hour", predicate.And{Of: []predicate.P{one, hour}}, ix},
			{"host_hour_columnar", predicate.And{Of: []predicate.P{one, hour}}, cols.(engines.Index)},
		} {
			b.Run("times="+times+"/"+q.name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if _, err := q.ix.Match(context.Background(), q.p, rows.All(batch.N)); err != nil {
						b.Fatal(err)
					}
				}
			})
			b.Run("times="+times+"/estimate/"+q.name, func(b *testing.B) {
				for b.Loop() {
					q.ix.Estimate(q.p)
				}
			})
		}
	}
}

func fieldOf(s *record.Schema, i int) predicate.Field {
	f := s.Fields[i]
	return predicate.Field{ID: f.ID, Name: f.Name, Type: f.Type}
}

func BenchmarkNewest(b *testing.B) {
	s, batch := cpu(100, 8640)
	ix := openBatch(b, s, batch)
	for b.Loop() {
		if _, err := ix.Newest(context.Background(), rows.All(batch.N), 1); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkBuild(b *testing.B) {
	s, batch := cpu(100, 8640)
	cols := engines.BatchColumns(s, batch)
	for b.Loop() {
		bld, err := Engine{}.NewBuilder(defOf(s), cols)
		if err != nil {
			b.Fatal(err)
		}
		if err := bld.Build(context.Background(), io.Discard); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(batch.N)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
