package columnar

import (
	"context"
	"testing"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/engines/enginetest"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
)

// FuzzOpen opens any bytes, with the footer's checksum put right so that
// parsing goes deep, and asks what opened a question of every column.
func FuzzOpen(f *testing.F) {
	section := tinySection(f)
	f.Add(section)
	f.Add(section[:100])
	f.Add([]byte(magic))
	f.Fuzz(func(t *testing.T, b []byte) {
		b = append([]byte(nil), b...)
		enginetest.Reseal(b, nil)
		foot, err := splitSection(b)
		if err != nil {
			return
		}
		var fields []record.Field
		for _, c := range foot.columns {
			fields = append(fields, record.Field{ID: c.id, Type: c.typ})
		}
		ix, err := open(engines.Section{Def: engines.ColumnsDef(fields, nil), Rows: foot.rows, Bytes: b}, keeper{})
		if err != nil || foot.rows > 1<<18 {
			return
		}
		for _, fd := range fields {
			p := predicate.Or{Of: []predicate.P{
				predicate.IsNull{Field: predicate.Field{ID: fd.ID, Type: fd.Type}},
				predicate.Compare{Field: predicate.Field{ID: fd.ID, Type: fd.Type}, Op: predicate.GE,
					Value: record.Value{Type: valueType(fd.Type), Valid: true, I: 1, F: 1, S: "b"}},
			}}
			ix.Estimate(p)
			// Values are only read under a right checksum, which Fuzz cannot make:
			// an error is the answer, a panic is not.
			_, _ = ix.Match(context.Background(), p, rows.All(foot.rows))
		}
	})
}
