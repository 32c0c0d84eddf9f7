package cluster

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/quindex/quindex/fault"
)

// TestFlippedLog flips a byte in every region of every file of the log: the
// node does not start and says which file it is, or nothing acknowledged is lost.
func TestFlippedLog(t *testing.T) {
	rng := random(t)
	origin := t.TempDir()
	r := openRig(t, smallLogs(t, origin))
	acked := [3]map[string]uint64{{}, {}, {}}
	for i := range 400 {
		g := GroupID(i % 3)
		text := fmt.Sprintf("%d %s", i, strings.Repeat("x", rng.IntN(3000)))
		acked[g][text] = r.mustPropose(t, g, text)
		if i == 150 {
			if err := r.Snapshot(t.Context(), 1); err != nil {
				t.Fatal(err)
			}
		}
		if i == 250 { // a part of it is in a table
			if err := r.db.db.Flush(); err != nil {
				t.Fatal(err)
			}
		}
	}
	r.mustClose(t)
	files, err := filepath.Glob(filepath.Join(origin, "log", "*"))
	if err != nil {
		t.Fatal(err)
	}
	outcome := map[string]int{}
	for _, file := range files {
		info, err := os.Stat(file)
		if err != nil || info.IsDir() || info.Size() == 0 {
			continue
		}
		step := max(info.Size()/8, 1)
		for at := rng.Int64N(step); at < info.Size(); at += step {
			dir := t.TempDir()
			if err := os.CopyFS(dir, os.DirFS(origin)); err != nil {
				t.Fatal(err)
			}
			name := filepath.Base(file)
			data, err := os.ReadFile(filepath.Join(dir, "log", name))
			if err != nil {
				t.Fatal(err)
			}
			data[at] ^= byte(1) << rng.IntN(8)
			if err := os.WriteFile(filepath.Join(dir, "log", name), data, 0o644); err != nil {
				t.Fatal(err)
			}
			what := fmt.Sprintf("byte %d of %d of %s", at, info.Size(), name)
			kind := strings.TrimLeft(name, "0123456789")
			o := smallLogs(t, dir)
			o.Logger, o.Halt = quiet, func(error) { runtime.Goexit() }
			r, err := tryOpen(t.Context(), o)
			if err != nil {
				if !fault.Is(err, fault.Corrupt) && !fault.Is(err, fault.IO) || !strings.Contains(err.Error(), filepath.Join(dir, "log")) {
					t.Errorf("%s: %v of kind %v", what, err, fault.KindOf(err))
				}
				outcome[kind+" refused"]++
				continue
			}
			for g := range acked {
				have := map[string]int{}
				for _, l := range r.ledgers[g].copyLines() {
					have[l.Data]++
				}
				lost := 0
				for text := range acked[g] {
					if have[text] != 1 {
						lost++
					}
				}
				if lost > 0 || len(have) != len(acked[g]) {
					t.Errorf("%s: group %d has lost %d of %d acknowledged entries and holds %d", what, g, lost, len(acked[g]), len(have))
				}
			}
			outcome[kind+" unused"]++
			r.Close()
		}
	}
	t.Logf("%v", outcome)
	if outcome[".log refused"] == 0 || outcome[".sst refused"] == 0 {
		t.Error("no flipped byte of the log, or of a table, was refused")
	}
}

// FuzzLogFile looks for damage in any bytes; it must stay calm.
func FuzzLogFile(f *testing.F) {
	f.Add([]byte{}, uint32(1))
	f.Add(make([]byte, 40<<10), uint32(7))
	f.Add([]byte("000004.log 12 0000ffff\n00000000\n"), uint32(7))
	f.Fuzz(func(t *testing.T, data []byte, number uint32) {
		if at, damaged := damageOf(data, number); damaged && at >= len(data) {
			t.Fatalf("damage at %d of %d", at, len(data))
		}
		parseClosed(data)
	})
}
