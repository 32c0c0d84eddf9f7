package sqlite

import (
	"fmt"
	"math/rand/v2"
)

// source is something that stands in FROM under its name.
type source struct {
	name    string
	columns []column
}

// statement returns a random query over the schema. Its answer is determined up
// to the order of its rows: what LIMIT cuts is ordered by every column.
func statement(rnd *rand.Rand) *tree {
	g := &generator{rnd: rnd}
	if !g.chance(6) {
		q, _ := g.query(2, g.kinds())
		return q
	}
	inner, cols := g.query(1, g.kinds())
	g.with = []source{{"w", cols}}
	q, _ := g.query(1, g.kinds())
	out := form(query, "WITH w AS (#) #", inner, q)
	out.order = q.order
	return out
}

// kinds are those of the columns a query shall have.
func (g *generator) kinds() []kind {
	out := make([]kind, 1+g.rnd.IntN(4))
	for i := range out {
		out[i] = g.anyKind()
	}
	return out
}

func (g *generator) name() string {
	g.names++
	return fmt.Sprintf("r%d", g.names)
}

// query makes a query with columns c0, c1, ... of the kinds.
func (g *generator) query(depth int, kinds []kind) (*tree, []column) {
	cols := make([]column, len(kinds))
	for i, k := range kinds {
		cols[i] = column{fmt.Sprint("c", i), k}
	}
	var body *tree
	switch n := g.rnd.IntN(12); {
	case n < 5:
		body = g.rows(depth, kinds)
	case n < 10:
		body = g.groups(depth, kinds)
	default:
		body = form(query, "# "+g.one("UNION", "UNION ALL")+" #", g.part(depth, kinds), g.part(depth, kinds))
		if g.chance(3) {
			body = form(query, "# "+g.one("UNION", "UNION ALL")+" #", body, g.part(depth, kinds))
		}
	}
	return g.order(body, cols), cols
}

func (g *generator) part(depth int, kinds []kind) *tree {
	if g.chance(3) {
		return g.groups(depth-1, kinds)
	}
	return g.rows(depth-1, kinds)
}

// order adds an order by every column, with LIMIT or without, or none.
func (g *generator) order(body *tree, cols []column) *tree {
	if g.chance(2) {
		return body
	}
	keys := &tree{form: ", ", list: true}
	for _, i := range g.rnd.Perm(len(cols)) {
		keys.args = append(keys.args, text(clause, cols[i].name+g.one("", " ASC", " DESC")+g.one(" NULLS FIRST", " NULLS LAST")))
	}
	cut := text(clause, "")
	if g.chance(2) {
		cut = text(clause, fmt.Sprint(" LIMIT ", g.rnd.IntN(30)))
		cut.loose = true
		if g.chance(3) {
			skip := text(clause, fmt.Sprint(" OFFSET ", g.rnd.IntN(5)))
			skip.loose = true
			cut = optional("##", text(clause, cut.form), skip)
		}
	}
	by := optional(" ORDER BY ##", keys, cut)
	out := form(query, "##", body, by)
	out.order = by
	return out
}

// input is a table, a common table or a query in brackets.
func (g *generator) input(depth int) (*tree, scope) {
	name := g.name()
	if depth > 0 && g.chance(6) {
		q, cols := g.query(depth-1, g.kinds())
		return form(clause, "(#) "+name, q), qualified(name, cols)
	}
	if len(g.with) > 0 && g.chance(2) {
		w := g.with[g.rnd.IntN(len(g.with))]
		return text(clause, w.name+" "+name), qualified(name, w.columns)
	}
	t := schema[[]int{0, 0, 0, 1, 1, 2}[g.rnd.IntN(6)]]
	return text(clause, t.name+" "+name), qualified(name, t.columns)
}

func qualified(name string, cols []column) scope {
	s := make(scope, len(cols))
	for i, c := range cols {
		s[i] = column{name + "." + c.name, c.kind}
	}
	return s
}

// from is one to three inputs, joined.
func (g *generator) from(depth int) (*tree, scope) {
	first, s := g.input(depth)
	joins := &tree{list: true, loose: true}
	for range []int{0, 0, 0, 1, 1, 2}[g.rnd.IntN(6)] {
		right, rs := g.input(depth - 1)
		both := append(append(scope{}, s...), rs...)
		on := optional(" AND #", g.condition(both, 1))
		on.gone = !g.chance(3)
		joins.args = append(joins.args, form(clause, g.one(" JOIN ", " INNER JOIN ", " LEFT JOIN ", " LEFT JOIN ")+"# ON ##", right, g.match(s, rs), on))
		s = both
	}
	return form(clause, "##", first, joins), s
}

// match is an equality of a column of each side.
func (g *generator) match(l, r scope) *tree {
	for range 8 {
		a, b := l[g.rnd.IntN(len(l))], r[g.rnd.IntN(len(r))]
		numbers := (a.kind == integer || a.kind == double) && (b.kind == integer || b.kind == double)
		if a.kind == b.kind && a.kind != boolean || numbers {
			if g.chance(2) {
				a, b = b, a
			}
			return text(clause, a.name+" = "+b.name)
		}
	}
	k := g.anyKind()
	return form(clause, "# = #", g.column(l, k), g.column(r, k))
}

func (g *generator) where(s scope, depth int) *tree {
	parts := &tree{form: " AND ", list: true, loose: true}
	for range []int{1, 1, 1, 2, 3}[g.rnd.IntN(5)] {
		if depth > 0 && g.chance(4) {
			parts.args = append(parts.args, g.subquery(s))
		} else {
			parts.args = append(parts.args, g.condition(s, depth))
		}
	}
	w := optional(" WHERE #", parts)
	w.gone = g.chance(3)
	return w
}

// rows is a query without groups.
func (g *generator) rows(depth int, kinds []kind) *tree {
	from, s := g.from(depth)
	items := &tree{form: ", ", list: true, loose: true}
	for i, k := range kinds {
		e := g.value(s, k, 2)
		if k != boolean && depth > 0 && g.chance(8) {
			e = g.scalar(s, k)
		}
		items.args = append(items.args, form(clause, fmt.Sprint("# AS c", i), e))
	}
	distinct := text(clause, g.one("", "", "DISTINCT "))
	distinct.loose = true
	return form(query, "SELECT ## FROM ##", distinct, items, from, g.where(s, depth))
}
