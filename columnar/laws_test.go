package columnar_test

import (
	"math/rand/v2"
	"testing"

	"github.com/quindex/quindex/columnar"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/engines/enginetest"
	"github.com/quindex/quindex/record"
)

func TestLaws(t *testing.T) {
	enginetest.Run(t, enginetest.Case{
		Engine: columnar.New(1), // every dictionary is let go when the next is read
		Def: func(r *rand.Rand, s *record.Schema) engines.IndexDef {
			def := engines.ColumnsDef(s.Fields, map[string]string{})
			if r.IntN(2) == 0 {
				def.Options["bloom"] = s.Fields[r.IntN(len(s.Fields))].Name
			}
			if r.IntN(4) == 0 {
				def.Options["shortcuts"] = "off"
			}
			if r.IntN(3) == 0 {
				def.Options["pack"] = "on"
			}
			return def
		},
	})
}
