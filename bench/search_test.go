package bench

import (
	"math"
	"strings"
	"testing"
)

// TestCorpus pins the first text of a seed, and checks that words are as
// frequent as the questions take them to be.
func TestCorpus(t *testing.T) {
	c := NewCorpus(42, 2000)
	const want = "gricohili fainon gritonfa gicontugi nadai pliro "
	if got := string(c.AppendText(nil, 0)); !strings.HasPrefix(got, want) {
		t.Errorf("seed 42 begins %q, want %q", got, want)
	}
	count := map[uint32]int{}
	for _, d := range c.Docs {
		if len(d) < 40 || len(d) > 100 {
			t.Fatalf("a text of %d words, want 40 to 100", len(d))
		}
		for _, w := range d {
			count[w]++
		}
	}
	if count[20] < 10*count[1200] || count[1200] == 0 {
		t.Errorf("word 20 stands there %d times, word 1200 %d times", count[20], count[1200])
	}
	if n := len(c.pairs(0, 60, 200)); n != 200 {
		t.Errorf("%d phrases of frequent words, want 200", n)
	}
}

// TestTruth: scores of three texts, computed by hand.
func TestTruth(t *testing.T) {
	c := &Corpus{Words: []string{"a", "b", "c"}, Docs: [][]uint32{{0, 1, 0}, {1, 0}, {2}}}
	truth := newTruth(c)
	idf := math.Log(1 + 1.5/2.5) // of a and of b: two texts of three
	term := func(idf, tf, length float64) float64 {
		return idf * 2.2 * tf / (tf + 1.2*(0.25+0.75*length/2))
	}
	for _, q := range []struct {
		name string
		text Text
		want map[int]float64
	}{
		{"any", Text{op: anyWord, words: []uint32{0, 2}}, map[int]float64{0: term(idf, 2, 3), 1: term(idf, 1, 2), 2: term(math.Log(1+2.5/1.5), 1, 1)}},
		{"all", Text{op: allWords, words: []uint32{0, 1}}, map[int]float64{0: term(idf, 2, 3) + term(idf, 1, 3), 1: 2 * term(idf, 1, 2)}},
		{"phrase", Text{op: inSequence, words: []uint32{0, 1}}, map[int]float64{0: term(2*idf, 1, 3)}},
		{"prefix", Text{op: beginning, Query: "b*"}, map[int]float64{0: 1, 1: 1}},
	} {
		got := truth.scores(q.text)
		if len(got) != len(q.want) {
			t.Errorf("%s: %v, want %v", q.name, got, q.want)
		}
		for doc, want := range q.want {
			if !near(got[doc], want) {
				t.Errorf("%s: text %d has %v, want %v", q.name, doc, got[doc], want)
			}
		}
	}
	right := [][]any{{int64(0), term(2*idf, 1, 3)}}
	phrase := Text{op: inSequence, words: []uint32{0, 1}}
	if why := truth.check(phrase, right); why != "" {
		t.Error(why)
	}
	for _, wrong := range [][][]any{nil, {{int64(1), right[0][1]}}, {{int64(0), 0.5}}, append(right, right...)} {
		if truth.check(phrase, wrong) == "" {
			t.Errorf("%v is taken for right", wrong)
		}
	}
}

// TestShortLength: lengths that one byte tells apart, from Lucene's SmallFloat.
func TestShortLength(t *testing.T) {
	for n, want := range map[int]int{0: 0, 23: 23, 39: 39, 40: 40, 41: 40, 55: 54, 56: 56, 59: 56, 100: 96} {
		if got := shortLength(n); got != want {
			t.Errorf("%d words count as %d, want %d", n, got, want)
		}
	}
}
