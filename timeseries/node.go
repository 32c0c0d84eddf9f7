package timeseries

import (
	"math"
	"slices"

	"github.com/quindex/quindex/codec"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/record"
)

// node is a condition compiled for one segment: the rows where it is True. NOT
// is gone: a node is compiled for True or for False.
type node interface{}

// constNode is every row, or none. nameNode is the series whose code of a
// column is in spans. timeNode is the rows whose time is in spans, and with
// null those that have none. allNode is what is in every part, anyNode what is
// in at least one.
type (
	constNode bool
	nameNode  struct {
		col   int
		codes []span
	}
	timeNode struct {
		spans []codec.Span
		null  bool
	}
	allNode []node
	anyNode []node
)

// compile turns p into the rows where it has truth want, True or False; nil if
// p holds something that a directory cannot answer.
func (d *directory) compile(p predicate.P, want predicate.Truth) (node, error) {
	switch p := p.(type) {
	case predicate.Const:
		return constNode(p.Truth == want), nil
	case predicate.Not:
		return d.compile(p.Of, want.Not())
	case predicate.And:
		return d.compileAll(p.Of, want, want == predicate.True)
	case predicate.Or:
		return d.compileAll(p.Of, want, want == predicate.False)
	}
	f, ok := leafField(p)
	if !ok {
		return nil, nil
	}
	if f.ID == d.field.ID {
		return compileTime(p, d.field.Type, want)
	}
	for i := range d.names {
		if d.names[i].field.ID == f.ID {
			codes, err := d.names[i].compile(p, want)
			return nameNode{i, codes}, err
		}
	}
	return nil, nil
}

func (d *directory) compileAll(of []predicate.P, want predicate.Truth, all bool) (node, error) {
	var parts []node
	for _, p := range of {
		part, err := d.compile(p, want)
		if part == nil || err != nil {
			return nil, err
		}
		parts = append(parts, part)
	}
	switch {
	case len(parts) == 0:
		return constNode(all), nil
	case len(parts) == 1:
		return parts[0], nil
	case all:
		return allNode(parts), nil
	}
	return anyNode(parts), nil
}

// answers reports whether compile can answer p, without a directory.
func answers(fields []record.Field, p predicate.P) bool {
	ok := true
	predicate.Walk(p, func(p predicate.P) bool {
		switch p.(type) {
		case predicate.Const, predicate.Not, predicate.And, predicate.Or:
			return ok
		}
		f, is := leafField(p)
		if _, like := p.(predicate.Like); like && f.ID == fields[0].ID {
			is = false
		}
		known := false
		for _, have := range fields {
			known = known || have.ID == f.ID
		}
		ok = ok && is && known
		return ok
	})
	return ok
}

func leafField(p predicate.P) (predicate.Field, bool) {
	switch p := p.(type) {
	case predicate.Compare:
		return p.Field, true
	case predicate.Between:
		return p.Field, true
	case predicate.In:
		return p.Field, true
	case predicate.Like:
		return p.Field, true
	case predicate.IsNull:
		return p.Field, true
	}
	return predicate.Field{}, false
}

// never reports whether no row can have truth want, because of a NULL in the
// condition.
func never(p predicate.P, want predicate.Truth) bool {
	switch p := p.(type) {
	case predicate.Compare:
		return p.Value.IsNull()
	case predicate.In:
		return p.HasNull && want == predicate.False
	}
	return false
}

// compile returns the codes of the column's values for which p has truth want.
func (c *nameColumn) compile(p predicate.P, want predicate.Truth) ([]span, error) {
	n := c.entries
	if is, ok := p.(predicate.IsNull); ok {
		if is.Negate != (want == predicate.False) {
			return add(nil, 0, n), nil
		}
		return []span{{n, n + 1}}, nil
	}
	if never(p, want) {
		return nil, nil
	}
	codes, err := c.trueCodes(p)
	if want == predicate.False {
		codes = without(n, codes)
	}
	return codes, err
}

func (c *nameColumn) trueCodes(p predicate.P) ([]span, error) {
	n := c.entries
	switch p := p.(type) {
	case predicate.Compare:
		lo, hi := c.equal(p.Value)
		switch p.Op {
		case predicate.EQ:
			return add(nil, lo, hi), nil
		case predicate.NE:
			return without(n, add(nil, lo, hi)), nil
		case predicate.LT:
			return add(nil, 0, lo), nil
		case predicate.LE:
			return add(nil, 0, hi), nil
		case predicate.GT:
			return add(nil, hi, n), nil
		}
		return add(nil, lo, n), nil
	case predicate.Between:
		lo, loEnd := c.equal(p.Lo)
		hiStart, hi := c.equal(p.Hi)
		if p.LoOpen {
			lo = loEnd
		}
		if p.HiOpen {
			hi = hiStart
		}
		return add(nil, lo, hi), nil
	case predicate.In:
		return c.among(p.Values), nil
	case predicate.Like:
		return c.like(p)
	}
	return nil, fault.Errorf("timeseries: match", fault.Internal, "a condition of type %T", p)
}

