package doctor

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/quindex/quindex/cluster"
	"github.com/quindex/quindex/engines/all"
	"github.com/quindex/quindex/server/node"
)

// TestDamage flips a byte of a segment: the doctor says what healed.
func TestDamage(t *testing.T) {
	n, ctx := openNode(t), context.Background()
	for _, sql := range []string{"CREATE TABLE t (k BIGINT PRIMARY KEY)", "INSERT INTO t VALUES (1), (2)"} {
		if _, err := n.Run(ctx, node.Request{SQL: sql}); err != nil {
			t.Fatal(err)
		}
	}
	if err := n.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	if s := find(Examine(n, healthy()), "damage"); s.State != OK {
		t.Errorf("nothing is damaged, but %+v", s)
	}
	packs, err := filepath.Glob(filepath.Join(n.Dir(), "groups", "*", "machine", "seg-*", "segment.pack"))
	if err != nil || len(packs) == 0 {
		t.Fatalf("packs %v, %v", packs, err)
	}
	flip(t, n, packs[0])
	var s Sign
	for until := time.Now().Add(30 * time.Second); !strings.Contains(s.Found, "were healed"); time.Sleep(time.Millisecond) {
		if s = find(Examine(n, healthy()), "damage"); s.State != Look || s.Advice == "" || !strings.Contains(s.Found, "shard ") || time.Now().After(until) {
			t.Fatalf("%+v", s)
		}
	}
}

// flip changes a byte of the columns in a packed segment, and has it found.
func flip(t *testing.T, n *node.Node, pack string) {
	t.Helper()
	f, err := os.OpenFile(pack, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b := make([]byte, 1)
	if _, err := f.ReadAt(b, 70); err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte{b[0] ^ 1}, 70); err != nil {
		t.Fatal(err)
	}
	v, err := n.Verify(context.Background(), func(string) {})
	if err != nil || len(v.Findings) == 0 {
		t.Fatalf("findings %+v, %v", v, err)
	}
}

// TestDamageBeyondHealing flips a byte of columns that the newest snapshot of
// their shard shares: the log of them is gone, and the doctor says what to do.
func TestDamageBeyondHealing(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	n, err := node.Open(ctx, node.Options{Cluster: cluster.Options{Dir: dir, Shards: 1, SnapshotBytes: 1 << 16, DiskReserve: -1},
		Registry: all.Registry(), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	run := func(sql string) {
		t.Helper()
		if _, err := n.Run(ctx, node.Request{SQL: sql}); err != nil {
			t.Fatal(err)
		}
	}
	run("CREATE TABLE t (word KEYWORD)")
	shared := func() []string {
		packs, err := filepath.Glob(filepath.Join(dir, "groups", "0001", "snapshots", "[0-9]*", "*", "seg-*", "segment.pack"))
		if err != nil {
			t.Fatal(err)
		}
		return packs
	}
	rows := "('a word of some length')" + strings.Repeat(", ('another, which is longer')", 2000)
	for until := time.Now().Add(30 * time.Second); len(shared()) == 0; {
		if time.Now().After(until) {
			t.Fatal("no snapshot")
		}
		run("INSERT INTO t VALUES " + rows)
	}
	flip(t, n, shared()[0])
	var s Sign
	for until := time.Now().Add(30 * time.Second); s.State != Bad; time.Sleep(time.Millisecond) {
		if s = find(Examine(n, healthy()), "damage"); s.State == OK || time.Now().After(until) {
			t.Fatalf("%+v", s)
		}
	}
	if !strings.Contains(s.Found, "shard 1: it could not be made anew") || !strings.Contains(s.Found, "offset") || !strings.Contains(s.Advice, "quindex restore") {
		t.Errorf("%+v", s)
	}
}
