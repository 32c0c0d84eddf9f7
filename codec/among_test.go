package codec

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/quindex/quindex/record"
)

func sortedDict(words []string) *Dict {
	d := &Dict{}
	for _, w := range words {
		d.Strs.Append(w)
		d.Hash = append(d.Hash, 0)
	}
	return d
}

// TestFindFrom: wherever the search begins, it ends where Find does.
func TestFindFrom(t *testing.T) {
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
			at, found := d.FindFrom(near, s)
			if want, ok := d.Find(s); at != want || found != ok {
				t.Fatalf("%s from %d of %d: %d %t, want %d %t", s, near, d.Len(), at, found, want, ok)
			}
		}
	}
}

// TestAmong: the codes of a list are those of its strings one by one.
func TestAmong(t *testing.T) {
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
		var want []Span
		for _, w := range words {
			values = append(values, record.KeywordValue(w))
			if at, ok := d.Find(w); ok {
				want = append(want, Span{int64(at), int64(at)})
			}
		}
		have := NewIntSet(d.Among(values)).Spans()
		if all := NewIntSet(want).Spans(); !slices.Equal(have, all) {
			t.Fatalf("%d codes, %d strings: %v, want %v", d.Len(), len(words), have, all)
		}
	}
}

// BenchmarkAmong compiles a list of 100 strings for a dictionary of 250.
func BenchmarkAmong(b *testing.B) {
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
		d.Among(values)
	}
}
