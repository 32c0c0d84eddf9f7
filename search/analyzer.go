package search

import (
	"strings"

	"github.com/blevesearch/bleve/v2/analysis"
	"github.com/blevesearch/bleve/v2/registry"

	// Analyzers register themselves with bleve's registry.
	_ "github.com/blevesearch/bleve/v2/analysis/analyzer/keyword"
	_ "github.com/blevesearch/bleve/v2/analysis/analyzer/simple"
	_ "github.com/blevesearch/bleve/v2/analysis/analyzer/standard"
	_ "github.com/blevesearch/bleve/v2/analysis/analyzer/web"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/ar"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/cjk"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/da"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/de"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/en"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/es"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/fi"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/fr"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/it"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/nl"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/no"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/pt"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/ru"
	_ "github.com/blevesearch/bleve/v2/analysis/lang/sv"
	_ "github.com/blevesearch/bleve/v2/analysis/tokenizer/unicode"

	"github.com/quindex/quindex/fault"
)

// DefaultAnalyzer is the analyzer of a field that names none: words by
// Unicode's rules, in lower case, without the stop words of English.
const DefaultAnalyzer = "standard"

// analyzerNames are the analyzers that a field may name.
const analyzerNames = "ar cjk da de en es fi fr it keyword nl no pt ru simple standard sv web"

// analyzer turns text into terms. It may be used by any number of goroutines.
type analyzer struct {
	name   string
	bleve  analysis.Analyzer
	filter []analysis.TokenFilter // where alone: what makes a term of a word
	// alone says that words are cut by the unicode tokenizer and that each
	// becomes a term, or none, whatever stands beside it.
	alone bool
	memo  memo // of words, where alone
}

// newAnalyzer returns the analyzer called name; "" is the default.
func newAnalyzer(cache *registry.Cache, name string) (*analyzer, error) {
	if name == "" {
		name = DefaultAnalyzer
	}
	if !strings.Contains(" "+analyzerNames+" ", " "+name+" ") {
		return nil, fault.E("search: analyzer", fault.NotFound, fault.Code("42704"), fault.Item(name),
			fault.Hint("there are "+analyzerNames), "no such analyzer")
	}
	b, err := cache.AnalyzerNamed(name)
	if err != nil {
		return nil, fault.E("search: analyzer", fault.Internal, fault.Item(name), err)
	}
	a := &analyzer{name: name, bleve: b}
	if d, is := b.(*analysis.DefaultAnalyzer); is && (name == "standard" || name == "en") {
		a.alone, a.filter = true, d.TokenFilters
	}
	return a, nil
}

// token is a term and where it stands: the term's bytes are valid until the
// next use of what made it. Positions count from 1 and may leave gaps, where a
// stop word stood.
type token struct {
	term       []byte
	pos        int
	start, end int // bytes of the text
}

// tokens analyses text by bleve alone: the definition of what a text's terms are.
func (a *analyzer) tokens(text string) []token {
	stream := a.bleve.Analyze([]byte(text))
	out := make([]token, len(stream))
	for i, t := range stream {
		out[i] = token{t.Term, t.Position, t.Start, t.End}
	}
	return out
}

// slots returns the terms of text by position, from the first term's on; a
// slot is empty where a word was left out. This is how a phrase is asked for.
func (a *analyzer) slots(text string) [][]string {
	ts := a.tokens(text)
	if len(ts) == 0 {
		return nil
	}
	lo, hi := ts[0].pos, ts[0].pos
	for _, t := range ts {
		lo, hi = min(lo, t.pos), max(hi, t.pos)
	}
	out := make([][]string, hi-lo+1)
	for _, t := range ts {
		out[t.pos-lo] = append(out[t.pos-lo], string(t.term))
	}
	return out
}
