package exec

import (
	"math"
	"time"

	"github.com/quindex/quindex/codec"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/query/exec/eval"
	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
)

// A statement that groups by buckets of time and wants the last few of them
// need not read the others (plan.TopGroups). The scan tries the last buckets
// that could hold a row, and where too few of them do, a wider range of time.

// widen is how much wider each try is than the one before: all tries together
// cost little more than the last.
const widen = 8

// endOf is one end of the time that a scan's rows take.
type endOf struct {
	bucketKey
	field  predicate.Field
	desc   bool
	k      int
	lo, hi int64 // no row that matches is outside
}

// first narrows the parts to the rows whose key is among the first values, if
// an index finds them.
func (s *scanOp) first() error {
	if s.noIndex() || len(s.filter) > 0 {
		return nil
	}
	e, ok := s.end()
	if !ok {
		return nil
	}
	start := time.Now()
	for many := s.tries(e); ; many *= widen {
		hi, lo := mul(many, uint64(e.width))
		if hi || lo >= uint64(e.hi)-uint64(e.lo) {
			return nil // as far as there are rows
		}
		sets, sure, err := s.within(e.condition(lo))
		if err != nil {
			return err
		}
		enough, err := s.reaches(e, sets, sure)
		if err != nil {
			return err
		}
		if enough {
			s.narrow(sets, time.Since(start))
			return nil
		}
	}
}

// tries is how many buckets are tried first: those wanted, or where rows are
// sparse, so many that they may have as many rows.
func (s *scanOp) tries(e endOf) uint64 {
	n := uint64(0)
	for _, p := range s.parts {
		n += uint64(p.set.Len())
	}
	return max(1, (uint64(e.hi)-uint64(e.lo))/max(n, 1)/uint64(e.width)) * uint64(e.k)
}

// mul is a*b, and whether that is too large for an int64.
func mul(a, b uint64) (over bool, ab uint64) {
	return a > math.MaxInt64/b, a * b
}

// end finds what the top is about; false where the rows do not tell, or where
// one without a time comes first.
func (s *scanOp) end() (e endOf, ok bool) {
	key := &s.node.Top.Key
	switch x := key.Expr.(type) {
	case plan.Col:
		e.bucketKey = bucketKey{col: x.Index, width: 1}
	default:
		col, width, offset, ok := eval.Buckets(x)
		if !ok {
			return e, false
		}
		e.bucketKey = bucketKey{col.Index, width, offset}
	}
	sc := &s.node.Table.Schema
	at := sc.ByID(s.node.Columns[e.col])
	if at < 0 || sc.Fields[at].Type.Storage() != record.Ints {
		return e, false
	}
	f := &sc.Fields[at]
	e.field, e.desc, e.k = predicate.Field{ID: f.ID, Name: f.Name, Type: f.Type}, key.Desc, int(s.node.Top.K)
	lo, hi, some, ok := s.boundsOf(func(p *scanPart) engines.ColumnReader { return p.Columns.Column(f.ID) }, key.NullsFirst)
	if !ok || !some {
		return e, false
	}
	e.lo, e.hi = lo, hi
	for _, p := range predicate.Conjuncts(s.node.Where) {
		e.clip(p)
	}
	return e, e.lo < e.hi && e.width < math.MaxInt64/4 && e.lo >= math.MinInt64+2*e.width && e.hi <= math.MaxInt64-2*e.width
}

// clip draws the bounds in to what a condition leaves of the time.
func (e *endOf) clip(p predicate.P) {
	bound := func(v record.Value, above, below, open bool) {
		if !v.Valid || v.Type != e.field.Type {
			return
		}
		off := int64(0)
		if open {
			off = 1
		}
		if above && v.I < math.MaxInt64 {
			e.lo = max(e.lo, v.I+off)
		}
		if below && v.I > math.MinInt64 {
			e.hi = min(e.hi, v.I-off)
		}
	}
	switch p := p.(type) {
	case predicate.Compare:
		if p.Field.ID == e.field.ID {
			above, below := p.Op == predicate.GT || p.Op == predicate.GE, p.Op == predicate.LT || p.Op == predicate.LE
			bound(p.Value, above, below, p.Op == predicate.GT || p.Op == predicate.LT)
		}
	case predicate.Between:
		if p.Field.ID == e.field.ID {
			bound(p.Lo, true, false, p.LoOpen)
			bound(p.Hi, false, true, p.HiOpen)
		}
	}
}

// condition is: no farther from the end than the buckets that take so much time.
func (e *endOf) condition(span uint64) predicate.P {
	v := record.Value{Type: e.field.Type, Valid: true}
	if e.desc {
		v.I = e.start(e.hi) + e.width - int64(span)
		return predicate.Compare{Field: e.field, Op: predicate.GE, Value: v}
	}
	v.I = e.start(e.lo) + int64(span)
	return predicate.Compare{Field: e.field, Op: predicate.LT, Value: v}
}

// within returns the rows of every part for which cond holds too; of a part
// that no index helps with, all its rows, and sure is false.
func (s *scanOp) within(cond predicate.P) (sets []rows.Set, sure []bool, err error) {
	sets, sure = make([]rows.Set, len(s.parts)), make([]bool, len(s.parts))
	for i, p := range s.parts {
		if p.set.IsEmpty() {
			continue
		}
		c := chooser{part: p.Part, scan: s}
		step, err := c.step(cond)
		if err != nil {
			return nil, nil, err
		}
		if sets[i] = p.set; step.how != byIndex && p.Rows > surveyMost {
			continue
		}
		if sets[i], err = s.found(p.Part, &step, p.set, nil); err != nil {
			return nil, nil, fault.E("exec: match", fault.Item(p.Name), err)
		}
		sure[i] = true
	}
	return sets, sure, nil
}

// reaches reports whether the sets hold rows of k buckets.
func (s *scanOp) reaches(e endOf, sets []rows.Set, sure []bool) (bool, error) {
	seen := map[int64]struct{}{}
	var ints []int64
	for i, p := range s.parts {
		first, ok := sets[i].Min()
		if !ok || !sure[i] {
			continue
		}
		last, _ := sets[i].Max()
		col := p.Columns.Column(e.field.ID)
		for b := int(first) / rows.BlockRows; b <= int(last)/rows.BlockRows; b++ {
			var sel codec.Sel
			n := min(rows.BlockRows, p.Rows-b*rows.BlockRows)
			st := codec.State(sets[i].BlockN(b, n, &sel))
			if st == codec.None {
				continue
			}
			blk, err := col.Block(b)
			if err != nil {
				return false, fault.E("exec: read", fault.Item(p.Name), err)
			}
			st = blk.AndValid(&sel, st)
			ints = blk.Ints.Gather(&sel, st, ints[:0])
			if e.count(seen, ints) {
				return true, nil
			}
		}
	}
	return false, nil
}

// count adds the buckets of v to seen until there are enough.
func (e *endOf) count(seen map[int64]struct{}, v []int64) bool {
	start, width := int64(0), uint64(0)
	for _, x := range v {
		if uint64(x)-uint64(start) < width {
			continue
		}
		start, width = e.start(x), uint64(e.width)
		if seen[start] = struct{}{}; len(seen) >= e.k {
			return true
		}
	}
	return false
}

// narrow leaves the parts these rows.
func (s *scanOp) narrow(sets []rows.Set, took time.Duration) {
	hits := make(hitsOf, len(sets))
	for i, p := range s.parts {
		p.set = sets[i]
		if s.stats != nil {
			hits[i] = make([]rows.Hit, p.set.Len())
		}
	}
	s.stats.ranked("timeseries.Range", s.node.Top.Index, hits, took)
}
