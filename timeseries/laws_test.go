package timeseries

import (
	"bytes"
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/engines/enginetest"
	"github.com/quindex/quindex/record"
)

// seriesTypes are the types that can name a series.
var seriesTypes = []record.Type{
	record.T(record.Bool), record.T(record.Int64), record.DecimalType(9, 2), record.T(record.Keyword),
	record.T(record.Text), record.T(record.Timestamp), record.T(record.Date),
}

func randomSchema(r *rand.Rand) *record.Schema {
	s := enginetest.RandomSchema(r, 1+r.IntN(4))
	s.Fields[0].Type = record.T([]record.Kind{record.Timestamp, record.Timestamp, record.Date}[r.IntN(3)])
	for i := range s.Fields {
		f := &s.Fields[i]
		if i > 0 {
			f.Type = seriesTypes[r.IntN(len(seriesTypes))]
		}
		f.Default = record.NullOf(f.Type)
		if r.IntN(2) == 0 {
			f.Default = enginetest.RandomValue(r, f.Type, 3)
		}
	}
	return s
}

func defOf(s *record.Schema) engines.IndexDef {
	return Def(s.Fields[0], s.Fields[1:], map[string]string{})
}

// randomBatch returns rows in the order of the layout: any values, or series
// that are sampled evenly, some of them with a gap.
func randomBatch(r *rand.Rand, s *record.Schema, n int) *record.Batch {
	b := enginetest.RandomBatch(r, s, n)
	if r.IntN(2) == 0 {
		resample(r, b)
	}
	return sortBatch(s, b)
}

// resample gives the rows few series and times at even steps.
func resample(r *rand.Rand, b *record.Batch) {
	for c := 1; c < len(b.Cols); c++ {
		col := &b.Cols[c]
		pool := []record.Value{record.NullOf(col.Type)}
		for range 1 + r.IntN(5) {
			pool = append(pool, enginetest.RandomValue(r, col.Type, 1<<20))
		}
		if r.IntN(3) > 0 {
			pool = pool[1:]
		}
		*col = *record.NewColumn(col.Type, b.N)
		for range b.N {
			col.Append(pool[r.IntN(len(pool))])
		}
	}
	start, step := r.Int64N(1<<40)-1<<39, 1+r.Int64N(1<<20)
	gap := 1 + r.IntN(200)
	t := record.NewColumn(b.Cols[0].Type, b.N)
	for i := range b.N {
		v := record.Value{Type: t.Type, Valid: r.IntN(500) > 0, I: start + int64(i/(1+len(b.Cols)*3))*step}
		if r.IntN(gap) == 0 {
			v.I += r.Int64N(3 * step)
		}
		t.Append(v)
	}
	b.Cols[0] = *t
}

// sortBatch sorts rows by the keys of their values, NULL last.
func sortBatch(s *record.Schema, b *record.Batch) *record.Batch {
	layout := Engine{}.Layout(defOf(s))
	keys := make([][]byte, b.N)
	order := make([]uint32, b.N)
	for i := range order {
		order[i] = uint32(i)
		for _, id := range layout.OrderBy {
			keys[i] = record.AppendKey(keys[i], b.Column(id).Value(i), false, false)
		}
	}
	slices.SortStableFunc(order, func(x, y uint32) int {
		return cmp.Or(bytes.Compare(keys[x], keys[y]), cmp.Compare(x, y))
	})
	out := record.NewBatch(s, b.N)
	for i := range out.Cols {
		out.Cols[i].Take(&b.Cols[i], order)
	}
	out.N = b.N
	return out
}

func TestLaws(t *testing.T) {
	enginetest.Run(t, enginetest.Case{
		Engine: Engine{},
		Schema: randomSchema,
		Def:    func(_ *rand.Rand, s *record.Schema) engines.IndexDef { return defOf(s) },
		Batch:  randomBatch,
		Trials: 60,
	})
}
