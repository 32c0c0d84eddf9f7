package columnar

import (
	"testing"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/engines/enginetest"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
)

// TestCompared: a comparison compiled to keys selects the rows that
// predicate.Eval does, of every type and with every operator, and ranges whose
// ends are open, absent, or the wrong way round.
func TestCompared(t *testing.T) {
	r := enginetest.Rand(t)
	compared := 0
	for range 60 {
		s := enginetest.RandomSchema(r, 1+r.IntN(5))
		n := 1 + r.IntN(300)
		b := enginetest.RandomBatch(r, s, n)
		def, src := engines.ColumnsDef(s.Fields, nil), engines.BatchColumns(s, b)
		ix, err := open(engines.Section{Def: def, Rows: n, Bytes: enginetest.Build(t, Engine{}, def, src)}, keeper{})
		if err != nil {
			t.Fatal(err)
		}
		for range 40 {
			f := s.Fields[r.IntN(len(s.Fields))]
			typ := f.Type
			if typ.IsArray() {
				typ = typ.Elem()
			}
			constant := func() record.Value {
				if c, err := src.Column(f.ID).Block(0); err == nil && r.IntN(2) == 0 {
					if v := c.Value(r.IntN(n)); !v.IsNull() && !v.Type.IsArray() {
						return v
					}
				}
				return enginetest.RandomValue(r, typ, 1+r.IntN(400))
			}
			field := predicate.Field{ID: f.ID, Name: f.Name, Type: f.Type}
			var p predicate.P = predicate.Compare{Field: field, Op: predicate.Op(r.IntN(6)), Value: constant()}
			if r.IntN(2) == 0 {
				p = predicate.Between{Field: field, Lo: constant(), Hi: constant(), LoOpen: r.IntN(2) == 0, HiOpen: r.IntN(2) == 0}
			}
			if l, err := ix.byID[f.ID].compared(p); err != nil {
				t.Fatal(err)
			} else if l != nil {
				compared++
			}
			have, err := ix.Match(t.Context(), p, rows.All(n))
			if err != nil {
				t.Fatal(err)
			}
			for i := range n {
				want, err := predicate.Eval(p, predicate.Values{f.ID: valueOf(t, src, f.ID, i)}, nil)
				if err != nil || have.Has(rows.Num(i)) != (want == predicate.True) {
					t.Fatalf("%s of row %d, %v: found %v, Eval says %v, %v", p, i, valueOf(t, src, f.ID, i), have.Has(rows.Num(i)), want, err)
				}
			}
		}
	}
	if compared < 500 {
		t.Errorf("only %d conditions had keys", compared)
	}
}

func valueOf(t *testing.T, src engines.Columns, id record.ColumnID, row int) record.Value {
	b, err := src.Column(id).Block(0)
	if err != nil {
		t.Fatal(err)
	}
	return b.Value(row)
}
