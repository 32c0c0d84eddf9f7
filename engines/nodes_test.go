package engines_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/engines/enginetest"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
)

// TestNodes numbers random keys, some again and again, and compares with a map.
func TestNodes(t *testing.T) {
	r := enginetest.Rand(t)
	for _, kind := range []record.Kind{record.Keyword, record.Text, record.Int64} {
		typ := record.T(kind)
		n, err := engines.NewNodes(typ)
		if err != nil {
			t.Fatal(err)
		}
		key := func() record.Value {
			k := r.IntN(5000)
			if kind == record.Int64 {
				return record.IntValue(int64(k)*1e15 - 2e18)
			}
			return record.Value{Type: typ, Valid: true, S: fmt.Sprint("k", k)[:min(r.IntN(9), len(fmt.Sprint("k", k)))]}
		}
		numbers := map[string]uint32{}
		for range 40 {
			keys := record.NewColumn(typ, 0)
			for range r.IntN(600) {
				if r.IntN(50) == 0 {
					keys.AppendNull()
				} else {
					keys.Append(key())
				}
			}
			for i, num := range n.Find(keys, nil) {
				want, known := numbers[keys.Value(i).Text()]
				if keys.IsNull(i) || !known {
					want = engines.NoNode
				}
				if num != want {
					t.Fatalf("%s: found %d for %s, want %d", typ, num, keys.Value(i).Text(), want)
				}
			}
			nums, err := n.Add(keys, nil)
			if err != nil {
				t.Fatal(err)
			}
			for i, num := range nums {
				if keys.IsNull(i) {
					continue
				}
				text := keys.Value(i).Text()
				if _, known := numbers[text]; !known {
					numbers[text] = uint32(len(numbers))
				}
				if num != numbers[text] {
					t.Fatalf("%s: number %d for %q, want %d", typ, num, text, numbers[text])
				}
			}
			back := record.NewColumn(typ, 0)
			n.Keys(back, nums)
			for i := range keys.N {
				if keys.IsNull(i) != back.IsNull(i) || !keys.IsNull(i) && keys.Value(i).Text() != back.Value(i).Text() {
					t.Fatalf("%s: key %v comes back as %v", typ, keys.Value(i), back.Value(i))
				}
			}
			if !slices.Equal(n.Find(keys, nil), nums) {
				t.Fatalf("%s: keys that were added are not found", typ)
			}
		}
		if n.Len() != len(numbers) || n.Bytes() <= 0 {
			t.Errorf("%s: %d keys in %d bytes, want %d keys", typ, n.Len(), n.Bytes(), len(numbers))
		}
	}
	if _, err := engines.NewNodes(record.T(record.Float64)); !fault.Is(err, fault.Unsupported) {
		t.Errorf("keys of type DOUBLE: %v", err)
	}
}

// TestNodesTogether adds the same keys from several goroutines: one number each.
func TestNodesTogether(t *testing.T) {
	n, err := engines.NewNodes(record.T(record.Int64))
	if err != nil {
		t.Fatal(err)
	}
	const keys = 3000
	got := make([][]uint32, 4)
	var wg sync.WaitGroup
	for g := range got {
		wg.Go(func() {
			for lo := 0; lo < keys; lo += 100 {
				c := record.NewColumn(record.T(record.Int64), 100)
				for k := range 100 {
					c.Append(record.IntValue(int64(lo + k)))
				}
				got[g], _ = n.Add(c, got[g])
			}
		})
	}
	wg.Wait()
	for _, nums := range got[1:] {
		if !slices.Equal(nums, got[0]) {
			t.Fatal("two goroutines have different numbers for the same keys")
		}
	}
	if n.Len() != keys {
		t.Fatalf("%d numbers for %d keys", n.Len(), keys)
	}
}

func TestBits(t *testing.T) {
	b := engines.NewBits(65)
	b.Set(3)
	b.Set(64)
	b = b.Grown(300)
	b.Set(299)
	b.Clear(3)
	if got := b.AppendTo(nil); !slices.Equal(got, []uint32{64, 299}) || b.Len() != 2 || b.Has(3) || b.Has(1<<20) || !b.Has(64) {
		t.Errorf("%v with %d, want 64 and 299", got, b.Len())
	}
}
