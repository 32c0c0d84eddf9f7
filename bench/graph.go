package bench

import (
	"fmt"
	"math/bits"
	"strconv"
	"strings"

	"github.com/quindex/quindex/fault"
)

// The tables of the workload graph.
const (
	graphNodesDDL = `CREATE TABLE nodes (id BIGINT NOT NULL)`
	graphEdgesDDL = `CREATE TABLE edges (src BIGINT NOT NULL, dst BIGINT NOT NULL) WITH (shard_by = 'src')`
)

// graphHops are the lengths of the walks, and how often a run asks each.
var graphHops = []struct{ hops, times int }{{1, 25}, {2, 10}, {3, 5}}

// scaleRows is the rows of a graph of a scale, before edges are dropped.
func scaleRows(scale int) int { return edgeFactor << scale }

// scaleFlag is the rows of the workload graph, said as Graph500 says them.
type scaleFlag int

// String is the scale, or "" where none was said.
func (s *scaleFlag) String() string {
	if *s <= 0 {
		return ""
	}
	return strconv.Itoa(scaleOf(int(*s)))
}

// Set takes a scale in [1, 24].
func (s *scaleFlag) Set(text string) error {
	scale, err := strconv.Atoi(text)
	if err != nil || scale < 1 || scale > 24 {
		return fault.Errorf("bench: scale", fault.Invalid, "%q, want a number from 1 to 24", text)
	}
	*s = scaleFlag(scaleRows(scale))
	return nil
}

// Type is what the help calls the value.
func (s *scaleFlag) Type() string { return "int" }

// scaleOf is the largest scale that has no more than rows edges.
func scaleOf(rows int) int {
	return min(24, max(1, bits.Len(uint(rows/edgeFactor))-1))
}

// Graph is the workload of a Graph500 graph of about rows drawn edges. It
// counts the vertices that one, two and three hops lead to from one vertex;
// the walk in this program says what the counts must be.
func Graph(seed uint64, rows int) *Workload {
	k := NewKronecker(seed, scaleOf(rows))
	w := &Workload{Name: "graph", Rows: len(k.Edges), After: map[string][]string{
		"quindex": {`CREATE PROPERTY GRAPH g VERTEX TABLES (nodes KEY (id))
 EDGE TABLES (edges SOURCE KEY (src) REFERENCES nodes (id) DESTINATION KEY (dst) REFERENCES nodes (id) LABEL e)`},
		// Sorted, a start's edges lie in few row groups. An index on src made no statement faster.
		"duckdb": {"CREATE TABLE sorted AS SELECT src, dst FROM edges ORDER BY src, dst", "DROP TABLE edges",
			"ALTER TABLE sorted RENAME TO edges"},
	}, Tables: []Data{
		{Name: "nodes", DDL: graphNodesDDL, Rows: 1 << k.Scale, NDJSON: func(yield func([]byte) bool) {
			var b []byte
			for i := range 1 << k.Scale {
				b = strconv.AppendInt(append(b[:0], `{"id":`...), int64(i), 10)
				if b = append(b, "}\n"...); !yield(b) {
					return
				}
			}
		}},
		{Name: "edges", DDL: graphEdgesDDL, Rows: len(k.Edges), NDJSON: func(yield func([]byte) bool) {
			var b []byte
			for _, e := range k.Shuffled(seed + 1) {
				b = strconv.AppendUint(append(b[:0], `{"src":`...), e>>32, 10)
				b = strconv.AppendUint(append(b, `,"dst":`...), e&(1<<32-1), 10)
				if b = append(b, "}\n"...); !yield(b) {
					return
				}
			}
		}},
	}}
	for _, h := range graphHops {
		w.Statements = append(w.Statements, k.hops(h.hops, h.times))
	}
	return w
}

// hops counts what is up to n hops away. DuckDB is asked in the form that was
// the fastest of those tried: see docs/bench.md.
func (k *Kronecker) hops(n, times int) Statement {
	return Statement{Name: fmt.Sprintf("hops_%d", n), Times: times,
		SQL:   func(r *Rand) string { return hopsSQL(k.Start(r), n) },
		Words: func(r *Rand) any { return Dialects{"duckdb": hopsDuck(k.Start(r), n)} },
		Check: func(q Question, rows [][]any) string {
			start, err := startOf(q.SQL)
			if err != nil {
				return err.Error()
			}
			return differ([][]any{{int64(k.Reached(start, n))}}, rows, true)
		}}
}

// beforeStart stands before the start in a statement.
const beforeStart = "a.id = "

func hopsSQL(start uint32, n int) string {
	return fmt.Sprintf("SELECT count(DISTINCT id) FROM GRAPH_TABLE (g MATCH (a WHERE %s%d)-[IS e]->{1,%d}(b) COLUMNS (b.id AS id))", beforeStart, start, n)
}

func startOf(sql string) (uint32, error) {
	_, rest, _ := strings.Cut(sql, beforeStart)
	digits, _, _ := strings.Cut(rest, ")")
	start, err := strconv.ParseUint(digits, 10, 32)
	return uint32(start), err
}

// hopsDuck is one hop without recursion, and UNION with the distance for more:
// with USING KEY, with and without an anti join, DuckDB took longer for three.
func hopsDuck(start uint32, n int) string {
	if n == 1 {
		return fmt.Sprintf("SELECT count(DISTINCT dst) FROM edges WHERE src = %d", start)
	}
	return fmt.Sprintf(`WITH RECURSIVE r(id, d) AS (SELECT dst, 1 FROM edges WHERE src = %d
 UNION SELECT e.dst, r.d + 1 FROM r JOIN edges e ON e.src = r.id WHERE r.d < %d) SELECT count(DISTINCT id) FROM r`, start, n)
}
