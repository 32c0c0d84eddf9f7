package record

import "testing"

func TestTruncateForgetsTheTail(t *testing.T) {
	kinds := []Value{IntValue(7), FloatValue(2.5), KeywordValue("abc"), PointValue(1, 2),
		{Type: T(Int64Array), Valid: true, Elems: []Value{IntValue(1), IntValue(2)}}}
	for _, v := range kinds {
		for keep := range 70 {
			whole, want := NewColumn(v.Type, 0), NewColumn(v.Type, 0)
			for i := range 70 {
				x := v
				if i%3 == 1 {
					x = NullOf(v.Type)
				}
				whole.Append(x)
				if i < keep {
					want.Append(x)
				}
			}
			whole.Truncate(keep)
			whole.Append(v)
			want.Append(v)
			if whole.N != want.N {
				t.Fatalf("%s cut to %d: %d rows, want %d", v.Type, keep, whole.N, want.N)
			}
			for i := range want.N {
				if a, b := whole.Value(i), want.Value(i); !Equal(a, b) {
					t.Fatalf("%s cut to %d: row %d is %v, want %v", v.Type, keep, i, a, b)
				}
			}
		}
	}
}
