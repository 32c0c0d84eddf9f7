package engines

import (
	"context"
	"io"
	"math"
	"sync/atomic"

	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
)

// Talents are found by type assertion: on an Index (Ranker, Counter, Preparer,
// Newest, Merger; Walker and Placed are in walk.go) or on an Engine (Layouter,
// Inspector, Automatic, CurvePruner). An engine without one is complete.

// Ranker is an index that can score rows, or order them by distance.
type Ranker interface {
	Index
	// Rank returns at most k rows of within where p is True, best first, ties by
	// ascending row. It may leave out rows that cannot beat bound, which it
	// raises as it finds better ones; bound is shared by all segments of a query.
	Rank(ctx context.Context, p predicate.P, within rows.Set, k int, bound *Bound) ([]rows.Hit, error)
}

// JointRanker is a Ranker that ranks the rows of several segments in one search.
type JointRanker interface {
	Ranker
	// RankJointly returns the rows of in, indexes like the receiver, where p is
	// True and that are among the k best of all of them, and those as good as the
	// last of these; best first, ties by input and row.
	RankJointly(ctx context.Context, p predicate.P, in []RankInput, k int) ([]JointHit, error)
}

// RankInput is one segment of a joint ranking: its index, and the rows asked for.
type RankInput struct {
	Index  Index
	Within rows.Set
}

// JointHit is a row of an input of a joint ranking.
type JointHit struct {
	Score float64
	Input int
	Row   rows.Num
}

// Bound is the score that a row must beat to matter, shared by goroutines.
// The zero Bound lets everything pass only after Reset; use NewBound.
type Bound struct{ bits atomic.Uint64 }

// NewBound returns a bound below every score.
func NewBound() *Bound {
	b := &Bound{}
	b.bits.Store(math.Float64bits(math.Inf(-1)))
	return b
}

// Load returns the score to beat.
func (b *Bound) Load() float64 { return math.Float64frombits(b.bits.Load()) }

// Raise lifts the bound to at least score.
func (b *Bound) Raise(score float64) {
	for {
		old := b.bits.Load()
		if math.Float64frombits(old) >= score || b.bits.CompareAndSwap(old, math.Float64bits(score)) {
			return
		}
	}
}

// Counter is an index that can count some conditions without finding the rows,
// from cardinalities and bounds that it keeps.
type Counter interface {
	Index
	// Count returns the number of rows of the segment where p is True, and false
	// if it would have to look at rows: then Match is the way. It takes microseconds.
	Count(p predicate.P) (n int, ok bool)
}

// Preparer is an index that makes a condition ready once, for the estimate and
// for the match that may follow.
type Preparer interface {
	// Prepare is Estimate of p; what it returns answers p as Match would.
	Prepare(p predicate.P) (Prepared, bool)
	// PrepareAll is Prepare of the AND of conditions that this index has prepared.
	PrepareAll(of []Prepared) Prepared
}

// Prepared is a condition that one index was asked about. Any number of
// goroutines may use it while the index is open.
type Prepared interface {
	Estimate() Estimate
	Match(ctx context.Context, within rows.Set) (rows.Set, error)
}

// Newest is an index that knows the last rows of each series: those that agree
// in all fields of its definition but the first, which is the time. What is
// wanted for fewer fields is among them.
type Newest interface {
	Index
	// Newest returns the perSeries rows of within with the greatest time of each
	// series, in ascending order of rows; of equal times the later row. Rows
	// without a time are left out. It fails with fault.Unsupported where the
	// segment's rows are not in order: then look at all rows.
	Newest(ctx context.Context, within rows.Set, perSeries int) ([]rows.Num, error)
}

// Merger is an index that can be merged with others of its kind faster than
// building it again from rows. Law: the bytes answer like a fresh Build over
// the mapped live rows.
type Merger interface {
	Index
	// Merge writes the index of the merged segment. in[i].Map tells where the rows
	// of input i went. The receiver is one of the inputs.
	Merge(ctx context.Context, in []MergeInput, w io.Writer) error
}

// MergeInput is one index of a merge: len(Map) is its segment's row count and
// Map[old] the new row, or Gone.
type MergeInput struct {
	Index Index
	Map   []rows.Num
}

// Gone marks a row that a merge leaves out.
const Gone = rows.Num(math.MaxUint32)

// Layouter is an engine that decides where the rows of its tables lie.
type Layouter interface {
	Engine
	// Layout returns the order of rows and the groups they may share segments in.
	Layout(def IndexDef) Layout
}

// Layout is how the rows of a table lie in segments. The zero Layout keeps
// rows in the order of the log.
type Layout struct {
	// OrderBy sorts the rows of every segment; ties stay in log order.
	OrderBy []record.ColumnID
	// Group names the group a row belongs to; rows of different groups never
	// share a segment, so that a group can be dropped whole. nil: one group.
	Group func(b *record.Batch, row int) string
}

// Inspector is an engine that can print a section for people.
type Inspector interface {
	Engine
	// Inspect prints the structure of a section and reads all of it. It prints on
	// after a part that is wrong, and returns the first such error; bytes of any
	// kind make it return, not panic.
	Inspect(w io.Writer, section []byte) error
}

// Automatic is an engine that indexes some columns of every table without
// being asked: TEXT is searched, a POINT is placed.
type Automatic interface {
	Engine
	// Automatic returns the options of the index of a column, and false if the
	// column gets none.
	Automatic(f record.Field) (options map[string]string, ok bool)
}

// CurvePruner is an engine of conditions on places, which live along the curve
// of S2 leaf cells where a table is sharded by them.
type CurvePruner interface {
	Engine
	// Near reports for each stretch of the curve, from[i] up to the next and the
	// last without end, whether a place for which c is True may live there, and
	// false if it cannot tell. from ascends. It takes microseconds.
	Near(c predicate.Call, from []uint64) ([]bool, bool)
}
