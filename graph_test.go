package quindex

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestEdgesLieBySource: the rows of an edge table are merged into the order of
// their sources and targets, whether the graph came before them or after, and
// those of its vertex table and of a hypertable stay as they were.
func TestEdgesLieBySource(t *testing.T) {
	for _, after := range []bool{false, true} {
		l := layouts()[slices.IndexFunc(layouts(), func(l layout) bool { return l.name == "merged" })]
		l.shards = 1
		db := openDatabase(t, l)
		run := func(s string) *answer {
			t.Helper()
			a, err := db.run(t, s)
			if err != nil {
				t.Fatalf("%s: %v", s, err)
			}
			return a
		}
		run("CREATE TABLE v (id BIGINT)")
		run("CREATE TABLE e (src BIGINT, dst BIGINT)")
		run("CREATE TABLE h (src BIGINT, dst BIGINT, at TIMESTAMP) WITH (time = 'at', series = 'dst')")
		graph := func() {
			run("CREATE PROPERTY GRAPH g VERTEX TABLES (v KEY (id)) EDGE TABLES (e SOURCE KEY (src) REFERENCES v DESTINATION KEY (dst) REFERENCES v, h SOURCE KEY (src) REFERENCES v DESTINATION KEY (dst) REFERENCES v)")
		}
		if !after {
			graph()
		}
		var v, e, h []string
		for i := range 40 {
			k := i * 7 % 11
			v = append(v, fmt.Sprintf("(%d)", 100-i))
			e = append(e, fmt.Sprintf("(%d, %d)", k, -i))
			h = append(h, fmt.Sprintf("(%d, %d, '2001-01-01')", k, -i%5))
		}
		for i := 0; i < 40; i += 20 {
			run("INSERT INTO v VALUES " + strings.Join(v[i:i+20], ", "))
			run("INSERT INTO e VALUES " + strings.Join(e[i:i+20], ", "))
			run("INSERT INTO h VALUES " + strings.Join(h[i:i+20], ", "))
		}
		if after {
			graph()
			run("INSERT INTO e VALUES (5, -50)") // so that the next query merges
		}
		sorted := func(query string, want bool) {
			t.Helper()
			var keys []string
			for _, r := range run(query).rows {
				keys = append(keys, r[0])
			}
			if slices.IsSorted(keys) != want || len(keys) < 40 {
				t.Errorf("graph after rows %v: %s gives %v, sorted should be %v", after, query, keys, want)
			}
		}
		sorted("SELECT (1000 + src)::KEYWORD || (5000 + dst)::KEYWORD FROM e", true)
		sorted("SELECT (1000 + id)::KEYWORD FROM v", false)
		sorted("SELECT (5000 + dst)::KEYWORD FROM h", true)
		sorted("SELECT (1000 + src)::KEYWORD FROM h", false)
	}
}
