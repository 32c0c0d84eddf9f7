package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/quindex/quindex/client"
)

// TestBackupAndRestore takes backups of a server while it is written to, of a
// stopped one, and restores them elsewhere.
func TestBackupAndRestore(t *testing.T) {
	data, repo := t.TempDir(), filepath.Join(t.TempDir(), "backups")
	s := serve(t, "--data", data, "--http", freeAddr(t), "--log", "error", "--shards", "3")
	c := client.New(s.addr)
	defer c.Close()
	exec := func(c *client.Client, sql string) {
		t.Helper()
		if _, err := c.Exec(context.Background(), sql); err != nil {
			t.Fatal(err)
		}
	}
	ok := func(want string, args ...string) string {
		t.Helper()
		out, bad, err := run(t, args...)
		if err != nil || !strings.Contains(out, want) {
			t.Fatalf("quindex %v: %v\n%s%s\nwant %q", args, err, out, bad, want)
		}
		return out
	}
	exec(c, "CREATE TABLE t (id BIGINT NOT NULL, pad TEXT) WITH (shard_by = 'id')")
	exec(c, "CREATE TABLE live (id BIGINT NOT NULL)")
	exec(c, "CREATE TABLE gone (id BIGINT NOT NULL)")
	file := writeFile(t, "f.ndjson", manyLines(20_000, false))
	ok("20000 rows in", "load", file, "--http", s.addr, "--table", "t")

	// Rows arrive one by one while the first backup is taken: those that were
	// acknowledged before it began are in it, and the others from the first on.
	stop, ended := make(chan bool), make(chan int)
	before := make(chan bool)
	go func() {
		n := 0
		defer func() { ended <- n }()
		for {
			select {
			case <-stop:
				return
			default:
			}
			if _, err := c.Exec(context.Background(), fmt.Sprintf("INSERT INTO live VALUES (%d)", n)); err != nil {
				t.Error(err)
				return
			}
			if n++; n == 50 {
				close(before)
			}
		}
	}()
	<-before
	ok("were new", "backup", repo, "--http", s.addr)
	close(stop)
	written := <-ended
	if left, _ := filepath.Glob(filepath.Join(data, "backup-*")); len(left) > 0 {
		t.Errorf("links are left over: %v", left)
	}
	first := strings.Fields(ok("shards", "restore", repo, "--list"))[0]

	exec(c, "DROP TABLE gone")
	exec(c, "INSERT INTO t VALUES (20000, 'one giraffe')")
	if err := s.stop(t); err != nil {
		t.Fatal(err)
	}
	out := ok("were new", "backup", repo, "--data", data)
	var all, fresh int
	if _, err := fmt.Sscanf(out[strings.Index(out, ":")+1:], "%d files", &all); err != nil {
		t.Fatal(out, err)
	}
	if _, err := fmt.Sscanf(out[strings.Index(out, "of which")+8:], "%d files", &fresh); err != nil || fresh == 0 || fresh >= all {
		t.Errorf("the second backup copied %d of %d files, want some: %v\n%s", fresh, all, err, out)
	}

	ok("were new", "backup", repo, "--data", data, "--verify")

	// The newest, elsewhere, without the original.
	if err := os.RemoveAll(data); err != nil {
		t.Fatal(err)
	}
	there := filepath.Join(t.TempDir(), "restored")
	ok("restored", "restore", repo, "--data", there)
	for range 2 { // and once more after a restart
		r := serve(t, "--data", there, "--http", freeAddr(t), "--log", "error")
		rc := client.New(r.addr)
		wantRows(t, rc, "t", 20_001, 20_001)
		wantRows(t, rc, "live", written, written)
		if got := rowsOfSQL(t, rc, "SELECT id FROM t WHERE match(pad, 'giraffe')"); len(got) != 1 || got[0] != "20000" {
			t.Errorf("search in the restored table: %v", got)
		}
		ok("were there already", "load", file, "--http", r.addr, "--table", "t") // the ledger came along
		exec(rc, "CREATE TABLE fresh (id BIGINT)")
		exec(rc, "INSERT INTO fresh VALUES (1)")
		wantRows(t, rc, "fresh", 1, 1)
		exec(rc, "DROP TABLE fresh")
		rc.Close()
		r.kill()
	}

	// The older one, by its name.
	older := filepath.Join(t.TempDir(), "older")
	ok("restored "+first, "restore", repo, "--data", older, "--backup", first)
	r := serve(t, "--data", older, "--http", freeAddr(t), "--log", "error")
	rc := client.New(r.addr)
	defer rc.Close()
	wantRows(t, rc, "t", 20_000, 20_000)
	wantRows(t, rc, "gone", 0, 0)
	got := rowsOfSQL(t, rc, "SELECT count(*), count(DISTINCT id) FROM live")[0]
	var n, distinct int
	if fmt.Sscan(got, &n, &distinct); n < 50 || n > written || n != distinct {
		t.Errorf("rows that came during the backup: %s of %d", got, written)
	}

	if _, bad, err := run(t, "restore", repo, "--data", there); err == nil || !strings.Contains(bad, "not empty") {
		t.Errorf("restored over a node: %v %s", err, bad)
	}
	files, _ := filepath.Glob(filepath.Join(repo, "files", "*", "*"))
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if len(b) > 0 {
			b[len(b)/2] ^= 1
		}
		if err := os.WriteFile(name, b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, bad, err := run(t, "restore", repo, "--data", filepath.Join(t.TempDir(), "x")); err == nil || !strings.Contains(bad, "SHA-256") {
		t.Errorf("restored damaged files: %v %s", err, bad)
	}
}
