package engines_test

import (
	"math/rand/v2"
	"testing"

	"github.com/quindex/quindex/codec"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/engines/enginetest"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
)

type row map[record.ColumnID]record.Value

// shards cuts n random rows into batches, some of which lack a column.
func shards(r *rand.Rand, s *record.Schema, n int) ([]*record.Batch, []row) {
	var batches []*record.Batch
	var all []row
	for n > 0 {
		k := min(n, 1+r.IntN(n)*r.IntN(2)+r.IntN(3000))
		b := enginetest.RandomBatch(r, s, k)
		if r.IntN(3) == 0 {
			b.IDs, b.Cols = b.IDs[1:], b.Cols[1:]
		}
		batches = append(batches, b)
		for i := range k {
			v := row{}
			for _, f := range s.Fields {
				v[f.ID] = f.Default
				if c := b.Column(f.ID); c != nil {
					v[f.ID] = c.Value(i)
				}
			}
			all = append(all, v)
		}
		n -= k
	}
	return batches, all
}

func TestBatchColumns(t *testing.T) {
	r := enginetest.Rand(t)
	for range 12 {
		s := enginetest.RandomSchema(r, 1+r.IntN(5))
		n := []int{0, 1, 500, 65536, 70_000}[r.IntN(5)]
		batches, all := shards(r, s, n)
		m := engines.BatchColumns(s, batches...)
		check(t, s, m, all)
		order := make([]rows.Num, 0, n)
		var want []row
		for _, i := range r.Perm(n) {
			if r.IntN(5) > 0 {
				order, want = append(order, rows.Num(i)), append(want, all[i])
			}
		}
		check(t, s, m.Ordered(order), want)
	}
}

func check(t *testing.T, s *record.Schema, m engines.Columns, want []row) {
	t.Helper()
	if m.Rows() != len(want) {
		t.Fatalf("%d rows, want %d", m.Rows(), len(want))
	}
	for _, f := range s.Fields {
		c, nulls := m.Column(f.ID), 0
		for i := range want {
			blk, err := c.Block(i / codec.BlockRows)
			if err != nil {
				t.Fatal(err)
			}
			if got := blk.Value(i % codec.BlockRows); !record.Equal(got, want[i][f.ID]) {
				t.Fatalf("row %d of %d, column %s: %v, want %v", i, len(want), f.Name, got, want[i][f.ID])
			}
			if want[i][f.ID].IsNull() {
				nulls++
			}
		}
		if got := c.Stats(); got.Rows != len(want) || got.Nulls != nulls {
			t.Fatalf("column %s has %d rows, %d null, want %d, %d", f.Name, got.Rows, got.Nulls, len(want), nulls)
		}
	}
	if m.Column(999) != nil {
		t.Fatal("there is a column 999")
	}
}
