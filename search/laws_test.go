package search_test

import (
	"math/rand/v2"
	"testing"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/engines/enginetest"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/search"
)

func TestLaws(t *testing.T) {
	enginetest.Run(t, enginetest.Case{
		Engine: search.New(),
		Schema: search.RandomSchema,
		Def: func(_ *rand.Rand, s *record.Schema) engines.IndexDef {
			return search.Def(s.Fields[0])
		},
		Batch: search.RandomBatch,
		Predicate: func(r *rand.Rand, s *record.Schema, _ *record.Batch) predicate.P {
			f := s.Fields[0]
			return search.RandomP(r, predicate.Field{ID: f.ID, Name: f.Name, Type: f.Type}, search.AnalyzerOf(search.Def(f)), 2)
		},
		Trials: 20,
	})
}
