package store

import (
	"testing"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
)

// TestJoined reads inputs of several blocks and of a few rows, with and without
// dead rows, as one: each column is the inputs' live values one after the
// other, and the default where an input has no such column.
func TestJoined(t *testing.T) {
	rng := random(t)
	now := flights(1, 2)
	var in []engines.Columns
	var dead []rows.Set
	want := map[record.ColumnID][]record.Value{}
	for i, n := range []int{2*rows.BlockRows + 300, 40, rows.BlockRows, rows.BlockRows + 1} {
		then := flights(1, uint32(1+i%2))
		b := batchOf(rng, then, 0, n)
		var gone rows.Builder
		if i != 2 {
			for r := range n {
				if i == 3 && r < rows.BlockRows || rng.IntN(9) == 0 { // of the last, a whole block is dead
					gone.Add(rows.Num(r))
				}
			}
		}
		in, dead = append(in, engines.BatchColumns(&then.Schema, b)), append(dead, gone.Set())
		for _, f := range now.Schema.Fields {
			c := b.Column(f.ID)
			for r := range n {
				switch {
				case dead[i].Has(rows.Num(r)):
				case c == nil:
					want[f.ID] = append(want[f.ID], f.Default)
				default:
					want[f.ID] = append(want[f.ID], c.Value(r))
				}
			}
		}
	}
	j := join(now.Schema.Fields, in, dead)
	for _, f := range now.Schema.Fields {
		c, err := whole(j, f.ID)
		if err != nil || c.N != len(want[f.ID]) || c.N != j.Rows() {
			t.Fatalf("%s: %d rows of %d, %v; want %d", f.Name, c.N, j.Rows(), err, len(want[f.ID]))
		}
		for i, v := range want[f.ID] {
			if text(c.Value(i)) != text(v) {
				t.Fatalf("%s of row %d: %s, want %s", f.Name, i, text(c.Value(i)), text(v))
			}
		}
	}
	if c := j.Column(99); c != nil {
		t.Error("there is a column 99")
	}
}
