package quindex

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// ranked is a statement whose rows are the best by some engine's order. The
// keys make the order whole, so that its answer is one.
func (m *mixer) ranked() string {
	limit := fmt.Sprintf(" LIMIT %d", 1+m.IntN(25))
	if m.IntN(3) == 0 {
		limit += fmt.Sprintf(" OFFSET %d", m.IntN(6))
	}
	and := ""
	if m.IntN(2) == 0 {
		and = " AND " + m.cond(m.IntN(3))
	}
	where := strings.Replace(and, " AND ", " WHERE ", 1)
	a, b := m.one(mixedWords), m.one(mixedWords)
	query := m.one([]string{a, a + " " + b, "+" + a + " " + b, "+" + a + " -" + b, `"` + a + " " + b + `" ` + a, a[:2] + "*", a + "~1 " + b + "^2"})
	match := "match(note, '" + query + "')"
	switch m.IntN(9) {
	case 0, 1:
		return "SELECT id, score() FROM m WHERE " + match + and + " ORDER BY score() DESC, id" + limit
	case 2:
		return "SELECT id, highlight(note, '[', ']') AS h, score() AS s FROM m WHERE " + match + and + " ORDER BY s DESC, n DESC, id" + limit
	case 3:
		return "SELECT id, score() FROM m WHERE " + match + and + " ORDER BY id"
	case 4:
		return "SELECT id, score() FROM m WHERE (" + match + " OR match(note, '" + m.one(mixedWords) + "') OR n > 20)" + and + " ORDER BY score() DESC, id" + limit
	case 5:
		return "SELECT host, max(score()), count(*) FROM m WHERE " + match + and + " GROUP BY host ORDER BY host"
	case 6:
		return "SELECT id, loc FROM m" + where + " ORDER BY " + m.one([]string{"loc <-> ", "home <-> "}) + m.point() + ", id" + limit
	case 7:
		return "SELECT id, ST_Distance(loc, " + m.point() + ") AS d FROM m" + where + " ORDER BY d, id" + limit
	}
	return m.one([]string{
		"SELECT DISTINCT ON (host) host, at FROM m" + where + " ORDER BY host, at DESC",
		"SELECT host, max(at), last(at, at) FROM m" + where + " GROUP BY host ORDER BY host",
		"SELECT last(at, at) FROM m" + where,
	})
}

// TestRankedStatements: the best rows by score, distance and time are those of
// the naive evaluator, which orders all of them, on every layout.
func TestRankedStatements(t *testing.T) {
	seed := *seedFlag
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("repeat with: go test -run TestRankedStatements -seed %d -mixed %d .", seed, *mixedFlag)
	m := &mixer{Rand: rand.New(rand.NewPCG(seed, 5))}
	create := "CREATE TABLE m (" + strings.Join(mixedColumns, ", ") + ") WITH (time = 'at', series = 'host', chunk = '" + m.one([]string{"1 day", "9 days"}) + "')"
	var dbs []*database
	for _, l := range layouts() {
		db := openDatabase(t, l)
		mustRun(t, db, create)
		dbs = append(dbs, db)
	}
	m.fill(t, dbs)
	m.agree(t, dbs, m.ranked)
}
