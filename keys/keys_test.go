package keys

import (
	"context"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/engines/enginetest"
	"github.com/quindex/quindex/engines/frame"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
)

// keySchema makes tables whose first one to three columns are the key.
func keySchema(r *rand.Rand) *record.Schema {
	s := &record.Schema{Table: 1, Version: 1}
	kinds := []record.Type{record.T(record.Int64), record.T(record.Keyword), record.T(record.Timestamp), record.T(record.Float64), record.DecimalType(9, 2)}
	n := 1 + r.IntN(3)
	if r.IntN(2) == 0 {
		kinds, n = kinds[:1], 1
	}
	for i := range n {
		s.Fields = append(s.Fields, record.Field{ID: record.ColumnID(i + 1), Name: string(rune('a' + i)), Type: kinds[r.IntN(len(kinds))]})
	}
	return s
}

// keyCondition asks for one key or several, often for some that are there.
func keyCondition(r *rand.Rand, s *record.Schema, sample *record.Batch) predicate.P {
	var of []predicate.P
	row := -1
	if sample.N > 0 && r.IntN(4) > 0 {
		row = r.IntN(sample.N)
	}
	for i, f := range s.Fields {
		value := func() record.Value {
			if row >= 0 && r.IntN(8) > 0 {
				if v := sample.Cols[i].Value(row); v.Valid {
					return v
				}
			}
			return enginetest.RandomValue(r, f.Type, 5000)
		}
		field := predicate.Field{ID: f.ID, Name: f.Name, Type: f.Type}
		if r.IntN(3) == 0 {
			var values []record.Value
			for range 1 + r.IntN(4) {
				values = append(values, value())
			}
			of = append(of, predicate.NewIn(field, values))
			continue
		}
		of = append(of, predicate.Compare{Field: field, Op: predicate.EQ, Value: value()})
	}
	if len(of) == 1 {
		return of[0]
	}
	return predicate.And{Of: of}
}

func TestLaws(t *testing.T) {
	enginetest.Run(t, enginetest.Case{Engine: Engine{}, Schema: keySchema, Predicate: keyCondition})
}

// TestFind probes a large section for every key that is there and as many that are not.
func TestFind(t *testing.T) {
	const n = 200_000
	ix, _ := openInts(t, n)
	wrong := 0
	for i := range 2 * n {
		key := intKey(int64(i) * 7)
		got, err := ix.Find(nil, engines.KeyHash(key), key)
		if err != nil {
			t.Fatal(err)
		}
		if i < n && (len(got) != 1 || got[0] != rows.Num(i)) || i >= n && len(got) > 0 {
			t.Fatalf("key %d: rows %v", i, got)
		}
		if may, _ := ix.may(engines.KeyHash(key) >> rowBits); may && i >= n {
			wrong++
		}
	}
	if wrong > n/100 {
		t.Errorf("the filter lets %d of %d through, want at most 1 %%", wrong, n)
	}
}

func intKey(v int64) []byte { return record.AppendKey(nil, record.IntValue(v), false, false) }

// openInts opens the keys 0, 7, 14, ... of n rows.
func openInts(t testing.TB, n int) (*index, *record.Batch) {
	s := &record.Schema{Fields: []record.Field{{ID: 1, Name: "k", Type: record.T(record.Int64)}}}
	batch := record.NewBatch(s, n)
	for i := range n {
		batch.AppendRow(record.IntValue(int64(i) * 7))
	}
	def := engines.IndexDef{Name: "keys", Engine: "keys", Fields: s.Fields}
	cols := engines.BatchColumns(s, batch)
	ix, err := Engine{}.Open(engines.Section{Def: def, Rows: n, Bytes: enginetest.Build(t, Engine{}, def, cols), Columns: cols})
	if err != nil {
		t.Fatal(err)
	}
	return ix.(*index), batch
}

// FuzzOpen opens any bytes, with every checksum put right so that reading goes
// deep, and asks what opened for a few keys.
func FuzzOpen(f *testing.F) {
	for _, kind := range []record.Kind{record.Int64, record.Keyword} {
		s, batch := fuzzRows(kind, 20)
		f.Add(enginetest.Build(f, Engine{}, engines.IndexDef{Name: "keys", Fields: s.Fields}, engines.BatchColumns(s, batch)))
	}
	f.Add([]byte(magic))
	f.Fuzz(func(t *testing.T, b []byte) {
		b = append([]byte(nil), b...)
		repair(b)
		_ = Engine{}.Inspect(io.Discard, b)
		sec, err := splitSection(b)
		if err != nil || sec.rows > 1<<16 {
			return
		}
		for _, kind := range []record.Kind{record.Int64, record.Keyword} {
			s, batch := fuzzRows(kind, sec.rows)
			ix, err := open(engines.Section{Def: engines.IndexDef{Fields: s.Fields}, Rows: sec.rows, Bytes: b, Columns: engines.BatchColumns(s, batch)})
			if err != nil {
				continue
			}
			for i := range min(batch.N, 100) {
				p := predicate.Compare{Field: predicate.Field{ID: 1, Type: s.Fields[0].Type}, Value: batch.Cols[0].Value(i)}
				ix.Estimate(p)
				_, _ = ix.Match(context.Background(), p, rows.All(sec.rows)) // an error is an answer, a panic is not
			}
		}
	})
}

func fuzzRows(kind record.Kind, n int) (*record.Schema, *record.Batch) {
	s := &record.Schema{Fields: []record.Field{{ID: 1, Name: "k", Type: record.T(kind)}}}
	b := record.NewBatch(s, n)
	for i := range n {
		if kind == record.Int64 {
			b.AppendRow(record.IntValue(int64(i)))
		} else {
			b.AppendRow(record.KeywordValue(string(rune('a' + i%1000))))
		}
	}
	return s, b
}

// repair puts the checksums of a section right where it has the form of one.
func repair(b []byte) {
	enginetest.Reseal(b, func(foot []byte, at int) {
		crcs := frame.AppendPages(nil, b, frame.HeadBytes, at, pageBytes)
		if len(crcs) <= len(foot) {
			copy(foot[len(foot)-len(crcs):], crcs)
		}
	})
}
