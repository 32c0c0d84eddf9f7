package engines_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
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

// ledger is a Memory with an end.
type ledger struct{ used, most int64 }

func (l *ledger) Grow(_ string, n int64) error {
	if l.used+n > l.most {
		return fault.Errorf("test: grow", fault.Limit, "%d bytes more than %d", n, l.most)
	}
	l.used += n
	return nil
}

func (l *ledger) Shrink(n int64) { l.used -= n }

// TestNodesMemory holds what a directory counts to what it takes, also where it
// is refused more, and to nothing in the end.
func TestNodesMemory(t *testing.T) {
	for _, typ := range []record.Type{record.T(record.Int64), record.T(record.Keyword)} {
		n, err := engines.NewNodes(typ)
		if err != nil {
			t.Fatal(err)
		}
		l := &ledger{most: 200_000}
		if err := n.Charge(l); err != nil {
			t.Fatal(err)
		}
		add := func(key int) (uint32, error) {
			col := record.NewColumn(typ, 1)
			v := record.IntValue(int64(key))
			if typ.Kind == record.Keyword {
				v = record.KeywordValue(strings.Repeat("k", 20) + strconv.Itoa(key))
			}
			col.Append(v)
			nums, err := n.Add(col, nil)
			return append(nums, engines.NoNode)[0], err
		}
		key := 0
		for ; err == nil; key++ {
			var num uint32
			if num, err = add(key); err == nil && num != uint32(key) {
				t.Fatalf("key %d has number %d", key, num)
			}
			if n.Bytes() != l.used || l.used > l.most || l.used < 16*int64(key) {
				t.Fatalf("%d keys take %d bytes, %d are counted", key, n.Bytes(), l.used)
			}
		}
		if !fault.Is(err, fault.Limit) || key < 1000 || n.Len() != key-1 {
			t.Errorf("%s: key %d of %d: %v", typ, key, n.Len(), err)
		}
		for again := range key - 1 { // all the others are still there
			if num, err := add(again); err != nil || num != uint32(again) {
				t.Fatalf("key %d has number %d: %v", again, num, err)
			}
		}
		made := 0
		keep := func(bytes int64) error {
			_, err := n.Keep("a", func() (any, int64, error) { made++; return made, bytes, nil })
			return err
		}
		if err := keep(l.most); !fault.Is(err, fault.Limit) {
			t.Errorf("more kept than there is memory: %v", err)
		}
		before := l.used
		for range 2 {
			if err := keep(7); err != nil || made != 2 || l.used != before+7 || n.Bytes() != l.used {
				t.Errorf("kept %d times, %d bytes more, %v; want 2, 7", made, l.used-before, err)
			}
		}
		n.Drop("a")
		n.Drop("b")
		if l.used != before {
			t.Errorf("%d bytes more after the drop", l.used-before)
		}
		n.Close()
		n.Close()
		if l.used != 0 {
			t.Errorf("%d bytes stay", l.used)
		}
		if _, err := add(key + 1); err != nil || l.used != 0 {
			t.Errorf("after Close: %v, %d bytes counted", err, l.used)
		}
	}
}
