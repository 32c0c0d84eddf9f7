package quindex

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"

	"github.com/quindex/quindex/cluster"
	"github.com/quindex/quindex/engines/all"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/server/node"
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

// TestAlgorithmMemory: what algorithms hold is counted, refused where it is too
// much, and given back.
func TestAlgorithmMemory(t *testing.T) {
	n, err := node.Open(t.Context(), node.Options{Cluster: cluster.Options{Dir: t.TempDir(), Listen: "127.0.0.1:0", Shards: 2, DiskReserve: -1},
		Registry: all.Registry(), QueryMemory: 1 << 20, Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		t.Fatal(err)
	}
	db := &database{node: n}
	defer n.Close()
	mustRun(t, db, "CREATE TABLE v (id BIGINT PRIMARY KEY)")
	mustRun(t, db, "CREATE TABLE e (s BIGINT, d BIGINT)")
	mustRun(t, db, "CREATE PROPERTY GRAPH g VERTEX TABLES (v KEY (id)) EDGE TABLES (e SOURCE KEY (s) REFERENCES v DESTINATION KEY (d) REFERENCES v)")
	fill := func(lo, hi int) {
		t.Helper()
		var v, e []string
		for i := lo; i < hi; i++ {
			v, e = append(v, fmt.Sprintf("(%d)", i)), append(e, fmt.Sprintf("(%d, %d), (%d, %d)", i, (i+1)%hi, i, i/2))
		}
		mustRun(t, db, "INSERT INTO v VALUES "+strings.Join(v, ", "))
		mustRun(t, db, "INSERT INTO e VALUES "+strings.Join(e, ", "))
	}
	statements := []string{"SELECT max(rank) FROM pagerank('g', iterations => 2)", "SELECT count(*) FROM wcc('g')", "SELECT max(triangles) FROM triangle_count('g')"}
	fill(0, 100)
	for _, s := range statements {
		mustRun(t, db, s)
	}
	for i := range 10 {
		fill(100+i*6000, 100+(i+1)*6000)
	}
	before, _ := n.Memory().Used()
	for _, s := range statements {
		if _, err := db.run(t, s); fault.CodeOf(err) != "53200" || !fault.Is(err, fault.Limit) {
			t.Errorf("%s over 60,000 vertices in 1 MiB: %v, want an error 53200", s, err)
		}
	}
	mustRun(t, db, "SELECT count(*) FROM v")
	if now, _ := n.Memory().Used(); now < before || now > before+16<<20 {
		t.Errorf("%d bytes are held after the errors, %d before", now, before)
	}
	mustRun(t, db, "DROP PROPERTY GRAPH g")
	if now, _ := n.Memory().Used(); now != 0 {
		t.Errorf("%d bytes are held without a graph", now)
	}
}
