package main

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/quindex/quindex/client"
)

// TestKillsDuringRewrites is TestKills of tables whose rows move all the time:
// between any two kills they are rewritten as often as there is time for.
// QUINDEX_KILLS=50 kills fifty times.
func TestKillsDuringRewrites(t *testing.T) {
	kills, r := killsOf(t, 6)

	addr := freeAddr(t)
	args := []string{"--data", t.TempDir(), "--http", addr, "--log", "error", "--shards", "4"}
	server := serve(t, args...)
	c := client.New(addr)
	defer c.Close()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for _, ddl := range []string{"CREATE TABLE t (id BIGINT NOT NULL, piece BIGINT NOT NULL, pad KEYWORD)",
		"CREATE TABLE whole (id BIGINT NOT NULL) WITH (shard_by = 'id')"} {
		if _, err := c.Exec(ctx, ddl); err != nil {
			t.Fatal(err)
		}
	}
	l := &killLoader{addr: addr, quit: make(chan struct{}), room: make(chan struct{}, piecesARound)}
	for range 2 {
		l.wait.Add(1)
		go l.run()
	}
	whole, wholeRows := make(chan error, 1), 10_000*kills
	go func() { whole <- loadWhole(ctx, c, wholeRows) }()

	var movers sync.WaitGroup
	moved := [2]int{}
	for i, sql := range []string{"ALTER TABLE t SET (shards = %d)", "ALTER TABLE whole SET (shards = %d, order_by = 'id')"} {
		movers.Go(func() {
			m := client.New(addr)
			defer m.Close()
			for n := 0; ctx.Err() == nil; n++ {
				if _, err := m.Exec(ctx, fmt.Sprintf(sql, 1+n%4)); err == nil {
					moved[i]++
				} else {
					time.Sleep(5 * time.Millisecond) // the server is down: politeness
				}
			}
		})
	}
	for range kills {
		l.allow(piecesARound / 4)
		time.Sleep(time.Duration(50+r.IntN(400)) * time.Millisecond) // the random moment
		server.kill()
		server = serve(t, args...)
		l.check(t)
	}
	if err := <-whole; err != nil {
		t.Fatal(err)
	}
	cancel()
	movers.Wait()
	close(l.quit)
	l.wait.Wait()
	rows := l.check(t)
	if got := fmt.Sprint(rowsOfSQL(t, c, "SELECT count(*), count(DISTINCT id), min(id), max(id) FROM whole")); got != fmt.Sprintf("[%d %d 0 %d]", wholeRows, wholeRows, wholeRows-1) {
		t.Fatalf("the client's load: rows, distinct, min, max are %s", got)
	}
	if moved[0] == 0 || moved[1] == 0 {
		t.Errorf("tables were rewritten %v times", moved)
	}
	if err := server.stop(t); err != nil {
		t.Fatalf("%v\n%s", err, server.log)
	}
	t.Logf("%d kills, %v rewrites, %d pieces, %d rows of acknowledged and given up ones", kills, moved, len(l.pieces), rows)
}
