package exec

import (
	"fmt"
	"testing"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/engines/all"
	"github.com/quindex/quindex/engines/enginetest"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
	"github.com/quindex/quindex/store"
)

// scanWithoutMatch is a scan for the tests of single conditions.
func scanWithoutMatch(t testing.TB, s *record.Schema) *scanOp {
	q := newQuery(t.Context(), Env{Registry: all.Registry()})
	t.Cleanup(q.close)
	def := table()
	def.Schema = *s
	return &scanOp{q: q, node: &plan.Scan{Table: def}}
}

// TestDecide compares conditions decided by their columns with predicate.Eval,
// over open rows and over sealed columns.
func TestDecide(t *testing.T) {
	r := enginetest.Rand(t)
	reg := all.Registry()
	for range 40 {
		s := enginetest.RandomSchema(r, 1+r.IntN(6))
		n := 1 + r.IntN(400)
		b := enginetest.RandomBatch(r, s, n)
		src := engines.BatchColumns(s, b)
		def := engines.IndexDef{Name: "columns", Engine: "columnar", Fields: s.Fields}
		e, err := reg.Lookup(def.Engine)
		if err != nil {
			t.Fatal(err)
		}
		ix, err := e.Open(engines.Section{Def: def, Rows: n, Bytes: enginetest.Build(t, e, def, src), Columns: src})
		if err != nil {
			t.Fatal(err)
		}
		scan := scanWithoutMatch(t, s)
		for range 60 {
			p := enginetest.RandomPredicate(r, s, b, 3)
			within := rows.All(n)
			if r.IntN(2) == 0 {
				within = rows.Range(r.IntN(n), n)
			}
			for name, columns := range map[string]engines.Columns{"open": src, "sealed": ix.(engines.Columns)} {
				part := &store.Part{Name: name, Rows: n, Live: within, Columns: columns}
				want, err := scan.evalRows(part, p, within)
				if err != nil {
					t.Fatal(err)
				}
				have, err := scan.decide(part, p, within)
				if err != nil || !have.Equal(want) {
					t.Fatalf("%s rows where %s: %v (%v), Eval finds %v", name, p, have.AppendTo(nil), err, want.AppendTo(nil))
				}
			}
		}
	}
}

// TestDearConditionsComeLast: rows that a comparison leaves out are not handed
// to an engine's function.
func TestDearConditionsComeLast(t *testing.T) {
	r := enginetest.Rand(t)
	b := observations(r, 500)
	part := &store.Part{Name: "open", Rows: b.N, Live: rows.All(b.N), Columns: engines.BatchColumns(&observed, b), Open: true}
	scan := scanWithoutMatch(t, &observed)
	word := predicate.Call{Function: "match", Fields: []predicate.Field{fieldAt(2)}, Args: []record.Value{record.TextValue("owl")}}
	host := predicate.Compare{Field: fieldAt(1), Value: record.KeywordValue("host1")}
	near := predicate.Call{Function: "st_dwithin", Fields: []predicate.Field{fieldAt(3)},
		Args: []record.Value{record.PointValue(1, 51), record.FloatValue(1000)}}
	c := chooser{part: part, scan: scan}
	steps, err := c.conjuncts([]predicate.P{word, near, host})
	if err != nil || len(steps) != 3 || steps[0].p.String() != host.String() || steps[2].p.String() != word.String() {
		t.Errorf("steps %v, %v: want %s first and %s last", steps, err, host, word)
	}
}

// BenchmarkOpenRows decides a condition on as many rows as a view may hold open.
func BenchmarkOpenRows(b *testing.B) {
	const n = 1024
	r := enginetest.Rand(b)
	batch := observations(r, n)
	part := &store.Part{Name: "open", Rows: n, Live: rows.All(n), Columns: engines.BatchColumns(&observed, batch), Open: true}
	scan := scanWithoutMatch(b, &observed)
	for _, p := range []predicate.P{
		predicate.Compare{Field: fieldAt(1), Value: record.KeywordValue("host1")},
		predicate.Between{Field: fieldAt(0), Lo: record.TimestampValue(10_000_000_000), Hi: record.TimestampValue(20_000_000_000)},
	} {
		for name, decide := range map[string]func(*store.Part, predicate.P, rows.Set) (rows.Set, error){"eval": scan.evalRows, "column": scan.decide} {
			b.Run(fmt.Sprintf("%s/rows=%d/%T", name, n, p), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if _, err := decide(part, p, part.Live); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
