package quindex

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/quindex/quindex/engines/all"
	planner "github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/query/plan/naive"
	"github.com/quindex/quindex/query/plan/plantest"
	"github.com/quindex/quindex/record"
)

var (
	seedFlag  = flag.Uint64("seed", 0, "seed of random tests; 0 takes one from the clock")
	mixedFlag = flag.Int("mixed", 60, "random statements over all engines, on every layout")
)

// mixedColumns are the columns of the random table, as in CREATE TABLE.
var mixedColumns = []string{
	"id BIGINT", "at TIMESTAMP", "host KEYWORD", "note TEXT", "loc POINT", "home POINT",
	"n BIGINT", "f DOUBLE", "d DECIMAL(9, 2)", "k KEYWORD", "tags KEYWORD[]", "ok BOOLEAN", "day DATE",
}

var (
	mixedWords = []string{"gull", "goose", "bat", "owl", "engine", "wing", "night", "birds"}
	mixedHosts = []string{"a1", "a2", "b1", "b2", "c"}
	mixedTags  = []string{"red", "green", "blue"}
)

// mixer makes random tables and statements over them.
type mixer struct {
	*rand.Rand
	fields []record.Field
	rows   []naive.Row
	places []naive.Row // of p
}

func (m *mixer) one(of []string) string { return of[m.IntN(len(of))] }

// row is about one NULL in eight; id, time and host are always there.
func (m *mixer) row(id int) naive.Row {
	words := make([]string, m.IntN(6))
	for i := range words {
		words[i] = m.one(mixedWords)
	}
	tags := make([]record.Value, m.IntN(3))
	for i := range tags {
		tags[i] = record.KeywordValue(m.one(mixedTags))
	}
	row := naive.Row{
		record.IntValue(int64(id)), record.TimestampValue(m.time()), record.KeywordValue(m.one(mixedHosts)),
		record.TextValue(strings.Join(words, " ")), record.PointValue(m.place()), record.PointValue(m.place()),
		record.IntValue(m.Int64N(40) - 10), record.FloatValue(float64(m.IntN(400))/4 - 20),
		record.DecimalValue(record.DecimalType(9, 2), m.Int64N(2000)-500), record.KeywordValue(fmt.Sprint("k", m.IntN(30))),
		{Type: record.T(record.KeywordArray), Valid: true, Elems: tags}, record.BoolValue(m.IntN(2) == 0), record.DateValue(11323 + m.Int64N(9)),
	}
	for i := 3; i < len(row); i++ {
		if m.IntN(8) == 0 {
			row[i] = record.NullOf(m.fields[i].Type)
		}
	}
	return row
}

// time is a second of the first nine days of 2001.
func (m *mixer) time() int64 { return (978_307_200 + m.Int64N(9*86_400)/600*600) * 1_000_000_000 }

func (m *mixer) place() (lon, lat float64) {
	return float64(m.IntN(80))/4 - 10, float64(m.IntN(60))/4 + 45
}

func (m *mixer) at() string {
	return "'" + time.Unix(0, m.time()).UTC().Format(time.DateTime) + "'"
}

func (m *mixer) point() string {
	lon, lat := m.place()
	return fmt.Sprintf("ST_MakePoint(%g, %g)", lon, lat)
}

// cond is a condition of some engines, depth connectives deep.
func (m *mixer) cond(depth int) string {
	if depth == 0 || m.IntN(5) == 0 {
		return m.leaf()
	}
	switch k := m.IntN(9); {
	case k == 0:
		return "NOT (" + m.cond(depth-1) + ")"
	case k == 1:
		return "NOT (" + m.cond(depth-1) + " AND " + m.cond(depth-1) + ")"
	case k < 5:
		return "(" + m.cond(depth-1) + " OR " + m.cond(depth-1) + ")"
	case k == 5:
		return "(" + m.cond(depth-1) + " OR " + m.cond(depth-1) + " OR " + m.cond(depth-1) + ")"
	}
	return "(" + m.cond(depth-1) + " AND " + m.cond(depth-1) + ")"
}

func (m *mixer) leaf() string {
	switch m.IntN(6) {
	case 0:
		return m.text()
	case 1:
		return m.location()
	case 2:
		return m.moment()
	case 3:
		return m.computed()
	}
	return m.plain()
}

func (m *mixer) text() string {
	a, b := m.one(mixedWords), m.one(mixedWords)
	return m.one([]string{
		"match(note, '" + a + "')", "match(note, '" + a + " " + b + "')", "match(note, '+" + a + " -" + b + "')",
		"match(note, '\"" + a + " " + b + "\"')", "match(note, '" + a[:2] + "*')", "phrase(note, '" + a + " " + b + "')",
		"NOT match(note, '" + a + "')", "note IS NULL",
	})
}

