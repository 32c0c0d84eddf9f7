package bench

import (
	"math"
	"slices"
	"strconv"
)

// Corpus is texts of made-up words: as many of each word as Zipf and
// Mandelbrot say, with pairs that like to stand together, and a topic a text.
type Corpus struct {
	Words []string   // by rank: the most frequent first
	Docs  [][]uint32 // ranks
	byID  map[string]uint32
}

const (
	vocabulary = 120_000
	topics     = 300
)

// english are words that an analyzer leaves out and that the syllables could
// make; a word that is left out could not be counted.
var english = []string{"more", "some", "same", "none"}

// NewCorpus makes n texts of 40 to 100 words, the same for the same seed.
func NewCorpus(seed uint64, n int) *Corpus {
	r := NewRand(seed)
	c := &Corpus{Words: makeWords(r), Docs: make([][]uint32, n), byID: map[string]uint32{}}
	for i, w := range c.Words {
		c.byID[w] = uint32(i)
	}
	sums, sum := make([]float64, vocabulary), 0.0
	for i := range sums {
		sum += 1 / math.Pow(float64(i)+2.7, 1.07)
		sums[i] = sum
	}
	for i := range c.Docs {
		c.Docs[i] = makeText(r, sums)
	}
	return c
}

func makeText(r *Rand, sums []float64) []uint32 {
	text := make([]uint32, 40+r.N(61))
	topic := r.N(topics)
	for i := range text {
		var x int
		switch p := r.Float(); {
		case i > 0 && p < 0.25: // a word that likes to follow
			if x = (int(text[i-1])*7 + 13 + r.N(3)) % vocabulary; x > 20_000 {
				x %= 5000
			}
		case p < 0.35: // a word of the topic
			x = 500 + topic*20 + r.N(20)
		default:
			x, _ = slices.BinarySearch(sums, r.Float()*sums[len(sums)-1])
		}
		text[i] = uint32(min(x, vocabulary-1))
	}
	return text
}

// makeWords makes words of syllables; frequent words are shorter.
func makeWords(r *Rand) (words []string) {
	var syllables []string
	for _, c := range []string{"b", "c", "d", "f", "g", "h", "k", "l", "m", "n", "p", "r", "s", "t", "v", "st", "tr", "ch", "pl", "gr"} {
		for _, v := range []string{"a", "e", "i", "o", "u", "ai", "er", "on"} {
			syllables = append(syllables, c+v)
		}
	}
	seen := map[string]bool{}
	for _, w := range english {
		seen[w] = true
	}
	for len(words) < vocabulary {
		count := 2
		if len(words) > 4000 {
			count = 3
		}
		if r.N(3) == 0 {
			count++
		}
		w := ""
		for range count {
			w += syllables[r.N(len(syllables))]
		}
		if !seen[w] {
			seen[w] = true
			words = append(words, w)
		}
	}
	return words
}

// AppendText adds the text of a document.
func (c *Corpus) AppendText(b []byte, doc int) []byte {
	for i, w := range c.Docs[doc] {
		if i > 0 {
			b = append(b, ' ')
		}
		b = append(b, c.Words[w]...)
	}
	return b
}

func (c *Corpus) appendNDJSON(b []byte, doc int) []byte {
	b = append(b, `{"id":`...)
	b = strconv.AppendInt(b, int64(doc), 10)
	b = append(b, `,"body":"`...)
	b = c.AppendText(b, doc)
	return append(b, "\"}\n"...)
}

// pairs are words that stand beside each other somewhere, both of ranks in
// [lo, hi): phrases that exist.
func (c *Corpus) pairs(lo, hi uint32, most int) (out [][2]uint32) {
	in := func(w uint32) bool { return lo <= w && w < hi }
	for _, d := range c.Docs {
		for i := range len(d) - 1 {
			if p := [2]uint32{d[i], d[i+1]}; in(p[0]) && in(p[1]) && p[0] != p[1] && !slices.Contains(out, p) {
				if out = append(out, p); len(out) == most {
					return out
				}
				break // one of a text is enough
			}
		}
	}
	return out
}
