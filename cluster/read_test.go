package cluster

import (
	"bytes"
	"errors"
	"fmt"
	"testing"
)

// TestRead reads entries while they are in the log, and keeps them there beyond
// a snapshot for who asks.
func TestRead(t *testing.T) {
	n := openRig(t, testOptions(t, t.TempDir()))
	var at []uint64
	for i := range 50 {
		index, _, err := n.Propose(t.Context(), 1, fmt.Appendf(nil, "entry %d", i))
		if err != nil {
			t.Fatal(err)
		}
		at = append(at, index)
	}
	readable := func(want bool) {
		t.Helper()
		for i, index := range at {
			e, when, err := n.Read(1, index)
			switch {
			case !want && (!errors.Is(err, ErrTruncated) || len(e.Data) > 0):
				t.Fatalf("entry %d: %s, %v, want %v", index, e.Data, err, ErrTruncated)
			case want && (err != nil || e.Index != index || !bytes.Equal(e.Data, fmt.Appendf(nil, "entry %d", i)) || when.IsZero()):
				t.Fatalf("entry %d: %d %s at %v, %v", index, e.Index, e.Data, when, err)
			}
		}
	}
	readable(true)
	if err := n.Keep(1, 1<<20); err != nil {
		t.Fatal(err)
	}
	if err := n.Snapshot(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	readable(true)
	if first, err := n.Begins(1); err != nil || first > at[0] {
		t.Errorf("the log begins at %d, %v, want at most %d", first, err, at[0])
	}
	if err := n.Keep(1, 0); err != nil {
		t.Fatal(err)
	}
	if _, _, err := n.Propose(t.Context(), 1, []byte("one more")); err != nil {
		t.Fatal(err)
	}
	if err := n.Snapshot(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	readable(false)
	if _, _, err := n.Read(99, 1); err == nil {
		t.Error("a group that is not there was read")
	}
}
