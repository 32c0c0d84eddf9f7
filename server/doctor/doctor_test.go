package doctor

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/quindex/quindex/cluster"
	"github.com/quindex/quindex/engines/all"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/server/node"
	"github.com/quindex/quindex/store"
)

// healthy is a machine without troubles.
func healthy() Host {
	return Host{Files: 50, FilesMax: 1024, Maps: 200, MapsMax: 65530, Memory: 1 << 30, MemoryMax: 64 << 30,
		DiskFree: 90 << 30, DiskSize: 100 << 30, FileSystem: "ext4", Sync: time.Millisecond}
}

func openNode(t *testing.T) *node.Node {
	t.Helper()
	n, err := node.Open(context.Background(), node.Options{Cluster: cluster.Options{Dir: t.TempDir(), Shards: 2}, Registry: all.Registry(), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.Close() })
	return n
}

func find(signs []Sign, of string) Sign {
	for _, s := range signs {
		if s.Of == of {
			return s
		}
	}
	return Sign{}
}

// TestSigns gives the doctor one trouble at a time: it is seen, with advice,
// and nothing else is.
func TestSigns(t *testing.T) {
	n := openNode(t)
	for _, s := range Examine(n, healthy(), Gate{"loads", 0}) {
		if s.State != OK || s.Advice != "" {
			t.Errorf("nothing is wrong, but %+v", s)
		}
	}
	for _, c := range []struct {
		of    string
		state State
		make  func(*Host)
	}{
		{"open files", Look, func(h *Host) { h.Files = 800 }},
		{"open files", Bad, func(h *Host) { h.Files = 1020 }},
		{"mappings", Look, func(h *Host) { h.Maps = 50_000 }},
		{"memory", Look, func(h *Host) { h.MemoryMax = 2 << 30 }},
		{"disk", Bad, func(h *Host) { h.DiskFree = 1 << 20 }},
		{"disk", Look, func(h *Host) { h.DiskFree = 300 << 20 }},
		{"syncs", Look, func(h *Host) { h.Sync = 80 * time.Millisecond }},
		{"syncs", Bad, func(h *Host) { h.SyncErr = errors.New("read-only file system") }},
		{"file system", Bad, func(h *Host) { h.FileSystem, h.volatile = "tmpfs", true }},
		{"file system", Look, func(h *Host) { h.FileSystem, h.networked = "nfs", true }},
	} {
		h := healthy()
		c.make(&h)
		signs := Examine(n, h)
		if s := find(signs, c.of); s.State != c.state || s.Advice == "" {
			t.Errorf("%s: %+v, want %s", c.of, s, c.state)
		}
		for _, s := range signs {
			if s.Of != c.of && s.State != OK {
				t.Errorf("%s makes %+v", c.of, s)
			}
		}
	}
	if s := find(Examine(n, healthy(), Gate{"loads", 3}), "refused"); s.State != Look || !strings.Contains(s.Found, "3 loads") {
		t.Errorf("refused loads: %+v", s)
	}
	if signs := Examine(n, Host{}); find(signs, "open files").Found != "" || find(signs, "groups").State != OK {
		t.Errorf("a machine that tells nothing: %+v", signs)
	}
}

// TestSkew has all rows in one of two shards.
func TestSkew(t *testing.T) {
	n, ctx := openNode(t), context.Background()
	if _, err := n.Run(ctx, node.Request{SQL: "CREATE TABLE t (k BIGINT) WITH (shard_by = 'k')"}); err != nil {
		t.Fatal(err)
	}
	table, err := n.Catalog().Table("t")
	if err != nil {
		t.Fatal(err)
	}
	b := record.NewBatch(&table.Schema, 0)
	for range fewRows + 1 {
		b.AppendRow(record.IntValue(7))
	}
	if _, err := n.Append(ctx, table, b, store.IdempotencyKey{}); err != nil {
		t.Fatal(err)
	}
	if err := n.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	if s := find(Examine(n, healthy()), "shards of t"); s.State != Look {
		t.Errorf("%+v", s)
	}
}

// TestExamined reads this machine: whatever it tells makes sense.
func TestExamined(t *testing.T) {
	h := Examined(t.TempDir())
	if h.SyncErr != nil || h.Sync <= 0 || h.Files > h.FilesMax || h.Maps > h.MapsMax || h.DiskFree > h.DiskSize || h.Memory > h.MemoryMax {
		t.Errorf("%+v", h)
	}
	if h := Examined(t.TempDir() + "/missing"); h.SyncErr == nil {
		t.Error("a folder that is not there can be written")
	}
}
