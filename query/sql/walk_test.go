package sql

import (
	"fmt"
	"strings"
	"testing"
)

// TestWalk checks that every expression of a statement is met, once, in the
// order of the text: each is a name of its own here, x1, x2, ...
func TestWalk(t *testing.T) {
	f := func(text string) {
		t.Helper()
		n, err := Parse(text)
		if err != nil {
			t.Error(err)
			return
		}
		want, next := strings.Count(text, "x"), 1
		Walk(n, func(n Node) bool {
			if c, ok := n.(*Name); ok {
				if c.Last() != fmt.Sprintf("x%d", next) {
					t.Errorf("%s: met %s, wanted x%d", text, c, next)
				}
				next++
			}
			return true
		})
		if next-1 != want {
			t.Errorf("%s: met %d names, wanted %d", text, next-1, want)
		}
	}
	f("WITH c AS (SELECT x1) SELECT DISTINCT ON (x2) x3, -x4 FROM t JOIN u ON x5 WHERE x6 GROUP BY x7 HAVING x8 WINDOW w AS (PARTITION BY x9) ORDER BY x10 LIMIT x11 OFFSET x12")
	f("SELECT x1 UNION (SELECT x2 UNION SELECT x3 LIMIT 1)")
	f("SELECT x1 + x2, x3 BETWEEN x4 AND x5, x6 IN (x7, x8), x9 IN (SELECT x10), x11 LIKE x12 ESCAPE x13, x14 = ANY (x15), x16 = ALL (SELECT x17)")
	f("SELECT x1 IS NULL, x2 IS TRUE, CASE x3 WHEN x4 THEN x5 ELSE x6 END, x7::int, EXISTS (SELECT x8), (SELECT x9), ARRAY[x10], ARRAY(SELECT x11), (x12, x13), x14[x15]")
	f("SELECT f(x1, a => x2 ORDER BY x3) WITHIN GROUP (ORDER BY x4) FILTER (WHERE x5) OVER (PARTITION BY x6 ORDER BY x7 ROWS BETWEEN (x8) PRECEDING AND (x9) FOLLOWING)")
	f("SELECT 1 FROM (SELECT x1) a, f(x2) b, GRAPH_TABLE (g MATCH (a WHERE x3)-[b WHERE x4]->(c WHERE x5) WHERE x6 COLUMNS (x7 AS y)) c")
	f("INSERT INTO t VALUES (x1, x2), (x3, DEFAULT)")
	f("UPDATE t SET a = x1, b = x2 WHERE x3")
	f("DELETE FROM t WHERE x1")
	f("CREATE TABLE t (a INT DEFAULT x1, b INT DEFAULT (x2)) AS SELECT x3")
	f("CREATE INDEX ON t (x1, f(x2))")
	f("CREATE ROLLUP r ON t AS SELECT x1")
	f("CREATE PROPERTY GRAPH g VERTEX TABLES (a PROPERTIES (x1)) EDGE TABLES (b SOURCE a DESTINATION a PROPERTIES (x2 AS y))")
	f("ALTER TABLE t ADD COLUMN a INT DEFAULT x1")
	f("EXPLAIN SELECT x1")
}

// TestWalkStops checks that nothing below a node is met when f says no.
func TestWalkStops(t *testing.T) {
	n, err := parseExpr("a + (SELECT b) + c")
	if err != nil {
		t.Fatal(err)
	}
	var met []string
	Walk(n, func(n Node) bool {
		if c, ok := n.(*Name); ok {
			met = append(met, c.Last())
		}
		_, sub := n.(*Subquery)
		return !sub
	})
	if got := strings.Join(met, " "); got != "a c" {
		t.Errorf("met %q, wanted %q", got, "a c")
	}
}

func TestEqual(t *testing.T) {
	f := func(a, b string, want bool) {
		t.Helper()
		x, err := parseExpr(a)
		y, err2 := parseExpr(b)
		if err != nil || err2 != nil || equal(x, y) != want {
			t.Errorf("equal(%s, %s) is not %v (%v, %v)", a, b, want, err, err2)
		}
	}
	f("a+b", "(A  + \"b\")", true)
	f("cast(a as int)", "a::INT", true)
	f("a + b", "b + a", false)
	f("a", `"A"`, false)
	f("1", "'1'", false)
}

// TestPlaces checks the positions that errors of the planner will point at.
func TestPlaces(t *testing.T) {
	const text = "SELECT a + f(b), t.c FROM public.t AS x WHERE d IN (1) AND e::int = 2"
	n, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"*sql.Binary": "+ f", "*sql.Call": "f(b", "*sql.Table": "pub", "*sql.In": "IN ", "*sql.Cast": "::i", "*sql.Query": "SEL"}
	Walk(n, func(n Node) bool {
		kind := fmt.Sprintf("%T", n)
		if w, ok := want[kind]; ok {
			if got := text[n.Pos() : n.Pos()+3]; got != w && kind != "*sql.Binary" {
				t.Errorf("%s %s at %q, wanted %q", kind, n, got, w)
			}
		}
		if b, ok := n.(*Binary); ok && !strings.HasPrefix(text[b.Pos():], b.Op.String()) {
			t.Errorf("%s at %q, wanted its operator", b, text[b.Pos():])
		}
		return true
	})
}
