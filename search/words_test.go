package search

import (
	"strings"
	"testing"

	"github.com/blevesearch/bleve/v2/analysis/tokenizer/unicode"
	"github.com/blevesearch/bleve/v2/registry"

	"github.com/quindex/quindex/engines/enginetest"
)

// TestWords holds asciiWords to bleve's tokenizer on random plain texts.
func TestWords(t *testing.T) {
	r := enginetest.Rand(t)
	alphabet := "abXY019 :,;.'\t\n-\"()/\\\x00\r@#&"
	for range 200_000 {
		var b strings.Builder
		for range r.IntN(14) {
			if r.IntN(3) > 0 {
				b.WriteByte(alphabet[r.IntN(len(alphabet))])
			} else {
				b.WriteByte("ab1"[r.IntN(3)])
			}
		}
		text := b.String()
		var got, want []string
		asciiWords(text, func(lo, hi int) { got = append(got, text[lo:hi]) })
		for _, w := range unicode.NewUnicodeTokenizer().Tokenize([]byte(text)) {
			want = append(want, string(w.Term))
		}
		if strings.Join(got, "|") != strings.Join(want, "|") || !isPlain(text) {
			t.Fatalf("%q is cut into %q, want %q", text, got, want)
		}
	}
}

// TestOneWord holds the filters of one word to the analysis of whole texts.
func TestOneWord(t *testing.T) {
	r := enginetest.Rand(t)
	for _, name := range []string{"standard", "en"} {
		a, err := newAnalyzer(registry.NewCache(), name)
		if err != nil || !a.alone {
			t.Fatalf("analyzer %s: alone %v, %v", name, a.alone, err)
		}
		for range 20_000 {
			text := randomProse(r, 12)
			var got, want []string
			for _, w := range unicode.NewUnicodeTokenizer().Tokenize([]byte(text)) {
				if term, ok := a.oneWord(string(w.Term)); ok {
					got = append(got, term)
				}
			}
			for _, w := range a.tokens(text) {
				want = append(want, string(w.term))
			}
			if strings.Join(got, "|") != strings.Join(want, "|") {
				t.Fatalf("%s: %q is %q, want %q", name, text, got, want)
			}
		}
	}
}
