package plan

import (
	"slices"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/query/sql"
)

// orderKey is one key of ORDER BY: a column of the output, in which hidden
// columns come after the items.
type orderKey struct {
	at   int
	item *sql.OrderItem
}

// order binds ORDER BY. What is not among the items becomes a hidden column.
func (c *core) order(on []int) (keys []orderKey, hidden []item) {
	for i := range c.q.OrderBy {
		o := &c.q.OrderBy[i]
		at, ok := c.outputColumn(o.Expr, "ORDER BY")
		if !ok {
			at = c.hide(o.Expr, &hidden)
		}
		if at >= len(c.items) && c.sel.Distinct && len(on) == 0 {
			c.b.fail(o.Pos(), fault.Invalid, fault.Code("42P10"), fault.Hint("add it to the list of SELECT"),
				"with SELECT DISTINCT, ORDER BY takes what stands in the list")
		}
		keys = append(keys, orderKey{at, o})
	}
	for i := range min(len(on), len(keys)) {
		if !slices.Contains(on, keys[i].at) {
			c.b.fail(keys[i].item.Pos(), fault.Invalid, fault.Code("42P10"), "ORDER BY must begin with the expressions of DISTINCT ON")
		}
	}
	return keys, hidden
}

// distinctOn binds DISTINCT ON; its expressions must be among the items.
func (c *core) distinctOn() []int {
	var on []int
	for _, e := range c.sel.DistinctOn {
		at, ok := c.outputColumn(e, "DISTINCT ON")
		if !ok {
			x := c.b.value(e, c.s)
			if at = c.findItem(x); at < 0 {
				c.b.fail(e.Pos(), fault.Unsupported, fault.Hint("add it to the list of SELECT"), "DISTINCT ON of what is not in the list of SELECT")
			}
		}
		on = append(on, at)
	}
	return on
}

// outputColumn reads a position or the name of an item.
func (c *core) outputColumn(e sql.Expr, where string) (int, bool) {
	if at, ok := c.b.position(e, len(c.items), where); ok {
		return at, true
	}
	n, ok := e.(*sql.Name)
	if !ok || len(n.Parts) > 1 {
		return 0, false
	}
	found := -1
	for i, it := range c.items {
		if it.name != n.Last() {
			continue
		}
		if found >= 0 && !Equal(c.items[found].expr, it.expr) {
			c.b.fail(e.Pos(), fault.Invalid, fault.Code("42702"), fault.Item(n.Last()), where+" is ambiguous: two columns have this name")
		}
		found = i
	}
	return found, found >= 0
}

// findItem returns the item that is written as x, or -1.
func (c *core) findItem(x Expr) int {
	for i, it := range c.items {
		if Equal(it.expr, x) {
			return i
		}
	}
	return -1
}

// hide binds a key that is no item; it returns its column.
func (c *core) hide(e sql.Expr, hidden *[]item) int {
	x := c.b.value(e, c.s)
	if at := c.findItem(x); at >= 0 {
		return at
	}
	for i, h := range *hidden {
		if Equal(h.expr, x) {
			return len(c.items) + i
		}
	}
	*hidden = append(*hidden, item{ast: e, name: e.String(), expr: x})
	return len(c.items) + len(*hidden) - 1
}

// sortKeys are keys over the columns of n.
func (c *core) sortKeys(n Node, keys []orderKey) []SortKey {
	if len(keys) == 0 {
		return nil
	}
	out := n.Output()
	ks := make([]SortKey, 0, len(keys))
	for _, k := range keys {
		col := out[k.at]
		ks = append(ks, SortKey{Expr: Col{k.at, col.Name, col.Type}, Desc: k.item.Desc, NullsFirst: k.item.Nulls.First(k.item.Desc)})
	}
	return ks
}

// firstOfGroup is DISTINCT ON: of the rows that are equal in the columns on,
// the first in the order of keys.
func firstOfGroup(n Node, on []int, keys []SortKey) Node {
	out := n.Output()
	a := &Aggregate{Input: n}
	p := &Project{Input: a}
	for _, i := range on {
		a.Groups = append(a.Groups, Col{i, out[i].Name, out[i].Type})
		a.Names, a.Out = append(a.Names, out[i].Name), append(a.Out, out[i])
	}
	for i, c := range out {
		a.Aggs = append(a.Aggs, Agg{Func: "first_row", Args: []Expr{Col{i, c.Name, c.Type}}, Order: keys, T: c.Type})
		a.Names, a.Out = append(a.Names, c.Name), append(a.Out, c)
		p.Exprs, p.Names = append(p.Exprs, Col{len(on) + i, c.Name, c.Type}), append(p.Names, c.Name)
	}
	return p
}
