package store

import "testing"

func TestTiers(t *testing.T) {
	for _, c := range []struct{ rows, width, class, wide int }{
		{1, 8, 0, 4}, {4096, 8, 0, 4}, {4097, 8, 1, 4}, {16384, 8, 1, 4}, {16385, 8, 2, 8}, {65536, 8, 2, 8},
		{65537, 8, 3, 8}, {8 * 65536, 8, 3, 8}, {8*65536 + 1, 8, 4, 8},
		{4096, 2, 0, 2}, {4097, 2, 1, 2}, {8193, 2, 2, 2}, {65537, 2, 5, 2},
		{12289, 3, 2, 3}, {36865, 3, 3, 3},
	} {
		if class, wide := tier(c.rows, c.width); class != c.class || wide != c.wide {
			t.Errorf("%d rows at width %d are of tier %d, %d of which are merged; want %d and %d", c.rows, c.width, class, wide, c.class, c.wide)
		}
	}
}

// What is merged of one tier, if all rows live, is of a later one: merges end.
// Only those of the lowest tier may stay in it.
func TestTiersGrow(t *testing.T) {
	for width := 2; width <= 16; width++ {
		last := 0
		for n := 1; n < 1<<24; n += 1 + n/7 {
			class, wide := tier(n, width)
			if class < last {
				t.Fatalf("%d rows at width %d are of tier %d, fewer of tier %d", n, width, class, last)
			}
			last = class
			if next, _ := tier(n*wide, width); next <= class && n > tierBase {
				t.Fatalf("%d segments of %d rows stay in tier %d at width %d", wide, n, class, width)
			}
		}
	}
}