func (m *mixer) location() string {
	col := m.one([]string{"loc", "home"})
	radius := m.IntN(900_000)
	lon, lat := m.place()
	return m.one([]string{
		fmt.Sprintf("ST_DWithin(%s, %s, %d)", col, m.point(), radius),
		fmt.Sprintf("NOT ST_DWithin(%s, %s, %d)", m.point(), col, radius),
		fmt.Sprintf("ST_Within(%s, ST_MakeEnvelope(%g, %g, %g, %g))", col, lon-3, lat-4, lon+3, lat+4),
		fmt.Sprintf("ST_Intersects(%s, ST_GeomFromText('POLYGON((%g %g, %g %g, %g %g, %g %g))'))", col, lon-4, lat-3, lon+4, lat-3, lon, lat+4, lon-4, lat-3),
		fmt.Sprintf("ST_Distance(%s, %s) < %d", col, m.point(), radius),
		fmt.Sprintf("%s IS NOT NULL", col),
	})
}

func (m *mixer) moment() string {
	return m.one([]string{
		"at >= " + m.at(), "at < " + m.at(), "at BETWEEN " + m.at() + " AND " + m.at(), "host = '" + m.one(mixedHosts) + "'",
		"host IN ('" + m.one(mixedHosts) + "', '" + m.one(mixedHosts) + "')", "host LIKE 'a%'", "host <> '" + m.one(mixedHosts) + "'",
		"(host = '" + m.one(mixedHosts) + "' AND at > " + m.at() + ")", "time_bucket('1 day', at) = '2001-01-03'",
	})
}

// computed is a condition that no index answers.
func (m *mixer) computed() string {
	return m.one([]string{
		fmt.Sprintf("n %% 7 = %d", m.IntN(7)), fmt.Sprintf("length(note) > %d", m.IntN(30)), fmt.Sprintf("n + f > %d", m.IntN(60)),
		fmt.Sprintf("coalesce(n, 3) = %d", m.IntN(5)), "upper(k) LIKE '%" + fmt.Sprint(m.IntN(10)) + "'",
		"(CASE WHEN match(note, '" + m.one(mixedWords) + "') THEN n ELSE 0 END) > 5", "match(note, '" + m.one(mixedWords) + "') IS NOT TRUE",
	})
}

func (m *mixer) plain() string {
	return m.one([]string{
		fmt.Sprintf("n > %d", m.IntN(40)-10), fmt.Sprintf("n IN (%d, %d, NULL)", m.IntN(30), m.IntN(30)), fmt.Sprintf("f BETWEEN %d AND %d", m.IntN(40)-20, m.IntN(80)),
		fmt.Sprintf("d <= %d.25", m.IntN(15)), fmt.Sprintf("k = 'k%d'", m.IntN(30)), fmt.Sprintf("k LIKE 'k%d%%'", m.IntN(4)), "'" + m.one(mixedTags) + "' = ANY(tags)",
		"ok", "NOT ok", "ok IS NULL", fmt.Sprintf("day > '2001-01-0%d'", 1+m.IntN(9)), fmt.Sprintf("n <> %d", m.IntN(20)), "k IS NULL", fmt.Sprintf("NOT (n < %d)", m.IntN(20)),
	})
}

// statement is a query whose answer has an order.
func (m *mixer) statement() string {
	where := " WHERE " + m.cond(1+m.IntN(3))
	switch m.IntN(10) {
	case 6:
		return "SELECT id, n FROM m" + where + " AND " + m.reached() + " ORDER BY id"
	case 7:
		return "SELECT host, count(*), max(f) FROM m WHERE " + m.reached() + " OR " + m.cond(1) + " GROUP BY host ORDER BY host"
	case 8:
		return m.along()
	case 9:
		return fmt.Sprintf("SELECT time_bucket('%d hours', at), host, count(*), max(f) FROM m%s GROUP BY 1, 2 ORDER BY 1 %s, 2 LIMIT %d",
			1+m.IntN(30), where, m.one([]string{"", "DESC", "DESC NULLS LAST"}), 1+m.IntN(20))
	case 0:
		return "SELECT count(*), count(DISTINCT host), sum(n), min(at) FROM m" + where
	case 1:
		return "SELECT host, count(*), max(f) FROM m" + where + " GROUP BY host ORDER BY host"
	case 2:
		return "SELECT id, note FROM m" + where + " AND id IN (SELECT id FROM m WHERE " + m.cond(1) + ") ORDER BY id"
	case 3:
		return fmt.Sprintf("SELECT id, at FROM m%s ORDER BY at DESC, id LIMIT %d", where, 1+m.IntN(20))
	case 4:
		return "SELECT a.id, b.id FROM m a JOIN m b ON a.n = b.n AND a.id < b.id WHERE " + strings.ReplaceAll(m.qualified("a"), "  ", " ") + " AND b.ok ORDER BY a.id, b.id"
	}
	return "SELECT id, n, f, d, k, loc FROM m" + where + " ORDER BY id"
}

