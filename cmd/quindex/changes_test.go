package main

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/quindex/quindex/client"
)

// TestChangesCommand prints what changed, and goes on in a second run where the
// first one ended.
func TestChangesCommand(t *testing.T) {
	s := serve(t, "--http", "127.0.0.1:0", "--data", t.TempDir())
	c := client.New(s.addr)
	ask := func(sql string) {
		t.Helper()
		if _, err := c.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	ask("CREATE TABLE t (id BIGINT PRIMARY KEY, v KEYWORD)")
	ask("INSERT INTO t VALUES (1, 'one')")
	state := filepath.Join(t.TempDir(), "token")
	print := func(args ...string) string {
		t.Helper()
		out, bad, err := run(t, append([]string{"changes", "t", "--http", s.addr, "--state", state}, args...)...)
		if err != nil {
			t.Fatalf("%v %s", err, bad)
		}
		var ops []string
		for line := range strings.Lines(out) {
			var e struct {
				Op  string
				Key json.RawMessage
			}
			if err := json.Unmarshal([]byte(line), &e); err != nil {
				t.Fatal(err)
			}
			ops = append(ops, e.Op+string(e.Key))
		}
		return strings.Join(ops, " ")
	}
	if got := print("--from", "start", "--no-resolved"); got != `upsert{"id":1}` {
		t.Errorf("at first: %s", got)
	}
	if got := print(); got != "resolved" {
		t.Errorf("again: %s", got)
	}
	ask("DELETE FROM t")
	if got := print(); got != `delete{"id":1} resolved` {
		t.Errorf("after a delete: %s", got)
	}
	ask("DROP TABLE t")
	if _, bad, err := run(t, "changes", "t", "--http", s.addr); err == nil || !strings.Contains(bad, "t") {
		t.Errorf("of a table that is not there: %v %s", err, bad)
	}
}

// TestChangesOutliveKills follows a table whose server is killed again and again
// while rows are written: each write that was acknowledged is told, those of a
// key in their order, and nothing that was not sent.
func TestChangesOutliveKills(t *testing.T) {
	kills, rng := killsOf(t, 6)
	data, addr := t.TempDir(), freeAddr(t)
	start := func() *child { return serve(t, "--http", addr, "--data", data, "--flush-age", "200ms") }
	s := start()
	c := client.New(addr)
	if _, err := c.Exec(t.Context(), "CREATE TABLE t (k BIGINT PRIMARY KEY, v BIGINT)"); err != nil {
		t.Fatal(err)
	}
	const keys = 5
	var last [keys]int64 // told of each key
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	feed, err := c.Changes(ctx, "t", client.ChangesOptions{From: "start", Follow: true})
	if err != nil {
		t.Fatal(err)
	}
	told := make(chan client.Change, 1<<16)
	go func() { // beside the kills
		defer close(told)
		for feed.Next() {
			told <- feed.Change()
		}
	}()
	v := int64(0)
	var acked [keys]int64
	for range kills {
		died := make(chan struct{})
		after := time.Duration(50+rng.IntN(300)) * time.Millisecond
		time.AfterFunc(after, func() { s.kill(); close(died) })
		for down := false; !down; {
			k := rng.IntN(keys)
			v++
			_, err := c.Exec(t.Context(), fmt.Sprintf("INSERT INTO t VALUES (%d, %d)", k, v))
			if err == nil {
				acked[k] = v
			}
			select {
			case <-died:
				down = true
			default:
			}
		}
		s = start()
	}
	done := func() bool {
		for k := range keys {
			if last[k] < acked[k] {
				return false
			}
		}
		return true
	}
	for e := range told {
		if e.Op != "upsert" {
			continue
		}
		k, _ := e.Key["k"].(json.Number).Int64()
		now, _ := e.After["v"].(json.Number).Int64()
		if now <= last[k] || now > v {
			t.Fatalf("key %d has %d after %d, of %d that were sent", k, now, last[k], v)
		}
		if last[k] = now; done() {
			break
		}
	}
	cancel()
	for range told {
	}
	if !done() {
		t.Errorf("the feed ended at %v, acknowledged are %v: %v", last, acked, feed.Err())
	}
	feed.Close()
}
