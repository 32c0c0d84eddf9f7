package sqlite

import (
	"math/rand/v2"
	"strings"
)

// generator makes random statements.
type generator struct {
	rnd   *rand.Rand
	names int
	with  []source // the common tables in sight
}

// scope is the columns in sight, with their qualified names.
type scope []column

func (g *generator) one(choices ...string) string { return choices[g.rnd.IntN(len(choices))] }

func (g *generator) chance(n int) bool { return g.rnd.IntN(n) == 0 }

var values = []kind{integer, integer, double, word, word, boolean}

func (g *generator) anyKind() kind { return values[g.rnd.IntN(len(values))] }

// literal is a constant, rarely NULL.
func (g *generator) literal(k kind) *tree {
	if g.chance(20) {
		return text(k, "CAST(NULL AS "+typeNames[k]+")")
	}
	if k == double {
		return text(k, "CAST("+constant(g.rnd, k)+" AS DOUBLE)")
	}
	return text(k, constant(g.rnd, k))
}

// column is a column of kind k, or a constant where there is none.
func (g *generator) column(s scope, k kind) *tree {
	var fit []string
	for _, c := range s {
		if c.kind == k {
			fit = append(fit, c.name)
		}
	}
	if len(fit) == 0 {
		if k == boolean {
			return text(k, "TRUE")
		}
		return g.literal(k)
	}
	return text(k, g.one(fit...))
}

// value is an expression of kind k.
func (g *generator) value(s scope, k kind, depth int) *tree {
	if k == boolean && depth > 0 {
		return g.condition(s, depth)
	}
	if depth <= 0 || g.chance(2) {
		if g.chance(6) {
			return g.literal(k)
		}
		return g.column(s, k)
	}
	a, b := g.value(s, k, depth-1), g.value(s, k, depth-1)
	switch g.rnd.IntN(8) {
	case 0:
		return form(k, "CASE WHEN # THEN # ELSE # END", g.condition(s, depth-1), a, b)
	case 1:
		return form(k, "CASE # WHEN # THEN # WHEN # THEN # END", g.value(s, integer, 0), g.literal(integer), a, g.literal(integer), b)
	case 2:
		return form(k, g.one("COALESCE(#, #)", "NULLIF(#, #)"), a, b)
	}
	return g.computed(s, k, a, b, depth-1)
}

// computed is an operator or a function that gives a k.
func (g *generator) computed(s scope, k kind, a, b *tree, depth int) *tree {
	switch k {
	case integer:
		switch g.rnd.IntN(5) {
		case 0:
			return form(k, g.one("(# / 3)", "(# % 4)", "abs(#)", "(-#)", "(# / -2)", "(# % -3)"), a)
		case 1:
			return form(k, "length(#)", g.value(s, word, depth))
		}
		return form(k, g.one("(# + #)", "(# - #)", "(# * #)"), a, b)
	case double:
		switch g.rnd.IntN(5) {
		case 0:
			return form(k, g.one("(# / CAST(4 AS DOUBLE))", "abs(#)", "(-#)", "floor(#)", "ceil(#)", "sign(#)"), a)
		case 1:
			return form(k, g.one("(# + #)", "(# * #)", "(# - #)"), a, g.value(s, integer, depth))
		case 2:
			return form(k, "CAST(# AS DOUBLE)", g.value(s, integer, depth))
		}
		return form(k, g.one("(# + #)", "(# - #)", "(# * #)"), a, b)
	}
	if g.chance(2) {
		return form(word, g.one("lower(#)", "upper(#)", "substr(#, 2)", "substr(#, 1, 2)", "trim(#)", "ltrim(#)", "rtrim(#)", "replace(#, 'a', 'xy')"), a)
	}
	return form(word, g.one("(# || #)", "concat(#, #)"), a, b)
}

// condition is a boolean expression over s.
func (g *generator) condition(s scope, depth int) *tree {
	if depth > 0 && g.chance(3) {
		a, b := g.condition(s, depth-1), g.condition(s, depth-1)
		switch g.rnd.IntN(6) {
		case 0:
			return form(boolean, "(NOT #)", a)
		case 1:
			return form(boolean, g.one("(# IS TRUE)", "(# IS NOT TRUE)", "(# IS FALSE)", "(# IS NULL)", "(# IS NOT NULL)"), a)
		case 2, 3:
			return form(boolean, "(# AND #)", a, b)
		}
		return form(boolean, "(# OR #)", a, b)
	}
	if g.chance(12) {
		return g.column(s, boolean)
	}
	return g.leaf(s, depth)
}

// leaf is a condition without AND, OR and NOT, mostly on a column.
func (g *generator) leaf(s scope, depth int) *tree {
	k := g.anyKind()
	a := g.column(s, k)
	if g.chance(3) {
		a = g.value(s, k, depth-1)
	}
	b := g.literal(k)
	if g.chance(4) {
		b = g.value(s, k, depth-1)
	}
	if k == boolean && g.chance(2) {
		return form(boolean, g.one("(# IS NOT TRUE)", "(# IS NOT FALSE)"), a)
	}
	compare := g.one("=", "<>", "<>", "<", "<=", ">", ">=")
	switch n := g.rnd.IntN(12); {
	case n == 0:
		return form(boolean, g.one("(# IS NULL)", "(# IS NOT NULL)"), a)
	case n == 1:
		return form(boolean, g.one("(# BETWEEN # AND #)", "(# NOT BETWEEN # AND #)"), a, b, g.literal(k))
	case n < 4:
		items := &tree{form: ", ", list: true, loose: true}
		for range 1 + g.rnd.IntN(4) {
			items.args = append(items.args, g.literal(k))
		}
		return form(boolean, g.one("(# IN (#))", "(# NOT IN (#))"), a, items)
	case n < 6 && k == word:
		pattern := strings.Join([]string{g.one("", "%", "%", "_", "a"), g.one("a", "b", "OR", "_", "", "x"), g.one("", "%", "%", "_", "c")}, "")
		return form(boolean, g.one("(# LIKE #)", "(# NOT LIKE #)"), a, text(word, "'"+pattern+"'"))
	case n == 6:
		return form(boolean, g.one("(# IS DISTINCT FROM #)", "(# IS NOT DISTINCT FROM #)"), a, b)
	case n == 7:
		return form(boolean, "(# "+compare+" #)", b, a)
	case n == 8 && (k == integer || k == double):
		return form(boolean, "(# "+compare+" #)", a, g.column(s, integer+double-k))
	}
	return form(boolean, "(# "+compare+" #)", a, b)
}
