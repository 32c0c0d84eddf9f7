package columnar_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/quindex/quindex/columnar"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/engines/enginetest"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
)

// TestMergeGathers merges texts without a dictionary and arrays, of several
// blocks, one input without the array: where the rows of each input keep their
// order, and where they do not.
func TestMergeGathers(t *testing.T) {
	rng := enginetest.Rand(t)
	fields := []record.Field{
		{ID: 1, Name: "text", Type: record.T(record.Text)},
		{ID: 2, Name: "list", Type: record.T(record.KeywordArray), Default: record.Value{Type: record.T(record.KeywordArray), Valid: true, Elems: []record.Value{record.KeywordValue("none")}}},
	}
	for _, turned := range []bool{false, true} {
		t.Run(fmt.Sprintf("turned=%v", turned), func(t *testing.T) { mergeGathers(t, rng, fields, turned) })
	}
}

func mergeGathers(t *testing.T, rng *rand.Rand, fields []record.Field, turned bool) {
	var in []engines.MergeInput
	var batches []*record.Batch
	for i, n := range []int{rows.BlockRows + 5000, 2*rows.BlockRows + 77, 30} {
		s := &record.Schema{Table: 1, Version: 1, Fields: fields[:2-i%2]}
		b := record.NewBatch(s, n)
		for r := range n {
			row := []record.Value{record.TextValue(fmt.Sprint(i, " ", r, " ", rng.Uint64()))}
			if len(s.Fields) > 1 {
				row = append(row, enginetest.RandomValue(rng, fields[1].Type, 50))
			}
			b.AppendRow(row...)
		}
		def := engines.ColumnsDef(s.Fields, nil)
		ix, err := columnar.Engine{}.Open(engines.Section{Def: def, Rows: n, Bytes: enginetest.Aligned(enginetest.Build(t, columnar.Engine{}, def, engines.BatchColumns(s, b)))})
		if err != nil {
			t.Fatal(err)
		}
		in, batches = append(in, engines.MergeInput{Index: ix, Map: make([]rows.Num, n)}), append(batches, b)
	}
	from := deal(rng, in, turned)
	var out bytes.Buffer
	if err := in[0].Index.(engines.Merger).Merge(context.Background(), in, &out); err != nil {
		t.Fatal(err)
	}
	merged, err := columnar.Engine{}.Open(engines.Section{Def: engines.ColumnsDef(fields, nil), Rows: len(from), Bytes: enginetest.Aligned(out.Bytes())})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range fields {
		c := merged.(engines.Columns).Column(f.ID)
		for to, at := range from {
			blk, err := c.Block(to / rows.BlockRows)
			if err != nil {
				t.Fatal(err)
			}
			want := f.Default
			if c := batches[at[0]].Column(f.ID); c != nil {
				want = c.Value(at[1])
			}
			if got := blk.Value(to % rows.BlockRows); fmt.Sprint(got) != fmt.Sprint(want) {
				t.Fatalf("%s of row %d, which was row %d of input %d: %v, want %v", f.Name, to, at[1], at[0], got, want)
			}
		}
	}
}

// deal gives every tenth row up and the others their new places; it returns
// input and row of each place.
func deal(rng *rand.Rand, in []engines.MergeInput, turned bool) (from [][2]int) {
	orders, left := make([][]int, len(in)), 0
	for i := range in {
		orders[i] = rng.Perm(len(in[i].Map))
		for j := range orders[i] {
			if !turned {
				orders[i][j] = j
			}
		}
		left += len(orders[i])
	}
	for left > 0 {
		i := rng.IntN(len(in))
		n := min(1+rng.IntN(200), len(orders[i]))
		for _, old := range orders[i][:n] {
			if in[i].Map[old] = engines.Gone; rng.IntN(10) > 0 {
				in[i].Map[old] = rows.Num(len(from))
				from = append(from, [2]int{i, old})
			}
		}
		orders[i], left = orders[i][n:], left-n
	}
	return from
}
