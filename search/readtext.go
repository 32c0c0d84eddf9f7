package search

import (
	"strings"
	"sync"
)

// words are the terms of one text, in its order, and where each stands. One
// goroutine uses them.
type words struct {
	terms  []string
	pos    []int
	length uint8 // the number of tokens, as lengthByte keeps it

	asked int              // places that were looked for
	at    map[string][]int // of each term, once many were
}

// fewAsked is up to how many terms are looked for one by one: more want a map,
// which takes about as long to make as to look at all terms so often.
const fewAsked = 8

// places returns where a term stands, ascending.
func (w *words) places(term string) []int {
	if w.asked++; w.asked > fewAsked {
		return w.byTerm()[term]
	}
	var out []int
	for i, t := range w.terms {
		if t == term {
			out = append(out, w.pos[i])
		}
	}
	return out
}

// count returns how often a term stands in the text.
func (w *words) count(term string) (n int) {
	if w.asked++; w.asked > fewAsked {
		return len(w.byTerm()[term])
	}
	for _, t := range w.terms {
		if t == term {
			n++
		}
	}
	return n
}

func (w *words) byTerm() map[string][]int {
	if w.at == nil {
		w.at = make(map[string][]int, len(w.terms))
		for i, t := range w.terms {
			w.at[t] = append(w.at[t], w.pos[i])
		}
	}
	return w.at
}

// readText takes a text to pieces: a plain one as the builder does, word by
// word, others by bleve. TestReadText holds the one to the other.
func readText(a *analyzer, s string) *words {
	if a.alone && isPlain(s) {
		return a.plainWords(s)
	}
	return a.bleveWords(s)
}

// bleveWords is readText by bleve alone.
func (a *analyzer) bleveWords(s string) *words {
	ts := a.tokens(s)
	w := &words{terms: make([]string, len(ts)), pos: make([]int, len(ts)), length: lengthByte(len(ts))}
	for i, t := range ts {
		w.terms[i], w.pos[i] = string(t.term), t.pos
	}
	return w
}

func (a *analyzer) plainWords(s string) *words {
	about := len(s)/6 + 1
	w := &words{terms: make([]string, 0, about), pos: make([]int, 0, about)}
	pos := 0
	a.memo.mu.RLock()
	asciiWords(s, func(lo, hi int) {
		pos++
		m, known := a.memo.terms[s[lo:hi]]
		if !known {
			a.memo.mu.RUnlock()
			m = a.learn(s[lo:hi])
			a.memo.mu.RLock()
		}
		if m.kept {
			w.terms, w.pos = append(w.terms, m.text), append(w.pos, pos)
		}
	})
	a.memo.mu.RUnlock()
	w.length = lengthByte(len(w.terms))
	return w
}

// memo keeps what words became: the filters of an analyzer take ten times as
// long as finding it again.
type memo struct {
	mu    sync.RWMutex
	terms map[string]term
}

// term is what a word becomes; not kept, it is left out.
type term struct {
	text string
	kept bool
}

const (
	maxMemo     = 1 << 15 // words
	maxMemoWord = 64      // bytes of one
)

// learn makes a term of a word and keeps it. All are forgotten where they are
// too many: the frequent ones come back first.
func (a *analyzer) learn(word string) term {
	text, kept := a.oneWord(word)
	m := term{text, kept}
	if len(word) > maxMemoWord {
		return m
	}
	a.memo.mu.Lock()
	defer a.memo.mu.Unlock()
	if len(a.memo.terms) >= maxMemo {
		a.memo.terms = nil
	}
	if a.memo.terms == nil {
		a.memo.terms = make(map[string]term)
	}
	a.memo.terms[strings.Clone(word)] = m // the text may lie in a file that is mapped for a while
	return m
}
