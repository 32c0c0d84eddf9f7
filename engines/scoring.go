package engines

import (
	"context"
	"encoding/binary"
	"maps"
	"slices"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/rows"
)

// CallBinder is an engine whose calls depend on more than their arguments: it
// completes a call when a statement is bound, so that Eval, which sees values
// alone, and every index understand it in one way.
type CallBinder interface {
	Engine
	// Bind returns c with its arguments completed by what def says, such as an
	// analyzer, and refuses arguments that can never be right. def is the
	// table's index of this engine over the fields of c, or, where there is
	// none, a definition with those fields and no options.
	Bind(c predicate.Call, def IndexDef) (predicate.Call, error)
}

// ScoredRanker is an index whose scores depend on the whole table: how many
// rows hold a term. A query asks every segment of every shard for Stats, adds
// them, and hands the sum to RankScored or Score of each. p is one Call.
type ScoredRanker interface {
	Index
	// Stats returns what p needs to know of the rows in live.
	Stats(p predicate.P, live rows.Set) (TermStats, error)
	// RankScored returns at most k rows of within where p is True, best first,
	// ties by ascending row. It may leave out rows that score below bound, which
	// it raises as it finds better ones; bound is shared by all segments of a
	// query, and a row that scores exactly bound is kept.
	RankScored(ctx context.Context, p predicate.P, s *TermStats, within rows.Set, k int, bound *Bound) ([]rows.Hit, error)
	// Score returns the score of each of nums, which ascend: 0 where p is not True.
	Score(ctx context.Context, p predicate.P, s *TermStats, nums []rows.Num) ([]float64, error)
}

// RowScorer is the engine of a ScoredRanker. It scores rows that no index
// holds yet, and defines what the scores are.
type RowScorer interface {
	Engine
	// RowStats adds row to s.
	RowStats(c predicate.Call, row predicate.Row, s *TermStats) error
	// RowScore returns the score of row, and false where c is not True.
	RowScore(c predicate.Call, row predicate.Row, s *TermStats) (float64, bool, error)
}

// TermStats is what scores need to know of a set of rows. The zero TermStats
// is of no rows; those of disjoint sets can be added.
type TermStats struct {
	Rows   int64            // rows with a text
	Tokens int64            // the sum of the texts' lengths as they are kept
	Terms  map[string]int64 // rows that hold each term of the query
}

// Add adds n rows that hold term.
func (s *TermStats) Add(term string, n int64) {
	if s.Terms == nil {
		s.Terms = map[string]int64{}
	}
	s.Terms[term] += n
}

// Merge adds the statistics of other rows.
func (s *TermStats) Merge(o TermStats) {
	s.Rows += o.Rows
	s.Tokens += o.Tokens
	for term, n := range o.Terms {
		s.Add(term, n)
	}
}

// AppendWire appends the wire form: version 1, then varints: rows, tokens,
// the number of terms, and of each, ascending, its length, bytes and rows.
func (s *TermStats) AppendWire(dst []byte) []byte {
	dst = append(dst, 1)
	dst = binary.AppendUvarint(dst, uint64(s.Rows))
	dst = binary.AppendUvarint(dst, uint64(s.Tokens))
	dst = binary.AppendUvarint(dst, uint64(len(s.Terms)))
	for _, term := range slices.Sorted(maps.Keys(s.Terms)) {
		dst = binary.AppendUvarint(dst, uint64(len(term)))
		dst = append(dst, term...)
		dst = binary.AppendUvarint(dst, uint64(s.Terms[term]))
	}
	return dst
}

// DecodeTermStats reads what AppendWire wrote; b holds nothing else.
func DecodeTermStats(b []byte) (TermStats, error) {
	var s TermStats
	bad := func() (TermStats, error) {
		return TermStats{}, fault.Errorf("engines: decode term statistics", fault.Corrupt, "%d bytes left", len(b))
	}
	ok := len(b) > 0 && b[0] == 1
	number := func() int64 {
		v, n := binary.Uvarint(b)
		if n <= 0 || v > 1<<62 {
			ok = false
			return 0
		}
		b = b[n:]
		return int64(v)
	}
	if !ok {
		return bad()
	}
	b = b[1:]
	s.Rows, s.Tokens = number(), number()
	for n := number(); ok && n > 0; n-- {
		size := number()
		if size > int64(len(b)) {
			return bad()
		}
		term := string(b[:size])
		b = b[size:]
		s.Add(term, number())
	}
	if !ok || len(b) > 0 {
		return bad()
	}
	return s, nil
}
