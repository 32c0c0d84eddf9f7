package server

import (
	"strings"
	"testing"
)

// TestHints: a statement that is nearly right is told what was probably meant.
func TestHints(t *testing.T) {
	s := start(t)
	sqlOK(t, s, "CREATE TABLE t (id BIGINT, words KEYWORD, name TEXT, loc POINT)")
	sqlOK(t, s, `CREATE TABLE up ("ID" BIGINT)`)
	sqlOK(t, s, `CREATE TABLE "Name" (id BIGINT)`)
	for _, c := range []struct{ sql, hint string }{
		{"CREATE INDEX ON t USING serach (words)", "did you mean search?"},
		{"CREATE INDEX ON t USING btree (id)", "USING one of geo, search, timeseries; comparisons need no index of their own: every column has one"},
		{"CREATE INDEX ON t (words)", "USING one of geo, search, timeseries"},
		{"SELECT length(1, 2)", "there is length(string), length(BYTEA)"},
		{"SELECT id FROM up", `write \"ID\", in double quotes`},
		{"SELECT id FROM Name", `write \"Name\", in double quotes`},
		{"SELECT length(words, 1, 2) FROM t LIMIT 5, 10", "write LIMIT n OFFSET m"},
		{"SELECT avg(words) FROM t", "there is avg(number)"},
	} {
		res, body := call(t, s, "POST", "/v1/sql", c.sql)
		if res.StatusCode/100 != 4 || !strings.Contains(body, c.hint) {
			t.Errorf("%s: %s %s, want the hint %q", c.sql, res.Status, body, c.hint)
		}
	}
}
