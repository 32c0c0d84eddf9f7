package columnar

import (
	"math"
	"slices"

	"github.com/quindex/quindex/codec"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/record"
)

// leaf is one comparison, ready to run on the blocks of one column: the rows
// that have a value in a set (arrays: an element), or with negate those that
// have a value but none in the set. The set is set, or test where the values
// have no integer keys.
type leaf struct {
	col    *column
	negate bool
	set    *codec.IntSet
	test   func(vals *codec.Block, i int) bool
	text   *textHull // raw strings only, and only if not negated
	keys   [][]byte  // what bloom filters know the set's values by; nil: any
	cheap  bool      // for an estimate only: the set was too dear to make
}

// textHull bounds the strings of a set: all lie in [lo, hi]. convex says that
// the set is all of an interval, so that a block whose two bounds are in it
// lies in it whole.
type textHull struct {
	lo, hi  string
	endless bool // no upper bound
	convex  bool
}

// dear reports whether compiling p would read what an estimate should not:
// a large dictionary not read yet, or all of one for a pattern.
func (c *column) dear(p predicate.P) bool {
	_, like := p.(predicate.Like)
	return c.coded() && c.meta.entries > largeDict && (like || c.dict.Load() == nil)
}

// compile turns a leaf of the language into a leaf on col.
func (c *column) compile(p predicate.P) (*leaf, error) {
	if l, err := c.compared(p); l != nil || err != nil {
		return l, err
	}
	switch p := p.(type) {
	case predicate.Compare:
		return c.values(func(v record.Value) bool { return p.Op.Holds(record.Compare(v, p.Value)) },
			func(split func(record.Value) order, _ codec.Span) []codec.Span { return split(p.Value).keep(p.Op) },
			compareHull(p), p.Op == predicate.EQ, p.Value)
	case predicate.Between:
		lower, upper := predicate.GE, predicate.LE
		if p.LoOpen {
			lower = predicate.GT
		}
		if p.HiOpen {
			upper = predicate.LT
		}
		return c.values(func(v record.Value) bool {
			return lower.Holds(record.Compare(v, p.Lo)) && upper.Holds(record.Compare(v, p.Hi))
		}, func(split func(record.Value) order, all codec.Span) []codec.Span {
			return both(all, split(p.Lo).keep(lower), split(p.Hi).keep(upper))
		}, &textHull{lo: p.Lo.S, hi: p.Hi.S, convex: true}, false, p.Lo, p.Hi)
	case predicate.In:
		if c.coded() && c.storage() == record.Strs && len(p.Values) > 1 {
			return c.listed(p)
		}
		return c.values(func(v record.Value) bool {
			for _, want := range p.Values {
				if record.Compare(v, want) == 0 {
					return true
				}
			}
			return false
		}, func(split func(record.Value) order, _ codec.Span) []codec.Span {
			spans := make([]codec.Span, 0, len(p.Values))
			for _, v := range p.Values {
				spans = append(spans, split(v).equal)
			}
			return spans
		}, inHull(p), true, p.Values...)
	case predicate.Like:
		return c.like(p)
	}
	return nil, nil
}

// values compiles a comparison with constants: to spans of keys where the
// column has them, else to a test of single values.
func (c *column) values(holds func(record.Value) bool, spans func(split func(record.Value) order, domain codec.Span) []codec.Span,
	hull *textHull, points bool, consts ...record.Value) (*leaf, error) {
	t := c.valueType()
	l := &leaf{col: c}
	for _, v := range consts {
		if !projects(t, v) {
			l.test = func(vals *codec.Block, i int) bool { return holds(vals.Value(i)) }
			return l, nil
		}
	}
	switch {
	case c.coded():
		d, err := c.Dict()
		if err != nil {
			return nil, err
		}
		at := 0
		l.set = codec.NewIntSet(spans(func(v record.Value) order {
			o := splitDict(d, v.S, at)
			at = int(o.above.Lo)
			return o
		}, codec.Span{Lo: 0, Hi: int64(d.Len()) - 1}))
	case c.storage() == record.Strs:
		text := record.Value{Type: t, Valid: true}
		l.test = func(vals *codec.Block, i int) bool {
			v := text
			v.S = vals.StringAt(i)
			return holds(v)
		}
		if len(consts) > 0 {
			l.text = hull
		}
	default:
		all, _ := domainOf(t)
		l.set = codec.NewIntSet(spans(func(v record.Value) order { return split(t, v) }, all))
	}
	if points && c.meta.blooms != nil {
		l.keys = l.pointKeys(consts)
	}
	return l, nil
}

