package columnar

import (
	"fmt"
	"testing"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/engines/enginetest"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
)

// TestPrepare: what was prepared finds what Match finds, alone and together,
// also where the estimate did not look into a large dictionary.
func TestPrepare(t *testing.T) {
	r := enginetest.Rand(t)
	guessed := 0
	for range 12 {
		s := enginetest.RandomSchema(r, 1+r.IntN(5))
		s.Fields = append(s.Fields, record.Field{ID: 100, Name: "many", Type: record.T(record.Keyword)})
		n := 200 + r.IntN(6000)
		b := enginetest.RandomBatch(r, s, n)
		many := record.NewColumn(record.T(record.Keyword), n)
		for range n {
			many.Append(record.KeywordValue(fmt.Sprint("value ", r.IntN(n/2))))
		}
		*b.Column(100) = *many
		def, src := engines.ColumnsDef(s.Fields, nil), engines.BatchColumns(s, b)
		section := engines.Section{Def: def, Rows: n, Bytes: enginetest.Build(t, Engine{}, def, src)}
		for range 20 {
			ix, err := open(section, keeper{}) // its dictionaries are unread
			if err != nil {
				t.Fatal(err)
			}
			within := rows.Range(r.IntN(n), n)
			var of []predicate.P
			var ready []engines.Prepared
			for range 1 + r.IntN(3) {
				p := enginetest.RandomPredicate(r, s, b, 2)
				c, ok := ix.Prepare(p)
				if !ok {
					continue
				}
				if guessing(c.(*prepared).node) {
					guessed++
				}
				enginetest.SamePrepared(t, ix, p, c, within)
				of, ready = append(of, p), append(ready, c)
			}
			if len(of) > 0 {
				enginetest.SamePrepared(t, ix, predicate.Conjunction(of), ix.PrepareAll(ready), within)
			}
		}
	}
	if guessed == 0 {
		t.Error("no estimate had to guess")
	}
}
