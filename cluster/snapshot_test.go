package cluster

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/quindex/quindex/fault"
)

// fill proposes to g until it has snapshots and its log was truncated.
func (r *rig) fill(t *testing.T, g GroupID, acked map[string]uint64) {
	t.Helper()
	for i := 0; r.Status()[g].First < 2; i++ {
		if i > 4000 {
			t.Fatalf("no truncation after %d entries: %+v", i, r.Status()[g])
		}
		text := fmt.Sprintf("%d %s", len(acked), strings.Repeat("x", 2000))
		acked[text] = r.mustPropose(t, g, text)
	}
}

func smallLogs(t testing.TB, dir string) Options {
	o := testOptions(t, dir)
	o.Shards, o.SnapshotBytes = 2, 300<<10
	return o
}

func TestSnapshotTruncateRestart(t *testing.T) {
	o := smallLogs(t, t.TempDir())
	acked := map[string]uint64{}
	for round := range 4 {
		r := openRig(t, o)
		s := r.Status()[1]
		checkOnce(t, r.ledgers[1].copyLines(), acked)
		if round > 0 && (s.First < 2 && s.First != 0 || s.SnapshotIndex == 0) {
			t.Fatalf("round %d: the log was not truncated: %+v", round, s)
		}
		for i := range 300 { // some of it lands above the next snapshot
			text := fmt.Sprintf("round %d entry %d %s", round, i, strings.Repeat("y", 1500))
			acked[text] = r.mustPropose(t, 1, text)
		}
		r.fill(t, 1, acked)
		if n := len(r.ledgers[1].copyLines()); n != len(acked) {
			t.Fatalf("round %d: %d lines, wanted %d", round, n, len(acked))
		}
		r.mustClose(t)
	}
	kept, err := os.ReadDir(filepath.Join(o.Dir, "groups/0001/snapshots"))
	if err != nil || len(kept) != snapshotsKept {
		t.Errorf("%d snapshots, error %v; wanted %d", len(kept), err, snapshotsKept)
	}
}

func TestSnapshotByHandThenNothingNew(t *testing.T) {
	o := smallLogs(t, t.TempDir())
	r := openRig(t, o)
	index := r.mustPropose(t, 1, "a")
	for range 3 {
		if err := r.Snapshot(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
	}
	if s := r.Status()[1]; s.SnapshotIndex < index || s.LogBytes != 0 || s.Last != 0 {
		t.Fatalf("status %+v, wanted a snapshot at %d and an empty log", s, index)
	}
	r.mustClose(t)
	r = openRig(t, o)
	if err := r.Snapshot(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	next := r.mustPropose(t, 1, "b")
	checkOnce(t, r.ledgers[1].copyLines(), map[string]uint64{"a": index, "b": next})
}

func TestMachineThatLostItsFolderIsRestored(t *testing.T) {
	o := smallLogs(t, t.TempDir())
	r := openRig(t, o)
	acked := map[string]uint64{}
	r.fill(t, 1, acked)
	r.mustClose(t)
	if err := os.RemoveAll(filepath.Join(o.Dir, "groups/0001/machine")); err != nil {
		t.Fatal(err)
	}
	r = openRig(t, o)
	checkOnce(t, r.ledgers[1].copyLines(), acked)
}

func TestFoldersThatDoNotMeetAreRefused(t *testing.T) {
	f := func(name, remove string) {
		t.Helper()
		o := smallLogs(t, t.TempDir())
		r := openRig(t, o)
		r.fill(t, 1, map[string]uint64{})
		for range 50 { // a tail above the snapshot
			r.mustPropose(t, 1, "tail")
		}
		r.mustClose(t)
		if err := os.RemoveAll(filepath.Join(o.Dir, remove)); err != nil {
			t.Fatal(err)
		}
		_, err := tryOpen(t.Context(), o)
		if !fault.Is(err, fault.Corrupt) || fault.HintOf(err) == "" {
			t.Errorf("%s: error %v", name, err)
		}
		if _, err := tryOpen(t.Context(), o); !fault.Is(err, fault.Corrupt) {
			t.Errorf("%s: the lock stayed behind: %v", name, err)
		}
	}
	f("snapshots are gone, the log is truncated", "groups/0001/snapshots")
	f("the whole log is gone, with the snapshots", "log")
}

func TestDamagedSnapshotIsNotUsed(t *testing.T) {
	o := smallLogs(t, t.TempDir())
	r := openRig(t, o)
	r.mustPropose(t, 1, "a")
	if err := r.Snapshot(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	r.mustClose(t)
	metas, _ := filepath.Glob(filepath.Join(o.Dir, "groups/0001/snapshots/*/meta.json"))
	if len(metas) != 1 {
		t.Fatalf("%d meta files, wanted 1", len(metas))
	}
	b, err := os.ReadFile(metas[0])
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/2] ^= 1
	if err := os.WriteFile(metas[0], b, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := tryOpen(t.Context(), o); !fault.Is(err, fault.Corrupt) {
		t.Fatalf("error %v", err)
	}
}

func TestTruncationFreesTheDisk(t *testing.T) {
	o := smallLogs(t, t.TempDir())
	o.SnapshotBytes, o.MemTableBytes, o.flushDelay = 1<<20, 1<<20, 10*time.Millisecond
	r := openRig(t, o)
	r.ledgers[1].forget = true
	data := strings.Repeat("z", 64<<10)
	const written = 48 << 20
	for range written / len(data) {
		r.mustPropose(t, 1, data)
	}
	var size int64
	until(t, func() bool {
		size = folderBytes(t, filepath.Join(o.Dir, "log"))
		return size < written/4
	})
	t.Logf("%d MiB written, %d KiB on disk", written>>20, size>>10)
}

func TestLogBytesAfterRestart(t *testing.T) {
	o := testOptions(t, t.TempDir())
	r := openRig(t, o)
	for range 20 {
		r.mustPropose(t, 1, strings.Repeat("z", 64<<10))
	}
	r.mustClose(t)
	r = openRig(t, o)
	if got := r.Status()[1].LogBytes; got < 20*64<<10 || got > 20*64<<10+markEvery {
		t.Errorf("the log has %d bytes, wanted about %d", got, 20*64<<10)
	}
}

// until waits for a condition that other goroutines bring about.
func until(t *testing.T, ok func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatal("the condition did not come about in 20 s")
		}
	}
}

func folderBytes(t *testing.T, dir string) (n int64) {
	t.Helper()
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			n += info.Size()
		}
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return n
}
