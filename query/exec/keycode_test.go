package exec

import (
	"bytes"
	"testing"

	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/record"
)

// keyTypes are one type of each storage.
var keyTypes = []record.Type{i64, f64, kw, record.T(record.Point), record.T(record.Interval), record.T(record.KeywordArray), record.T(record.Float64Array)}

// FuzzReadKey: what can be read is written again as it was, up to the forms of
// zero and NaN; the rest is an error.
func FuzzReadKey(f *testing.F) {
	f.Add(uint8(0), []byte{1, 1, 2, 3, 4, 5, 6, 7, 8})
	f.Add(uint8(2), []byte{1, 3, 'a', 'b', 'c', 0})
	f.Add(uint8(5), []byte{1, 2, 1, 'x', 0})
	f.Add(uint8(5), []byte{1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1})
	f.Fuzz(func(t *testing.T, kind uint8, key []byte) {
		c := record.NewColumn(keyTypes[int(kind)%len(keyTypes)], 1)
		rest, err := readKeyChecked(c, key)
		if err != nil {
			return
		}
		again := appendKey(nil, c, 0)
		d := record.NewColumn(c.Type, 1)
		if _, err := readKeyChecked(d, again); err != nil || !bytes.Equal(appendKey(nil, d, 0), again) {
			t.Fatalf("%x read as %v, written as %x, which reads as %v (%v)", key[:len(key)-len(rest)], c.Value(0), again, d.Value(0), err)
		}
	})
}

// sortKeys are the four orders of a column.
func sortKeys(i int) []plan.SortKey {
	return []plan.SortKey{{Expr: col(i)}, {Expr: col(i), Desc: true}, {Expr: col(i), NullsFirst: true}, {Expr: col(i), Desc: true, NullsFirst: true}}
}

func TestRankOrdersLikeCompare(t *testing.T) {
	r := newRand(t)
	for i, f := range fields {
		if f.Type.IsArray() {
			continue
		}
		c := record.NewColumn(f.Type, 0)
		for id := range int64(300) {
			c.Append(randomRow(r, id)[i])
		}
		for _, k := range sortKeys(i) {
			ranks := rank(nil, k, c)
			cols := []*record.Column{c}
			for a := range c.N {
				if v := rankValue(k, c.Value(a)); v != ranks[a] {
					t.Fatalf("%s: rank of a value %x, in a column %x", f.Name, v, ranks[a])
				}
				for b := range c.N {
					cmp := compareRows([]plan.SortKey{k}, cols, a, cols, b)
					if ranks[a] < ranks[b] && cmp >= 0 || ranks[a] > ranks[b] && cmp <= 0 {
						t.Fatalf("%s %+v: ranks %x and %x, but compared %d", f.Name, k, ranks[a], ranks[b], cmp)
					}
				}
			}
		}
	}
}
