package graph

import (
	"context"
	"slices"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
)

// keysOf returns the field and the values of a leaf that asks for keys, and
// false if p is another condition.
func keysOf(p predicate.P) (predicate.Field, []record.Value, bool) {
	switch p := p.(type) {
	case predicate.Compare:
		if p.Op != predicate.EQ {
			return p.Field, nil, false
		}
		if !p.Value.Valid {
			return p.Field, nil, true
		}
		return p.Field, []record.Value{p.Value}, true
	case predicate.In:
		return p.Field, p.Values, true
	}
	return predicate.Field{}, nil, false
}

// answers reports whether all of p asks for keys of these fields, under AND and OR.
func answers(fields []record.Field, p predicate.P) bool {
	var of []predicate.P
	switch p := p.(type) {
	case predicate.Const:
		return true
	case predicate.And:
		of = p.Of
	case predicate.Or:
		of = p.Of
	default:
		f, _, ok := keysOf(p)
		return ok && slices.ContainsFunc(fields, func(g record.Field) bool { return g.ID == f.ID })
	}
	return !slices.ContainsFunc(of, func(q predicate.P) bool { return !answers(fields, q) })
}

// finder is one of the two indexes: leaf finds the rows of keys.
type finder interface {
	leaf(ctx context.Context, f predicate.Field, keys []record.Value) (rows.Set, error)
}

func match(ctx context.Context, ix finder, fields []record.Field, p predicate.P, within rows.Set) (rows.Set, error) {
	if !answers(fields, p) {
		return rows.Set{}, fault.Errorf("graph: match", fault.Unsupported, "condition %s", p)
	}
	if err := ctx.Err(); err != nil {
		return rows.Set{}, fault.E("graph: match", err)
	}
	s, err := where(ctx, ix, p, within)
	if err != nil {
		return rows.Set{}, fault.E("graph: match", err)
	}
	return s, nil
}

func where(ctx context.Context, ix finder, p predicate.P, within rows.Set) (rows.Set, error) {
	if within.IsEmpty() {
		return within, nil
	}
	switch p := p.(type) {
	case predicate.Const:
		if p.Truth == predicate.True {
			return within, nil
		}
		return rows.Set{}, nil
	case predicate.And:
		for _, q := range p.Of {
			var err error
			if within, err = where(ctx, ix, q, within); err != nil {
				return rows.Set{}, err
			}
		}
		return within, nil
	case predicate.Or:
		var out rows.Set
		for _, q := range p.Of {
			s, err := where(ctx, ix, q, within)
			if err != nil {
				return rows.Set{}, err
			}
			out = out.Or(s)
		}
		return out, nil
	}
	f, keys, _ := keysOf(p)
	found, err := ix.leaf(ctx, f, keys)
	if err != nil {
		return rows.Set{}, err
	}
	return found.And(within), nil
}

// Match returns the rows of within where p is True: sources and targets that
// equal a key or are in a list, under AND and OR.
func (ix *Edges) Match(ctx context.Context, p predicate.P, within rows.Set) (rows.Set, error) {
	return match(ctx, ix, ix.def.Fields, p, within)
}

// Match returns the rows of within where p is True: keys that equal one or are
// in a list, under AND and OR.
func (ix *Vertices) Match(ctx context.Context, p predicate.P, within rows.Set) (rows.Set, error) {
	return match(ctx, ix, ix.def.Fields, p, within)
}

func (ix *Edges) leaf(ctx context.Context, f predicate.Field, keys []record.Value) (rows.Set, error) {
	s, err := ix.side(ix.end(f))
	if err != nil {
		return rows.Set{}, err
	}
	c := collector{n: ix.section.rows, inOrder: s.rows == nil && len(s.halves) == 0}
	err = eachKey(ctx, s.keys, keys, func(k uint32) {
		if s.rows == nil {
			c.span(s.offsets[k], s.offsets[k+1])
		} else {
			c.take(s.rows[s.offsets[k]:s.offsets[k+1]])
		}
		at, _ := slices.BinarySearchFunc(s.halves, k, func(h halfEdge, k uint32) int { return int(h.num) - int(k) })
		for ; at < len(s.halves) && s.halves[at].num == k; at++ {
			c.take([]uint32{s.halves[at].row})
		}
	})
	return c.set(), err
}

// end is the side whose keys a field's are: the first, if both are one column.
func (ix *Edges) end(f predicate.Field) engines.Direction {
	if f.ID == ix.def.Fields[0].ID {
		return engines.Out
	}
	return engines.In
}

func (ix *Vertices) leaf(ctx context.Context, _ predicate.Field, keys []record.Value) (rows.Set, error) {
	if err := ix.ready(); err != nil {
		return rows.Set{}, err
	}
	c := collector{n: ix.section.rows, inOrder: ix.rows == nil}
	err := eachKey(ctx, ix.keys, keys, func(k uint32) {
		lo, hi := ix.span(k)
		if ix.rows == nil {
			c.span(lo, hi)
		} else {
			c.take(ix.rows[lo:hi])
		}
	})
	return c.set(), err
}

// eachKey finds the keys that are there; values ascend.
func eachKey(ctx context.Context, d *dict, values []record.Value, found func(k uint32)) error {
	from := 0
	for i, v := range values {
		if i&(1<<14-1) == 1<<14-1 {
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		k, next, ok := d.find(v, from)
		if from = next; ok {
			found(k)
		}
	}
	return nil
}

// collector gathers the rows of lists.
type collector struct {
	n       int
	inOrder bool // spans come in ascending order, and nothing else comes
	b       rows.Builder
	found   []uint32
}

func (c *collector) span(lo, hi uint32) {
	if c.inOrder {
		c.b.AddRange(int(lo), int(hi))
		return
	}
	for ; lo < hi; lo++ {
		c.found = append(c.found, lo)
	}
}

func (c *collector) take(list []uint32) { c.found = append(c.found, list...) }

func (c *collector) set() rows.Set {
	if c.inOrder {
		return c.b.Set()
	}
	if len(c.found) >= fewRows {
		return setOf(c.found, c.n)
	}
	slices.Sort(c.found)
	var b rows.Builder
	for i, r := range c.found {
		if i == 0 || r != c.found[i-1] {
			b.Add(rows.Num(r))
		}
	}
	return b.Set()
}
