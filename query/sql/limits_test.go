package sql

import (
	"strings"
	"testing"
	"time"

	"github.com/quindex/quindex/fault"
)

// hostile are statements that try the stack or the clock; want is the kind of
// the error, fault.Other if they parse.
var hostile = []struct {
	name string
	text string
	want fault.Kind
}{
	{"parens", "SELECT " + strings.Repeat("(", 400_000), fault.Limit},
	{"closed parens", "SELECT " + strings.Repeat("(", 100_000) + "1" + strings.Repeat(")", 100_000), fault.Limit},
	{"not", "SELECT " + strings.Repeat("NOT ", 200_000) + "a", fault.Limit},
	{"minus", "SELECT " + strings.Repeat("- ", 400_000) + "a", fault.Limit},
	{"case", "SELECT " + strings.Repeat("CASE ", 200_000), fault.Limit},
	{"arrays", "SELECT ARRAY" + strings.Repeat("[", 400_000), fault.Limit},
	{"calls", "SELECT " + strings.Repeat("f(", 400_000), fault.Limit},
	{"casts", "SELECT " + strings.Repeat("CAST(", 150_000), fault.Limit},
	{"queries", strings.Repeat("SELECT (", 100_000), fault.Limit},
	{"queries in parens", strings.Repeat("(", 400_000) + "SELECT 1", fault.Limit},
	{"from", "SELECT * FROM " + strings.Repeat("(", 400_000), fault.Limit},
	{"from queries", strings.Repeat("SELECT * FROM (", 50_000), fault.Limit},
	{"joins", "SELECT * FROM a " + strings.Repeat("JOIN a ", 100_000), fault.Limit},
	{"with", strings.Repeat("WITH a AS (", 50_000), fault.Limit},
	{"explain", strings.Repeat("EXPLAIN ", 100_000) + "SELECT 1", fault.Syntax},
	{"graph", strings.Repeat("SELECT * FROM GRAPH_TABLE (g MATCH (a WHERE EXISTS (", 15_000), fault.Limit},
	{"windows", strings.Repeat("SELECT f() OVER (ORDER BY (", 30_000), fault.Limit},
	{"long and", "SELECT a" + strings.Repeat(" AND a", 150_000), fault.Limit},
	{"long sum", "SELECT 1" + strings.Repeat("+1", 400_000), fault.Limit},
	{"long cast", "SELECT a" + strings.Repeat("::b", 300_000), fault.Limit},
	{"long index", "SELECT a" + strings.Repeat("[1]", 300_000), fault.Limit},
	{"long is", "SELECT a" + strings.Repeat(" IS NULL", 100_000), fault.Limit},
	{"long zones", "SELECT a" + strings.Repeat(" AT TIME ZONE b", 60_000), fault.Limit},
	{"long union", "SELECT 1" + strings.Repeat(" UNION SELECT 1", 60_000), fault.Limit},
	{"long join", "SELECT 1 FROM a" + strings.Repeat(" CROSS JOIN a", 60_000), fault.Limit},
	{"9000 or", "SELECT a" + strings.Repeat(" OR a", 9_000), fault.Other},
	{"long list", "SELECT a IN (1" + strings.Repeat(",1", 500_000) + ")", fault.Other},
	{"long values", "VALUES (1)" + strings.Repeat(",(1)", 250_000), fault.Other},
	{"long name", "SELECT " + strings.Repeat("a.", 400_000) + "a", fault.Other},
	{"long path", "SELECT 1 FROM GRAPH_TABLE (g MATCH (a)" + strings.Repeat("-(a)", 200_000) + " COLUMNS (1 AS x))", fault.Other},
	{"insert parens", "INSERT INTO t " + strings.Repeat("(", 400_000), fault.Syntax},
	{"quotes", "SELECT '" + strings.Repeat("''", 500_000) + "'", fault.Other},
	{"comments", strings.Repeat("/*", 500_000), fault.Syntax},
	{"dollars", strings.Repeat("$a", 500_000), fault.Syntax},
	{"semicolons", strings.Repeat(";", 1_000_000), fault.Syntax},
	{"too long", "SELECT '" + strings.Repeat("x", MaxStatement) + "'", fault.TooLarge},
	{"too long list", "SELECT 1" + strings.Repeat(", 1", MaxStatement), fault.TooLarge},
}

func TestHostile(t *testing.T) {
	for _, h := range hostile {
		start := time.Now()
		n, err := Parse(h.text)
		took := time.Since(start)
		if (err != nil) != (h.want != fault.Other) || fault.KindOf(err) != h.want {
			t.Errorf("%s: %v, wanted %v", h.name, err, h.want)
		}
		if h.want == fault.Limit && fault.CodeOf(err) != tooComplex {
			t.Errorf("%s: code %s, wanted %s", h.name, fault.CodeOf(err), tooComplex)
		}
		if err == nil && h.text != n.String() {
			if err := checkLaw(h.text, n, parseNode); err != nil {
				t.Errorf("%s: %.300v", h.name, err)
			}
		}
		const patience = 10 * time.Second // linear time takes a tenth of one
		if took > patience {
			t.Errorf("%s: took %v", h.name, took)
		}
		t.Logf("%s: %v", h.name, took)
	}
}

func TestDepth(t *testing.T) {
	nested := func(n int) string { return "SELECT " + strings.Repeat("(", n) + "1" + strings.Repeat(")", n) }
	if _, err := Parse(nested(MaxDepth - 5)); err != nil {
		t.Errorf("%d parentheses: %v", MaxDepth-5, err)
	}
	if _, err := Parse(nested(MaxDepth + 1)); fault.CodeOf(err) != tooComplex {
		t.Errorf("%d parentheses: %v, wanted %s", MaxDepth+1, err, tooComplex)
	}
}

func TestSize(t *testing.T) {
	fill := func(n int) string { return "SELECT '" + strings.Repeat("x", n-len("SELECT ''")) + "'" }
	if _, err := Parse(fill(MaxStatement)); err != nil {
		t.Errorf("%d bytes: %v", MaxStatement, err)
	}
	if _, err := Parse(fill(MaxStatement + 1)); !fault.Is(err, fault.TooLarge) {
		t.Errorf("%d bytes: %v, wanted %v", MaxStatement+1, err, fault.TooLarge)
	}
}

func TestBytes(t *testing.T) {
	f := func(text string, offset int, code fault.Code) {
		t.Helper()
		_, err := Parse(text)
		if fault.PosOf(err).Offset != offset || fault.CodeOf(err) != code {
			t.Errorf("%q: %v at %d, code %s; wanted offset %d, code %s", text, err, fault.PosOf(err).Offset, fault.CodeOf(err), offset, code)
		}
	}
	f("SELECT 'a\xffb'", 9, "22021")
	f("SELECT 'ä\xc3'", 10, "22021")
	f("SELECT \x00", 7, "42601")
	f("SELECT '\ufffd' x y", 15, "42601") // the replacement character itself is a character
}
