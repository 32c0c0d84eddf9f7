package exec

import (
	"fmt"
	"testing"

	"github.com/quindex/quindex/record"
)

// TestSetsJoinByParts: a set that is joined a part of its groups at a time
// ends as it does when it is joined at once.
func TestSetsJoinByParts(t *testing.T) {
	const groups, values = 300, 5000
	for name, make := range map[string]func() accumulator{
		"ints": func() accumulator { return &intSet{typ: record.T(record.Int64)} },
		"bytes": func() accumulator {
			return &bytesSet{typ: record.T(record.Keyword), table: newBytesTable([]record.Type{record.T(record.Keyword)})}
		},
	} {
		from := make()
		from.grow(groups)
		want := map[string]bool{}
		for i := range values {
			g, x := uint32(i*i%groups), int64(i%97)
			if g%7 == 0 {
				continue // groups without values
			}
			v := record.IntValue(x)
			typ := record.T(record.Int64)
			if name == "bytes" {
				v, typ = record.KeywordValue(fmt.Sprint(x)), record.T(record.Keyword)
			}
			c := record.NewColumn(typ, 1)
			c.Append(v)
			from.add([]uint32{g}, 1, []*record.Column{c})
			want[fmt.Sprint(groups-1-g, x)] = true
		}
		into := make()
		into.grow(groups)
		for part := range uint32(8) { // group g becomes groups-1-g
			var f, to []uint32
			for g := part; g < groups; g += 8 {
				f, to = append(f, g), append(to, groups-1-g)
			}
			into.join(from, f, to)
		}
		got := map[string]bool{}
		into.(interface {
			each(func([]uint32, *record.Column))
		}).each(func(gids []uint32, c *record.Column) {
			for i, g := range gids {
				v := c.Value(i)
				if name == "ints" {
					v.S = fmt.Sprint(v.I)
				}
				key := fmt.Sprintf("%d %s", g, v.S)
				if got[key] {
					t.Errorf("%s: %s twice", name, key)
				}
				got[key] = true
			}
		})
		if len(got) != len(want) {
			t.Errorf("%s: %d values, want %d", name, len(got), len(want))
		}
		for key := range want {
			if !got[key] {
				t.Errorf("%s: %s is missing", name, key)
			}
		}
	}
}
