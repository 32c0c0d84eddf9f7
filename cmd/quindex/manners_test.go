package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestWrongCalls: who calls a command wrongly is told what was wrong, on what,
// and where to read on.
func TestWrongCalls(t *testing.T) {
	empty := t.TempDir()
	foreign := t.TempDir()
	if err := os.WriteFile(filepath.Join(foreign, "letter.txt"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	f := func(want []string, args ...string) {
		t.Helper()
		_, said, err := run(t, args...)
		for _, w := range want {
			if err == nil || !strings.Contains(said, w) {
				t.Errorf("quindex %s says %q (%v), want %q in it", strings.Join(args, " "), said, err, w)
			}
		}
	}
	f([]string{"accepts 1 arg", `run "quindex backup --help"`}, "backup")
	f([]string{"unknown flag: --bogus", `run "quindex serve --help"`}, "serve", "--bogus")
	f([]string{"invalid argument \"banana\"", `run "quindex serve --help"`}, "serve", "--timeout", "banana")
	f([]string{`required flag(s) "table"`, `run "quindex load --help"`}, "load", "x.csv")
	f([]string{"serve", `run "quindex --help"`}, "srve")
	for _, command := range []string{"verify", "doctor"} {
		f([]string{empty, "no data folder of a server", "hint: name the folder"}, command, "--data", empty)
	}
	f([]string{foreign, "letter.txt among them", "hint: name one with --data"}, "serve", "--data", foreign, "--http", "127.0.0.1:0", "--cluster", "127.0.0.1:0")
}
