package cluster

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/quindex/quindex/fault"
)

// rig is an open node and its machines.
type rig struct {
	*Node
	ledgers []*ledger
}

func testOptions(t testing.TB, dir string) Options {
	return Options{Dir: dir, DiskReserve: -1, Logger: slog.New(slog.NewTextHandler(testWriter{t}, nil))}
}

// testWriter sends log lines to the test's own log.
type testWriter struct{ t testing.TB }

func (w testWriter) Write(p []byte) (int, error) {
	w.t.Log(strings.TrimSuffix(string(p), "\n"))
	return len(p), nil
}

func tryOpen(ctx context.Context, o Options) (*rig, error) {
	r := &rig{}
	var mu sync.Mutex
	found := map[GroupID]*ledger{}
	n, err := Open(ctx, o, func(g GroupID, dir string) (Machine, error) {
		l, err := openLedger(dir)
		mu.Lock()
		defer mu.Unlock()
		found[g] = l
		return l, err
	})
	if err != nil {
		return nil, err
	}
	r.Node = n
	for _, g := range n.Groups() {
		r.ledgers = append(r.ledgers, found[g])
	}
	return r, nil
}

func openRig(t testing.TB, o Options) *rig {
	t.Helper()
	r, err := tryOpen(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

func (r *rig) mustPropose(t testing.TB, g GroupID, data string) uint64 {
	t.Helper()
	index, _, err := r.Propose(t.Context(), g, []byte(data))
	if err != nil {
		t.Fatal(err)
	}
	return index
}

func (r *rig) mustClose(t testing.TB) {
	t.Helper()
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestRoundTripOverAllGroups(t *testing.T) {
	r := openRig(t, testOptions(t, t.TempDir()))
	if len(r.Groups()) != 9 {
		t.Fatalf("%d groups, wanted 9", len(r.Groups()))
	}
	for _, g := range r.Groups() {
		for i := range 3 {
			index, value, err := r.Propose(t.Context(), g, fmt.Appendf(nil, "%d/%d", g, i))
			if err != nil || value != i+1 {
				t.Fatalf("group %d: value %v, error %v; wanted %d", g, value, err, i+1)
			}
			if got := r.ledgers[g].Applied(); got < index {
				t.Fatalf("group %d: applied %d, wanted at least %d", g, got, index)
			}
		}
	}
	for _, s := range r.Status() {
		if !s.Leading || s.Leader != r.ID() || s.Voters != 1 || s.Applied == 0 || s.Commit < s.Applied || s.Broken != nil {
			t.Errorf("status %+v", s)
		}
	}
}

func TestRefusalOfMachineGoesToProposer(t *testing.T) {
	r := openRig(t, testOptions(t, t.TempDir()))
	index, value, err := r.Propose(t.Context(), 1, []byte("refuse"))
	if !errors.Is(err, errRefused) || value != nil || index == 0 {
		t.Fatalf("index %d, value %v, error %v", index, value, err)
	}
	r.mustPropose(t, 1, "next")
}

func TestRestartReplays(t *testing.T) {
	o := testOptions(t, t.TempDir())
	r := openRig(t, o)
	for i := range 20 {
		r.mustPropose(t, GroupID(i%3), fmt.Sprint(i))
	}
	id, want := r.ID(), r.ledgers[2].copyLines()
	r.mustClose(t)

	start := time.Now()
	r = openRig(t, o)
	t.Logf("reopened in %v", time.Since(start))
	if r.ID() != id {
		t.Errorf("id %s, wanted %s", r.ID(), id)
	}
	if got := r.ledgers[2].copyLines(); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("lines %v, wanted %v", got, want)
	}
}

func TestSecondProcessIsRefused(t *testing.T) {
	o := testOptions(t, t.TempDir())
	r := openRig(t, o)
	_, err := tryOpen(t.Context(), o)
	if !fault.Is(err, fault.Exists) || fault.HintOf(err) == "" || !strings.Contains(err.Error(), "in use by process") {
		t.Fatalf("error %v", err)
	}
	r.mustPropose(t, 0, "still here")
	r.mustClose(t)
	openRig(t, o)
}
