package search

import (
	"iter"
	"math"
	"math/bits"

	"github.com/quindex/quindex/engines"
)

// The constants of BM25 (Robertson and Zaragoza, "The Probabilistic Relevance
// Framework: BM25 and Beyond", 2009), at their usual values.
const (
	k1 = 1.2
	bl = 0.75 // how much length counts
)

// scorer scores the leaves of one query:
//
//	boost * ln(1 + (N - df + 0.5) / (df + 0.5)) * tf * (k1+1) / (tf + k1*(1-b+b*len/avg))
//
// with N, df and avg of all live rows of the table. A phrase is a term whose
// idf is the sum of its words'. A pattern earns a constant, its boost.
type scorer struct {
	weight [][2]float64 // by leaf: boost, and boost * idf * (k1+1)
	norm   [256]float64 // by length byte: k1*(1-b+b*len/avg)
}

func newScorer(q *query, s *engines.TermStats) *scorer {
	sc := &scorer{weight: make([][2]float64, len(q.leaves))}
	avg := 1.0
	if s.Rows > 0 && s.Tokens > 0 {
		avg = float64(s.Tokens) / float64(s.Rows)
	}
	for i := range sc.norm {
		sc.norm[i] = k1 * (1 - bl + float64(bl*float64(lengthOf(uint8(i)))/avg))
	}
	for i, n := range q.leaves {
		sum := 0.0
		for term := range n.terms() {
			sum += idf(s.Rows, s.Terms[term])
		}
		sc.weight[i] = [2]float64{n.boost, n.boost * sum * (k1 + 1)}
	}
	return sc
}

func idf(rows, df int64) float64 {
	df = min(df, rows)
	return math.Log(1 + (float64(rows-df)+0.5)/(float64(df)+0.5))
}

// frequent is the score of a term or phrase that stands tf times in a row.
// The conversion keeps a compiler from fusing the product into a sum.
func (s *scorer) frequent(n *node, tf int, length uint8) float64 {
	return float64(s.weight[n.leaf][1] * saturate(float64(tf), s.norm[length]))
}

func saturate(tf, norm float64) float64 { return tf / (tf + norm) }

// constant is the score of what is not counted.
func (s *scorer) constant(n *node, share float64) float64 {
	return float64(s.weight[n.leaf][0] * share)
}

// terms yields the terms of a leaf whose frequencies matter, as often as they stand there.
func (n *node) terms() iter.Seq[string] {
	return func(yield func(string) bool) {
		if n.op == opTerm {
			yield(n.term)
			return
		}
		for _, slot := range n.slots {
			for _, term := range slot {
				if !yield(term) {
					return
				}
			}
		}
	}
}

// terms yields each term whose frequency matters to the scores, once.
func (q *query) terms() iter.Seq[string] {
	return func(yield func(string) bool) {
		seen := map[string]bool{}
		for _, n := range q.leaves {
			for term := range n.terms() {
				if !seen[term] {
					seen[term] = true
					if !yield(term) {
						return
					}
				}
			}
		}
	}
}

// lengthByte keeps a number of tokens in a byte: exactly up to 40, then with
// four significant bits, rounded down. It is the byte of Lucene's SmallFloat
// (intToByte4), so that scores can be compared.
func lengthByte(n int) uint8 {
	const free = 24
	if n < free {
		return uint8(n)
	}
	v := uint64(min(n, math.MaxInt32) - free)
	width := bits.Len64(v)
	if width < 4 {
		return uint8(free + v)
	}
	shift := width - 4
	return uint8(free + int(v>>shift&7|uint64(shift+1)<<3))
}

// lengthOf is the number of tokens that a byte stands for.
func lengthOf(c uint8) int64 {
	const free = 24
	if c < free {
		return int64(c)
	}
	v := int64(c - free)
	mantissa, shift := v&7, v>>3-1
	if shift < 0 {
		return free + mantissa
	}
	return free + (mantissa|8)<<shift
}
