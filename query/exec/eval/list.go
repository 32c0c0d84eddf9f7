package eval

import (
	"slices"

	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/record"
)

// in compiles x IN (...): constants become a set; otherwise, and for arrays,
// members are compared one by one.
func (c *compiler) in(e plan.Call, a args) (node, error) {
	t := e.Args[0].Type()
	if t.IsArray() {
		return c.function(e, a)
	}
	if t.Storage() != record.Ints && t.Storage() != record.Strs {
		return c.inOr(e, a), nil
	}
	n := &inSet{id: c.slot(), args: args{a[0]}}
	for i, m := range a[1:] {
		v, ok := constOf(m)
		if !ok || v.Valid && (e.Args[i+1].Type().Kind != t.Kind || v.Type.Scale != t.Scale) {
			return c.inOr(e, a), nil
		}
		n.add(t, v)
	}
	return n, nil
}

// inOr is x IN (a, b) as x = a OR x = b.
func (c *compiler) inOr(e plan.Call, a args) node {
	var or args
	for i, m := range a[1:] {
		or = append(or, c.comparison(opEQ, a[0], m, e.Args[0].Type(), e.Args[i+1].Type()))
	}
	return c.connective(true, or)
}

// fewMembers is up to how many integers a search one by one is faster than a map.
const fewMembers = 8

// inSet is membership in a set of constants. A NULL in the list makes the
// rows that are not found NULL.
type inSet struct {
	id int
	args
	few     []int64 // the members, if they are few
	ints    map[int64]struct{}
	texts   map[string]struct{}
	hasNull bool
}

func (n *inSet) add(t record.Type, v record.Value) {
	switch {
	case !v.Valid:
		n.hasNull = true
	case t.Storage() == record.Ints:
		if n.ints == nil {
			n.ints = map[int64]struct{}{}
		}
		n.ints[v.I] = struct{}{}
		n.few = append(n.few, v.I)
	case t.Storage() == record.Strs:
		if n.texts == nil {
			n.texts = map[string]struct{}{}
		}
		n.texts[v.S] = struct{}{}
	}
}

func (n *inSet) slotID() int                           { return n.id }
func (n *inSet) eval(f *frame) (*record.Column, error) { return boolColumn(f, n.id, n) }

func (n *inSet) test(f *frame, t, u record.Bitmap) error {
	c, err := n.args[0].eval(f)
	if err != nil {
		return err
	}
	clear(t)
	nullBits(c, f.n, u)
	m := rowMask(c, f.n)
	for i := range f.n {
		if c.IsNull(i & m) {
			continue
		}
		var found bool
		if n.ints != nil && len(n.few) <= fewMembers {
			found = slices.Contains(n.few, c.Ints[i&m])
		} else if n.ints != nil {
			_, found = n.ints[c.Ints[i&m]]
		} else if n.texts != nil {
			_, found = n.texts[c.Strs.At(i&m)]
		}
		switch {
		case found:
			t.Set(i)
		case n.hasNull:
			u.Set(i)
		}
	}
	return nil
}
