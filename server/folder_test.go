package server

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/quindex/quindex/fault"
)

// TestFolderOfOthers: a server does not move into a folder where somebody
// else's files are; it comes back to its own, whatever lies beside.
func TestFolderOfOthers(t *testing.T) {
	dir := t.TempDir()
	write := func(name string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	start := func() error {
		t.Helper()
		s, err := Start(context.Background(), configOf(t, Config{Data: dir}))
		if err != nil {
			return err
		}
		return s.Stop()
	}
	write("letter.txt")
	err := start()
	if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), dir) || !strings.Contains(err.Error(), "letter.txt") || fault.HintOf(err) == "" {
		t.Errorf("%v, want an error that names the folder and what is in it", err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("the refused start left %v (%v)", left, err)
	}
	if err := os.Remove(filepath.Join(dir, "letter.txt")); err != nil {
		t.Fatal(err)
	}
	write(".hidden")
	if err := start(); err != nil {
		t.Fatal(err)
	}
	write("letter.txt")
	if err := start(); err != nil {
		t.Errorf("beside a letter it does not start again: %v", err)
	}
}
