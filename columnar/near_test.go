package columnar

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/quindex/quindex/codec"
	"github.com/quindex/quindex/record"
)

func sortedDict(words []string) *codec.Dict {
	d := &codec.Dict{}
	for _, w := range words {
		d.Strs.Append(w)
		d.Hash = append(d.Hash, 0)
	}
	return d
}

// TestFindNear: wherever the search begins, it ends where Find does.
func TestFindNear(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	for range 200 {
		var words []string
		for range r.IntN(50) {
			words = append(words, fmt.Sprintf("%03d", r.IntN(100)))
		}
		slices.Sort(words)
		d := sortedDict(slices.Compact(words))
		for range 50 {
			s := fmt.Sprintf("%03d", r.IntN(101))
			near := r.IntN(d.Len() + 2)
			at, found := findNear(d, s, near)
			if want, ok := d.Find(s); at != want || found != ok {
				t.Fatalf("%s from %d of %d: %d %t, want %d %t", s, near, d.Len(), at, found, want, ok)
			}
		}
	}
}

// TestCodesIn: the codes of a list are those of its strings one by one.
func TestCodesIn(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	list := func(n int) (words []string) {
		for range r.IntN(n) {
			words = append(words, fmt.Sprintf("%03d", r.IntN(300)))
		}
		slices.Sort(words)
		return slices.Compact(words)
	}
	for range 300 {
		d := sortedDict(list(1 + r.IntN(300)))
		words := list(1 + r.IntN(300))
		var values []record.Value
		var want []codec.Span
		for _, w := range words {
			values = append(values, record.KeywordValue(w))
			want = append(want, splitDict(d, w, 0).equal)
		}
		have := codec.NewIntSet(codesIn(d, values)).Spans()
		if all := codec.NewIntSet(want).Spans(); !slices.Equal(have, all) {
			t.Fatalf("%d codes, %d strings: %v, want %v", d.Len(), len(words), have, all)
		}
	}
}

// BenchmarkIn compiles a list of 100 strings for a dictionary of 250.
func BenchmarkIn(b *testing.B) {
	r := rand.New(rand.NewPCG(3, 3))
	var words, list []string
	for i := range 250 {
		words = append(words, fmt.Sprintf("airport %05d", i*7))
	}
	for range 100 {
		list = append(list, fmt.Sprintf("airport %05d", r.IntN(250)*7))
	}
	slices.Sort(list)
	d := sortedDict(words)
	var values []record.Value
	for _, s := range slices.Compact(list) {
		values = append(values, record.KeywordValue(s))
	}
	for b.Loop() {
		codesIn(d, values)
	}
}
