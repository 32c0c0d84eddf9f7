package main

import (
	"strings"
	"testing"
)

// TestDoctorCommand asks a running and a stopped server.
func TestDoctorCommand(t *testing.T) {
	data := t.TempDir()
	s := serve(t, "--data", data, "--http", freeAddr(t), "--log", "error", "--shards", "2", "--disk-reserve", "0", "--memory", "1000000")
	out, bad, err := run(t, "doctor", "--http", s.addr)
	if !strings.Contains(out, "3 of 3 serve") || !strings.Contains(out, "no request was refused") {
		t.Fatalf("%v\n%s%s", err, out, bad)
	}
	if err := s.stop(t); err != nil {
		t.Fatal(err)
	}
	if out, bad, err := run(t, "doctor", "--data", data); !strings.Contains(out, "3 of 3 serve") {
		t.Fatalf("%v\n%s%s", err, out, bad)
	}
	if _, bad, err := run(t, "doctor", "--http", freeAddr(t)); err == nil || !strings.Contains(bad, "is it running?") {
		t.Fatalf("%v\n%s", err, bad)
	}
}
