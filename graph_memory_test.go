package quindex

import (
	"fmt"
	"strings"
	"testing"
)

// TestGraphMemory: what walks keep between statements counts as memory of the
// server, does not grow with merges, and is given back with the graph.
func TestGraphMemory(t *testing.T) {
	for _, l := range layouts() {
		if l.name != "tiny-segments" && l.name != "merged" {
			continue
		}
		t.Run(l.name, func(t *testing.T) {
			db := openDatabase(t, l)
			mustRun(t, db, "CREATE TABLE v (id BIGINT PRIMARY KEY)")
			mustRun(t, db, "CREATE TABLE e (s BIGINT, d BIGINT)")
			const vertices = 3000
			fill := func(from int) {
				t.Helper()
				var v, e []string
				for i := range vertices {
					v = append(v, fmt.Sprintf("(%d)", i))
					e = append(e, fmt.Sprintf("(%d, %d)", i, (i*7+from)%vertices))
				}
				mustRun(t, db, "INSERT INTO v VALUES "+strings.Join(v, ", "))
				mustRun(t, db, "INSERT INTO e VALUES "+strings.Join(e, ", "))
			}
			used := func() int64 {
				now, _ := db.node.Memory().Used()
				return now
			}
			walk := func() int64 {
				t.Helper()
				mustRun(t, db, "SELECT count(DISTINCT id) FROM GRAPH_TABLE (g MATCH (a WHERE a.id = 5)-[]->{1,3}(b) COLUMNS (b.id AS id))")
				return used()
			}
			fill(1)
			const define = "CREATE PROPERTY GRAPH g VERTEX TABLES (v KEY (id)) EDGE TABLES (e SOURCE KEY (s) REFERENCES v DESTINATION KEY (d) REFERENCES v)"
			mustRun(t, db, define)
			before := used()
			first := walk()
			if first-before < 16*vertices {
				t.Errorf("a walk over %d vertices keeps %d bytes, want at least the keys, their slots and the numbers", vertices, first-before)
			}
			if again := walk(); again != first {
				t.Errorf("the same walk again keeps %d bytes, want %d", again-before, first-before)
			}
			wide := int64(0)
			for i := range 4 {
				fill(i)
				wide = walk()
			}
			db.merge(t) // now there is one segment of every shard: those before gave back theirs
			if merged := walk(); l.name == "tiny-segments" && merged > wide-4*vertices || merged > before+5*(first-before) {
				t.Errorf("after the merge walks keep %d bytes, %d before it, %d at first", merged-before, wide-before, first-before)
			}
			mustRun(t, db, "DROP PROPERTY GRAPH g")
			if left := used(); left != before {
				t.Errorf("the graph is gone, %d bytes are kept", left-before)
			}
			mustRun(t, db, define)
			walk()
			mustRun(t, db, "DROP PROPERTY GRAPH g")
			mustRun(t, db, "DROP TABLE v")
			if left := used(); left != before {
				t.Errorf("graph and table are gone, %d bytes are kept", left-before)
			}
		})
	}
}