// equal returns the values [lo, hi) that equal v; those below are less.
func (c *nameColumn) equal(v record.Value) (lo, hi int) {
	lo = c.search(func(have record.Value) bool { return record.Compare(have, v) >= 0 })
	if lo < c.entries && record.Compare(c.value(lo), v) == 0 {
		return lo, lo + 1
	}
	return lo, lo
}

// among returns the values that are in wanted, which ascends. A list about as
// long as the dictionary, such as the keys of a join, goes beside it.
func (c *nameColumn) among(wanted []record.Value) (out []span) {
	if c.dict != nil && !slices.ContainsFunc(wanted, func(v record.Value) bool { return v.Type.Storage() != record.Strs }) {
		for _, p := range c.dict.Among(wanted) {
			out = add(out, int(p.Lo), int(p.Hi)+1)
		}
		return out
	}
	if len(wanted)*8 < c.entries {
		for _, v := range wanted {
			if lo, hi := c.equal(v); lo < hi {
				out = add(out, lo, hi)
			}
		}
		return out
	}
	for i, at := 0, 0; i < c.entries && at < len(wanted); {
		switch order := record.Compare(c.value(i), wanted[at]); {
		case order < 0:
			i++
		case order > 0:
			at++
		default:
			out = add(out, i, i+1)
			i++
		}
	}
	return out
}

func (c *nameColumn) search(from func(record.Value) bool) int {
	lo, hi := 0, c.entries
	for lo < hi {
		if mid := (lo + hi) / 2; from(c.value(mid)) {
			hi = mid
		} else {
			lo = mid + 1
		}
	}
	return lo
}

func (c *nameColumn) like(p predicate.Like) ([]span, error) {
	match, err := p.Matcher()
	if err != nil {
		return nil, err
	}
	var out []span
	for i := range c.entries {
		if match(c.value(i).S) != p.Negate {
			out = add(out, i, i+1)
		}
	}
	return out, nil
}

// everyTime is all times there are.
var everyTime = codec.Span{Lo: math.MinInt64, Hi: math.MaxInt64}

// compileTime returns the times of a column of type t for which p has truth want.
func compileTime(p predicate.P, t record.Type, want predicate.Truth) (node, error) {
	if is, ok := p.(predicate.IsNull); ok {
		if is.Negate != (want == predicate.False) {
			return timeNode{spans: []codec.Span{everyTime}}, nil
		}
		return timeNode{null: true}, nil
	}
	if never(p, want) {
		return constNode(false), nil
	}
	var list []codec.Span
	switch p := p.(type) {
	case predicate.Compare:
		list = timesOf(p, t)
	case predicate.Between:
		lo, hi := from(t, p.Lo), after(t, p.Hi)
		if p.LoOpen {
			lo = after(t, p.Lo)
		}
		if p.HiOpen {
			hi = from(t, p.Hi)
		}
		list = between(lo, hi)
	case predicate.In:
		for _, v := range p.Values {
			list = append(list, between(from(t, v), after(t, v))...)
		}
		list = codec.Union(list)
	default:
		return nil, nil
	}
	if want == predicate.False {
		list = codec.Without(everyTime, list)
	}
	return timeNode{spans: list}, nil
}

func timesOf(p predicate.Compare, t record.Type) []codec.Span {
	first, last := bound{t: math.MinInt64}, bound{end: true}
	a, b := from(t, p.Value), after(t, p.Value)
	switch p.Op {
	case predicate.EQ:
		return between(a, b)
	case predicate.NE:
		return append(between(first, a), between(b, last)...)
	case predicate.LT:
		return between(first, a)
	case predicate.LE:
		return between(first, b)
	case predicate.GT:
		return between(b, last)
	}
	return between(a, last)
}

// bound is a time, or the end: past all of them.
type bound struct {
	t   int64
	end bool
}

// between returns [lo, hi).
func between(lo, hi bound) []codec.Span {
	switch {
	case lo.end, !hi.end && lo.t >= hi.t:
		return nil
	case hi.end:
		return []codec.Span{{Lo: lo.t, Hi: math.MaxInt64}}
	}
	return []codec.Span{{Lo: lo.t, Hi: hi.t - 1}}
}

// from returns the first time, as a column of type t holds it, that is not
// before v; after the first one after v.
func from(t record.Type, v record.Value) bound {
	if v.Type == t {
		return bound{t: v.I}
	}
	return firstTime(t, func(have record.Value) bool { return record.Compare(have, v) >= 0 })
}

func after(t record.Type, v record.Value) bound {
	if v.Type == t {
		if v.I == math.MaxInt64 {
			return bound{end: true}
		}
		return bound{t: v.I + 1}
	}
	return firstTime(t, func(have record.Value) bool { return record.Compare(have, v) > 0 })
}

// firstTime returns the first time for which is holds, as it does for all later ones.
func firstTime(t record.Type, is func(record.Value) bool) bound {
	lo, hi := int64(math.MinInt64), int64(math.MaxInt64)
	if !is(record.Value{Type: t, Valid: true, I: hi}) {
		return bound{end: true}
	}
	for lo < hi {
		mid := lo + int64((uint64(hi)-uint64(lo))/2)
		if is(record.Value{Type: t, Valid: true, I: mid}) {
			hi = mid
		} else {
			lo = mid + 1
		}
	}
	return bound{t: lo}
}
