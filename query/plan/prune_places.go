package plan

import (
	"slices"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/record"
)

// shardsOf is PruneShards for a table that may be sharded by a place: the
// engine of p's conditions then says which stretches of the curve they are near.
func shardsOf(t *catalog.Table, p predicate.P, r *engines.Registry) []uint32 {
	if !t.Sharding.Geo || p == nil {
		return PruneShards(t, p)
	}
	c := curve{sharding: &t.Sharding, registry: r}
	for _, x := range t.Sharding.Ranges {
		c.from = append(c.from, x.From)
	}
	near := c.near(p)
	if near == nil {
		return PruneShards(t, p)
	}
	out := []uint32{}
	for i, x := range t.Sharding.Ranges {
		if near[i] {
			out = append(out, x.Shard)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// curve is the stretches of the curve of places that a table is cut into.
type curve struct {
	sharding *catalog.Sharding
	registry *engines.Registry
	from     []uint64
}

// near reports for each stretch whether a row for which p is True may live
// there; nil: p does not tell.
func (c *curve) near(p predicate.P) []bool {
	switch p := p.(type) {
	case predicate.Const:
		if p.Truth != predicate.True {
			return make([]bool, len(c.from))
		}
	case predicate.And:
		var out []bool
		for _, q := range p.Of {
			out = both(out, c.near(q))
		}
		return out
	case predicate.Or:
		out := make([]bool, len(c.from))
		for _, q := range p.Of {
			if out = either(out, c.near(q)); out == nil {
				return nil
			}
		}
		return out
	case predicate.IsNull:
		if !p.Negate && p.Field.ID == c.sharding.By[0] {
			return c.homes(record.NullOf(p.Field.Type))
		}
	case predicate.Compare:
		if p.Op == predicate.EQ && p.Field.ID == c.sharding.By[0] {
			return c.homes(p.Value)
		}
	case predicate.In:
		if p.Field.ID == c.sharding.By[0] {
			return c.homes(p.Values...)
		}
	case predicate.Call:
		return c.nearCall(p)
	}
	return nil
}

// homes are the stretches that values live on.
func (c *curve) homes(values ...record.Value) []bool {
	out := make([]bool, len(c.from))
	for _, v := range values {
		at, found := slices.BinarySearch(c.from, c.sharding.KeyOf([]record.Value{v}))
		if !found {
			at--
		}
		out[at] = true
	}
	return out
}

func (c *curve) nearCall(p predicate.Call) []bool {
	if c.registry == nil || len(p.Fields) != 1 || p.Fields[0].ID != c.sharding.By[0] {
		return nil
	}
	_, name, _ := c.registry.Function(p.Function)
	e, err := c.registry.Lookup(name)
	if err != nil {
		return nil
	}
	if e, ok := e.(engines.CurvePruner); ok {
		if near, ok := e.Near(p, c.from); ok {
			return near
		}
	}
	return nil
}

// both is where a and b are both near; nil is everywhere.
func both(a, b []bool) []bool {
	if a == nil || b == nil {
		return slices.Concat(a, b)
	}
	out := slices.Clone(a)
	for i := range out {
		out[i] = a[i] && b[i]
	}
	return out
}

// either is where a or b is near; nil is everywhere.
func either(a, b []bool) []bool {
	if a == nil || b == nil {
		return nil
	}
	for i := range a {
		a[i] = a[i] || b[i]
	}
	return a
}
