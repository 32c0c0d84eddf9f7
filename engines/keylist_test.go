package engines

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/quindex/quindex/record"
)

// TestKeyList adds keys of rows, some of which have none, and reads them back.
func TestKeyList(t *testing.T) {
	a, b := record.NewColumn(record.T(record.Keyword), 0), record.NewColumn(record.T(record.Int64), 0)
	for i, s := range []string{"", "x", "longer than others", "null", "end"} {
		a.Append(record.KeywordValue(s))
		if v := record.IntValue(int64(i)); s != "null" {
			b.Append(v)
		} else {
			b.Append(record.NullOf(b.Type))
		}
	}
	key := []*record.Column{a, b}
	var list KeyList
	var want [][]byte
	for i := range a.N {
		bytes, ok := AppendKey(nil, key, i)
		if got := list.AddRow(key, i); got != ok || ok == (i == 3) {
			t.Fatalf("row %d: added %v, is a key %v", i, got, ok)
		}
		if ok {
			want = append(want, bytes)
		}
	}
	list.Add([]byte("any"), 7)
	if list.Len() != len(want)+1 || list.Hashes()[len(want)] != 7 || string(list.Key(len(want))) != "any" {
		t.Fatalf("%d keys, want %d and one more", list.Len(), len(want))
	}
	for i, w := range want {
		if !bytes.Equal(list.Key(i), w) || list.Hashes()[i] != KeyHash(w) {
			t.Errorf("key %d is %x, want %x", i, list.Key(i), w)
		}
	}
	if list.Reset(); list.Len() != 0 {
		t.Errorf("%d keys in an empty list", list.Len())
	}
}

// TestByHash checks that all keys come back, bucket by bucket.
func TestByHash(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	var list KeyList
	for range 5000 {
		list.Add(nil, rng.Uint64())
	}
	ask := list.All()
	got := list.ByHash(ask)
	bucket := func(i int32) int { return int(list.Hashes()[i] >> 52) }
	if !slices.IsSortedFunc(got, func(a, b int32) int { return bucket(a) - bucket(b) }) {
		t.Error("the buckets are not in order")
	}
	if !slices.Equal(ask, list.All()) {
		t.Error("what was asked was changed")
	}
	slices.Sort(got)
	if !slices.Equal(got, ask) {
		t.Error("keys were lost")
	}
}
