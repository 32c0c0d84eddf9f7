package plantest

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/quindex/quindex/query/sql"
	"github.com/quindex/quindex/record"
)

// Statement returns a random query over the tables of Catalog. Its answer is
// determined up to the order of rows: what is cut by LIMIT is ordered by all
// its columns. Evaluating it may still be an error, such as a division by zero.
func Statement(rnd *rand.Rand) string {
	g := &generator{rnd: rnd}
	return g.query(2)
}

// Parse reads a query.
func Parse(text string) (*sql.Query, error) {
	s, err := sql.Parse(text)
	if err != nil {
		return nil, err
	}
	q, ok := s.(*sql.Query)
	if !ok {
		return nil, fmt.Errorf("plantest: %s is not a query", text)
	}
	return q, nil
}

type generator struct {
	rnd   *rand.Rand
	alias int
}

// scope is the columns in sight, with their qualified names.
type scope []column

func (g *generator) one(choices ...string) string { return choices[g.rnd.IntN(len(choices))] }

func (g *generator) chance(n int) bool { return g.rnd.IntN(n) == 0 }

func (g *generator) name() string {
	g.alias++
	return fmt.Sprintf("r%d", g.alias)
}

func (g *generator) query(depth int) string {
	switch n := g.rnd.IntN(12); {
	case n < 5:
		return g.rows(depth)
	case n < 9:
		return g.groups(depth)
	case n == 9:
		return g.union(depth)
	case n == 10:
		return g.distinctOn(depth)
	}
	return "WITH w AS (" + g.rows(depth-1) + ") SELECT * FROM w"
}

// from makes a FROM of one to three inputs.
func (g *generator) from(depth int) (string, scope) {
	text, s := g.input(depth)
	for range g.rnd.IntN(3) {
		if len(s) > 24 {
			break
		}
		right, rs := g.input(0)
		both := append(append(scope{}, s...), rs...)
		switch g.rnd.IntN(4) {
		case 0:
			text += " LEFT JOIN " + right + " ON " + g.joinCond(s, rs, both)
		case 1:
			text += " CROSS JOIN " + right
		default:
			text += " JOIN " + right + " ON " + g.joinCond(s, rs, both)
		}
		s = both
	}
	return text, s
}

func (g *generator) input(depth int) (string, scope) {
	t := tables[g.rnd.IntN(len(tables))]
	alias := g.name()
	if depth > 0 && g.chance(6) {
		return fmt.Sprintf("(SELECT k, i, count(*) AS n, max(ts) AS ts FROM v GROUP BY k, i) %s", alias), scope{
			{alias + ".k", kind(record.Keyword)}, {alias + ".i", kind(record.Int64)}, {alias + ".n", kind(record.Int64)}, {alias + ".ts", kind(record.Timestamp)}}
	}
	if depth > 0 && g.chance(6) {
		cut := fmt.Sprintf(" ORDER BY 1, 2, 3 LIMIT %d", g.rnd.IntN(9))
		return "(SELECT i, k, f FROM u" + g.one(cut, cut, " WHERE f > 0") + ") " + alias, scope{
			{alias + ".i", kind(record.Int64)}, {alias + ".k", kind(record.Keyword)}, {alias + ".f", kind(record.Float64)}}
	}
	var s scope
	for _, c := range t.cols {
		s = append(s, column{alias + "." + c.name, c.t})
	}
	return t.name + " " + alias, s
}

// joinCond is mostly an equality of two columns.
func (g *generator) joinCond(l, r, both scope) string {
	out := ""
	for range 4 {
		a, b := l[g.rnd.IntN(len(l))], r[g.rnd.IntN(len(r))]
		if a.t.Kind == b.t.Kind && !a.t.IsArray() || a.t.IsNumeric() && b.t.IsNumeric() {
			out = a.name + " = " + b.name
		}
	}
	if out == "" || g.chance(4) {
		more := g.boolean(both, 1)
		if out == "" {
			return more
		}
		return out + " AND " + more
	}
	return out
}

func (g *generator) where(s scope, depth int) string {
	if g.chance(4) {
		return ""
	}
	parts := []string{g.boolean(s, depth)}
	for range g.rnd.IntN(3) {
		if depth > 0 && g.chance(4) {
			parts = append(parts, g.subqueryCond(s))
		} else {
			parts = append(parts, g.boolean(s, depth))
		}
	}
	return " WHERE " + strings.Join(parts, " AND ")
}

func (g *generator) subqueryCond(s scope) string {
	not := g.one("", "", "NOT ")
	if c, ok := g.pick(s, kind(record.Int64)); ok && g.chance(4) { // beside an OR it is no join
		return "(" + g.boolean(s, 0) + g.one(" OR ", " OR NOT ") + c + " " + not + "IN (SELECT i FROM " + g.one("u", "v WHERE k > 'b'", "u WHERE i > 100") + "))"
	}
	if c, ok := g.pick(s, kind(record.Int64)); ok && g.chance(2) {
		return c + " " + not + "IN (SELECT i FROM " + g.one("u WHERE f > 0", "v", "v WHERE k = 'a'", "u") + ")"
	}
	if c, ok := g.pick(s, kind(record.Keyword)); ok {
		return not + "EXISTS (SELECT 1 FROM u z WHERE z.k = " + c + g.one("", " AND z.i > 0", " AND z.f IS NOT NULL") + ")"
	}
	return not + "EXISTS (SELECT 1 FROM u WHERE i > 4)"
}

