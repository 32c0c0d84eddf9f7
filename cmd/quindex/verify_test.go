package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/quindex/quindex/client"
)

// TestVerifyCommand verifies a running and a stopped server, and one with a
// byte of a segment turned over.
func TestVerifyCommand(t *testing.T) {
	data := t.TempDir()
	s := serve(t, "--data", data, "--http", freeAddr(t), "--log", "error", "--shards", "2")
	c := client.New(s.addr)
	defer c.Close()
	file := writeFile(t, "f.ndjson", manyLines(20_000, false))
	if out, bad, err := run(t, "load", file, "--http", s.addr, "--table", "t", "--create", "infer"); err != nil {
		t.Fatal(err, out, bad)
	}
	if out, bad, err := run(t, "verify", "--http", s.addr); err != nil || !strings.Contains(out, "20000 rows") || !strings.Contains(out, "all is well") {
		t.Fatalf("%v\n%s%s", err, out, bad)
	}
	if out, bad, err := run(t, "backup", t.TempDir(), "--http", s.addr); err != nil { // it flushes
		t.Fatal(err, out, bad)
	}
	if err := s.stop(t); err != nil {
		t.Fatal(err)
	}
	if out, bad, err := run(t, "verify", "--data", data); err != nil || !strings.Contains(out, "all is well") {
		t.Fatalf("%v\n%s%s", err, out, bad)
	}
	sections, err := filepath.Glob(filepath.Join(data, "groups", "*", "machine", "seg-*", "*"))
	if err != nil || len(sections) == 0 {
		t.Fatal("no segment on disk", err)
	}
	largest, size := "", 0
	for _, name := range sections {
		if b, err := os.ReadFile(name); err == nil && len(b) > size {
			largest, size = name, len(b)
		}
	}
	b, err := os.ReadFile(largest)
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/2] ^= 4
	if err := os.WriteFile(largest, b, 0o644); err != nil {
		t.Fatal(err)
	}
	out, bad, err := run(t, "verify", "--data", data)
	segment := filepath.Base(filepath.Dir(largest))
	if err == nil || !strings.Contains(out+bad, segment) {
		t.Fatalf("a flipped byte in %s: %v\n%s%s", largest, err, out, bad)
	}
}
