package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/quindex/quindex/client"
)

// manyLines is n rows of NDJSON, or of CSV with a header and line ends in quotes.
func manyLines(n int, csv bool) string {
	var b strings.Builder
	if csv {
		b.WriteString("\uFEFFid,pad\n")
	}
	for i := range n {
		if csv {
			fmt.Fprintf(&b, "%d,\"row\n%d\"\n", i, i)
		} else {
			fmt.Fprintf(&b, "{\"id\":%d,\"pad\":\"row %d\"}\n", i, i)
		}
	}
	return b.String()
}

func wantRows(t *testing.T, c *client.Client, table string, rows, distinct int) {
	t.Helper()
	if got, want := rowsOfSQL(t, c, "SELECT count(*), count(DISTINCT id) FROM "+table)[0], fmt.Sprintf("%d %d", rows, distinct); got != want {
		t.Fatalf("%s: rows and distinct ids are %s, want %s", table, got, want)
	}
}

// TestLoadedTwice loads files again, whole, renamed, and with --again.
func TestLoadedTwice(t *testing.T) {
	s := serve(t, "--http", freeAddr(t), "--log", "error", "--shards", "3")
	c := client.New(s.addr)
	defer c.Close()
	for i, name := range []string{"a.ndjson", "b.csv"} {
		file := writeFile(t, name, manyLines(5000, i == 1))
		table := strings.ReplaceAll(name, ".", "_")
		load := func(file, want string, flags ...string) {
			t.Helper()
			out, bad, err := run(t, append([]string{"load", file, "--http", s.addr, "--table", table, "--create", "infer"}, flags...)...)
			if err != nil || !strings.Contains(out, want) {
				t.Fatalf("%v\n%s%s\nwant %q", err, out, bad, want)
			}
		}
		load(file, "5000 rows in")
		load(file, "5000 rows, 0.1 MB of them were there already")
		copied := writeFile(t, "other-"+name, manyLines(5000, i == 1))
		load(copied, "were there already")
		wantRows(t, c, table, 5000, 5000)
		load(file, "5000 rows in", "--again")
		wantRows(t, c, table, 10000, 5000)
		load(writeFile(t, "more-"+name, manyLines(5001, i == 1)), "5001 rows in") // another content
		wantRows(t, c, table, 15001, 5001)
		if _, err := c.Exec(context.Background(), "TRUNCATE TABLE "+table); err != nil {
			t.Fatal(err)
		}
		load(file, "5000 rows in") // an empty table holds nothing
		wantRows(t, c, table, 5000, 5000)
		if _, err := c.Exec(context.Background(), "DROP TABLE "+table); err != nil {
			t.Fatal(err)
		}
		load(file, "5000 rows in") // a new table of that name holds nothing
		wantRows(t, c, table, 5000, 5000)
	}
}

// TestStoppedLoads kills loaders and servers at random moments and runs the
// load again, each time with pieces of another size: in the end every row is
// there once.
func TestStoppedLoads(t *testing.T) {
	rounds := 4
	if testing.Short() {
		rounds = 1
	}
	seed := uint64(time.Now().UnixNano())
	if v := os.Getenv("QUINDEX_SEED"); v != "" {
		fmt.Sscan(v, &seed)
	}
	t.Logf("repeat with: QUINDEX_SEED=%d go test ./cmd/quindex -run '^TestStoppedLoads$'", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	const rows = 60_000
	data, addr := t.TempDir(), freeAddr(t)
	args := []string{"--data", data, "--http", addr, "--log", "error", "--shards", "3"}
	s := serve(t, args...)
	c := client.New(addr)
	defer c.Close()
	stopped := 0
	for round := range rounds {
		table := fmt.Sprintf("t%d", round)
		ddl := "CREATE TABLE " + table + " (id BIGINT NOT NULL, pad KEYWORD)"
		if round%2 == 1 {
			ddl += " WITH (shard_by = 'id')"
		}
		if _, err := c.Exec(context.Background(), ddl); err != nil {
			t.Fatal(err)
		}
		file := writeFile(t, []string{"f.ndjson", "f.csv"}[round/2%2], manyLines(rows, round/2%2 == 1))
		for try := 0; ; try++ {
			load := program(t, "load", file, "--http", addr, "--table", table, "--piece", fmt.Sprint(2000+r.IntN(20000)), "--on-error", []string{"abort", "report"}[r.IntN(2)])
			var out strings.Builder
			load.Stdout, load.Stderr = &out, &out
			if err := load.Start(); err != nil {
				t.Fatal(err)
			}
			ended := make(chan error, 1)
			go func() { ended <- load.Wait() }()
			patience := time.Duration(20+r.IntN(400)) * time.Millisecond
			if try >= 6 {
				patience = time.Minute
			}
			var err error
			select {
			case err = <-ended:
			case <-time.After(patience): // the random moment
				stopped++
				if r.IntN(2) == 0 {
					s.kill()
					s = serve(t, args...)
				}
				load.Process.Signal(syscall.SIGKILL)
				<-ended
				continue
			}
			if err != nil {
				t.Fatalf("%v\n%s", err, out.String())
			}
			if !strings.HasPrefix(out.String(), fmt.Sprintf("%d rows in", rows)) {
				t.Fatalf("the load says\n%s", out.String())
			}
			break
		}
		wantRows(t, c, table, rows, rows)
	}
	t.Logf("%d loads of %d rows, stopped %d times", rounds, rows, stopped)
}

// TestAbortLeavesNothing has a bad row at the very end of a long file.
func TestAbortLeavesNothing(t *testing.T) {
	s := serve(t, "--http", freeAddr(t), "--log", "error", "--shards", "2")
	c := client.New(s.addr)
	defer c.Close()
	if _, err := c.Exec(context.Background(), "CREATE TABLE t (id BIGINT NOT NULL, pad KEYWORD)"); err != nil {
		t.Fatal(err)
	}
	file := writeFile(t, "long.ndjson", manyLines(50_000, false)+"{\"id\":\"x\"}\n")
	_, bad, err := run(t, "load", file, "--http", s.addr, "--table", "t", "--piece", "100000")
	if err == nil || !strings.Contains(bad, "50001") {
		t.Fatalf("%v, the message does not name the line:\n%s", err, bad)
	}
	wantRows(t, c, "t", 0, 0)
	if out, bad, err := run(t, "load", file, "--http", s.addr, "--table", "t", "--piece", "100000", "--on-error", "report"); err != nil || !strings.Contains(out, "1 bad row refused") {
		t.Fatalf("%v\n%s%s", err, out, bad)
	}
	wantRows(t, c, "t", 50_000, 50_000)
	if b, err := os.ReadFile(file + ".rejects.ndjson"); err != nil || !strings.Contains(string(b), `"line":50001`) || !strings.Contains(string(b), `"column":"id"`) {
		t.Fatalf("%v: %s", err, b)
	}
}
