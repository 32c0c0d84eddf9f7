package server

import (
	"fmt"
	"strings"
	"sync"
	"testing"
)

// TestConcurrentUpdates lets many clients count in the same rows: no count is
// lost, whoever reads between another's reading and writing.
func TestConcurrentUpdates(t *testing.T) {
	s := start(t)
	sqlOK(t, s, "CREATE TABLE c (k BIGINT PRIMARY KEY, n BIGINT, s TEXT)")
	sqlOK(t, s, "CREATE TABLE d (k BIGINT, n BIGINT)")
	for _, table := range []string{"c (k, n)", "d"} {
		sqlOK(t, s, "INSERT INTO "+table+" VALUES (1, 0), (2, 0), (3, 0)")
	}
	const clients, times = 6, 15
	var wg sync.WaitGroup
	for range clients {
		wg.Go(func() {
			for i := range times {
				for _, table := range []string{"c", "d"} {
					if res, body := call(t, s, "POST", "/v1/sql", fmt.Sprintf("UPDATE %s SET n = n + 1 WHERE k = %d OR k = 1", table, i%3+1)); res.StatusCode != 200 {
						t.Errorf("update: %s", body)
					}
				}
			}
		})
	}
	wg.Wait()
	for _, table := range []string{"c", "d"} {
		if _, body := sqlOK(t, s, "SELECT k, n FROM "+table+" ORDER BY k", "Accept: text/csv"); strings.ReplaceAll(body, "\r", "") != "k,n\n1,90\n2,30\n3,30\n" {
			t.Errorf("table %s: %q", table, body)
		}
	}
}

// TestLoadTwice loads the same rows into a table with a key by two different
// ways: they are there once, and the last form of each stays.
func TestLoadTwice(t *testing.T) {
	s := start(t)
	sqlOK(t, s, "CREATE TABLE l (k KEYWORD PRIMARY KEY, n BIGINT)")
	for round := range 3 {
		var rows strings.Builder
		for i := range 5000 {
			fmt.Fprintf(&rows, "{\"k\":\"key %d\",\"n\":%d}\n", i%4000, round*10_000+i)
		}
		if res, body := call(t, s, "POST", "/v1/load/l", rows.String(), "Content-Type: application/x-ndjson"); res.StatusCode != 200 {
			t.Fatalf("load: %s", body)
		}
		want := fmt.Sprintf("%d", 4000*round*10_000+4999*5000/2-999*1000/2) // the first 1000 were replaced by the last
		if _, body := sqlOK(t, s, "SELECT count(*), sum(n) FROM l", "Accept: text/csv"); !strings.Contains(body, "4000,"+want) {
			t.Errorf("round %d: %s, want 4000, %s", round, body, want)
		}
	}
}
