package bench

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestPercentile(t *testing.T) {
	var took []time.Duration
	for i := range 200 {
		took = append(took, time.Duration(i+1)*time.Millisecond)
	}
	f := func(n, rank int, want float64) {
		t.Helper()
		if got := percentile(took[:n], rank, time.Millisecond); got != want {
			t.Errorf("percentile %d of %d = %v ms, want %v", rank, n, got, want)
		}
	}
	f(1, 50, 1)
	f(1, 99, 1)
	f(2, 50, 1)
	f(200, 50, 100)
	f(200, 99, 198)
	f(200, 100, 200)
}

func TestFigures(t *testing.T) {
	var out bytes.Buffer
	p := &Probe{Name: "x", out: &out}
	p.add("kept", 1, "ms", "< 2")
	p.add("missed", 1, "ms", ">= 2")
	p.add("plain", 1, "ms", "")
	if f := p.Figures; !*f[0].Passed || *f[1].Passed || f[2].Passed != nil {
		t.Errorf("figures %+v", f)
	}
	if got := out.String(); strings.Count(got, ": yes)") != 1 || strings.Count(got, ": NO)") != 1 {
		t.Errorf("printed %q", got)
	}
}

func TestAnonymous(t *testing.T) {
	path := filepath.Join(t.TempDir(), "status")
	f := func(text string, want int64) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		got, err := anonymousOf(path)
		if got != want || (err == nil) != (want > 0) {
			t.Errorf("%q: %d, %v, want %d", text, got, err, want)
		}
	}
	f("VmRSS:\t  99 kB\nRssAnon:\t   12 kB\nRssFile:\t 9 kB\n", 12<<10)
	f("VmRSS:\t  99 kB\n", 0)
	f("RssAnon:\tmuch\n", 0)
	if _, err := anonymousOf(path + "x"); err == nil {
		t.Error("a process that is not there has memory")
	}
}

func TestWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "io")
	f := func(text string, want int64) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if got, err := writtenOf(path); got != want || (err == nil) != (want > 0) {
			t.Errorf("%q: %d, %v, want %d", text, got, err, want)
		}
	}
	f("rchar: 1\nwchar: 2\nwrite_bytes: 4096\ncancelled_write_bytes: 0\n", 4096)
	f("rchar: 1\n", 0)
	f("write_bytes: much\n", 0)
	if _, err := writtenOf(path + "x"); err == nil {
		t.Error("a process that is not there has written")
	}
}

func TestParseCounters(t *testing.T) {
	got, err := parseCounters(strings.NewReader("# HELP a b\na_total 3\nb{c=\"d\"} 4\ne 1.5e+06\n"))
	if err != nil || fmt.Sprint(got) != "map[a_total:3 e:1.5e+06]" {
		t.Errorf("%v, %v", got, err)
	}
	if got, err := parseCounters(strings.NewReader("a_total much\n")); err == nil {
		t.Errorf("%v, want an error", got)
	}
}

func TestAddress(t *testing.T) {
	for line, want := range map[string]string{
		"quindex serves /tmp/x on http://127.0.0.1:4711 (stop with Ctrl-C)": "127.0.0.1:4711",
		"It stays up on http://127.0.0.1:8480 until Ctrl-C. Try:":           "127.0.0.1:8480",
	} {
		if m := address.FindStringSubmatch(line); m == nil || m[1] != want {
			t.Errorf("%q: %v, want %s", line, m, want)
		}
	}
}
