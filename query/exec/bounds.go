package exec

import (
	"github.com/quindex/quindex/codec"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
)

// Of many parts most hold no row of a stretch of time, or of a few keys: the
// bounds of their columns say so, and no index needs be asked about the rest.

// boundParts is the number of parts from which their bounds are asked about a
// condition alone: of a few parts its index knows as soon.
const boundParts = 16

// leaveOut gives the parts without a row where one of the conditions is True
// an empty set, as far as bounds tell. Open rows have none.
func (s *scanOp) leaveOut(all []predicate.P) {
	if s.noIndex() || len(all) == 1 && len(s.parts) < boundParts {
		return
	}
	for _, p := range s.parts {
		if p.Open || p.set.IsEmpty() {
			continue
		}
		for _, c := range all {
			if p.isBeyond(c) {
				p.set = rows.Set{}
				s.stats.add("parts out of bounds", 1)
				break
			}
		}
	}
}

// isBeyond reports that bounds exclude c for every row of the part.
func (p *scanPart) isBeyond(c predicate.P) bool {
	switch c := c.(type) {
	case predicate.And:
		for _, one := range c.Of {
			if p.isBeyond(one) {
				return true
			}
		}
	case predicate.Or:
		for _, one := range c.Of {
			if !p.isBeyond(one) {
				return false
			}
		}
		return len(c.Of) > 0
	case predicate.Compare:
		if st, ok := p.boundsOf(c.Field); ok && !c.Value.IsNull() {
			return beyondValue(c.Op, record.Compare(st.Min, c.Value), record.Compare(st.Max, c.Value))
		}
	case predicate.Between:
		if st, ok := p.boundsOf(c.Field); ok {
			lo, hi := record.Compare(st.Max, c.Lo), record.Compare(st.Min, c.Hi)
			return lo < 0 || lo == 0 && c.LoOpen || hi > 0 || hi == 0 && c.HiOpen
		}
	case predicate.In:
		if st, ok := p.boundsOf(c.Field); ok && len(c.Values) > 0 {
			return record.Compare(st.Max, c.Values[0]) < 0 || record.Compare(st.Min, c.Values[len(c.Values)-1]) > 0
		}
	}
	return false
}

// beyondValue reports that op holds between no value and a constant, where the
// least value compares with the constant as least does, the greatest as most.
func beyondValue(op predicate.Op, least, most int) bool {
	switch op {
	case predicate.EQ:
		return least > 0 || most < 0
	case predicate.NE:
		return least == 0 && most == 0
	case predicate.LT:
		return least >= 0
	case predicate.LE:
		return least > 0
	case predicate.GT:
		return most <= 0
	}
	return most < 0
}

// boundsOf returns the statistics of a scalar column if they bound all of its
// values; those of the columns of places are corners, and bound nothing here.
func (p *scanPart) boundsOf(f predicate.Field) (codec.Stats, bool) {
	col := p.Columns.Column(f.ID)
	if col == nil {
		return codec.Stats{}, false
	}
	switch col.Field().Type.Storage() {
	case record.Ints, record.Floats, record.Strs:
	default:
		return codec.Stats{}, false
	}
	st := col.Stats()
	return st, st.Rows == p.Rows && st.Min.Valid && st.Max.Valid
}
