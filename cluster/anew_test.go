package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/quindex/quindex/fault"
)

// The ledger is a Healer: SICK beside its folder says that a snapshot is no good.

func (l *ledger) Check(context.Context, string) error { return l.complaint("../SICK") }

func (l *ledger) Empty() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines, l.applied = nil, 0
	err := os.Remove(filepath.Join(l.dir, "CURRENT"))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

func (l *ledger) Ready(whole bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ready = append(l.ready, whole)
}

// TestMadeAnewWhileRunning makes a machine anew again and again while entries
// come and snapshots are taken: each acknowledged entry is there once, in the
// order of the log, and after a start too.
func TestMadeAnewWhileRunning(t *testing.T) {
	for _, snapshots := range []bool{false, true} {
		o := smallLogs(t, t.TempDir())
		r := openRig(t, o)
		acked := map[string]uint64{}
		var mu sync.Mutex
		var writers sync.WaitGroup
		for w := range 3 {
			writers.Go(func() {
				for i := range 150 {
					text := fmt.Sprintf("%d-%d", w, i)
					for {
						index, _, err := r.Propose(t.Context(), 1, []byte(text))
						if err == nil {
							mu.Lock()
							acked[text] = index
							mu.Unlock()
							break
						}
						if !fault.Is(err, fault.Unavailable) || fault.HintOf(err) == "" || errors.Is(err, ErrIndeterminate) {
							t.Errorf("refused with %v", err)
							return
						}
					}
				}
			})
		}
		for i := range 8 {
			text := fmt.Sprint("before ", i)
			before := r.mustPropose(t, 1, text)
			mu.Lock()
			acked[text] = before
			mu.Unlock()
			if snapshots && i%3 == 0 {
				if err := r.Snapshot(t.Context(), 1); err != nil {
					t.Fatal(err)
				}
			}
			if err := r.MakeAnew(t.Context(), 1); err != nil {
				t.Fatal(err)
			}
		}
		writers.Wait()
		if len(acked) != 3*150+8 {
			t.Errorf("%d entries were taken, want %d", len(acked), 3*150+8)
		}
		if s := r.Status()[1]; s.MadeAnew.IsZero() || s.Anew || s.Broken != nil || snapshots != (s.AnewOf > 0) {
			t.Errorf("status %+v", s)
		}
		if l := r.ledgers[1]; len(l.ready) != 8 || slices.Contains(l.ready, false) {
			t.Errorf("ready %v, want it 8 times", l.ready)
		}
		checkOnce(t, r.ledgers[1].copyLines(), acked)
		r.mustPropose(t, 2, "others go on")
		r.mustClose(t)
		if aside, _ := filepath.Glob(filepath.Join(o.Dir, "groups", "0001", "machine"+damagedSuffix+"*")); len(aside) != 1 {
			t.Errorf("set aside %v, want one", aside)
		}
		r = openRig(t, o)
		checkOnce(t, r.ledgers[1].copyLines(), acked)
		r.mustClose(t)
	}
}

// TestBrokenMachineGoesOn makes a machine anew that could not apply an entry:
// the entry is applied, and the group takes others.
func TestBrokenMachineGoesOn(t *testing.T) {
	r := openRig(t, smallLogs(t, t.TempDir()))
	defer r.mustClose(t)
	acked := map[string]uint64{"a": r.mustPropose(t, 1, "a")}
	broken := true
	r.ledgers[1].fail = func(e Entry) error {
		if broken && string(e.Data) == "b" {
			return fault.Errorf("ledger: apply", fault.Corrupt, "cannot read")
		}
		return nil
	}
	if _, _, err := r.Propose(t.Context(), 1, []byte("b")); !errors.Is(err, ErrIndeterminate) {
		t.Fatalf("%v, want indeterminate: it is in the log", err)
	}
	if err := r.MakeAnew(t.Context(), 1); !fault.Is(err, fault.IO) || r.Status()[1].Broken == nil {
		t.Fatalf("made anew of a log that cannot be applied: %v", err)
	}
	broken = false
	if err := r.MakeAnew(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	lines := r.ledgers[1].copyLines()
	if len(lines) != 2 || lines[1].Data != "b" {
		t.Fatalf("lines %v, want a and b", lines)
	}
	acked["b"], acked["c"] = lines[1].Index, r.mustPropose(t, 1, "c")
	if err := r.Snapshot(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	checkOnce(t, r.ledgers[1].copyLines(), acked)
	if _, err := r.Barrier(t.Context(), 1); err != nil || r.Status()[1].Broken != nil {
		t.Fatalf("%v, status %+v", err, r.Status()[1])
	}
}

// TestNotMadeAnew leaves a machine as it is whose snapshot is no good.
func TestNotMadeAnew(t *testing.T) {
	o := smallLogs(t, t.TempDir())
	r := openRig(t, o)
	defer r.mustClose(t)
	acked := map[string]uint64{"a": r.mustPropose(t, 1, "a")}
	if err := r.Snapshot(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(o.Dir, "groups", "0001", "SICK"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := r.MakeAnew(t.Context(), 1); !fault.Is(err, fault.Corrupt) {
		t.Fatalf("%v, want corrupt", err)
	}
	acked["b"] = r.mustPropose(t, 1, "b")
	checkOnce(t, r.ledgers[1].copyLines(), acked)
	if len(r.ledgers[1].ready) > 0 || !r.Status()[1].MadeAnew.IsZero() {
		t.Error("it was touched")
	}
}
