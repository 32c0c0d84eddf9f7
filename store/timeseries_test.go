package store

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/engines/all"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
)

const sixHours = 6 * 3600 * 1_000_000_000

// metrics is a hypertable in chunks of six hours.
func metrics() *catalog.Table {
	return &catalog.Table{Name: "metrics", Schema: record.Schema{Table: 1, Version: 1, Fields: []record.Field{
		{ID: 1, Name: "n", Type: record.T(record.Int64)},
		{ID: 2, Name: "at", Type: record.T(record.Timestamp)},
		{ID: 3, Name: "host", Type: record.T(record.Keyword)},
		{ID: 4, Name: "core", Type: record.T(record.Int64)},
	}}, Sharding: catalog.Sharding{Ranges: catalog.EvenRanges([]uint32{1})}, Options: map[string]string{"pack": "on"},
		Indexes: []catalog.Index{{Name: "series", Engine: "timeseries", Columns: []record.ColumnID{2, 3, 4}, Options: map[string]string{"chunk": "6h"}}}}
}

// metricsOf makes n rows around a moving now, some of them late, before 1970,
// or without a host or a time.
func metricsOf(r *rand.Rand, t *catalog.Table, first, n int) *record.Batch {
	b := record.NewBatch(&t.Schema, n)
	for i := range n {
		at := record.TimestampValue(int64(first+i)*7_000_000_000 - 2*sixHours)
		switch r.IntN(20) {
		case 0:
			at.I = r.Int64N(at.I + 3*sixHours)
		case 1:
			at.I -= 4 * sixHours
		case 2:
			if r.IntN(4) == 0 {
				at = record.NullOf(at.Type)
			}
		}
		host := record.KeywordValue(fmt.Sprint("h", r.IntN(6)))
		if r.IntN(30) == 0 {
			host = record.NullOf(host.Type)
		}
		b.AppendRow(record.IntValue(int64(first+i)), at, host, record.IntValue(int64(r.IntN(3)-1)))
	}
	return b
}

