package search

import (
	"github.com/blevesearch/bleve/v2/analysis"
)

// asciiClass says what a byte is to the rules of word boundaries.
type asciiClass uint8

const (
	apart   asciiClass = iota // ends a word
	letter                    // joins letters and digits
	digit                     // joins letters and digits
	midWord                   // joins a letter to a letter: ':'
	midNum                    // joins a digit to a digit: ',' ';'
	midBoth                   // does either: '.' '\''
	strange                   // left to bleve's tokenizer
)

var asciiClasses = func() (c [256]asciiClass) {
	for b := range c {
		switch {
		case b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z':
			c[b] = letter
		case b >= '0' && b <= '9':
			c[b] = digit
		case b >= 0x80 || b == '_':
			c[b] = strange
		}
	}
	c[':'], c[','], c[';'], c['.'], c['\''] = midWord, midNum, midNum, midBoth, midBoth
	return c
}()

// isPlain reports whether asciiWords cuts text as the unicode tokenizer does.
func isPlain(text string) bool {
	for i := range len(text) {
		if asciiClasses[text[i]] == strange {
			return false
		}
	}
	return true
}

// asciiWords calls f for each word of a plain text, in order: the words of
// Unicode's annex 29, rules WB5 to WB12. TestWords holds it to bleve's tokenizer.
func asciiWords(text string, f func(lo, hi int)) {
	for i := 0; i < len(text); {
		if c := asciiClasses[text[i]]; c != letter && c != digit {
			i++
			continue
		}
		lo := i
		for i++; i < len(text); i++ {
			c := asciiClasses[text[i]]
			if c == letter || c == digit {
				continue
			}
			if c == apart || i+1 == len(text) {
				break
			}
			before, after := asciiClasses[text[i-1]], asciiClasses[text[i+1]]
			if before != after || before == letter && c == midNum || before == digit && c == midWord || after != letter && after != digit {
				break
			}
		}
		f(lo, i)
	}
}

// oneWord makes a term of one word by the analyzer's filters, or false if
// they drop it. The term is a copy.
func (a *analyzer) oneWord(word string) (string, bool) {
	stream := analysis.TokenStream{{Term: []byte(word), Start: 0, End: len(word), Position: 1}}
	for _, f := range a.filter {
		stream = f.Filter(stream)
	}
	if len(stream) == 0 {
		return "", false
	}
	return string(stream[0].Term), true
}
