package quindex

import (
	"fmt"
	"strings"
	"testing"

	planner "github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/query/plan/naive"
	"github.com/quindex/quindex/record"
)

// The random table m of the mixed statements is a hypertable, has text and
// places, and its rows are edges as well: from k to host, both of which name
// rows of p.
const (
	mixedPlaces = "CREATE TABLE p (key KEYWORD PRIMARY KEY, about TEXT, spot POINT, size BIGINT)"
	mixedGraph  = "CREATE PROPERTY GRAPH g VERTEX TABLES (p KEY (key)) EDGE TABLES (m SOURCE KEY (k) REFERENCES p DESTINATION KEY (host) REFERENCES p LABEL e)"
)

// fillPlaces inserts the vertices everywhere: some of the keys that m has.
func (m *mixer) fillPlaces(t *testing.T, dbs []*database) {
	t.Helper()
	keys := append([]string(nil), mixedHosts...)
	for i := range 26 {
		keys = append(keys, fmt.Sprint("k", i))
	}
	var values []string
	for _, key := range keys {
		if m.IntN(8) == 0 {
			continue
		}
		row := naive.Row{record.KeywordValue(key), record.TextValue(m.one(mixedWords) + " " + m.one(mixedWords)), record.PointValue(m.place()), record.IntValue(m.Int64N(20))}
		m.places = append(m.places, row)
		parts := make([]string, len(row))
		for i, v := range row {
			parts[i] = v.SQL()
		}
		values = append(values, "("+strings.Join(parts, ", ")+")")
	}
	for _, db := range dbs {
		mustRun(t, db, "INSERT INTO p VALUES "+strings.Join(values, ", "))
	}
}

// vertex is a vertex of a pattern with a condition of some engine, or without one.
func (m *mixer) vertex(name string) string {
	lon, lat := m.place()
	return "(" + name + m.one([]string{
		"", " IS p", " WHERE match(" + name + ".about, '" + m.one(mixedWords) + "')", fmt.Sprintf(" WHERE %s.size < %d", name, m.IntN(20)),
		fmt.Sprintf(" WHERE ST_DWithin(%s.spot, ST_MakePoint(%g, %g), %d)", name, lon, lat, m.IntN(900_000)),
		fmt.Sprintf(" WHERE %s.key = 'k%d'", name, m.IntN(26)), " WHERE " + name + ".key LIKE 'k1%'",
		fmt.Sprintf(" WHERE match(%[1]s.about, '%[2]s') OR %[1]s.size = %[3]d", name, m.one(mixedWords), m.IntN(20)),
	}) + ")"
}

// edge is an edge of a pattern, with a quantifier.
func (m *mixer) edge(name, quantifier string) string {
	body := "[" + name + m.one([]string{
		"", " IS e", " IS e WHERE " + name + ".at > " + m.at(), " WHERE match(" + name + ".note, '" + m.one(mixedWords) + "')",
		" WHERE " + m.qualified(name), fmt.Sprintf(" WHERE %[1]s.n > %[2]d AND %[1]s.ok", name, m.IntN(30)),
		fmt.Sprintf(" WHERE ST_DWithin(%s.loc, %s, %d)", name, m.point(), m.IntN(700_000)),
	}) + "]"
	return m.one([]string{"-" + body + "->", "<-" + body + "-", "-" + body + "-"}) + quantifier
}

// reached is a condition on m that a walk answers.
func (m *mixer) reached() string {
	path, quantifier := "", m.one([]string{"", "", "{1,2}", "{0,2}", "{2}", "?"})
	if m.IntN(3) == 0 { // the layout that plans naively would list every other walk of such a length
		path, quantifier = m.one([]string{"w = ANY SHORTEST ", "ALL SHORTEST "}), m.one([]string{"{1,4}", "*", "+", "{3,5}"})
	}
	return m.one([]string{"k", "host"}) + m.one([]string{" IN ", " NOT IN "}) + "(SELECT x FROM GRAPH_TABLE (g MATCH " +
		path + m.vertex("a") + m.edge("y", quantifier) + m.vertex("b") + " COLUMNS (b.key AS x)))"
}

// along joins rows with what a pattern of one or two edges gives for each walk.
func (m *mixer) along() string {
	pattern := m.vertex("a") + m.edge("y", m.one([]string{"", "{1,1}", "?"})) + m.vertex("b")
	columns, order := "a.key AS x, b.key AS z", "m.id, q.x, q.z"
	if m.IntN(2) == 0 {
		pattern = "(a WHERE a.size = " + fmt.Sprint(m.IntN(20)) + ")" + m.edge("y1", "") + m.vertex("c") + m.edge("y2", m.one([]string{"", "{0,1}"})) + m.vertex("b")
		columns, order = "a.key AS x, b.key AS z, c.size AS s", "m.id, q.x, q.z, q.s"
	}
	return fmt.Sprintf("SELECT m.id, q.*, count(*) FROM m JOIN GRAPH_TABLE (g MATCH %s COLUMNS (%s)) q ON m.%s = q.%s WHERE m.id %% 7 = %d AND %s GROUP BY %s ORDER BY %[7]s",
		pattern, columns, m.one([]string{"k", "host"}), m.one([]string{"x", "z"}), m.IntN(7), m.qualified("m"), order)
}

// onlyEnds is a plan whose walks give each pair of ends once.
func onlyEnds(p *planner.Plan) *planner.Plan {
	var visit func(n planner.Node) planner.Node
	visit = func(n planner.Node) planner.Node {
		if w, ok := n.(*planner.GraphWalk); ok {
			ends := *w
			ends.Mode = planner.WalkEnds
			n = &ends
		}
		return planner.WithInputs(n, visit)
	}
	out := *p
	out.Root, out.Subqueries = visit(p.Root), nil
	for _, n := range p.Subqueries {
		out.Subqueries = append(out.Subqueries, visit(n))
	}
	return &out
}
