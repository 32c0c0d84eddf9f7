package cluster

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/quindex/quindex/fault"
)

var errDisk = errors.New("disk on fire")

func TestBrokenMachineHaltsItsGroupAlone(t *testing.T) {
	o := smallLogs(t, t.TempDir())
	r := openRig(t, o)
	r.mustPropose(t, 1, "good")
	r.ledgers[1].fail = func(e Entry) error {
		if string(e.Data) == "bad" {
			return errDisk
		}
		return nil
	}
	for _, text := range []string{"bad", "later"} {
		_, _, err := r.Propose(t.Context(), 1, []byte(text))
		if !errors.Is(err, errDisk) || !fault.Is(err, fault.IO) || fault.HintOf(err) == "" {
			t.Fatalf("%s: error %v of kind %v", text, err, fault.KindOf(err))
		}
	}
	if err := r.Snapshot(t.Context(), 1); !errors.Is(err, errDisk) { // it would truncate what was not applied
		t.Errorf("snapshot: %v", err)
	}
	if _, err := r.Barrier(t.Context(), 1); !errors.Is(err, errDisk) {
		t.Errorf("barrier: %v", err)
	}
	if err := r.Wait(t.Context(), 1, 1<<40); !errors.Is(err, errDisk) {
		t.Errorf("wait: %v", err)
	}
	if s := r.Status(); !errors.Is(s[1].Broken, errDisk) || s[0].Broken != nil || s[2].Broken != nil {
		t.Errorf("status %+v", s)
	}
	r.mustPropose(t, 2, "others go on")
	if got := r.ledgers[1].copyLines(); len(got) != 1 {
		t.Errorf("lines %v, wanted only the good one", got)
	}
	r.mustClose(t)

	r = openRig(t, o) // the disk was mended: nothing was skipped
	got := r.ledgers[1].copyLines()
	if len(got) < 2 || got[0].Data != "good" || got[1].Data != "bad" {
		t.Errorf("lines %v", got)
	}
}

func TestPanicOfMachineHaltsItsGroup(t *testing.T) {
	r := openRig(t, smallLogs(t, t.TempDir()))
	r.ledgers[1].fail = func(Entry) error { panic("a bug") }
	if _, _, err := r.Propose(t.Context(), 1, nil); err == nil || !strings.Contains(err.Error(), "a bug") {
		t.Fatalf("error %v", err)
	}
	r.mustPropose(t, 2, "others go on")
}

// TestLogStoreThatCannotWrite injects an error into a write of the log.
func TestLogStoreThatCannotWrite(t *testing.T) {
	for _, onSync := range []bool{false, true} {
		t.Run(fmt.Sprintf("sync=%v", onSync), func(t *testing.T) {
			// Raft does not answer what is queued when its main goroutine ends.
			defer leakCheck(t, "(*group).await", "(*Node).drain")()
			var broken atomic.Bool
			inject := errorfs.InjectorFunc(func(op errorfs.Op) error {
				hit := op.Kind == errorfs.OpFileWrite && !onSync || (op.Kind == errorfs.OpFileSync || op.Kind == errorfs.OpFileSyncData) && onSync
				if broken.Load() && hit && strings.HasSuffix(op.Path, ".log") {
					return errDisk
				}
				return nil
			})
			o := smallLogs(t, t.TempDir())
			o.fs = errorfs.Wrap(vfs.Default, inject)
			o.Halt = func(error) { runtime.Goexit() }
			r := openRig(t, o)
			acked := map[string]uint64{"before": r.mustPropose(t, 1, "before")}
			broken.Store(true)
			var wg sync.WaitGroup
			for i := range 24 {
				wg.Go(func() {
					ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
					defer cancel()
					if _, _, err := r.Propose(ctx, GroupID(i%3), fmt.Appendf(nil, "lost %d", i)); !fault.Is(err, fault.IO) {
						t.Errorf("group %d: error %v of kind %v", i%3, err, fault.KindOf(err))
					}
				})
			}
			wg.Wait()
			for _, s := range r.Status() {
				if s.Broken == nil {
					t.Errorf("group %d is not halted", s.Group)
				}
			}
			r.Close()
			broken.Store(false)
			o.fs = nil
			r = openRig(t, o)
			checkOnce(t, r.ledgers[1].copyLines(), acked)
			r.mustClose(t)
		})
	}
}

func TestFullDiskIsRefusedBeforehand(t *testing.T) {
	r := openRig(t, smallLogs(t, t.TempDir()))
	var free atomic.Int64
	free.Store(1000)
	d := newDiskGuard("/data", 100, nil)
	d.free = func(string) (int64, error) { return free.Load(), nil }
	r.space = d
	r.mustPropose(t, 1, "a")
	free.Store(99)
	d.measure()
	_, _, err := r.Propose(t.Context(), 1, []byte("b"))
	if !fault.Is(err, fault.Overload) || fault.HintOf(err) == "" || !strings.Contains(err.Error(), "99 bytes") {
		t.Fatalf("error %v", err)
	}
	free.Store(100)
	until(t, func() bool { return d.check() == nil }) // it measures again by itself
	r.mustPropose(t, 1, "c")
	d.next.Store(time.Now().Add(time.Hour).UnixNano()) // as if it was measured before the clock was put back by an hour
	free.Store(98)
	if err := d.check(); !fault.Is(err, fault.Overload) {
		t.Fatalf("with 98 bytes and a clock that was put back: %v", err)
	}
}

// leakCheck returns a function that fails the test unless the goroutines
// started since are gone, but for those whose stack holds one of allowed.
func leakCheck(t *testing.T, allowed ...string) func() {
	before := stacks()
	return func() {
		var left []string
		defer func() {
			if len(left) > 0 {
				t.Errorf("%d goroutines are left:\n%s", len(left), strings.Join(left, "\n\n"))
			}
		}()
		until(t, func() bool {
			left = left[:0]
			for id, s := range stacks() {
				_, old := before[id]
				if !old && !slices.ContainsFunc(allowed, func(a string) bool { return strings.Contains(s, a) }) {
					left = append(left, s)
				}
			}
			return len(left) == 0 || t.Failed()
		})
	}
}

// stacks returns the stacks of the goroutines of this room and its engines, by goroutine.
func stacks() map[string]string {
	b := make([]byte, 4<<20)
	b = b[:runtime.Stack(b, true)]
	out := map[string]string{}
	for _, s := range strings.Split(string(b), "\n\n") {
		id, _, _ := strings.Cut(s, " [")
		if !strings.Contains(s, "testing.(*T).Run") && !strings.Contains(s, "leakCheck") && !strings.Contains(s, "cluster.stacks") {
			out[id] = s
		}
	}
	return out
}

func TestCloseLeavesNoGoroutine(t *testing.T) {
	defer leakCheck(t)()
	o := smallLogs(t, t.TempDir())
	r := openRig(t, o)
	r.fill(t, 1, map[string]uint64{})
	r.mustClose(t)
	r.mustClose(t) // again: nothing
}

func TestPartialOpenIsUndone(t *testing.T) {
	o := smallLogs(t, t.TempDir())
	before := leakCheck(t)
	n, err := Open(t.Context(), o, func(g GroupID, dir string) (Machine, error) {
		if g == 2 {
			return nil, errDisk
		}
		return openLedger(dir)
	})
	if n != nil || !errors.Is(err, errDisk) {
		t.Fatalf("node %v, error %v", n, err)
	}
	before()
	openRig(t, o).mustPropose(t, 2, "now it works")
}
