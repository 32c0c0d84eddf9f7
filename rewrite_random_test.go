package quindex

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// TestRewritesEverywhere makes the same random history on several layouts. On
// all but the first, tables are rewritten between the changes, each time in
// another way: every engine answers as if they were not.
func TestRewritesEverywhere(t *testing.T) {
	seed := *seedFlag
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("repeat with: go test -run TestRewritesEverywhere . -seed %d", seed)
	var dbs []*database
	for _, l := range layouts() {
		switch l.name {
		case "open", "no-index", "tiny-segments", "reopened-flushed":
			dbs = append(dbs, openDatabase(t, l))
		}
	}
	m := &mixer{Rand: rand.New(rand.NewPCG(seed, 8))}
	one := func(db *database, sql string) string {
		t.Helper()
		a, err := db.run(t, sql)
		if err != nil {
			t.Fatalf("%s on %s\n%v", sql, db.layout.name, err)
		}
		return a.tag + fmt.Sprint(a.rows)
	}
	all := func(sql string) {
		t.Helper()
		first := one(dbs[0], sql)
		for _, db := range dbs[1:] {
			if got := one(db, sql); got != first {
				t.Fatalf("%s\non %s: %s\non %s: %s", sql, dbs[0].layout.name, first, db.layout.name, got)
			}
		}
	}
	all("CREATE TABLE m (id BIGINT PRIMARY KEY, at TIMESTAMP, host KEYWORD, note TEXT, loc POINT, n BIGINT) WITH (time = 'at', series = 'host', chunk = '1 day')")
	all("CREATE TABLE v (code KEYWORD PRIMARY KEY, note TEXT, loc POINT)")
	all("CREATE TABLE e (origin KEYWORD, dest KEYWORD, at TIMESTAMP, n BIGINT)")
	all("CREATE PROPERTY GRAPH g VERTEX TABLES (v KEY (code)) EDGE TABLES (e SOURCE KEY (origin) REFERENCES v (code) DESTINATION KEY (dest) REFERENCES v (code))")
	code := func() string { return fmt.Sprintf("'c%d'", m.IntN(12)) }
	moves := map[string][]string{"m": {"shards = %d", "shard_by = 'id', shards = %d"}, "v": {"shards = %d", "order_by = 'note, code', shards = %d", "order_by = '', shards = %d"},
		"e": {"shards = %d", "shard_by = 'origin', shards = %d", "shard_by = 'dest,origin', shards = %d", "shard_by = '', order_by = 'n', shards = %d", "order_by = 'dest', shards = %d"}}
	for range 6 {
		for range 4 {
			lon, lat := m.place()
			switch m.IntN(7) {
			case 0, 1:
				var rows []string
				for range 1 + m.IntN(12) {
					rows = append(rows, fmt.Sprintf("(%d, TIMESTAMP '2001-01-01' + INTERVAL '%d minutes', '%s', '%s %s', ST_MakePoint(%.2f, %.2f), %d)",
						m.IntN(60), m.IntN(6*1440), m.one(mixedHosts), m.one(mixedWords), m.one(mixedWords), lon, lat, m.IntN(40)))
				}
				all("INSERT INTO m VALUES " + strings.Join(rows, ", "))
			case 2:
				all(fmt.Sprintf("INSERT INTO v VALUES (%s, '%s', ST_MakePoint(%.2f, %.2f))", code(), m.one(mixedWords), lon, lat))
			case 3:
				all(fmt.Sprintf("INSERT INTO e VALUES (%s, %s, '2001-01-02', %d), (%s, %s, NULL, %d), (%s, NULL, NULL, 1)", code(), code(), m.IntN(9), code(), code(), m.IntN(9), code()))
			case 4:
				all(fmt.Sprintf("UPDATE m SET n = n + 1, note = note || ' owl' WHERE n %% 5 = %d", m.IntN(5)))
				all(fmt.Sprintf("UPDATE e SET n = n + 1 WHERE n = %d", m.IntN(9)))
			case 5:
				all(fmt.Sprintf("DELETE FROM m WHERE id %% 9 = %d", m.IntN(9)))
				all("DELETE FROM v WHERE code = " + code())
				all(fmt.Sprintf("DELETE FROM e WHERE n %% 9 = %d", m.IntN(9)))
			case 6:
				all("ALTER TABLE v ADD COLUMN IF NOT EXISTS more BIGINT DEFAULT 3")
			}
		}
		for _, db := range dbs[1:] {
			for table, ways := range moves {
				if m.IntN(2) == 0 {
					one(db, "ALTER TABLE "+table+" SET ("+fmt.Sprintf(ways[m.IntN(len(ways))], 1+m.IntN(db.layout.shards))+")")
				}
			}
		}
		all("SELECT count(*), sum(n), min(at), max(at), count(DISTINCT host) FROM m")
		all("SELECT * FROM m ORDER BY id")
		all("SELECT * FROM v ORDER BY code")
		all("SELECT * FROM e ORDER BY origin, dest, at, n")
		all("SELECT host, max(at), count(*) FROM m WHERE at >= '2001-01-02' AND at < '2001-01-05' GROUP BY host ORDER BY host")
		all("SELECT id, n FROM m WHERE match(note, 'owl OR gull') ORDER BY score() DESC, id LIMIT 5")
		all("SELECT id FROM m ORDER BY loc <-> ST_MakePoint(3, 3), id LIMIT 5")
		all("SELECT id FROM m WHERE ST_DWithin(loc, ST_MakePoint(0, 0), 5000000) AND n < 30 ORDER BY id")
		all("SELECT * FROM GRAPH_TABLE (g MATCH (a IS v WHERE a.code = " + code() + ")-[x IS e]->{1,3}(b IS v) COLUMNS (b.code AS code, b.note AS note)) ORDER BY code, note")
		all("SELECT * FROM GRAPH_TABLE (g MATCH (a IS v)<-[x IS e WHERE x.n > 2]-(b IS v) COLUMNS (a.code AS a, b.code AS b, x.n AS n)) ORDER BY a, b, n")
		all(fmt.Sprintf("SELECT * FROM m WHERE id = %d", m.IntN(60)))
		all("SELECT sum(n) FROM e WHERE origin = " + code())
	}
}