// qualified is an OR of two leaves over the columns of alias.
func (m *mixer) qualified(alias string) string {
	return fmt.Sprintf("(match(%[1]s.note, '%[2]s') OR ST_DWithin(%[1]s.loc, %[3]s, %[4]d) OR %[1]s.host = '%[5]s')", alias, m.one(mixedWords), m.point(), m.IntN(500_000), m.one(mixedHosts))
}

// TestMixedStatements: random statements over all engines give the rows of the
// naive evaluator, on every layout.
func TestMixedStatements(t *testing.T) {
	seed := *seedFlag
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("repeat with: go test -run TestMixedStatements -seed %d -mixed %d .", seed, *mixedFlag)
	m := &mixer{Rand: rand.New(rand.NewPCG(seed, 3))}
	create := "CREATE TABLE m (" + strings.Join(mixedColumns, ", ") + ") WITH (time = 'at', series = 'host', chunk = '" + m.one([]string{"1 day", "3 days"}) + "')"
	var dbs []*database
	for _, l := range layouts() {
		db := openDatabase(t, l)
		mustRun(t, db, create)
		mustRun(t, db, mixedPlaces)
		if len(dbs)%2 == 0 { // else when the rows are there
			mustRun(t, db, mixedGraph)
		}
		dbs = append(dbs, db)
	}
	m.fill(t, dbs)
	m.fillPlaces(t, dbs)
	for i := 1; i < len(dbs); i += 2 {
		mustRun(t, dbs[i], mixedGraph)
	}
	m.agree(t, dbs, m.statement)
}

// agree asks every database for statements that next makes, and wants the truth.
func (m *mixer) agree(t *testing.T, dbs []*database, next func() string) {
	t.Helper()
	compared := 0
	for range *mixedFlag {
		text := next()
		want, ok := m.truth(t, dbs[0], text)
		if !ok {
			continue
		}
		compared++
		for _, db := range dbs {
			if got := have(t, db, text); got != want {
				plan := statement(t, db, "EXPLAIN ANALYZE "+text, false)
				t.Fatalf("%s\non layout %s have\n%swant\n%s\n%s", text, db.layout.name, got, want, plan)
			}
		}
	}
	if compared < *mixedFlag*3/4 {
		t.Errorf("only %d of %d statements had an answer to compare", compared, *mixedFlag)
	}
}

// have is the answer of the database, as lines, or its error.
func have(t *testing.T, db *database, text string) string {
	a, err := db.run(t, text)
	if err != nil {
		return describeError(err)
	}
	return lines(a)
}

func lines(a *answer) string {
	var b strings.Builder
	for _, row := range append([][]string{a.columns}, a.rows...) {
		b.WriteString(strings.Join(row, " | ") + "\n")
	}
	return b.String()
}

func mustRun(t *testing.T, db *database, text string) {
	t.Helper()
	if _, err := db.run(t, text); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
}

// fill inserts the same rows everywhere, in a few statements.
func (m *mixer) fill(t *testing.T, dbs []*database) {
	table, err := dbs[0].node.Catalog().Table("m")
	if err != nil {
		t.Fatal(err)
	}
	m.fields = table.Schema.Fields
	for range 3 + m.IntN(3) {
		var values []string
		for range 1 + m.IntN(120) {
			row := m.row(len(m.rows))
			m.rows = append(m.rows, row)
			parts := make([]string, len(row))
			for i, v := range row {
				parts[i] = v.SQL()
			}
			values = append(values, "("+strings.Join(parts, ", ")+")")
		}
		for _, db := range dbs {
			mustRun(t, db, "INSERT INTO m VALUES "+strings.Join(values, ", "))
		}
	}
}

// truth is the naive evaluator's answer, printed as statement prints one.
func (m *mixer) truth(t *testing.T, db *database, text string) (string, bool) {
	t.Helper()
	q, err := plantest.Parse(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	c := db.node.Catalog()
	table, err := c.Table("m")
	if err != nil {
		t.Fatal(err)
	}
	bound, err := planner.Bind(q, planner.Options{Catalog: c, Registry: all.Registry(), Text: text, Now: time.Unix(1e9, 0)})
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	data := naive.Data{table.ID(): {Schema: &table.Schema, Rows: m.rows}}
	if p, err := c.Table("p"); err == nil {
		data[p.ID()] = &naive.Table{Schema: &p.Schema, Rows: m.places}
	}
	if !strings.Contains(text, "JOIN GRAPH_TABLE") { // in an IN nobody minds how many walks there are
		bound = onlyEnds(bound)
	}
	rows, err := naive.Run(bound, nil, data, all.Registry())
	if err != nil {
		t.Logf("%s: %v", text, err)
		return "", false
	}
	a := &answer{}
	for _, col := range bound.Root.Output() {
		a.columns = append(a.columns, col.Name)
	}
	for _, row := range rows {
		out := make([]string, len(a.columns))
		for i := range out {
			out[i] = "NULL"
			if row[i].Valid {
				out[i] = row[i].Text()
			}
		}
		a.rows = append(a.rows, out)
	}
	return lines(a), true
}
