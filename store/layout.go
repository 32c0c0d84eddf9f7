package store

import (
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
	keys, err := orderKeys(l, src)
	if err != nil {
		return nil, err
	}
	if l.Group == nil {
		return []group{{order: keys.sort(nil, src.Rows())}}, nil
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
		out = append(out, group{name, keys.sort(order, src.Rows())})
	}
	slices.SortFunc(out, func(a, b group) int { return strings.Compare(a.name, b.name) })
	return out, nil
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
