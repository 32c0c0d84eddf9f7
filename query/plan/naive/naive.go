// Package naive runs plans row by row over tables in memory: the slow truth
// about what a statement means. It understands bound plans and distributed
// ones alike, so that every rewriting can be compared with doing nothing, and
// the executor with both. It shares no code with the executor: joins are
// nested loops, groups are maps of printed keys, sums are big numbers.
package naive

import (
	"fmt"
	"slices"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/record"
)

// Row is the values of one row, in the order of the columns.
type Row = []record.Value

// Table is a table in memory: every row has a value for each field of Schema.
type Table struct {
	Schema *record.Schema
	Rows   []Row
}

// Data is tables by id.
type Data map[record.TableID]*Table

// SiteShards is the number of shards that one site of a Gather answers for.
const SiteShards = 3

// Run returns the rows of p, whose $n are params. fns gives engines'
// conditions their meaning; it may be nil.
func Run(p *plan.Plan, params []record.Value, data Data, fns predicate.Functions) ([]Row, error) {
	m := &machine{data: data, params: params, fns: fns}
	for _, n := range p.Subqueries {
		rows, err := m.node(n, nil)
		if err != nil {
			return nil, err
		}
		m.subqueries = append(m.subqueries, rows)
	}
	return m.node(p.Root, nil)
}

// machine is one run of a plan.
type machine struct {
	data       Data
	params     []record.Value
	fns        predicate.Functions
	subqueries [][]Row
	broadcasts map[int][]Row
}

// site limits scans to some shards of a table; nil: the whole table.
type site struct {
	table  *catalog.Table
	shards []uint32
}

func (m *machine) node(n plan.Node, at *site) ([]Row, error) {
	switch n := n.(type) {
	case *plan.Scan:
		return m.scan(n, at)
	case *plan.Filter:
		return m.filter(n, at)
	case *plan.Project:
		return m.project(n, at)
	case *plan.Aggregate:
		return m.aggregate(n, at)
	case *plan.Sort:
		rows, err := m.node(n.Input, at)
		if err == nil {
			err = m.sort(rows, n.Keys)
		}
		return cut(rows, n.Limit, n.Offset), err
	case *plan.Limit:
		rows, err := m.node(n.Input, at)
		return cut(rows, n.Count, n.Offset), err
	case *plan.Join:
		return m.join(n, at)
	case *plan.Union:
		var out []Row
		for _, in := range n.All {
			rows, err := m.node(in, at)
			if err != nil {
				return nil, err
			}
			out = append(out, rows...)
		}
		return out, nil
	case *plan.Values:
		return m.values(n)
	case *plan.Gather:
		return m.gather(n)
	case *plan.Broadcast:
		return m.broadcasts[n.ID], nil
	case *plan.GraphWalk:
		return m.walk(n)
	}
	return nil, fmt.Errorf("naive: a node of type %T", n)
}

// cut keeps rows [offset, offset+count).
func cut(rows []Row, count, offset int64) []Row {
	rows = rows[min(offset, int64(len(rows))):]
	if count >= 0 {
		rows = rows[:min(count, int64(len(rows)))]
	}
	return rows
}

func (m *machine) scan(n *plan.Scan, at *site) ([]Row, error) {
	t := m.data[n.Table.ID()]
	if t == nil {
		return nil, fmt.Errorf("naive: no data of table %s", n.Table.Name)
	}
	scores, err := m.scores(n, t)
	if err != nil {
		return nil, err
	}
	var out []Row
	for i, row := range t.Rows {
		if at != nil && !slices.Contains(at.shards, ShardOf(at.table, t.Schema, row, i)) {
			continue
		}
		if keep, err := m.matches(n, t.Schema, row); err != nil {
			return nil, err
		} else if !keep {
			continue
		}
		score := record.NullOf(record.T(record.Float64))
		if scores != nil {
			score = scores[i]
		}
		picked := pick(n, t.Schema, row, score)
		keep, err := m.all(n.Filter, picked)
		if err != nil {
			return nil, err
		}
		if keep {
			out = append(out, picked)
		}
	}
	return out, nil
}

// matches decides the condition of a scan.
func (m *machine) matches(n *plan.Scan, s *record.Schema, row Row) (bool, error) {
	if n.Where == nil {
		return true, nil
	}
	t, err := predicate.Eval(n.Where, valuesOf(s, row), m.fns)
	return t == predicate.True, err
}

func pick(n *plan.Scan, s *record.Schema, row Row, score record.Value) Row {
	out := make(Row, len(n.Columns))
	for i, id := range n.Columns {
		if id == plan.ScoreColumn {
			out[i] = score
			continue
		}
		out[i] = row[s.ByID(id)]
	}
	return out
}

