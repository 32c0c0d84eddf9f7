package search

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/blevesearch/bleve/v2/registry"

	"github.com/quindex/quindex/engines/enginetest"
)

// plainTexts are texts that need no tokenizer of Unicode's, of which some have
// words that are left out, many words, or long ones.
func plainTexts(t *testing.T, n int) []string {
	r := enginetest.Rand(t)
	var out []string
	for range n {
		text := randomProse(r, 30)
		switch r.IntN(4) {
		case 0:
			text = strings.ToUpper(text)
		case 1:
			text += " the Of and it's o'clock 3.14 a.b.c, " + strings.Repeat("x", r.IntN(100))
		}
		out = append(out, text)
	}
	return out
}

// TestReadText: a text is the same taken to pieces word by word and by bleve,
// also when its words were seen before, by several at once.
func TestReadText(t *testing.T) {
	texts := plainTexts(t, 2000)
	for _, name := range []string{"standard", "en", "keyword", "fr"} {
		a, err := newAnalyzer(registry.NewCache(), name)
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				for _, text := range texts {
					checkText(t, a, text)
				}
			})
		}
		wg.Wait()
	}
}

func checkText(t *testing.T, a *analyzer, text string) {
	t.Helper()
	have, want := readText(a, text), a.bleveWords(text)
	if !slices.Equal(have.terms, want.terms) || !slices.Equal(have.pos, want.pos) || have.length != want.length {
		t.Errorf("%s: %q is %q at %v, want %q at %v", a.name, text, have.terms, have.pos, want.terms, want.pos)
	}
	for range 2 * fewAsked { // one by one at first, by a map then
		for i, term := range want.terms {
			if p := have.places(term); !slices.Contains(p, want.pos[i]) || !slices.IsSorted(p) || len(p) != have.count(term) {
				t.Errorf("%s: %q: %q stands at %v, %d times; want it at %d", a.name, text, term, p, have.count(term), want.pos[i])
			}
		}
	}
	if have.count("no such word") != 0 || len(have.places("no such word")) != 0 {
		t.Errorf("%s: %q has a word that is not there", a.name, text)
	}
}

// TestMemoIsBounded: words are forgotten where they are too many.
func TestMemoIsBounded(t *testing.T) {
	a, err := newAnalyzer(registry.NewCache(), "standard")
	if err != nil {
		t.Fatal(err)
	}
	for i := range maxMemo + 100 {
		a.learn(fmt.Sprint("word", i))
		if n := len(a.memo.terms); n > maxMemo {
			t.Fatalf("%d words are kept, want at most %d", n, maxMemo)
		}
	}
	long := strings.Repeat("c", maxMemoWord+1)
	checkText(t, a, long)
	if _, kept := a.memo.terms[long]; kept {
		t.Error("a long word is kept")
	}
}

// FuzzReadText holds what any text is taken to pieces to to bleve.
func FuzzReadText(f *testing.F) {
	for _, text := range []string{"", "The red fox", "it's 3.14, o'clock", "naïve café", "a_b", "..a.b.."} {
		f.Add(text)
	}
	std, err := newAnalyzer(registry.NewCache(), "standard")
	if err != nil {
		f.Fatal(err)
	}
	en, err := newAnalyzer(registry.NewCache(), "en")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, a := range []*analyzer{std, en} {
			have, want := readText(a, text), a.bleveWords(text)
			if !slices.Equal(have.terms, want.terms) || !slices.Equal(have.pos, want.pos) || have.length != want.length {
				t.Errorf("%s: %q is %q at %v, want %q at %v", a.name, text, have.terms, have.pos, want.terms, want.pos)
			}
		}
	})
}
