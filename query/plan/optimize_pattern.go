package plan

import (
	"slices"
)

// orderPattern joins the elements of a pattern from the one with the fewest
// rows on, along the edges: what comes next is scanned for the keys that are
// known by then.
func (opt *optimizer) orderPattern(j *Join) Node {
	r := &region{pattern: true}
	r.add(j, opt)
	g := &patternTree{joinTree: joinTree{r: r, at: slices.Repeat([]int{-1}, r.width), conds: slices.Clone(r.conds)}}
	start := 0
	for i, in := range r.inputs {
		g.rows = append(g.rows, opt.estimate(in))
		g.whole = append(g.whole, max(1, opt.wholeOf(in)))
		if g.rows[i] < g.rows[start] {
			start = i
		}
	}
	g.start(start)
	g.known = g.rows[start]
	for len(g.used) < len(r.inputs) {
		g.grow()
	}
	return g.inOrder()
}

// wholeOf is the size of the table that n scans, or n's own.
func (opt *optimizer) wholeOf(n Node) float64 {
	switch n := n.(type) {
	case *Scan:
		return opt.estimate(&Scan{Table: n.Table})
	case *Project:
		return opt.wholeOf(n.Input)
	case *Filter:
		return opt.wholeOf(n.Input)
	}
	return opt.estimate(n)
}

// patternTree is a joinTree that grows to either side.
type patternTree struct {
	joinTree
	known float64   // rows of the tree
	rows  []float64 // by input
	whole []float64 // by input: rows of its table without conditions
}

// grow joins the connected input that leaves the fewest rows.
func (g *patternTree) grow() {
	best, bestRows := -1, 0.0
	for i := range g.r.inputs {
		if slices.Contains(g.used, i) || !slices.ContainsFunc(g.used, func(j int) bool { return g.meet(i, j) }) {
			continue
		}
		if rows := g.after(i); best < 0 || rows < bestRows {
			best, bestRows = i, rows
		}
	}
	if best < 0 { // the rest hangs together with nothing
		best = g.next(g.rows)
		bestRows = g.known * g.rows[best]
	}
	if g.known <= g.whole[best] {
		g.before(best)
	} else {
		g.join(best)
	}
	g.known = bestRows
}

// after guesses the rows of the tree with input i: a key meets one of those of
// the smaller table, which is that of the vertices.
func (g *patternTree) after(i int) float64 {
	keys := g.whole[i]
	for _, j := range g.used {
		if g.meet(i, j) {
			keys = min(keys, g.whole[j])
		}
	}
	return g.known * g.rows[i] / keys
}

// meet reports whether an equality compares columns of both inputs: another
// condition, as a <> b, leaves nearly all pairs of their rows.
func (g *patternTree) meet(i, j int) bool {
	return slices.ContainsFunc(g.conds, func(e Expr) bool {
		c, ok := e.(Call)
		if !ok || c.Func != "=" || len(c.Args) != 2 {
			return false
		}
		l, r := g.inputsOf(c.Args[0]), g.inputsOf(c.Args[1])
		return slices.Equal(l, []int{i}) && slices.Equal(r, []int{j}) || slices.Equal(l, []int{j}) && slices.Equal(r, []int{i})
	})
}

// inputsOf is the inputs whose columns e names.
func (g *patternTree) inputsOf(e Expr) []int {
	var out []int
	eachCol(e, func(c Col) {
		if i := g.of(c.Index); !slices.Contains(out, i) {
			out = append(out, i)
		}
	})
	return out
}

// of is the input that a column of the region belongs to.
func (g *patternTree) of(col int) int {
	i, found := slices.BinarySearch(g.r.starts, col)
	if !found {
		i--
	}
	for i+1 < len(g.r.starts) && g.r.starts[i+1] <= col { // inputs without columns
		i++
	}
	return i
}

// before joins input i as the left side, which is scanned for the keys of the tree.
func (g *patternTree) before(i int) {
	k := width(g.r.inputs[i])
	old := g.node
	for c := range g.at {
		if g.at[c] >= 0 {
			g.at[c] += k
		}
	}
	for c := range k {
		g.at[g.r.starts[i]+c] = c
	}
	g.width += k
	g.used = append(g.used, i)
	j := &Join{Kind: Inner, Left: g.r.inputs[i], Right: old, Pattern: true}
	var on, rest []Expr
	for _, c := range g.conds {
		if mapped, ok := g.mapped(c); ok {
			on = append(on, mapped)
		} else {
			rest = append(rest, c)
		}
	}
	g.conds = rest
	extractKeys(j, on, k)
	if len(j.LeftKeys) == 0 && j.On == nil {
		j.Kind = Cross
	}
	g.node = j
}

// eachCol calls f for every column in e.
func eachCol(e Expr, f func(Col)) {
	Walk(e, func(e Expr) bool {
		if c, ok := e.(Col); ok {
			f(c)
		}
		return true
	})
}
