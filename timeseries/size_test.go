package timeseries

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/quindex/quindex/columnar"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/engines/enginetest"
	"github.com/quindex/quindex/record"
)

// TestBytesAPoint: a day of hosts that are sampled every ten seconds, ten
// fields each that walk between 0 and 100 (TSBS cpu-only), takes at most 0.7
// bytes a point, with everything but the log.
func TestBytesAPoint(t *testing.T) {
	const hosts, fields, most = 15, 10, 0.7
	s, b := cpu(hosts, 8640)
	r := rand.New(rand.NewPCG(1, 1))
	for f := range fields {
		field := record.Field{ID: record.ColumnID(3 + f), Name: fmt.Sprint("f", f), Type: record.T(record.Int64), NotNull: true}
		s.Fields = append(s.Fields, field)
		c := record.NewColumn(field.Type, b.N)
		x := 0.0
		for i := range b.N {
			if i%8640 == 0 {
				x = r.Float64() * 100
			}
			x = max(0, min(100, x+r.NormFloat64()))
			c.Append(record.IntValue(int64(x)))
		}
		b.IDs, b.Cols = append(b.IDs, field.ID), append(b.Cols, *c)
	}
	src := engines.BatchColumns(s, b)
	points := float64(b.N * fields)
	columns := enginetest.Build(t, columnar.Engine{}, engines.ColumnsDef(s.Fields, map[string]string{"pack": "on"}), src)
	series := enginetest.Build(t, Engine{}, Def(s.Fields[0], s.Fields[1:2], nil), src)
	if got := float64(len(columns)+len(series)) / points; got > most {
		t.Errorf("%.3f bytes a point, want at most %g", got, most)
	}
	t.Logf("columns %.4f, series %.4f bytes a point", float64(len(columns))/points, float64(len(series))/points)
}
