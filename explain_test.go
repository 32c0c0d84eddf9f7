package quindex

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// explained is what a test reads of EXPLAIN (ANALYZE, FORMAT JSON).
type explained struct {
	Operator   string           `json:"operator"`
	Estimate   *float64         `json:"estimated_rows"`
	Rows       int              `json:"rows"`
	Millis     float64          `json:"ms"`
	Counters   map[string]int64 `json:"counters"`
	Conditions []explained      `json:"conditions"`
	Inputs     []explained      `json:"inputs"`
}

func (e *explained) each(f func(*explained)) {
	f(e)
	for i := range e.Inputs {
		e.Inputs[i].each(f)
	}
}

// TestExplainAnalyze holds what EXPLAIN ANALYZE says to what a statement gives,
// on every layout: the first operator gives its rows, and the one named gives
// as many as a count of the same says.
func TestExplainAnalyze(t *testing.T) {
	var setup = []string{
		`CREATE TABLE m (at TIMESTAMP, host KEYWORD, v BIGINT, s TEXT, p POINT) WITH (time = 'at', series = 'host')`,
		`CREATE TABLE h (name KEYWORD PRIMARY KEY, rack BIGINT)`,
		`CREATE TABLE link (a KEYWORD, b KEYWORD)`,
		`CREATE PROPERTY GRAPH g VERTEX TABLES (h KEY (name)) EDGE TABLES (link SOURCE KEY (a) REFERENCES h DESTINATION KEY (b) REFERENCES h)`,
		`INSERT INTO m SELECT '2001-01-01'::TIMESTAMP + (a.n * 100 + b.n) * INTERVAL '1 second', 'host' || a.n, b.n, 'word' || b.n || ' common', ST_MakePoint(a.n, b.n)
		 FROM (VALUES (1),(2),(3),(4),(5),(6),(7),(8),(9),(10)) a(n), (VALUES (1),(2),(3),(4),(5),(6),(7),(8),(9),(10)) b(n)`,
		`INSERT INTO h SELECT 'host' || n, n / 2 FROM (VALUES (1),(2),(3),(4),(5),(6)) v(n)`,
		`INSERT INTO link VALUES ('host1', 'host2'), ('host2', 'host3'), ('host3', 'host4'), ('host5', 'host6')`,
	}
	for _, l := range layouts() {
		t.Run(l.name, func(t *testing.T) {
			db := openDatabase(t, l)
			for _, s := range setup {
				mustRun(t, db, s)
			}
			f := func(text, operator string, rows int) {
				t.Helper()
				a, err := db.run(t, text)
				if err != nil {
					t.Fatal(err)
				}
				doc := explainJSON(t, db, text)
				if doc.Rows != len(a.rows) || doc.Plan.Rows != len(a.rows) {
					t.Errorf("%s: gives %d rows, the report says %d, its first operator %d", text, len(a.rows), doc.Rows, doc.Plan.Rows)
				}
				found := ""
				for _, root := range append(doc.Subqueries, doc.Plan) {
					root.each(func(e *explained) {
						if e.Millis < 0 {
							t.Errorf("%s: %s took %g ms", text, e.Operator, e.Millis)
						}
						if strings.HasPrefix(e.Operator, operator) {
							found += strconv.Itoa(e.Rows) + " "
						}
					})
				}
				if !l.naive && !strings.Contains(" "+found, " "+strconv.Itoa(rows)+" ") {
					t.Errorf("%s: %s gives %q rows, want %d", text, operator, found, rows)
				}
			}
			f("SELECT v FROM m WHERE match(s, 'word3') AND v < 9", "Scan m", 10)
			f("SELECT v FROM m WHERE v % 7 = 3", "Scan m", 20)
			f("SELECT host, sum(v) FROM m WHERE v > 2 GROUP BY 1", "Scan m", 80)
			f("SELECT host, sum(v) FROM m WHERE v > 2 GROUP BY 1", "Aggregate", 10)
			f("SELECT count(*) FROM m WHERE v > 2", "Scan m", 80)
			f("SELECT v FROM m ORDER BY v DESC LIMIT 7", "Sort", 7)
			f("SELECT v FROM m ORDER BY p <-> ST_MakePoint(3, 3) LIMIT 6", "Sort", 6)
			f("SELECT v FROM m WHERE match(s, 'common') ORDER BY score() DESC LIMIT 4", "Sort", 4)
			f("SELECT m.v FROM m JOIN h ON h.name = m.host WHERE h.rack = 1", "Join inner", 20)
			f("SELECT m.v FROM m JOIN h ON h.name = m.host WHERE h.rack = 1", "Broadcast", 2)
			f("SELECT m.v, h.rack FROM m LEFT JOIN h ON h.name = m.host", "Join left", 100)
			f("SELECT v FROM m WHERE host NOT IN (SELECT name FROM h)", "Join", 40)
			f("SELECT v FROM m WHERE v > (SELECT avg(rack) FROM h)", "subquery", 0)
			f("SELECT v FROM m WHERE v > (SELECT avg(rack) FROM h)", "Scan h", 6)
			f("SELECT v FROM m UNION ALL SELECT rack FROM h", "Union", 106)
			f("SELECT 1 UNION ALL SELECT 2", "Values", 1)
			f("SELECT v FROM m LIMIT 3", "Limit", 3)
			f("SELECT rack FROM h WHERE name IN (SELECT name FROM GRAPH_TABLE (g MATCH (a WHERE a.name = 'host1')-[IS link]->{1,2}(b) COLUMNS (b.name AS name)))", "graph.Walk", 2)
			f("SELECT * FROM wcc('g')", "graph.wcc", 6)
		})
	}
}

type explainedPlan struct {
	Plan       explained   `json:"plan"`
	Subqueries []explained `json:"subqueries"`
	Rows       int         `json:"rows"`
}

func explainJSON(t *testing.T, db *database, text string) (doc explainedPlan) {
	t.Helper()
	a, err := db.run(t, "EXPLAIN (ANALYZE, FORMAT JSON) "+text)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(a.rows[0][0]), &doc); err != nil || len(a.rows) != 1 {
		t.Fatalf("%s: %v in %v", text, err, a.rows)
	}
	return doc
}

// TestExplainAnalyzeText holds the tree to its form: every operator and every
// condition of it has figures, conditions stand once, and long ones are cut.
func TestExplainAnalyzeText(t *testing.T) {
	db := openDatabase(t, layouts()[0])
	mustRun(t, db, "CREATE TABLE w (v BIGINT, s TEXT)")
	mustRun(t, db, "INSERT INTO w SELECT n, 'word' FROM (VALUES (1), (2), (3)) x(n)")
	long := "v IN (1, 2" + strings.Repeat(", 100001", 100) + ")"
	a, err := db.run(t, "EXPLAIN ANALYZE SELECT s, count(*) FROM w WHERE match(s, 'word') AND "+long+" GROUP BY s")
	if err != nil {
		t.Fatal(err)
	}
	text := regexp.MustCompile(`(ms=|planned in |ran in |held at most )[0-9.]+`).ReplaceAllString(lines(a), "${1}N")
	for _, want := range []string{"Gather shards=", "  (est=", "rows=2, ms=N", "\n1 row; planned in N ms, ran in N ms, held at most N "} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	if strings.Contains(text, "where match") || strings.Count(text, "match(s, 'word'") != 1 {
		t.Errorf("a condition stands twice in\n%s", text)
	}
	for line := range strings.Lines(text) {
		if len(line) > 400 {
			t.Errorf("a line of %d bytes: %s", len(line), line)
		}
	}
}
