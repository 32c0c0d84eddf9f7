package sqlite

import "fmt"

// groups is a query with GROUP BY, or with aggregates alone.
func (g *generator) groups(depth int, kinds []kind) *tree {
	from, s := g.from(depth)
	keys := &tree{form: ", ", list: true, loose: true}
	items := &tree{form: ", ", list: true, loose: true}
	total := g.chance(5)
	for i, k := range kinds {
		e := (*tree)(nil)
		if !total && g.chance(2) {
			e = g.value(s, k, g.rnd.IntN(2))
			if len(e.args) == 0 {
				e = g.column(s, k) // a number alone would be a position
			}
			if isConstant(e) {
				e = form(k, "COALESCE(#, #)", e, e)
			}
			keys.args = append(keys.args, form(clause, "#", e)) // e is shared, its place here is not
		} else {
			e = g.overGroup(s, k)
		}
		items.args = append(items.args, form(clause, fmt.Sprint("# AS c", i), e))
	}
	if !total && g.chance(4) { // a key that is not shown
		if e := g.column(s, g.anyKind()); !isConstant(e) {
			keys.args = append(keys.args, form(clause, "#", e))
		}
	}
	by := optional(" GROUP BY #", keys)
	by.gone = len(keys.args) == 0
	have := optional(" HAVING #", g.having(s))
	have.gone = !g.chance(3) || len(keys.args) == 0
	return form(query, "SELECT # FROM ####", items, from, g.where(s, depth), by, have)
}

func isConstant(t *tree) bool { return len(t.args) == 0 && (t.form[0] < 'a' || t.form[0] > 'z') }

// overGroup is an aggregate, or an expression over aggregates.
func (g *generator) overGroup(s scope, k kind) *tree {
	a := g.aggregate(s, k)
	if k == boolean || !g.chance(5) {
		return a
	}
	b := g.aggregate(s, k)
	if k == word {
		return form(k, g.one("COALESCE(#, #)", "(# || #)"), a, b)
	}
	return form(k, g.one("(# + #)", "(# - #)", "COALESCE(#, #)", "NULLIF(#, #)"), a, b)
}

func (g *generator) aggregate(s scope, k kind) *tree {
	filter := optional(" FILTER (WHERE #)", g.condition(s, 1))
	filter.gone = !g.chance(5)
	distinct := text(clause, g.one("", "", "", "DISTINCT "))
	distinct.loose = true
	depth := g.rnd.IntN(2)
	switch k {
	case boolean:
		return g.having(s)
	case integer:
		switch g.rnd.IntN(4) {
		case 0:
			return form(k, "count(*)#", filter)
		case 1:
			return form(k, "count(##)#", distinct, g.value(s, g.anyKind(), depth), filter)
		}
		return form(k, g.one("sum", "min", "max")+"(##)#", distinct, g.value(s, integer, depth), filter)
	case double:
		if g.chance(3) {
			return form(k, "avg(##)#", distinct, g.value(s, integer, depth), filter)
		}
		return form(k, g.one("sum", "min", "max", "avg")+"(##)#", distinct, g.value(s, double, depth), filter)
	}
	if g.chance(4) {
		c := g.value(s, word, 0)
		return form(k, "string_agg(#, ',' ORDER BY #)#", c, c, filter)
	}
	return form(k, g.one("min", "max")+"(#)#", g.value(s, word, depth), filter)
}

// having is a condition on a group.
func (g *generator) having(s scope) *tree {
	k := []kind{integer, integer, double, word}[g.rnd.IntN(4)]
	a := g.aggregate(s, k)
	if g.chance(4) {
		return form(boolean, g.one("(# IS NULL)", "(# IS NOT NULL)"), a)
	}
	out := form(boolean, "(# "+g.one("=", "<>", "<", "<=", ">", ">=")+" #)", a, g.literal(k))
	if g.chance(4) {
		return form(boolean, g.one("(# AND #)", "(# OR #)"), out, g.having(s))
	}
	return out
}

// inner is the FROM and WHERE of a subquery below s, correlated or not.
func (g *generator) inner(s scope, correlated bool) (*tree, scope) {
	t, in := g.input(0)
	parts := &tree{form: " AND ", list: true, loose: true}
	if correlated {
		parts.args = append(parts.args, g.match(s, in))
	}
	if len(parts.args) == 0 || g.chance(2) {
		parts.args = append(parts.args, g.condition(in, 1))
	}
	return form(clause, "# WHERE #", t, parts), in
}

// subquery is a condition with a subquery.
func (g *generator) subquery(s scope) *tree {
	k := g.anyKind()
	beside := g.chance(5) // below an OR a correlated subquery is refused
	var out *tree
	switch g.rnd.IntN(6) {
	case 0, 1:
		body, _ := g.inner(s, !beside && !g.chance(4))
		out = form(boolean, g.one("EXISTS (SELECT 1 FROM #)", "(NOT EXISTS (SELECT 1 FROM #))"), body)
	case 2:
		if k == boolean {
			k = integer
		}
		out = form(boolean, "(# "+g.one("=", "<>", "<", ">=")+" #)", g.value(s, k, 1), g.scalar(s, k))
	default:
		k2 := k
		if k == integer && g.chance(4) {
			k2 = double
		}
		not := g.chance(2)
		body, in := g.inner(s, !beside && !not && g.chance(2))
		out = form(boolean, map[bool]string{false: "(# IN (SELECT # FROM #))", true: "(# NOT IN (SELECT # FROM #))"}[not], g.value(s, k, 1), g.value(in, k2, 1), body)
	}
	if beside {
		return form(boolean, g.one("(# OR #)", "(# AND #)"), out, g.condition(s, 0))
	}
	return out
}

// scalar is a subquery of one row and one value.
func (g *generator) scalar(s scope, k kind) *tree {
	body, in := g.inner(s, !g.chance(3))
	return form(k, "(SELECT # FROM #)", g.overGroup(in, k), body)
}
