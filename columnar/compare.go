package columnar

import (
	"github.com/quindex/quindex/codec"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/record"
)

// Nearly all conditions compare a column with a constant, or bound it by two.
// In small segments making such a condition ready is most of what it takes, so
// it goes by no closure: see column.values, which does all the others.

// compared compiles a comparison with constants whose keys are those of the
// column's values; it returns nil where there are none, or filters to be asked.
func (c *column) compared(p predicate.P) (*leaf, error) {
	if c.meta.blooms != nil || c.storage() == record.Strs && !c.coded() {
		return nil, nil
	}
	switch p := p.(type) {
	case predicate.Compare:
		if !projects(c.valueType(), p.Value) {
			return nil, nil
		}
		o, err := c.order(p.Value, 0)
		if err != nil {
			return nil, err
		}
		return &leaf{col: c, set: codec.NewIntSet(o.keep(p.Op))}, nil
	case predicate.Between:
		if !projects(c.valueType(), p.Lo) || !projects(c.valueType(), p.Hi) {
			return nil, nil
		}
		lo, err := c.order(p.Lo, 0)
		if err != nil {
			return nil, err
		}
		hi, err := c.order(p.Hi, max(0, int(lo.below.Hi)))
		if err != nil {
			return nil, err
		}
		return &leaf{col: c, set: codec.NewIntSet([]codec.Span{between(lo, hi, p.LoOpen, p.HiOpen)})}, nil
	}
	return nil, nil
}

// order cuts the keys of the column at v; near is as in splitDict.
func (c *column) order(v record.Value, near int) (order, error) {
	if !c.coded() {
		return split(c.valueType(), v), nil
	}
	d, err := c.Dict()
	if err != nil {
		return order{}, err
	}
	return splitDict(d, v.S, near), nil
}

// between is the keys from one cut up to another, which may lie below it.
func between(lo, hi order, loOpen, hiOpen bool) codec.Span {
	from, to := lo.above, hi.below
	if !loOpen && !isEmpty(lo.equal) {
		from = lo.equal
	}
	if !hiOpen && !isEmpty(hi.equal) {
		to = hi.equal
	}
	if isEmpty(from) || isEmpty(to) {
		return empty
	}
	return codec.Span{Lo: from.Lo, Hi: to.Hi}
}

func isEmpty(s codec.Span) bool { return s.Lo > s.Hi }
