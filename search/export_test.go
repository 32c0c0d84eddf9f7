package search

import (
	"math/rand/v2"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/engines/enginetest"
	"github.com/quindex/quindex/record"
)

var (
	RandomP    = randomP
	AnalyzerOf = analyzerOf
)

// Def returns the index that a field f has by itself.
func Def(f record.Field) engines.IndexDef {
	return engines.IndexDef{Name: "search_" + f.Name, Engine: "search", Fields: []record.Field{f}}
}

// RandomSchema is one field of words with a random analyzer.
func RandomSchema(r *rand.Rand) *record.Schema {
	f := record.Field{ID: 3, Name: "words", Type: record.T(record.Text)}
	f.Analyzer = []string{"", "en", "simple", "keyword", "standard", "de", "cjk"}[r.IntN(7)]
	if r.IntN(4) == 0 {
		f.Type, f.NotNull = record.T(record.Keyword), true
	}
	if r.IntN(4) == 0 {
		f.Default = record.Value{Type: f.Type, Valid: true, S: "the airport"}
	}
	return &record.Schema{Table: 1, Version: 1, Fields: []record.Field{f}}
}

// RandomBatch is n texts, some NULL, empty or not UTF-8.
func RandomBatch(r *rand.Rand, s *record.Schema, n int) *record.Batch {
	f, b := s.Fields[0], record.NewBatch(s, n)
	nulls := 0.0
	if !f.NotNull {
		nulls = []float64{0, 0.01, 0.5, 1}[r.IntN(4)]
	}
	most := []int{1, 3, 12, 60}[r.IntN(4)]
	if n > 10_000 {
		most = min(most, 4)
	}
	for range n {
		v := record.Value{Type: f.Type, Valid: true, S: randomProse(r, most)}
		switch {
		case r.Float64() < nulls:
			v = record.NullOf(f.Type)
		case r.IntN(100) == 0:
			v = enginetest.RandomValue(r, f.Type, 1000)
		}
		b.AppendRow(v)
	}
	return b
}
