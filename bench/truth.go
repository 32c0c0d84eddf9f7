package bench

import (
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strings"
)

// truth scores every text of a corpus one by one.
type truth struct {
	corpus  *Corpus
	average float64 // words a text, by rounded lengths
	df      map[uint32]int
}

func newTruth(c *Corpus) *truth {
	sum := 0
	for _, d := range c.Docs {
		sum += shortLength(len(d))
	}
	return &truth{corpus: c, average: float64(sum) / float64(max(1, len(c.Docs))), df: map[uint32]int{}}
}

// check says how an answer of quindex differs from what is true, or "".
func (t *truth) check(q Text, rows [][]any) string {
	if q.op == similar || q.op == beginning && !q.Count {
		return ""
	}
	scores := t.scores(q)
	if q.Count {
		return differ([][]any{{int64(len(scores))}}, rows, true)
	}
	best := make([]float64, 0, len(scores))
	for _, s := range scores {
		best = append(best, s)
	}
	slices.SortFunc(best, func(a, b float64) int { return -int(math.Copysign(1, a-b)) })
	if want := min(10, len(best)); len(rows) != want {
		return fmt.Sprintf("%d rows, want %d", len(rows), want)
	}
	for i, row := range rows {
		id, score := cellOf(row[0]), cellOf(row[1]).num
		if !near(score, best[i]) || !near(score, scores[int(id.num)]) {
			return fmt.Sprintf("place %d is text %s with %v; the place has %v, the text %v", i+1, id.text, score, best[i], scores[int(id.num)])
		}
	}
	return ""
}

// near allows for sums in another order.
func near(a, b float64) bool { return math.Abs(a-b) <= 1e-6*math.Abs(b) }

// scores are those of the texts that match: BM25 with k1 = 1.2 and b = 0.75,
// with the sum of its words' idf for a phrase, and with lengths and their mean
// as quindex keeps them, rounded.
func (t *truth) scores(q Text) map[int]float64 {
	found := map[int]float64{}
	if q.op == beginning {
		start := strings.TrimSuffix(q.Query, "*")
		for i, d := range t.corpus.Docs {
			if slices.ContainsFunc(d, func(w uint32) bool { return strings.HasPrefix(t.corpus.Words[w], start) }) {
				found[i] = 1
			}
		}
		return found
	}
	idf := make([]float64, len(q.words))
	for i, w := range q.words {
		df := float64(t.count(w))
		idf[i] = math.Log(1 + (float64(len(t.corpus.Docs))-df+0.5)/(df+0.5))
	}
	tf := make([]int, len(q.words))
	for i, d := range t.corpus.Docs {
		if !occurrences(tf, q, d) {
			continue
		}
		norm := 1.2 * (1 - 0.75 + 0.75*float64(shortLength(len(d)))/t.average)
		score := 0.0
		if q.op == inSequence {
			score = sum(idf) * 2.2 * float64(tf[0]) / (float64(tf[0]) + norm)
		} else {
			for j, n := range tf {
				score += idf[j] * 2.2 * float64(n) / (float64(n) + norm)
			}
		}
		found[i] = score
	}
	return found
}

func sum(of []float64) (s float64) {
	for _, x := range of {
		s += x
	}
	return s
}

// occurrences counts each word in a text, or a phrase in tf[0], and reports
// whether the text matches.
func occurrences(tf []int, q Text, doc []uint32) bool {
	clear(tf)
	for i, w := range doc {
		if q.op == inSequence {
			if i+len(q.words) <= len(doc) && slices.Equal(doc[i:i+len(q.words)], q.words) {
				tf[0]++
			}
			continue
		}
		for j, want := range q.words {
			if w == want {
				tf[j]++
			}
		}
	}
	if q.op == allWords {
		return !slices.Contains(tf, 0)
	}
	return slices.Max(tf) > 0
}

// count is how many texts have a word.
func (t *truth) count(w uint32) int {
	if n, ok := t.df[w]; ok {
		return n
	}
	n := 0
	for _, d := range t.corpus.Docs {
		if slices.Contains(d, w) {
			n++
		}
	}
	t.df[w] = n
	return n
}

// shortLength rounds a length down to what one byte of Lucene's SmallFloat
// holds: exact below 40, then four significant bits above 24.
func shortLength(n int) int {
	if n < 24 {
		return n
	}
	over := uint(n - 24)
	drop := max(0, bits.Len(over)-4)
	return 24 + int(over>>drop<<drop)
}
