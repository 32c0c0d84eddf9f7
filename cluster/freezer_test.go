package cluster

import (
	"fmt"
	"strings"
	"testing"
)

// freezer is a ledger that writes its snapshots beside Apply, when let.
type freezer struct {
	*ledger
	frozen   chan uint64   // gets the index of every Freeze
	proceed  chan struct{} // lets one finish go on
	released int
}

func (f *freezer) Freeze() (func(string) (uint64, error), func(), error) {
	lines, at := f.copyLines(), f.Applied()
	f.frozen <- at
	finish := func(dir string) (uint64, error) {
		<-f.proceed
		return at, f.save(dir, lines, at)
	}
	return finish, func() { f.released++ }, nil
}

func TestFreezerSnapshotsBesideApply(t *testing.T) {
	o := smallLogs(t, t.TempDir())
	o.SnapshotBytes = 1 << 30
	f := &freezer{frozen: make(chan uint64, 1), proceed: make(chan struct{})}
	n, err := Open(t.Context(), o, func(g GroupID, dir string) (Machine, error) {
		l, err := openLedger(dir)
		if g != 1 {
			return l, err
		}
		f.ledger = l
		return f, err
	})
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{Node: n}
	acked := map[string]uint64{"before": r.mustPropose(t, 1, "before")}
	done := make(chan error, 1)
	go func() { done <- r.Snapshot(t.Context(), 1) }()
	at := <-f.frozen
	for i := range 50 { // Apply is not held up
		text := fmt.Sprintf("beside %d %s", i, strings.Repeat("f", 100))
		acked[text] = r.mustPropose(t, 1, text)
	}
	f.proceed <- struct{}{}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	s := r.Status()[1]
	if s.SnapshotIndex < at || s.SnapshotIndex >= acked["beside 0 "+strings.Repeat("f", 100)] || s.First != s.SnapshotIndex+1 {
		t.Errorf("status %+v, wanted a snapshot at %d and the entries after it", s, at)
	}
	r.mustClose(t)
	again := openRig(t, o)
	checkOnce(t, again.ledgers[1].copyLines(), acked)
	if f.released != 0 {
		t.Errorf("release was called after finish")
	}
}

// short is a ledger whose snapshots do not cover what was applied.
type short struct{ *ledger }

func (s short) Snapshot(dir string) (uint64, error) {
	index, err := s.ledger.Snapshot(dir)
	return index - 1, err
}

func TestSnapshotThatCoversTooLittleIsRefused(t *testing.T) {
	o := smallLogs(t, t.TempDir())
	n, err := Open(t.Context(), o, func(_ GroupID, dir string) (Machine, error) {
		l, err := openLedger(dir)
		return short{l}, err
	})
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{Node: n}
	defer r.mustClose(t)
	r.mustPropose(t, 1, "a")
	if err := r.Snapshot(t.Context(), 1); err == nil || !strings.Contains(err.Error(), "BUG") {
		t.Errorf("error %v", err)
	}
	if s := r.Status()[1]; s.First != 1 || s.SnapshotIndex != 0 {
		t.Errorf("the log was truncated: %+v", s)
	}
}
