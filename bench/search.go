package bench

import (
	"fmt"
	"strings"
)

// Text is a question about the docs table.
type Text struct {
	Query string // in the query-string syntax that bleve and quindex share
	Count bool   // how many texts, instead of the ten best
	words []uint32
	op    textOp
}

type textOp int

const (
	anyWord textOp = iota
	allWords
	inSequence
	beginning // of a word: no scores are known
	similar   // neither scores nor counts are
)

// SQL is the question as quindex is asked it.
func (t Text) SQL() string {
	if t.Count {
		return "SELECT count(*) FROM docs WHERE match(body, '" + t.Query + "')"
	}
	return "SELECT id, score() FROM docs WHERE match(body, '" + t.Query + "') ORDER BY score() DESC LIMIT 10"
}

// DocsDDL is the docs table in quindex.
const DocsDDL = "CREATE TABLE docs (id BIGINT NOT NULL, body TEXT NOT NULL) WITH (shards = 1)"

// textDraw picks words: frequent ones stand in a tenth of the texts and more,
// middling ones in a hundredth, rare ones in some.
type textDraw struct {
	corpus             *Corpus
	common, neighbours [][2]uint32
}

func (d *textDraw) frequent(r *Rand) uint32 { return uint32(8 + r.N(40)) }
func (d *textDraw) middling(r *Rand) uint32 { return uint32(700 + r.N(1500)) }
func (d *textDraw) rare(r *Rand) uint32     { return uint32(20_000 + r.N(20_000)) }

// text writes the query of some words.
func (d *textDraw) text(op textOp, words ...uint32) Text {
	var names []string
	for _, w := range words {
		names = append(names, d.corpus.Words[w])
	}
	t := Text{words: words, op: op, Query: strings.Join(names, " ")}
	switch op {
	case allWords:
		t.Query = "+" + strings.Join(names, " +")
	case inSequence:
		t.Query = `"` + t.Query + `"`
	case beginning:
		t.Query = names[0][:4] + "*"
	case similar:
		t.Query = names[0][:2] + "x" + names[0][3:] + "~1"
	}
	return t
}

// textKinds are the questions, each asked for its ten best and for its count.
var textKinds = []struct {
	name string
	draw func(d *textDraw, r *Rand) Text
}{
	{"term-rare", func(d *textDraw, r *Rand) Text { return d.text(anyWord, d.rare(r)) }},
	{"term-middling", func(d *textDraw, r *Rand) Text { return d.text(anyWord, d.middling(r)) }},
	{"term-frequent", func(d *textDraw, r *Rand) Text { return d.text(anyWord, d.frequent(r)) }},
	{"and", func(d *textDraw, r *Rand) Text { return d.text(allWords, d.frequent(r), d.middling(r)) }},
	{"and-frequent", func(d *textDraw, r *Rand) Text { return d.text(allWords, d.frequent(r), 48+d.frequent(r)) }},
	{"or", func(d *textDraw, r *Rand) Text { return d.text(anyWord, d.frequent(r), d.middling(r)) }},
	{"or-of-four", func(d *textDraw, r *Rand) Text {
		return d.text(anyWord, d.frequent(r), 48+d.frequent(r), d.middling(r), 1500+d.middling(r))
	}},
	{"phrase", func(d *textDraw, r *Rand) Text {
		p := d.neighbours[r.N(len(d.neighbours))]
		return d.text(inSequence, p[0], p[1])
	}},
	{"phrase-frequent", func(d *textDraw, r *Rand) Text {
		p := d.common[r.N(len(d.common))]
		return d.text(inSequence, p[0], p[1])
	}},
	{"prefix", func(d *textDraw, r *Rand) Text { return d.text(beginning, d.middling(r)) }},
	{"fuzzy", func(d *textDraw, r *Rand) Text { return d.text(similar, d.middling(r)) }},
}

// Search is the workload of n texts and of questions for words in them.
func Search(seed uint64, n int) *Workload {
	c := NewCorpus(seed, n)
	d := &textDraw{corpus: c, common: c.pairs(0, 60, 200), neighbours: c.pairs(100, 3000, 500)}
	w := &Workload{Name: "search", Rows: n, Tables: []Data{{Name: "docs", DDL: DocsDDL, Rows: n, NDJSON: func(yield func([]byte) bool) {
		var buf []byte
		for i := range c.Docs {
			if buf = c.appendNDJSON(buf[:0], i); !yield(buf) {
				return
			}
		}
	}}}}
	truth := newTruth(c)
	for _, count := range []bool{false, true} {
		for _, k := range textKinds {
			draw := func(r *Rand) Text {
				t := k.draw(d, r)
				t.Count = count
				return t
			}
			st := Statement{Name: k.name, Times: 10, SQL: func(r *Rand) string { return draw(r).SQL() },
				Words: func(r *Rand) any { return draw(r) },
				Check: func(q Question, rows [][]any) string { return truth.check(q.Words.(Text), rows) }}
			if count {
				st.Name = "count-" + k.name
			} else {
				st.Compare = asMany
			}
			w.Statements = append(w.Statements, st)
		}
	}
	return w
}

// asMany compares how many rows two answers have: systems that score by
// different formulas find different best ones.
func asMany(want, got [][]any) string {
	if len(want) != len(got) {
		return fmt.Sprintf("%d rows against %d", len(want), len(got))
	}
	return ""
}
