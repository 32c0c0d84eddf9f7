package main

import (
	"net"
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
	f([]string{"no argument, want: quindex backup DIR", `run "quindex backup --help"`}, "backup")
	f([]string{"unknown flag: --bogus", `run "quindex serve --help"`}, "serve", "--bogus")
	f([]string{"invalid argument \"banana\"", `run "quindex serve --help"`}, "serve", "--timeout", "banana")
	f([]string{`required flag(s) "table"`, `run "quindex load --help"`}, "load", "x.csv")
	f([]string{"serve", `run "quindex --help"`}, "srve")
	f([]string{"serve", `run "quindex --help"`}, "help", "srve")
	f([]string{"unknown flag: --dta, did you mean --data?"}, "serve", "--dta", "x")
	f([]string{`the argument "extra", want: quindex serve [flags]`, `run "quindex serve --help"`}, "serve", "extra")
	f([]string{"2 arguments (SELECT, 1), want one: put the statement in quotes"}, "sql", "SELECT", "1")
	f([]string{"--table: the name of a table, not an empty one"}, "load", "x.csv", "--table", "")
	f([]string{"load nope.csv: no such file"}, "load", empty, "nope.csv", "--table", "t", "--http", "127.0.0.1:1") // before any is loaded
	f([]string{"reach the server http://127.0.0.1:1: dial tcp 127.0.0.1:1", "hint: is it running?"}, "sql", "SELECT 1", "--http", "127.0.0.1:1")
	f([]string{"choose format: no such format cvs", "hint: the formats are ndjson, csv, tsv, parquet, arrow"}, "load", filepath.Join(foreign, "letter.txt"), "--table", "t", "--format", "cvs")
	f([]string{"open: it is a folder", "*.csv"}, "load", empty, "--table", "t")
	for _, flag := range []string{"--version", "-v"} {
		if out, said, err := run(t, flag); err != nil || !strings.HasPrefix(out, "quindex ") {
			t.Errorf("quindex %s: %v %s %s", flag, err, out, said)
		}
	}
	if out, said, err := run(t, "help", "load"); err != nil || !strings.Contains(out, "--on-error") {
		t.Errorf("quindex help load: %v %s %s", err, out, said)
	}
	for _, command := range []string{"verify", "doctor"} {
		f([]string{empty, "no data folder of a server", "hint: name the folder"}, command, "--data", empty)
	}
	taken := freeAddr(t)
	ln, err := net.Listen("tcp", taken)
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	fresh := filepath.Join(empty, "fresh")
	f([]string{"listen " + taken, "choose another address with --http"}, "serve", "--data", fresh, "--http", taken, "--cluster", "127.0.0.1:0")
	f([]string{"listen " + taken, "choose another address with --cluster"}, "serve", "--data", fresh, "--http", "127.0.0.1:0", "--cluster", taken)
	f([]string{"hint: an address is host:port"}, "serve", "--data", fresh, "--http", "8480", "--cluster", "127.0.0.1:0")
	f([]string{"--stage-age 0s: want more than nothing"}, "serve", "--data", fresh, "--stage-age", "0s")
	if _, err := os.Stat(fresh); err == nil {
		t.Error("a server that could not listen made a data folder")
	}
	f([]string{foreign, "letter.txt among them", "hint: name one with --data"}, "serve", "--data", foreign, "--http", "127.0.0.1:0", "--cluster", "127.0.0.1:0")
}
