package search

import (
	"strings"
	"unicode/utf8"

	"github.com/blevesearch/vellum"
	"github.com/blevesearch/vellum/levenshtein"
	"github.com/blevesearch/vellum/regexp"

	"github.com/quindex/quindex/fault"
)

// patternKind is a way to name many terms at once.
type patternKind uint8

const (
	patternPrefix patternKind = iota
	patternWildcard
	patternRegexp
	patternFuzzy
)

// maxFuzziness is the largest number of edits, maxExpansions the largest
// number of terms of one segment that a pattern may stand for, maxPattern the
// longest pattern other than a prefix.
const (
	maxFuzziness  = 2
	maxExpansions = 1 << 16
	maxPattern    = 64 // letters: automata grow with them
)

// expansion decides which terms a pattern stands for. It is immutable.
type expansion struct {
	kind patternKind
	text string
	auto vellum.Automaton // nil for a prefix
	dfa  *levenshtein.DFA // of a fuzzy one
}

// wildcards turns * and ? into a regular expression, as bleve does.
var wildcards = strings.NewReplacer("+", `\+`, "(", `\(`, ")", `\)`, "^", `\^`, "$", `\$`, ".", `\.`, "{", `\{`, "}", `\}`,
	"[", `\[`, "]", `\]`, "|", `\|`, `\`, `\\`, "*", ".*", "?", ".")

// maxAutomaton bounds the bytes of the automaton of one regular expression.
const maxAutomaton = 1 << 20

func (e *Engine) newExpansion(kind patternKind, text string, distance int) (*expansion, error) {
	x := &expansion{kind: kind, text: text}
	if n := utf8.RuneCountInString(text); kind != patternPrefix && n > maxPattern {
		return nil, fault.Errorf("search: query", fault.TooLarge, "a pattern or fuzzy word of %d letters, want at most %d", n, maxPattern)
	}
	var err error
	switch kind {
	case patternPrefix:
		return x, nil
	case patternFuzzy:
		if distance < 0 || distance > maxFuzziness {
			return nil, fault.Errorf("search: query", fault.Invalid, "%d edits, want 0 to %d", distance, maxFuzziness)
		}
		var b *levenshtein.LevenshteinAutomatonBuilder
		if b, err = e.edits[distance-1](); err == nil {
			x.dfa, err = b.BuildDfa(text, uint8(distance))
			x.auto = x.dfa
		}
	case patternWildcard:
		x.auto, err = regexp.NewWithLimit(wildcards.Replace(text), maxAutomaton)
	default:
		x.auto, err = regexp.NewWithLimit(text, maxAutomaton)
	}
	if err != nil {
		return nil, fault.E("search: query", fault.Invalid, fault.Code("2201B"), fault.Item(text), err)
	}
	return x, nil
}

// weight returns the share of the boost that a term earns, and false if the
// pattern does not stand for it. A fuzzy term earns less the more it differs.
func (x *expansion) weight(term []byte) (float64, bool) {
	switch x.kind {
	case patternPrefix:
		return 1, len(term) >= len(x.text) && string(term[:len(x.text)]) == x.text
	case patternFuzzy:
		ok, distance := x.dfa.MatchAndDistance(string(term))
		return 1 / float64(1+int(distance)), ok
	}
	return 1, accepts(x.auto, term)
}

// accepts runs term through a. It is not vellum.AutomatonContains, which takes
// the first state of a regular expression for a dead end.
func accepts(a vellum.Automaton, term []byte) bool {
	state := a.Start()
	for _, c := range term {
		if !a.CanMatch(state) {
			return false
		}
		state = a.Accept(state, c)
	}
	return a.IsMatch(state)
}

// expanded is a term that a pattern stands for in one segment.
type expanded struct {
	at     uint64 // of the term's postings
	weight float64
}

// expand lists the terms of a segment that x stands for, in order.
func (ix *Index) expand(x *expansion) (found []expanded, err error) {
	var lo, hi []byte
	if x.kind == patternPrefix && x.text != "" {
		lo, hi = []byte(x.text), after(x.text)
	}
	auto := x.auto
	if auto == nil {
		auto = every{}
	}
	err = ix.eachTerm(auto, lo, hi, func(term []byte, at uint64) error {
		w := 1.0
		if x.kind == patternFuzzy {
			w, _ = x.weight(term)
		}
		if found = append(found, expanded{at, w}); len(found) > maxExpansions {
			return fault.E("search: query", fault.TooLarge, fault.Item(x.text), fault.Hint("write more of the word"), "more than 65536 terms match")
		}
		return nil
	})
	return found, err
}

// after returns the least string above all that begin with prefix, nil if
// there is none.
func after(prefix string) []byte {
	b := []byte(prefix)
	for len(b) > 0 {
		if b[len(b)-1] < 0xff {
			b[len(b)-1]++
			return b
		}
		b = b[:len(b)-1]
	}
	return nil
}
