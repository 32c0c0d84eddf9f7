package quindex

import (
	"fmt"
	"testing"
	"time"
)

// TestRetention lets rows expire on every layout: they are neither seen nor
// found by any engine, and a later ttl takes the place of an earlier one.
func TestRetention(t *testing.T) {
	now := time.Now()
	ago := func(months int) string { return now.AddDate(0, -months, 0).UTC().Format("'2006-01-02'") }
	for _, l := range layouts() {
		t.Run(l.name, func(t *testing.T) {
			db := openDatabase(t, l)
			run := func(sql, want string) {
				t.Helper()
				a, err := db.run(t, sql)
				got := ""
				if err != nil {
					got = err.Error()
				} else if got = a.tag; a.columns != nil {
					got = fmt.Sprint(a.rows)
				}
				if got != want {
					t.Fatalf("%s\n%s, want %s", sql, got, want)
				}
			}
			expire := func() {
				t.Helper()
				if err := db.node.Expire(t.Context(), now); err != nil {
					t.Fatal(err)
				}
				db.written = true
			}
			run("CREATE TABLE h (id BIGINT PRIMARY KEY, at TIMESTAMP, host KEYWORD, note TEXT) WITH (time = 'at', series = 'host', chunk = '30 days', retention = '20 years')", "CREATE TABLE")
			run("CREATE TABLE q (at TIMESTAMP, note TEXT) WITH (time = 'at', ttl = '1 year')", "CREATE TABLE")
			run("INSERT INTO h VALUES (1, "+ago(252)+", 'a', 'old gull'), (2, "+ago(228)+", 'a', 'young gull'), (3, "+ago(12)+", 'b', 'gull'), (4, NULL, 'b', 'ageless gull')", "INSERT 0 4")
			run("INSERT INTO q VALUES ("+ago(24)+", 'old'), ("+ago(6)+", 'new')", "INSERT 0 2")
			expire()
			run("SELECT id FROM h ORDER BY id", "[[2] [3] [4]]")
			run("SELECT count(*), count(at), max(id) FROM h", "[[3 2 4]]")
			run("SELECT id FROM h WHERE match(note, 'gull') ORDER BY id", "[[2] [3] [4]]")
			run("SELECT id FROM h WHERE host = 'a' AND at < "+ago(120)+"", "[[2]]")
			run("SELECT id FROM h WHERE id = 1", "[]")
			run("SELECT note FROM q", "[[new]]")
			run("UPDATE h SET note = 'changed'", "UPDATE 3")
			run("INSERT INTO h VALUES (1, "+ago(10)+", 'c', 'back'), (2, "+ago(10)+", 'c', 'not') ON CONFLICT DO NOTHING", "INSERT 0 1")
			run("SELECT id, note FROM h WHERE at IS NOT NULL ORDER BY id", "[[1 back] [2 changed] [3 changed]]")
			run("ALTER TABLE h SET (retention = '5 years')", "ALTER TABLE")
			expire()
			run("SELECT id FROM h ORDER BY id", "[[1] [3] [4]]")
			run("DELETE FROM h WHERE id = 2", "DELETE 0")
		})
	}
}
