package quindex

import (
	"fmt"
	"strings"
	"testing"
)

// TestEnginesAnswer holds statements to the index that should answer them: a
// scan in its place would give the same rows, slowly.
func TestEnginesAnswer(t *testing.T) {
	var merged layout
	for _, l := range layouts() {
		if l.name == "merged" {
			merged = l
		}
	}
	merged.shards = 1
	db := openDatabase(t, merged)
	for _, s := range []string{
		`CREATE TABLE m (at TIMESTAMP, host KEYWORD, v BIGINT, s TEXT, p POINT) WITH (time = 'at', series = 'host')`,
		`INSERT INTO m SELECT '2001-01-01'::TIMESTAMP + (a.n * 100 + b.n) * INTERVAL '1 second', 'host' || a.n, b.n, 'word' || b.n || ' common', ST_MakePoint(a.n, b.n)
		 FROM (VALUES (1),(2),(3),(4),(5),(6),(7),(8),(9),(10)) a(n), (VALUES (1),(2),(3),(4),(5),(6),(7),(8),(9),(10)) b(n)`,
	} {
		if _, err := db.run(t, s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
	f := func(where, method string, rows string) {
		t.Helper()
		plan, err := db.run(t, "EXPLAIN ANALYZE SELECT sum(v) FROM m WHERE "+where)
		if err != nil {
			t.Fatal(err)
		}
		var text strings.Builder
		for _, r := range plan.rows {
			text.WriteString(r[0] + "\n")
		}
		if !strings.Contains(text.String(), method) || strings.Contains(text.String(), "eval.Scan") || strings.Contains(text.String(), "open.Scan") {
			t.Errorf("%s: %q is not in\n%s", where, method, text.String())
		}
		count, err := db.run(t, "SELECT count(*) FROM m WHERE "+where)
		if err != nil || count.rows[0][0] != rows {
			t.Errorf("%s: %v rows (%v), want %s", where, count, err, rows)
		}
	}
	f("match(s, 'word3')", "search.", "10")
	f("match(s, '+common -word3')", "search.", "90")
	f("ST_DWithin(p, ST_MakePoint(5, 5), 112000)", "geo.tree", "5")
	f("host = 'host3' AND at >= '2001-01-01 00:05:05'", "timeseries.series ranges", "6")
	f("v = 7", "columnar.", "10")
	f("match(s, 'word3') OR v % 7 = 3", "search.", "20")
	f("(CASE WHEN ST_DWithin(p, ST_MakePoint(5, 5), 112000) THEN v ELSE 0 END) > 4", "geo.tree", "4")
	for _, s := range []string{
		`CREATE TABLE k (id KEYWORD, part BIGINT, v BIGINT, PRIMARY KEY (id, part))`,
		`INSERT INTO k SELECT 'name ' || a.n, b.n, b.n FROM (VALUES (1),(2),(3),(4),(5),(6),(7),(8),(9),(10)) a(n), (VALUES (1),(2),(3),(4),(5),(6),(7),(8),(9),(10)) b(n)`,
		`INSERT INTO k SELECT id || v, part + 100 * v, v FROM k`,
		`INSERT INTO k SELECT id || v || part, part + 10000 * v, v FROM k`,
		`INSERT INTO k SELECT a.id || b.v, a.part + 1000000 * b.part, a.v FROM k a, (SELECT part, v FROM k LIMIT 40) b`,
	} {
		if _, err := db.run(t, s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
	probed := func(where string) {
		t.Helper()
		plan, err := db.run(t, "EXPLAIN ANALYZE SELECT v FROM k WHERE "+where)
		if err != nil || !strings.Contains(fmt.Sprint(plan.rows), "keys.probe") {
			t.Errorf("%s: no keys.probe in %v (%v)", where, plan, err)
		}
	}
	probed("id = 'name 3' AND part = 4")
	probed("part IN (4, 5) AND id = 'name 3'")
	f("match(s, 'word5') AND ST_DWithin(p, ST_MakePoint(5, 5), 112000) AND v < 6", "geo.tree", "3")
	f("match(s, 'word3') OR ST_DWithin(p, ST_MakePoint(5, 5), 112000)", "or(", "15")
	f("NOT (match(s, 'common') AND v < 9)", "or(", "20")
	f("v < 50 AND (match(s, 'word3') OR host = 'host3' AND at >= '2001-01-01 00:05:05')", "timeseries.series ranges", "16")
}
