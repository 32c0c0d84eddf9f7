package search

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/record"
)

// vocabulary has words that share stems and beginnings, are a letter apart,
// are left out by analyzers, or are not of ASCII.
var vocabulary = strings.Fields(`the of and a run running runner runs ran cat cats cart card carts can't it's Zürich zürich
	airport Airport airports port ports 747 3.14 1,000 x y z o'neil e.g. foo:bar state-of-the-art naïve 日本 東京 été ete über`)

// randomProse returns up to n words, the first of the vocabulary more often.
func randomProse(r *rand.Rand, n int) string {
	var b strings.Builder
	for range r.IntN(n + 1) {
		if b.Len() > 0 {
			b.WriteString([]string{" ", " ", " ", ", ", ". ", " - ", "\n"}[r.IntN(7)])
		}
		b.WriteString(randomWord(r))
	}
	return b.String()
}

func randomWord(r *rand.Rand) string {
	return vocabulary[r.IntN(1+r.IntN(len(vocabulary)))]
}

// randomQuery returns a query string.
func randomQuery(r *rand.Rand) string {
	var parts []string
	for range 1 + r.IntN(4) {
		w := strings.NewReplacer(":", `\:`, "-", `\-`).Replace(randomWord(r))
		plain := strings.Trim(w, `.`)
		switch r.IntN(9) {
		case 0:
			var phrase []string
			for range 1 + r.IntN(4) {
				phrase = append(phrase, randomWord(r))
			}
			w = `"` + strings.Join(phrase, " ") + `"`
			if r.IntN(2) == 0 {
				w += fmt.Sprintf("~%d", r.IntN(6))
			}
		case 1:
			if plain[0] < '0' || plain[0] > '9' { // bleve takes no edits of a number
				w = fmt.Sprintf("%s~%d", plain, r.IntN(3))
			}
		case 2:
			w = string([]rune(strings.ToLower(plain))[:1]) + "*"
		case 3:
			w = []string{"c?rt", "*ing", "r*n", "?"}[r.IntN(4)]
		case 4:
			w = []string{"/ca.*/", "/[a-c].t/", "/port|run/", "/./"}[r.IntN(4)]
		}
		w = []string{"", "", "", "+", "-"}[r.IntN(5)] + w
		if r.IntN(4) == 0 {
			w += []string{"^2", "^0.5", "^3"}[r.IntN(3)]
		}
		parts = append(parts, w)
	}
	return strings.Join(parts, " ")
}

// randomCall returns a call on f, with the analyzer written into it.
func randomCall(r *rand.Rand, f predicate.Field, analyzer string) predicate.Call {
	opts := "analyzer=" + analyzer
	if r.IntN(4) == 0 {
		opts += " operator=and"
	}
	k := record.KeywordValue
	c := predicate.Call{Fields: []predicate.Field{f}}
	switch r.IntN(8) {
	case 0:
		c.Function, c.Args = "phrase", []record.Value{k(randomWord(r) + " " + randomWord(r)), k(opts)}
	case 1:
		c.Function, c.Args = "fuzzy", []record.Value{k(randomWord(r)), record.IntValue(r.Int64N(3)), k(opts)}
	case 2:
		c.Function, c.Args = "prefix", []record.Value{k(string([]rune(randomWord(r))[:1])), k(opts)}
	default:
		c.Function, c.Args = "match", []record.Value{k(randomQuery(r)), k(opts)}
	}
	if r.IntN(40) == 0 {
		c.Args[0] = record.NullOf(record.T(record.Keyword))
	}
	return c
}

// randomP returns a condition that an index answers.
func randomP(r *rand.Rand, f predicate.Field, analyzer string, depth int) predicate.P {
	if depth == 0 || r.IntN(2) == 0 {
		switch r.IntN(12) {
		case 0:
			return predicate.IsNull{Field: f, Negate: r.IntN(2) == 0}
		case 1:
			return predicate.Const{Truth: predicate.Truth(r.IntN(3))}
		}
		return randomCall(r, f, analyzer)
	}
	var of []predicate.P
	for range r.IntN(4) {
		of = append(of, randomP(r, f, analyzer, depth-1))
	}
	switch r.IntN(3) {
	case 0:
		return predicate.And{Of: of}
	case 1:
		return predicate.Or{Of: of}
	}
	return predicate.Not{Of: randomP(r, f, analyzer, depth-1)}
}