// ShardOf is where row i of a table lives: by its key, or in turn.
func ShardOf(t *catalog.Table, s *record.Schema, row Row, i int) uint32 {
	if len(t.Sharding.By) == 0 {
		all := t.Sharding.Shards()
		return all[i%len(all)]
	}
	cols := make([]*record.Column, len(t.Sharding.By))
	for c, id := range t.Sharding.By {
		v := row[s.ByID(id)]
		cols[c] = record.NewColumn(v.Type, 1)
		cols[c].Append(v)
	}
	hash := make([]uint64, 1)
	t.Sharding.Keys(cols, 1, hash)
	return t.Sharding.ShardOf(hash[0])
}

// gather runs a fragment at every site. The streams of a merge must be in its
// order already: that is the law of Gather.
func (m *machine) gather(n *plan.Gather) ([]Row, error) {
	var out []Row
	inner := *m
	inner.broadcasts = map[int][]Row{}
	if err := m.broadcast(n.Fragment, inner.broadcasts); err != nil {
		return nil, err
	}
	perSite := SiteShards
	if plan.HasWalk(n.Fragment) { // it runs where all of its tables are
		perSite = max(1, len(n.Shards))
	}
	for shards := range slices.Chunk(n.Shards, perSite) {
		rows, err := inner.node(n.Fragment, &site{n.Table, shards})
		if err != nil {
			return nil, err
		}
		if err := m.checkSorted(rows, n.Merge); err != nil {
			return nil, err
		}
		out = append(out, rows...)
	}
	if len(n.Merge) > 0 {
		if err := m.sort(out, n.Merge); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// broadcast runs, at the coordinator, what the fragment's Broadcasts stand for.
func (m *machine) broadcast(n plan.Node, into map[int][]Row) error {
	if b, ok := n.(*plan.Broadcast); ok {
		rows, err := m.node(b.Input, nil)
		into[b.ID] = rows
		return err
	}
	for _, in := range n.Inputs() {
		if err := m.broadcast(in, into); err != nil {
			return err
		}
	}
	return nil
}

func (m *machine) checkSorted(rows []Row, keys []plan.SortKey) error {
	sorted := slices.Clone(rows)
	if len(keys) == 0 {
		return nil
	}
	if err := m.sort(sorted, keys); err != nil {
		return err
	}
	for i := range rows {
		if &rows[i] != &sorted[i] && !sameRow(rows[i], sorted[i]) {
			return fmt.Errorf("naive: the stream of a fragment is not in the order of the merge")
		}
	}
	return nil
}

func sameRow(a, b Row) bool { return slices.EqualFunc(a, b, record.Equal) }

func (m *machine) filter(n *plan.Filter, at *site) ([]Row, error) {
	rows, err := m.node(n.Input, at)
	var out []Row
	for _, row := range rows {
		keep, err := m.all([]plan.Expr{n.Cond}, row)
		if err != nil {
			return nil, err
		}
		if keep {
			out = append(out, row)
		}
	}
	return out, err
}

func (m *machine) project(n *plan.Project, at *site) ([]Row, error) {
	rows, err := m.node(n.Input, at)
	if err != nil {
		return nil, err
	}
	out := make([]Row, len(rows))
	for i, row := range rows {
		if out[i], err = m.exprs(n.Exprs, row); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (m *machine) values(n *plan.Values) ([]Row, error) {
	out := make([]Row, len(n.Rows))
	for i, es := range n.Rows {
		var err error
		if out[i], err = m.exprs(es, nil); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// sort orders rows in place; equal ones keep their order.
func (m *machine) sort(rows []Row, keys []plan.SortKey) error {
	type keyed struct{ row, key Row }
	all := make([]keyed, len(rows))
	for i, row := range rows {
		all[i].row = row
		for _, k := range keys {
			v, err := m.expr(k.Expr, row)
			if err != nil {
				return err
			}
			all[i].key = append(all[i].key, v)
		}
	}
	slices.SortStableFunc(all, func(a, b keyed) int { return compareKeys(a.key, b.key, keys) })
	for i := range all {
		rows[i] = all[i].row
	}
	return nil
}

func compareKeys(a, b Row, keys []plan.SortKey) int {
	for i, k := range keys {
		x, y := a[i], b[i]
		switch {
		case !x.Valid && !y.Valid:
		case !x.Valid || !y.Valid:
			if x.Valid != k.NullsFirst { // x is there and NULLs come last, or x is NULL and they come first
				return -1
			}
			return 1
		default:
			c := record.Compare(x, y)
			if k.Desc {
				c = -c
			}
			if c != 0 {
				return c
			}
		}
	}
	return 0
}

func cardinality() error {
	return fault.E("naive: subquery", fault.Invalid, fault.Code("21000"), "more than one row")
}
