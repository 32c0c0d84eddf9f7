package store

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
)

// ordered is a table that is ordered by a text, few or all of whose values are
// different, and a number.
func ordered(rng *rand.Rand, n, names int) (engines.Columns, *record.Batch) {
	s := &record.Schema{Table: 1, Version: 1, Fields: []record.Field{
		{ID: 1, Name: "name", Type: record.T(record.Keyword)}, {ID: 2, Name: "n", Type: record.T(record.Int64)}}}
	b := record.NewBatch(s, n)
	for range n {
		name := record.KeywordValue(fmt.Sprintf("host-%d.example", rng.IntN(names)))
		if rng.IntN(20) == 0 {
			name = record.NullOf(name.Type)
		}
		b.AppendRow(name, record.IntValue(rng.Int64N(50)))
	}
	return engines.BatchColumns(s, b), b
}

// TestOrder sorts rows by ranks of text, and by text itself, as comparing their
// values does: NULL last, ties in the order they were in.
func TestOrder(t *testing.T) {
	rng := random(t)
	by := engines.Layout{OrderBy: []record.ColumnID{1, 99, 2}} // 99 is held nowhere
	for _, c := range []struct {
		n, names int
		ranked   bool
	}{{0, 1, true}, {1, 1, false}, {900, 7, true}, {900, 1e6, false}, {rows.BlockRows + 700, 90, true}} {
		src, b := ordered(rng, c.n, c.names)
		keys, err := orderKeys(by, src)
		if err != nil || len(keys) != 2 {
			t.Fatalf("%d keys, %v, want 2", len(keys), err)
		}
		if (keys[0].ranks != nil) != c.ranked {
			t.Errorf("%d rows of %d names: ranked is %v, want %v", c.n, c.names, !c.ranked, c.ranked)
		}
		want := rows.All(c.n).AppendTo(nil)
		slices.SortStableFunc(want, func(x, y rows.Num) int {
			for _, col := range b.Cols {
				if v := compareRows(&col, int(x), int(y)); v != 0 {
					return v
				}
			}
			return 0
		})
		if have := keys.sort(nil, c.n); !slices.Equal(have, want) {
			t.Errorf("%d rows of %d names are in another order", c.n, c.names)
		}
		some := slices.DeleteFunc(rows.All(c.n).AppendTo(nil), func(n rows.Num) bool { return n%3 > 0 })
		want = slices.DeleteFunc(want, func(n rows.Num) bool { return n%3 > 0 })
		if have := keys.sort(some, c.n); !slices.Equal(have, want) {
			t.Errorf("a third of %d rows of %d names is in another order", c.n, c.names)
		}
	}
	if have := (sortKeys)(nil).sort(nil, 5); have != nil {
		t.Errorf("without keys: %v, want nil", have)
	}
}

// BenchmarkOrder sorts a million rows by a text of a thousand values and a number.
func BenchmarkOrder(b *testing.B) {
	const n = 1 << 20
	src, _ := ordered(rand.New(rand.NewPCG(1, 1)), n, 1000)
	b.Run(fmt.Sprintf("rows=%d/names=1000", n), func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			keys, err := orderKeys(engines.Layout{OrderBy: []record.ColumnID{1, 2}}, src)
			if err != nil {
				b.Fatal(err)
			}
			keys.sort(nil, n)
		}
		b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	})
}
