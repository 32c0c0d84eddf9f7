package quindex

import (
	"strings"
	"testing"
)

// TestRankingAnswers holds statements for the best rows to the index that
// should find them, and to the few rows that it gives.
func TestRankingAnswers(t *testing.T) {
	var merged layout
	for _, l := range layouts() {
		if l.name == "merged" {
			merged = l
		}
	}
	merged.shards = 1
	db := openDatabase(t, merged)
	mustRun(t, db, `CREATE TABLE m (at TIMESTAMP, host KEYWORD, v BIGINT, s TEXT, p POINT) WITH (time = 'at', series = 'host')`)
	mustRun(t, db, `INSERT INTO m SELECT '2001-01-01'::TIMESTAMP + (a.n * 100 + b.n) * INTERVAL '1 second', 'host' || a.n, b.n, 'word' || b.n || ' common', ST_MakePoint(a.n, b.n)
		 FROM (VALUES (1),(2),(3),(4),(5),(6),(7),(8),(9),(10)) a(n), (VALUES (1),(2),(3),(4),(5),(6),(7),(8),(9),(10)) b(n)`)
	f := func(text string, want ...string) {
		t.Helper()
		a, err := db.run(t, "EXPLAIN ANALYZE "+text)
		if err != nil {
			t.Fatal(err)
		}
		plan := lines(a)
		for _, w := range want {
			if !strings.Contains(plan, w) || strings.Contains(plan, "eval.Scan") || strings.Contains(plan, "open.Scan") {
				t.Errorf("%s: %q is not in\n%s", text, w, plan)
			}
		}
	}
	f("SELECT v, score() FROM m WHERE match(s, 'common word3') ORDER BY score() DESC LIMIT 4", "top search.TopK m_s_search: the 4 best by score", "search.TopK match(s, 'common word3', 'analyzer=standard')  (rows=4, ")
	f("SELECT v FROM m WHERE match(s, 'common') AND v < 4 ORDER BY score() DESC LIMIT 5", "columnar.", "search.TopK match(s, 'common', 'analyzer=standard')  (rows=5, ")
	f("SELECT v FROM m ORDER BY p <-> ST_MakePoint(3, 3) LIMIT 6", "top geo.Nearest m_p_geo: the 6 nearest", "(rows=6, ")
	f("SELECT DISTINCT ON (host) host, v FROM m ORDER BY host, at DESC", "top timeseries.Newest m_series", "timeseries.Newest m_series  (rows=10, ")
	f("SELECT host, last(v, at) FROM m WHERE v < 5 GROUP BY host", "timeseries.Newest m_series  (rows=10, ")
	f("SELECT time_bucket('1 second', at), count(*) FROM m GROUP BY 1 ORDER BY 1 DESC LIMIT 3", "top timeseries.Range m_series: the rows of the 3 last time_bucket", "timeseries.Range m_series  (rows=10, ")
}
