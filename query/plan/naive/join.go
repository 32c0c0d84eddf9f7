package naive

import (
	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/record"
)

// join is a nested loop.
func (m *machine) join(n *plan.Join, at *site) ([]Row, error) {
	left, err := m.node(n.Left, at)
	if err != nil {
		return nil, err
	}
	right, err := m.node(n.Right, at)
	if err != nil {
		return nil, err
	}
	var out []Row
	for _, l := range left {
		rows, err := m.joinRow(n, l, right)
		if err != nil {
			return nil, err
		}
		out = append(out, rows...)
	}
	return out, nil
}

// joinRow returns what one left row becomes.
func (m *machine) joinRow(n *plan.Join, l Row, right []Row) ([]Row, error) {
	var out []Row
	matched, unknown := false, false
	for _, r := range right {
		yes, null, err := m.meets(n, l, r)
		if err != nil {
			return nil, err
		}
		matched, unknown = matched || yes, unknown || null
		if yes && n.Kind.GivesRight() {
			out = append(out, append(append(Row{}, l...), r...))
		}
	}
	switch n.Kind {
	case plan.Left:
		if !matched {
			row := append(Row{}, l...)
			for _, c := range n.Right.Output() {
				row = append(row, record.NullOf(c.Type))
			}
			out = append(out, row)
		}
	case plan.Semi:
		if matched {
			out = append(out, l)
		}
	case plan.Anti:
		if !matched {
			out = append(out, l)
		}
	case plan.AntiNull:
		if !matched && !unknown {
			out = append(out, l)
		}
	}
	return out, nil
}

// meets reports whether two rows match, and whether they do not because of a
// NULL key.
func (m *machine) meets(n *plan.Join, l, r Row) (yes, null bool, err error) {
	lk, err := m.exprs(n.LeftKeys, l)
	if err != nil {
		return false, false, err
	}
	rk, err := m.exprs(n.RightKeys, r)
	if err != nil {
		return false, false, err
	}
	for i := range lk {
		if !lk[i].Valid || !rk[i].Valid {
			null = true
		} else if record.Compare(lk[i], rk[i]) != 0 {
			return false, false, nil
		}
	}
	if null || n.On == nil {
		return !null, null, nil
	}
	yes, err = m.all([]plan.Expr{n.On}, append(append(Row{}, l...), r...))
	return yes, false, err
}
