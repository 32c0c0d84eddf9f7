package cluster

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/quindex/quindex/fault"
)

// TestDamagedMachineIsMadeAnew damages a machine's folder in every way that it
// tells of, with the rest of the group whole or not, and cuts repairs short.
func TestDamagedMachineIsMadeAnew(t *testing.T) {
	for _, snapshot := range []bool{false, true} {
		f := func(what string, damage func(group string), want string) {
			t.Helper()
			o := smallLogs(t, t.TempDir())
			r := openRig(t, o)
			acked := map[string]uint64{}
			for _, text := range []string{"a", "b", "c"} {
				acked[text] = r.mustPropose(t, 1, text)
			}
			if snapshot {
				if err := r.Snapshot(t.Context(), 1); err != nil {
					t.Fatal(err)
				}
			}
			acked["d"] = r.mustPropose(t, 1, "d")
			r.mustClose(t)
			group := filepath.Join(o.Dir, "groups", "0001")
			damage(group)
			r, err := tryOpen(t.Context(), o)
			if err != nil {
				if want != "error" || !fault.Is(err, fault.Corrupt) {
					t.Fatalf("%s, snapshot %v: %v", what, snapshot, err)
				}
				if _, err := os.Stat(filepath.Join(group, "machine")); err != nil {
					t.Errorf("%s, snapshot %v: %v", what, snapshot, err)
				}
				return
			}
			defer r.mustClose(t)
			checkOnce(t, r.ledgers[1].copyLines(), acked)
			aside, _ := filepath.Glob(filepath.Join(group, "machine"+damagedSuffix+"*"))
			if have := len(aside) == 1; have != (want == "anew") {
				t.Errorf("%s, snapshot %v: set aside %v, want it %s", what, snapshot, aside, want)
			}
			if _, err := os.Stat(filepath.Join(group, "machine"+healSuffix)); err == nil {
				t.Errorf("%s, snapshot %v: an unfinished repair is left", what, snapshot)
			}
		}
		write := func(path, text string) {
			t.Helper()
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		f("nothing", func(string) {}, "as it was")
		f("does not open", func(g string) { write(g+"/machine/CURRENT", "state-7") }, "anew")
		f("says so", func(g string) { write(g+"/machine/DAMAGED", "") }, "anew")
		f("an unfinished repair", func(g string) { write(g+"/machine.heal/CURRENT", "state-7") }, "as it was")
		f("a repair before the last step", func(g string) {
			if err := os.Rename(g+"/machine", g+"/machine.damaged-0"); err != nil {
				t.Fatal(err)
			}
			write(g+"/machine.heal/x", "")
		}, "anew")
		if !snapshot {
			continue // an empty machine is never damaged
		}
		f("says so, and the snapshot is damaged", func(g string) { write(g+"/machine/DAMAGED", ""); write(g+"/SICK", "") }, "as it was")
		f("does not open, and the snapshot is damaged", func(g string) { write(g+"/machine/CURRENT", "state-7"); write(g+"/SICK", "") }, "error")
	}
}
