package cluster

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/quindex/quindex/fault"
)

// TestSeed makes a node of states that other machines left: each group begins
// with what it was given, at its index, goes on above it, and finds all of it
// after a restart; a group that was given nothing begins empty.
func TestSeed(t *testing.T) {
	given := map[GroupID][]line{0: {{3, "of the catalog"}}, 2: {{5, "a"}, {900, "b"}}}
	o := testOptions(t, filepath.Join(t.TempDir(), "data"))
	o.Shards = 3
	err := Seed(o, func(g GroupID, dir string) (uint64, error) {
		lines := given[g]
		if len(lines) == 0 {
			return 0, nil
		}
		from, last := ledger{dir: t.TempDir()}, lines[len(lines)-1].Index
		return last, from.save(dir, lines, last)
	})
	if err != nil {
		t.Fatal(err)
	}
	r := openRig(t, o)
	for _, g := range r.Groups() {
		if have := r.ledgers[g].copyLines(); fmt.Sprint(have) != fmt.Sprint(given[g]) {
			t.Errorf("group %d begins with %v, want %v", g, have, given[g])
		}
	}
	if n := len(r.Groups()); n != 4 {
		t.Errorf("%d groups, want 4", n)
	}
	for _, g := range r.Groups() {
		lines := given[g]
		index := r.mustPropose(t, g, "later")
		if len(lines) > 0 && index <= lines[len(lines)-1].Index {
			t.Errorf("group %d goes on at %d after %v", g, index, lines)
		}
		given[g] = append(lines, line{index, "later"})
	}
	id := r.ID()
	r.mustClose(t)
	r = openRig(t, o)
	for _, g := range r.Groups() {
		if have := r.ledgers[g].copyLines(); fmt.Sprint(have) != fmt.Sprint(given[g]) {
			t.Errorf("group %d after a restart: %v, want %v", g, have, given[g])
		}
	}
	if r.ID() != id {
		t.Errorf("the node is %s now, it was %s", r.ID(), id)
	}
}

// TestSeedFails: a folder that holds anything is left alone, and one whose
// states could not all be placed is no node.
func TestSeedFails(t *testing.T) {
	nothing := func(GroupID, string) (uint64, error) { return 0, nil }
	o := testOptions(t, t.TempDir())
	if err := os.WriteFile(filepath.Join(o.Dir, "letter"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := Seed(o, nothing); !fault.Is(err, fault.Exists) || fault.HintOf(err) == "" {
		t.Errorf("a folder in use: %v", err)
	}
	if names, err := os.ReadDir(o.Dir); err != nil || len(names) != 1 {
		t.Errorf("the folder holds %v, %v, want the letter alone", names, err)
	}
	o.Dir = filepath.Join(t.TempDir(), "data")
	torn := errors.New("torn")
	if err := Seed(o, func(g GroupID, _ string) (uint64, error) {
		if g == 2 {
			return 9, torn
		}
		return 0, nil
	}); !errors.Is(err, torn) {
		t.Errorf("%v, want what placing the state said", err)
	}
	for range 2 { // the first does not make it one
		if r, err := tryOpen(t.Context(), o); !fault.Is(err, fault.Corrupt) || fault.HintOf(err) == "" {
			t.Errorf("half a restore is a node: %v, %v", r, err)
		}
	}
	if err := Seed(o, nothing); !fault.Is(err, fault.Exists) {
		t.Errorf("a second try in the same folder: %v", err)
	}
	o.Shards = -1
	if err := Seed(o, nothing); !fault.Is(err, fault.Invalid) {
		t.Errorf("-1 shards: %v", err)
	}
}