// TestHypertable writes rows in any order of time, with flushes, merges and
// new starts between, and asks all the time.
func TestHypertable(t *testing.T) {
	r := random(t)
	fs := vfs.NewMem()
	o := Options{TailRows: 40, SealRows: 700, MergeWidth: 3, SegmentRows: 20_000, Registry: all.Registry()}
	s := openTest(t, fs, o)
	defer func() { s.Close() }()
	def := metrics()
	var log [][]byte
	put := func(entry []byte) {
		log = append(log, entry)
		mustApply(t, s, uint64(len(log)), entry)
	}
	put(EncodeDefine(def))
	n := 0
	for range 60 {
		b := metricsOf(r, def, n, 1+r.IntN(300))
		n += b.N
		put(EncodeBatch(IdempotencyKey{}, b))
		switch r.IntN(12) {
		case 0, 1, 2:
			must(t, s.Flush(context.Background()))
		case 3:
			must(t, s.Merge(context.Background(), 1))
		case 4:
			must(t, s.Close())
			s = openTest(t, fs, o)
			for i, entry := range log {
				mustApply(t, s, uint64(i+1), entry)
			}
		}
		checkHypertable(t, r, s, n)
	}
	must(t, s.Merge(context.Background(), 1))
	checkHypertable(t, r, s, n)
	groups := map[string]bool{}
	for _, seg := range s.Segments() {
		if groups[seg.Group] {
			t.Errorf("two segments of chunk %s after a merge", seg.Group)
		}
		groups[seg.Group] = true
	}
	if !groups["none"] || len(groups) < 5 {
		t.Errorf("chunks %v, want one of rows without a time and several others", groups)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// checkHypertable checks that all n rows are there, once, in order and in
// their chunk, and that the index of each segment tells the truth.
func checkHypertable(t *testing.T, r *rand.Rand, s *Shard, n int) {
	t.Helper()
	v, err := s.View(context.Background(), 1)
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	group := map[string]string{}
	for _, seg := range s.Segments() {
		group[seg.Name] = seg.Group
	}
	seen := map[int64]bool{}
	for _, p := range v.Parts {
		b := batchOfPart(t, &v.Table.Schema, p)
		for i := range b.N {
			seen[b.Cols[0].Ints[i]] = true
		}
		if p.Open {
			continue
		}
		checkChunk(t, b, p.Name+" of "+group[p.Name])
		for range 3 {
			checkSeries(t, r, &v.Table.Schema, p, b)
		}
	}
	if len(seen) != n {
		t.Fatalf("%d rows, want %d", len(seen), n)
	}
}

func batchOfPart(t *testing.T, s *record.Schema, p Part) *record.Batch {
	t.Helper()
	b := record.NewBatch(s, 0)
	for i, f := range s.Fields {
		c, err := whole(p.Columns, f.ID)
		if err != nil {
			t.Fatal(err)
		}
		b.Cols[i], b.N = *c, c.N
	}
	return b
}

// checkChunk checks that rows are of one chunk, sorted by series and time.
func checkChunk(t *testing.T, b *record.Batch, name string) {
	t.Helper()
	chunk := func(i int) (int64, bool) {
		if b.Cols[1].IsNull(i) {
			return 0, false
		}
		at := b.Cols[1].Ints[i] + 100*sixHours // so that / rounds down
		return at / sixHours, true
	}
	key := func(i int) []byte {
		k := record.AppendKey(nil, b.Cols[2].Value(i), false, false)
		k = record.AppendKey(k, b.Cols[3].Value(i), false, false)
		return record.AppendKey(k, b.Cols[1].Value(i), false, false)
	}
	for i := 1; i < b.N; i++ {
		c, timed := chunk(i)
		if c0, timed0 := chunk(0); c != c0 || timed != timed0 {
			t.Fatalf("%s: row %d is of chunk %d, row 0 of %d", name, i, c, c0)
		}
		if bytes.Compare(key(i-1), key(i)) > 0 {
			t.Fatalf("%s: row %d is out of order", name, i)
		}
	}
}

// checkSeries asks the part's index of series a random question.
func checkSeries(t *testing.T, r *rand.Rand, s *record.Schema, p Part, b *record.Batch) {
	t.Helper()
	q := seriesQuestion(r, s, b)
	for _, ix := range p.Indexes {
		if ix.Def.Engine != "timeseries" {
			continue
		}
		got, err := ix.Index.Match(context.Background(), q, rows.All(b.N))
		if err != nil {
			t.Fatalf("%s: %v", p.Name, err)
		}
		if want := wanted(t, s, b, q); !got.Equal(want) {
			t.Fatalf("%s: %s: %v, want %v", p.Name, q, got, want)
		}
		last, err := ix.Index.(engines.Newest).Newest(context.Background(), p.Live, 1)
		if err != nil || len(last) > 24 {
			t.Fatalf("%s: newest %v, %v", p.Name, last, err)
		}
		return
	}
	t.Fatalf("%s has no series", p.Name)
}

// seriesQuestion is a condition on series, on time, or on both.
func seriesQuestion(r *rand.Rand, s *record.Schema, b *record.Batch) predicate.P {
	leaf := func(c int) predicate.P {
		f := predicate.Field{ID: s.Fields[c].ID, Name: s.Fields[c].Name, Type: s.Fields[c].Type}
		v := b.Cols[c].Value(r.IntN(b.N))
		switch r.IntN(8) {
		case 0:
			return predicate.IsNull{Field: f, Negate: r.IntN(2) == 0}
		case 1:
			return predicate.NewIn(f, []record.Value{v, b.Cols[c].Value(r.IntN(b.N))})
		}
		return predicate.Compare{Field: f, Op: predicate.Op(r.IntN(6)), Value: v}
	}
	var of []predicate.P
	for range 1 + r.IntN(3) {
		of = append(of, leaf(1+r.IntN(3)))
	}
	if r.IntN(4) == 0 {
		return predicate.Not{Of: predicate.Or{Of: of}}
	}
	return predicate.Conjunction(of)
}

// wanted returns the rows where p is True by the slow truth.
func wanted(t *testing.T, s *record.Schema, b *record.Batch, p predicate.P) rows.Set {
	t.Helper()
	var out rows.Builder
	for i := range b.N {
		row := predicate.Values{}
		for _, f := range s.Fields {
			row[f.ID] = b.Column(f.ID).Value(i)
		}
		truth, err := predicate.Eval(p, row, nil)
		if err != nil {
			t.Fatal(err)
		}
		if truth == predicate.True {
			out.Add(rows.Num(i))
		}
	}
	return out.Set()
}

// TestHypertableMadeLater: rows that were there before the index are answered
// by their columns, until a merge sorts them.
func TestHypertableMadeLater(t *testing.T) {
	r := random(t)
	s := openTest(t, vfs.NewMem(), Options{TailRows: 10, Registry: all.Registry()})
	defer s.Close()
	def := metrics()
	series := def.Indexes
	def.Indexes = nil
	mustApply(t, s, 1, EncodeDefine(def))
	index := uint64(1)
	for i := range 3 {
		index++
		mustApply(t, s, index, EncodeBatch(IdempotencyKey{}, metricsOf(r, def, i*500, 500)))
		must(t, s.Flush(context.Background()))
	}
	later := metrics()
	later.Schema.Version, later.Indexes = 2, series
	mustApply(t, s, index+1, EncodeDefine(later))
	must(t, s.Reindex(context.Background(), 1))
	any := predicate.IsNull{Field: predicate.Field{ID: 2, Name: "at", Type: record.T(record.Timestamp)}, Negate: true}
	answers := func() (n int) {
		v, err := s.View(context.Background(), 1)
		must(t, err)
		defer v.Close()
		for _, p := range v.Parts {
			for _, ix := range p.Indexes {
				if _, ok := ix.Index.Estimate(any); ok && ix.Def.Engine == "timeseries" {
					n++
				}
			}
		}
		return n
	}
	if n := answers(); n > 0 {
		t.Errorf("%d segments out of order answer", n)
	}
	must(t, s.Merge(context.Background(), 1))
	if n := answers(); n != 1 || len(s.Segments()) != 1 {
		t.Errorf("%d of %d segments answer after a merge, want the one", n, len(s.Segments()))
	}
}