// rows is a query without groups.
func (g *generator) rows(depth int) string {
	from, s := g.from(depth)
	n := 1 + g.rnd.IntN(4)
	var items []string
	for i := range n {
		e := g.any(s, 2)
		if depth > 0 && g.chance(6) {
			e = g.scalarSubquery(s)
		}
		items = append(items, fmt.Sprintf("%s AS c%d", e, i))
	}
	return "SELECT " + g.one("", "", "DISTINCT ") + strings.Join(items, ", ") + " FROM " + from + g.where(s, depth) + g.order(n)
}

func (g *generator) scalarSubquery(s scope) string {
	if c, ok := g.pick(s, kind(record.Keyword)); ok && g.chance(4) {
		return "(SELECT z.f FROM (SELECT k, max(f) AS f FROM u GROUP BY k) z WHERE z.k = " + c + ")"
	}
	if c, ok := g.pick(s, kind(record.Keyword)); ok {
		return "(SELECT " + g.one("count(*)", "max(z.i)", "sum(z.d)", "count(z.i) + 1", "avg(z.f)") + " FROM u z WHERE z.k = " + c + ")"
	}
	return "(SELECT " + g.one("max(i)", "count(*)") + " FROM u)"
}

// order is by every column, with LIMIT or without, or none.
func (g *generator) order(n int) string {
	if g.chance(2) {
		return ""
	}
	var keys []string
	for i := range n {
		keys = append(keys, fmt.Sprintf("%d%s%s", i+1, g.one("", " DESC"), g.one("", "", " NULLS FIRST", " NULLS LAST")))
	}
	out := " ORDER BY " + strings.Join(keys, ", ")
	if g.chance(2) {
		out += fmt.Sprintf(" LIMIT %d", g.rnd.IntN(12))
		if g.chance(3) {
			out += fmt.Sprintf(" OFFSET %d", g.rnd.IntN(5))
		}
	}
	return out
}

// groups is a query with GROUP BY or aggregates alone.
func (g *generator) groups(depth int) string {
	from, s := g.from(depth)
	var items, keys []string
	for range g.rnd.IntN(3) {
		e := g.any(s, 1)
		keys = append(keys, fmt.Sprint(len(keys)+1))
		items = append(items, e)
	}
	for range 1 + g.rnd.IntN(3) {
		items = append(items, g.aggregate(s))
	}
	for i := range items {
		items[i] += fmt.Sprintf(" AS c%d", i)
	}
	out := "SELECT " + strings.Join(items, ", ") + " FROM " + from + g.where(s, depth)
	if len(keys) > 0 {
		out += " GROUP BY " + strings.Join(keys, ", ")
	}
	if g.chance(4) {
		out += " HAVING " + g.one("count(*) > 1", "count(*) < 5 OR max("+g.col(s)+") IS NULL")
	}
	return out + g.order(len(items))
}

func (g *generator) aggregate(s scope) string {
	out := ""
	switch g.rnd.IntN(9) {
	case 0:
		out = "count(*)"
	case 1:
		out = "count(" + g.one("", "DISTINCT ") + g.any(s, 1) + ")"
	case 2:
		out = "sum(" + g.one("", "DISTINCT ") + g.number(s, 1) + ")"
	case 3:
		out = "avg(" + g.number(s, 1) + ")"
	case 4:
		out = g.one("min(", "max(") + g.typed(s, kind(record.Keyword), 1) + ")"
	case 5:
		out = g.one("min(", "max(") + g.number(s, 1) + ")"
	case 6:
		out = g.one("stddev(", "var_pop(") + g.typed(s, kind(record.Int64), 0) + ")"
	case 7:
		out = g.one("bool_and(", "bool_or(") + g.boolean(s, 1) + ")"
	default:
		k := g.typed(s, kind(record.Keyword), 0)
		return "string_agg(" + k + ", ',' ORDER BY " + k + g.one("", " DESC") + ")"
	}
	if g.chance(4) {
		out += " FILTER (WHERE " + g.boolean(s, 1) + ")"
	}
	return out
}

func (g *generator) union(depth int) string {
	types := []record.Type{kind(record.Int64), kind(record.Keyword)}
	part := func() string {
		from, s := g.from(0)
		return "SELECT " + g.typed(s, types[0], 1) + " AS c0, " + g.typed(s, types[1], 1) + " AS c1 FROM " + from + g.where(s, depth-1)
	}
	return part() + g.one(" UNION ", " UNION ALL ") + part() + g.order(2)
}

// distinctOn orders by every column, so that the first row of a group is one.
func (g *generator) distinctOn(depth int) string {
	from, s := g.from(depth)
	return "SELECT DISTINCT ON (c0) " + g.any(s, 1) + " AS c0, " + g.any(s, 1) + " AS c1, " + g.any(s, 1) + " AS c2 FROM " + from +
		g.where(s, depth) + " ORDER BY c0" + g.one("", " DESC") + ", c1" + g.one("", " DESC") + ", c2"
}
