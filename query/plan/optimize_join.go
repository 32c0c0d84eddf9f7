package plan

import (
	"slices"

	"github.com/quindex/quindex/record"
)

// extractKeys makes keys of the conditions left = right among on; the rest
// stays in On. k is the number of left columns.
func extractKeys(j *Join, on []Expr, k int) {
	var rest []Expr
	j.LeftKeys, j.RightKeys = slices.Clone(j.LeftKeys), slices.Clone(j.RightKeys)
	for _, c := range on {
		l, r, exact, ok := equiKey(c, k)
		if !ok || j.Kind == AntiNull {
			rest = append(rest, c)
			continue
		}
		j.LeftKeys, j.RightKeys = append(j.LeftKeys, l), append(j.RightKeys, shift(r, -k))
		if !exact {
			rest = append(rest, c)
		}
	}
	j.On = conjunction(rest)
}

// equiKey takes left = right apart. Numbers of different types meet as
// DOUBLEs: equal numbers are equal DOUBLEs, but exact is false, as others may
// be too.
func equiKey(e Expr, k int) (l, r Expr, exact, ok bool) {
	c, isCall := e.(Call)
	if !isCall || c.Func != "=" {
		return nil, nil, false, false
	}
	l, r = c.Args[0], c.Args[1]
	if maxCol(r) < k && minCol(l) >= k {
		l, r = r, l
	}
	if maxCol(l) >= k || maxCol(l) < 0 || minCol(r) < k || maxCol(r) < 0 {
		return nil, nil, false, false
	}
	lt, rt := l.Type(), r.Type()
	switch {
	case lt == rt, isText(lt.Kind) && isText(rt.Kind):
		return l, r, true, true
	case lt.Kind == record.Decimal && rt.Kind == record.Decimal && lt.Scale == rt.Scale:
		return l, r, true, true
	case lt.IsNumeric() && rt.IsNumeric():
		f := record.T(record.Float64)
		return castTo(l, f), castTo(r, f), false, true
	case isTime(lt.Kind) && isTime(rt.Kind):
		t := record.T(record.Timestamp)
		return castTo(l, t), castTo(r, t), true, true
	}
	return nil, nil, false, false
}

func castTo(e Expr, t record.Type) Expr {
	if e.Type() == t {
		return e
	}
	return Call{Func: "cast", Args: []Expr{e}, T: t}
}

// joins orders the inner joins of a tree: the largest input is read where it
// lies, and the others, smallest first, are brought to it.
func (opt *optimizer) joins(n Node) Node {
	if j, ok := n.(*Join); ok && (j.Kind == Inner || j.Kind == Cross) {
		if j.Pattern {
			return opt.orderPattern(j)
		}
		return opt.order(j)
	}
	return WithInputs(n, opt.joins)
}

// region is a tree of inner joins, flattened: inputs and conditions over the
// columns of all of them, in the order they were written.
type region struct {
	pattern bool // of joins that bind a pattern; of none otherwise
	inputs  []Node
	starts  []int // the first column of each input
	conds   []Expr
	width   int
}

func (r *region) add(n Node, opt *optimizer) {
	j, ok := n.(*Join)
	if !ok || j.Kind != Inner && j.Kind != Cross || j.Pattern != r.pattern {
		r.inputs, r.starts = append(r.inputs, opt.joins(n)), append(r.starts, r.width)
		r.width += width(n)
		return
	}
	left := r.width
	r.add(j.Left, opt)
	right := r.width
	r.add(j.Right, opt)
	for i := range j.LeftKeys {
		l, rk := shift(j.LeftKeys[i], left), shift(j.RightKeys[i], right)
		r.conds = append(r.conds, Call{Func: "=", Args: []Expr{l, rk}, T: boolType})
	}
	for _, c := range conjuncts(j.On) {
		r.conds = append(r.conds, shift(c, left)) // the sides' columns are neighbours
	}
}

// order makes a left-deep tree of a region.
func (opt *optimizer) order(j *Join) Node {
	r := &region{}
	r.add(j, opt)
	sizes := make([]float64, len(r.inputs))
	first := 0
	for i, in := range r.inputs {
		sizes[i] = opt.estimate(in)
		if sizes[i] > sizes[first] {
			first = i
		}
	}
	t := &joinTree{r: r, at: make([]int, r.width), conds: slices.Clone(r.conds)}
	for i := range t.at {
		t.at[i] = -1
	}
	t.start(first)
	for len(t.used) < len(r.inputs) {
		t.join(t.next(sizes))
	}
	return t.inOrder()
}

// joinTree is a tree that grows by one input at a time. at tells where the
// region's columns are in the tree's output, -1 for those still missing.
type joinTree struct {
	r     *region
	node  Node
	at    []int
	width int
	used  []int
	conds []Expr // not yet part of the tree
}

func (t *joinTree) start(i int) {
	t.node = t.r.inputs[i]
	t.place(i)
}

func (t *joinTree) place(i int) {
	n := width(t.r.inputs[i])
	for c := range n {
		t.at[t.r.starts[i]+c] = t.width + c
	}
	t.width += n
	t.used = append(t.used, i)
}

// next chooses the smallest input that a condition connects with the tree, or
// the smallest of all.
func (t *joinTree) next(sizes []float64) int {
	best, connected := -1, false
	for i := range t.r.inputs {
		if slices.Contains(t.used, i) {
			continue
		}
		c := t.connects(i)
		if best < 0 || c && !connected || c == connected && sizes[i] < sizes[best] {
			best, connected = i, c
		}
	}
	return best
}

func (t *joinTree) connects(i int) bool {
	lo, hi := t.r.starts[i], t.r.starts[i]+width(t.r.inputs[i])
	return slices.ContainsFunc(t.conds, func(e Expr) bool {
		inside, others := false, true
		Walk(e, func(e Expr) bool {
			if c, ok := e.(Col); ok {
				if c.Index >= lo && c.Index < hi {
					inside = true
				} else if t.at[c.Index] < 0 {
					others = false
				}
			}
			return true
		})
		return inside && others
	})
}

func (t *joinTree) join(i int) {
	k := t.width
	j := &Join{Kind: Inner, Left: t.node, Right: t.r.inputs[i]}
	t.place(i)
	var on, rest []Expr
	for _, c := range t.conds {
		if mapped, ok := t.mapped(c); ok {
			on = append(on, mapped)
		} else {
			rest = append(rest, c)
		}
	}
	t.conds = rest
	extractKeys(j, on, k)
	if len(j.LeftKeys) == 0 && j.On == nil {
		j.Kind = Cross
	}
	t.node = j
}

// mapped is a condition over the tree's output, or false while columns of it are missing.
func (t *joinTree) mapped(e Expr) (Expr, bool) {
	ok := true
	out := Rewrite(e, func(e Expr) Expr {
		if c, isCol := e.(Col); isCol {
			if t.at[c.Index] < 0 {
				ok = false
				return e
			}
			c.Index = t.at[c.Index]
			return c
		}
		return e
	})
	return out, ok
}

// inOrder puts the columns back in the order of the region.
func (t *joinTree) inOrder() Node {
	sorted := true
	for i, at := range t.at {
		sorted = sorted && i == at
	}
	if sorted {
		return t.node
	}
	out := t.node.Output()
	return columns(t.node, out, t.at)
}
