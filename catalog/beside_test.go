package catalog

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// TestLinksBesideApply links the catalog as backups and snapshots do, several
// at once and while entries are applied: every file has just the entries that
// it says it has, the index that Link returns is its own, and a file on disk
// never becomes older.
func TestLinksBesideApply(t *testing.T) {
	const entries, linkers, links = 300, 3, 12
	dir := t.TempDir()
	m, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	all.Go(func() {
		for i := range uint64(entries) {
			table := flights()
			table.Name = fmt.Sprintf("t%d", i)
			if _, err := m.Apply(i+1, Encode(Change{Create: &CreateTable{Table: table}})); err != nil {
				t.Error(err)
			}
		}
	})
	for range linkers {
		to := t.TempDir()
		all.Go(func() {
			for range links {
				before := m.Applied()
				index, err := m.Link(to)
				if err != nil {
					t.Error(err)
					return
				}
				sameAs(t, filepath.Join(to, fileName), index, index)
				sameAs(t, filepath.Join(dir, fileName), before, entries)
				os.Remove(filepath.Join(to, fileName))
			}
		})
	}
	all.Wait()
}

// sameAs reads a file of the test's catalog: it has the entries up to one of
// [lo, hi], each of which made a table.
func sameAs(t *testing.T, path string, lo, hi uint64) {
	t.Helper()
	body, err := os.ReadFile(path)
	if err != nil {
		t.Error(err)
		return
	}
	s, err := decodeState(body)
	if err != nil {
		t.Error(err)
		return
	}
	if s.Applied < lo || s.Applied > hi || uint64(len(s.Tables)) != s.Applied {
		t.Errorf("a file as of entry %d with %d tables, want as of one of [%d, %d] with as many", s.Applied, len(s.Tables), lo, hi)
	}
}
