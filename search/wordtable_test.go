package search

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestWordTable holds it to a map, for words of all lengths.
func TestWordTable(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 1))
	table, want := newWordTable(), map[string]int32{}
	for i := range int32(30_000) {
		word := fmt.Sprint(r.IntN(20_000))
		if r.IntN(10) == 0 {
			word = strings.Repeat("x", r.IntN(300))
		}
		have, ok := table.get(word)
		id, known := want[word]
		if ok != known || have != id {
			t.Fatalf("%q: %d, %v, want %d, %v", word, have, ok, id, known)
		}
		if !ok {
			table.put(word, i-1)
			want[word] = i - 1
		}
	}
}
