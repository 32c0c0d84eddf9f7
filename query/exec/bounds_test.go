package exec

import (
	"testing"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/engines/all"
	"github.com/quindex/quindex/engines/enginetest"
	"github.com/quindex/quindex/rows"
	"github.com/quindex/quindex/store"
)

// TestBounds: what bounds exclude, predicate.Eval finds in no row. Parts of a
// few rows have narrow bounds.
func TestBounds(t *testing.T) {
	r := enginetest.Rand(t)
	e, err := all.Registry().Lookup("columnar")
	if err != nil {
		t.Fatal(err)
	}
	beyond, within := 0, 0
	for range 150 {
		s := enginetest.RandomSchema(r, 1+r.IntN(6))
		sample := enginetest.RandomBatch(r, s, 30)
		n := 1 + r.IntN(4)
		src := engines.BatchColumns(s, enginetest.RandomBatch(r, s, n))
		def := engines.IndexDef{Name: "columns", Engine: "columnar", Fields: s.Fields}
		ix, err := e.Open(engines.Section{Def: def, Rows: n, Bytes: enginetest.Build(t, e, def, src), Columns: src})
		if err != nil {
			t.Fatal(err)
		}
		scan := scanWithoutMatch(t, s)
		part := &scanPart{Part: &store.Part{Name: "sealed", Rows: n, Live: rows.All(n), Columns: ix.(engines.Columns)}}
		for range 40 {
			p := enginetest.RandomPredicate(r, s, sample, 2)
			if !part.isBeyond(p) {
				within++
				continue
			}
			beyond++
			if found, err := scan.evalRows(part.Part, p, part.Live); err != nil || !found.IsEmpty() {
				t.Fatalf("%s is true of rows %v of %d (%v), beyond the bounds", p, found, n, err)
			}
		}
	}
	if beyond < within/100 {
		t.Errorf("only %d conditions are beyond the bounds, %d are not", beyond, within)
	}
}
