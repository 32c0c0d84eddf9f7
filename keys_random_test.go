package quindex

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// TestChangesEverywhere makes the same random history of rows that are added,
// replaced, updated and deleted on several layouts, and asks each engine the
// same questions after every few changes: the answers agree.
func TestChangesEverywhere(t *testing.T) {
	seed := *seedFlag
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("repeat with: go test -run TestChangesEverywhere . -seed %d", seed)
	var dbs []*database
	for _, l := range layouts() {
		switch l.name {
		case "no-index", "tiny-segments", "merged", "reopened-flushed", "one-shard":
			dbs = append(dbs, openDatabase(t, l))
		}
	}
	m := &mixer{Rand: rand.New(rand.NewPCG(seed, 7))}
	all := func(sql string) {
		t.Helper()
		first, firstErr := "", ""
		for i, db := range dbs {
			got, failed := "", ""
			if a, err := db.run(t, sql); err != nil {
				failed = err.Error()
			} else {
				got = a.tag + fmt.Sprint(a.rows)
			}
			if i == 0 {
				first, firstErr = got, failed
			}
			if got != first || failed != firstErr {
				t.Fatalf("%s\non %s: %s %s\non %s: %s %s", sql, dbs[0].layout.name, first, firstErr, db.layout.name, got, failed)
			}
			if failed != "" {
				t.Fatalf("%s\n%s", sql, failed)
			}
		}
	}
	all("CREATE TABLE m (id BIGINT PRIMARY KEY, at TIMESTAMP, host KEYWORD, note TEXT, loc POINT, n BIGINT) WITH (time = 'at', series = 'host', chunk = '1 day')")
	all("CREATE TABLE e (at TIMESTAMP, host KEYWORD, note TEXT, loc POINT, n BIGINT)")
	const ids = 60
	row := func() string {
		note := m.one(mixedWords) + " " + m.one(mixedWords)
		lon, lat := m.place()
		return fmt.Sprintf("TIMESTAMP '2001-01-01' + INTERVAL '%d minutes', '%s', '%s', ST_MakePoint(%.2f, %.2f), %d", m.IntN(6*1440), m.one(mixedHosts), note, lon, lat, m.IntN(40))
	}
	where := func() string {
		return []string{fmt.Sprint("n = ", m.IntN(40)), "match(note, '" + m.one(mixedWords) + "')", "host = '" + m.one(mixedHosts) + "' AND n < 20",
			fmt.Sprintf("at >= '2001-01-0%d' AND at < '2001-01-0%d'", 1+m.IntN(3), 4+m.IntN(2)),
			"ST_DWithin(loc, ST_MakePoint(0, 0), 5000000)"}[m.IntN(5)]
	}
	for range 8 {
		for range 4 {
			switch m.IntN(6) {
			case 0, 1:
				var rows []string
				for range 1 + m.IntN(12) {
					rows = append(rows, fmt.Sprintf("(%d, %s)", m.IntN(ids), row()))
				}
				all("INSERT INTO m VALUES " + strings.Join(rows, ", "))
			case 2:
				all(fmt.Sprintf("INSERT INTO m VALUES (%d, %s) ON CONFLICT DO NOTHING", m.IntN(ids), row()))
				all("INSERT INTO e VALUES (" + row() + "), (" + row() + ")")
			case 3:
				all("UPDATE m SET n = n + 1, note = note || ' owl', at = at + INTERVAL '1 day' WHERE " + where())
				all("UPDATE e SET n = n * 2 % 37, loc = ST_MakePoint(n, 3) WHERE " + where())
			case 4:
				all("DELETE FROM m WHERE " + where() + " AND n % 3 = 0")
				all("DELETE FROM e WHERE " + where() + " AND n % 2 = 0")
			case 5:
				all(fmt.Sprintf("DELETE FROM m WHERE id IN (%d, %d)", m.IntN(ids), m.IntN(ids)))
			}
		}
		for _, table := range []string{"m", "e"} {
			all("SELECT count(*), sum(n), min(at), max(at), count(DISTINCT host) FROM " + table)
			all("SELECT host, note, n, at, loc FROM " + table + " WHERE " + where() + " ORDER BY at, n, host, note")
			all("SELECT host, count(*), max(n) FROM " + table + " WHERE NOT (" + where() + ") OR " + where() + " GROUP BY host ORDER BY host")
		}
		all("SELECT id, n FROM m WHERE match(note, 'owl OR gull') ORDER BY score() DESC, id LIMIT 5")
		all("SELECT id FROM m ORDER BY loc <-> ST_MakePoint(3, 3), id LIMIT 5")
		all("SELECT host, max(at) FROM m GROUP BY host ORDER BY host")
		all(fmt.Sprintf("SELECT * FROM m WHERE id = %d", m.IntN(ids)))
	}
}
