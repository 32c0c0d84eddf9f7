package plantest

import (
	"strings"

	"github.com/quindex/quindex/record"
)

// col is any column.
func (g *generator) col(s scope) string { return s[g.rnd.IntN(len(s))].name }

// pick is a column of type t, if there is one.
func (g *generator) pick(s scope, t record.Type) (string, bool) {
	var fit []string
	for _, c := range s {
		if c.t.Kind == t.Kind {
			fit = append(fit, c.name)
		}
	}
	if len(fit) == 0 {
		return "", false
	}
	return g.one(fit...), true
}

// any is an expression of a type that can be ordered.
func (g *generator) any(s scope, depth int) string {
	switch g.rnd.IntN(6) {
	case 0:
		return g.number(s, depth)
	case 1:
		return g.typed(s, kind(record.Keyword), depth)
	case 2:
		return g.boolean(s, depth)
	case 3:
		return g.typed(s, kind(record.Timestamp), depth)
	}
	return g.col(s)
}

func (g *generator) number(s scope, depth int) string {
	return g.typed(s, []record.Type{kind(record.Int64), kind(record.Float64), record.DecimalType(10, 2)}[g.rnd.IntN(3)], depth)
}

// typed is an expression of type t, or one that is cast to it silently.
func (g *generator) typed(s scope, t record.Type, depth int) string {
	c, ok := g.pick(s, t)
	if depth > 0 && g.chance(3) {
		if e := g.call(s, t, depth-1); e != "" {
			return e
		}
	}
	if ok && !g.chance(6) {
		return c
	}
	return "CAST(" + literal(g.rnd, t) + " AS " + t.String() + ")"
}

// call is a function that gives a t, or "".
func (g *generator) call(s scope, t record.Type, depth int) string {
	if g.chance(4) {
		return "CASE WHEN " + g.boolean(s, depth) + " THEN " + g.typed(s, t, depth) + g.one("", " ELSE "+g.typed(s, t, depth)) + " END"
	}
	if g.chance(4) {
		a, b := g.typed(s, t, depth), g.typed(s, t, depth)
		return g.one("coalesce(", "nullif(", "greatest(", "least(") + a + ", " + b + ")"
	}
	switch t.Kind {
	case record.Int64:
		a, b := g.typed(s, t, depth), g.typed(s, t, depth)
		return g.one("("+a+" + "+b+")", "("+a+" - "+b+")", "("+a+" * "+b+")", "("+a+" / "+b+")", "("+a+" % "+b+")", "abs("+a+")", "-("+a+")",
			"length("+g.typed(s, kind(record.Keyword), depth)+")", "cardinality(ARRAY["+a+"])")
	case record.Float64:
		a, b := g.number(s, depth), g.typed(s, t, depth)
		return g.one("("+a+" + "+b+")", "("+a+" * "+b+")", "floor("+b+")", "abs("+b+")", "extract(hour FROM "+g.typed(s, kind(record.Timestamp), depth)+")")
	case record.Decimal:
		a, b := g.typed(s, t, depth), g.typed(s, t, depth)
		return g.one("("+a+" + "+b+")", "("+a+" - "+b+")", "abs("+a+")", "round("+a+", 1)")
	case record.Keyword:
		a, b := g.typed(s, t, depth), g.typed(s, t, depth)
		return g.one("lower("+a+")", "upper("+a+")", "("+a+" || "+b+")", "substring("+a+", 2)", "left("+a+", 1)", "replace("+a+", 'a', 'xy')")
	case record.Timestamp:
		a := g.typed(s, t, depth)
		return g.one("date_trunc('day', "+a+")", "("+a+" + INTERVAL '1 day')", "("+a+" - INTERVAL '1 month 2 hours')", "time_bucket(INTERVAL '12 hours', "+a+")")
	}
	return ""
}

// boolean is a condition.
func (g *generator) boolean(s scope, depth int) string {
	if depth > 0 && g.chance(3) {
		a, b := g.boolean(s, depth-1), g.boolean(s, depth-1)
		return g.one("("+a+" AND "+b+")", "("+a+" OR "+b+")", "NOT ("+a+")", "("+a+") IS TRUE", "("+a+") IS NOT FALSE")
	}
	if c, ok := g.pick(s, kind(record.KeywordArray)); ok && g.chance(8) {
		l := literal(g.rnd, kind(record.Keyword))
		return g.one(l+" = ANY("+c+")", c+" <> "+l, c+" IN ("+l+", 'a')", c+" && ARRAY['a', 'b']", c+" LIKE 'a%'", "NOT "+c+" = "+l, c+" @> ARRAY['a']")
	}
	if c, ok := g.pick(s, kind(record.Bool)); ok && g.chance(8) {
		return g.one(c, "NOT "+c, c+" IS NOT TRUE", c+" IS FALSE", c+" IS NULL")
	}
	t := []record.Type{kind(record.Int64), kind(record.Int64), kind(record.Float64), record.DecimalType(10, 2), kind(record.Keyword), kind(record.Text),
		kind(record.Timestamp), kind(record.Date)}[g.rnd.IntN(8)]
	c, ok := g.pick(s, t)
	if !ok {
		t = kind(record.Int64)
		c = g.typed(s, t, depth)
	}
	return g.leaf(s, c, t, depth)
}

// leaf is a condition on c, mostly with constants.
func (g *generator) leaf(s scope, c string, t record.Type, depth int) string {
	l := func() string { return literal(g.rnd, t) }
	op := g.one("=", "<>", "<", "<=", ">", ">=")
	switch n := g.rnd.IntN(11); {
	case n < 4:
		return c + " " + op + " " + l()
	case n == 4:
		return l() + " " + op + " " + c
	case n == 5:
		return c + g.one(" BETWEEN ", " NOT BETWEEN ") + l() + " AND " + l()
	case n == 6:
		return c + g.one(" IN (", " NOT IN (") + strings.Join([]string{l(), l(), l()}, ", ") + ")"
	case n == 7:
		return c + g.one(" IS NULL", " IS NOT NULL")
	case n == 8 && t.IsString():
		return c + g.one(" LIKE ", " NOT LIKE ", " ILIKE ") + g.one("'a%'", "'%b%'", "'_b'", "'a\\%b'", "''", "'%'")
	case n == 9:
		return c + g.one(" IS DISTINCT FROM ", " IS NOT DISTINCT FROM ") + l()
	}
	return c + " " + op + " " + g.typed(s, t, depth)
}