// listed compiles a list of strings for a column of codes: the list and the
// dictionary are both sorted.
func (c *column) listed(p predicate.In) (*leaf, error) {
	l := &leaf{col: c}
	for i := range p.Values {
		if p.Values[i].Type.Storage() != record.Strs {
			want := func(v record.Value) bool {
				return slices.ContainsFunc(p.Values, func(w record.Value) bool { return record.Compare(v, w) == 0 })
			}
			l.test = func(vals *codec.Block, i int) bool { return want(vals.Value(i)) }
			return l, nil
		}
	}
	d, err := c.Dict()
	if err != nil {
		return nil, err
	}
	l.set = codec.NewIntSet(d.Among(p.Values))
	if c.meta.blooms != nil {
		l.keys = l.pointKeys(p.Values)
	}
	return l, nil
}

// pointKeys returns the bloom keys of a set of single values.
func (l *leaf) pointKeys(consts []record.Value) [][]byte {
	keys := [][]byte{}
	if l.col.storage() == record.Strs {
		for _, v := range consts {
			keys = append(keys, []byte(v.S))
		}
		return keys
	}
	for _, p := range l.set.Spans() {
		if p.Lo != p.Hi {
			return nil // a constant of another type that equals several values
		}
		one := &codec.Block{Type: l.col.valueType(), Form: codec.FormConst, N: 1, Ints: codec.Ints{N: 1, Ref: p.Lo}}
		if l.floats() {
			one.Floats = []float64{keyFloat(p.Lo)}
		}
		keys = append(keys, appendKey(nil, one, 0))
	}
	return keys
}

func (l *leaf) floats() bool { return l.col.storage() == record.Floats }

func compareHull(p predicate.Compare) *textHull {
	switch p.Op {
	case predicate.EQ:
		return &textHull{lo: p.Value.S, hi: p.Value.S, convex: true}
	case predicate.LT, predicate.LE:
		return &textHull{hi: p.Value.S, convex: true}
	case predicate.GT, predicate.GE:
		return &textHull{lo: p.Value.S, endless: true, convex: true}
	}
	return nil
}

func inHull(p predicate.In) *textHull {
	if len(p.Values) == 0 {
		return nil
	}
	return &textHull{lo: p.Values[0].S, hi: p.Values[len(p.Values)-1].S}
}

// zone decides a block by its bounds alone: none of its rows, or all of them,
// or some and one has to look. A NULL row is in no set.
func (l *leaf) zone(b int) codec.State {
	m := &l.col.meta.blocks[b]
	if m.Nulls == m.Rows {
		return codec.None
	}
	in := l.within(m)
	switch {
	case l.col.elem() && in == codec.All:
		return codec.Some // an empty array has no element in the set
	case l.negate && in != codec.Some:
		in = codec.None + codec.All - in
	}
	if in == codec.All && m.Nulls > 0 {
		return codec.Some
	}
	return in
}

// boundKey is the key of a float bound of the footer, which holds its bits.
func boundKey(bits int64) int64 { return floatKey(math.Float64frombits(uint64(bits))) }

// within says how much of a block's values lie in the set.
func (l *leaf) within(m *blockMeta) codec.State {
	switch {
	case l.set != nil && len(l.set.Spans()) == 0:
		return codec.None
	case !m.Known:
		return codec.Some
	case l.set != nil && l.floats():
		return l.set.Zone(boundKey(m.Lo), boundKey(m.Hi))
	case l.set != nil:
		return l.set.Zone(m.Lo, m.Hi)
	case l.text != nil && m.textBounds:
		if m.HiS < l.text.lo || !l.text.endless && m.LoS > l.text.hi {
			return codec.None
		}
		if l.text.convex && l.holds(m.LoS) && l.holds(m.HiS) {
			return codec.All
		}
	}
	return codec.Some
}

// holds asks the test about one string.
func (l *leaf) holds(s string) bool {
	one := &codec.Block{Type: l.col.valueType(), Form: codec.FormStrings, N: 1,
		Strs: record.Strings{Off: []uint32{0, uint32(len(s))}, Data: []byte(s)}}
	return l.test(one, 0)
}
