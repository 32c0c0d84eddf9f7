package store

import (
	"cmp"
	"slices"
	"strings"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
)

// layoutOf returns how the rows of a table lie in its segments: as the table
// says (order_by), else the first layout that one of its indexes asks for.
func (s *Shard) layoutOf(t *catalog.Table) (engines.Layout, error) {
	if len(t.Order) > 0 {
		return engines.Layout{OrderBy: t.Order}, nil
	}
	if s.opts.NoIndexes {
		return engines.Layout{}, nil
	}
	for _, def := range defs(t, false) {
		e, err := s.reg.Lookup(def.Engine)
		if err != nil {
			return engines.Layout{}, err
		}
		l, ok := e.(engines.Layouter)
		if !ok {
			continue
		}
		if out := l.Layout(def); len(out.OrderBy) > 0 || out.Group != nil {
			return out, nil
		}
	}
	return engines.Layout{}, nil
}

// group is the rows that go into one segment, in the order they lie there;
// nil is all of them in log order.
type group struct {
	name  string
	order []rows.Num
}

// groupsOf parts the rows of batches, which src reads one after the other,
// into groups, by name, and sorts each.
func groupsOf(l engines.Layout, batches []*record.Batch, src engines.Columns) ([]group, error) {
	if l.Group == nil {
		order, err := sorted(l, src, nil)
		return []group{{order: order}}, err
	}
	byName := map[string][]rows.Num{}
	at := rows.Num(0)
	for _, b := range batches {
		for i := range b.N {
			name := l.Group(b, i)
			byName[name] = append(byName[name], at)
			at++
		}
	}
	var out []group
	for name, order := range byName {
		order, err := sorted(l, src, order)
		if err != nil {
			return nil, err
		}
		out = append(out, group{name, order})
	}
	slices.SortFunc(out, func(a, b group) int { return strings.Compare(a.name, b.name) })
	return out, nil
}

// sorted sorts row numbers of src, which are ascending, as the layout says;
// nil stands for all of them. Ties stay in their order.
func sorted(l engines.Layout, src engines.Columns, order []rows.Num) ([]rows.Num, error) {
	if len(l.OrderBy) == 0 {
		return order, nil
	}
	if order == nil {
		order = make([]rows.Num, src.Rows())
		for i := range order {
			order[i] = rows.Num(i)
		}
	}
	var keys []*record.Column
	for _, id := range l.OrderBy {
		key, err := whole(src, id)
		if err != nil {
			return nil, err
		}
		if key != nil {
			keys = append(keys, key)
		}
	}
	slices.SortStableFunc(order, func(a, b rows.Num) int {
		for _, k := range keys {
			if c := compareRows(k, int(a), int(b)); c != 0 {
				return c
			}
		}
		return 0
	})
	return order, nil
}

// whole reads one column into memory; nil if src does not hold it.
func whole(src engines.Columns, id record.ColumnID) (*record.Column, error) {
	r := src.Column(id)
	if r == nil {
		return nil, nil
	}
	c := record.NewColumn(r.Field().Type, src.Rows())
	for b := 0; c.N < src.Rows(); b++ {
		blk, err := r.Block(b)
		if err != nil {
			return nil, err
		}
		blk.AppendTo(c)
	}
	return c, nil
}

// compareRows orders two rows of a column, NULL last.
func compareRows(c *record.Column, a, b int) int {
	if an, bn := c.IsNull(a), c.IsNull(b); an || bn {
		switch {
		case an && bn:
			return 0
		case an:
			return 1
		}
		return -1
	}
	switch c.Type.Storage() {
	case record.Ints:
		return cmp.Compare(c.Ints[a], c.Ints[b])
	case record.Strs:
		return strings.Compare(c.Strs.At(a), c.Strs.At(b))
	}
	return record.Compare(c.Value(a), c.Value(b))
}
