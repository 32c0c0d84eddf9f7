package search

import (
	"regexp"
	"strings"
	"testing"

	"github.com/quindex/quindex/engines/enginetest"
)

// edits counts letters changed, added, left out or swapped with their
// neighbour, none touched twice.
func edits(a, b []rune) int {
	d := make([][]int, len(a)+1)
	for i := range d {
		d[i] = make([]int, len(b)+1)
		for j := range d[i] {
			switch {
			case i == 0 || j == 0:
				d[i][j] = i + j
			default:
				change := 1
				if a[i-1] == b[j-1] {
					change = 0
				}
				d[i][j] = min(d[i-1][j]+1, d[i][j-1]+1, d[i-1][j-1]+change)
				if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
					d[i][j] = min(d[i][j], d[i-2][j-2]+1)
				}
			}
		}
	}
	return d[len(a)][len(b)]
}

// TestFuzzy holds the automata of edits to counting them.
func TestFuzzy(t *testing.T) {
	r := enginetest.Rand(t)
	e := New()
	word := func() string {
		var b strings.Builder
		for range r.IntN(7) {
			b.WriteRune([]rune("abcéß日")[r.IntN(6)])
		}
		return b.String()
	}
	for range 300 {
		text, most := word(), 1+r.IntN(2)
		x, err := e.newExpansion(patternFuzzy, text, most)
		if err != nil {
			t.Fatal(err)
		}
		for range 100 {
			term := word()
			n := edits([]rune(text), []rune(term))
			w, ok := x.weight([]byte(term))
			if ok != (n <= most) || ok && w != 1/float64(1+n) {
				t.Fatalf("%q within %d edits of %q: %v, weight %v, but it is %d", term, most, text, ok, w, n)
			}
		}
	}
}

// TestPatterns holds the automata of wildcards and regular expressions to
// package regexp.
func TestPatterns(t *testing.T) {
	r := enginetest.Rand(t)
	e := New()
	pick := func(from string, n int) string {
		var b strings.Builder
		for range r.IntN(n) {
			b.WriteRune([]rune(from)[r.IntN(len([]rune(from)))])
		}
		return b.String()
	}
	for range 2000 {
		kind, text := patternWildcard, pick("abé*?.", 6)
		expr := wildcards.Replace(text)
		if r.IntN(2) == 0 {
			kind, text = patternRegexp, []string{"a.*b", "(ab)*", "[a-é]+", "a?b", "ab|é", "(a|b)é.", ""}[r.IntN(7)]
			expr = text
		}
		x, err := e.newExpansion(kind, text, 0)
		if err != nil {
			t.Fatal(err)
		}
		want := regexp.MustCompile("^(?:" + expr + ")$")
		for range 20 {
			term := pick("abé.", 6)
			if _, ok := x.weight([]byte(term)); ok != want.MatchString(term) {
				t.Fatalf("%q matches %q: %v", term, text, ok)
			}
		}
	}
}
