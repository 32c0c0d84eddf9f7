package bench

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// answering is a system that gives the answer of a function.
type answering struct {
	name   string
	answer func(sql string) [][]any
	asked  []string
}

func (a *answering) Name() string                                          { return a.name }
func (a *answering) Load(context.Context, *Workload, string) (Load, error) { return Load{}, nil }
func (a *answering) Close() error                                          { return nil }
func (a *answering) Query(_ context.Context, sql string) ([][]any, error) {
	a.asked = append(a.asked, sql)
	return a.answer(sql), nil
}

// TestTurns checks that systems are asked the same texts, that constants
// change from run to run, and that the same seed draws the same.
func TestTurns(t *testing.T) {
	draw := Statement{Name: "draw", SQL: func(r *Rand) string { return "SELECT " + string(rune('a'+r.N(26))) + string(rune('a'+r.N(26))) }}
	one := func(string) [][]any { return [][]any{{int64(1)}} }
	asked := func(seed uint64) []string {
		a, b := &answering{name: "a", answer: one}, &answering{name: "b", answer: one}
		q, err := measure(t.Context(), draw, Options{Runs: 6, Seed: seed}, []System{a, b})
		if err != nil || !q.Equal {
			t.Fatalf("%+v, %v", q, err)
		}
		if len(a.asked) != 7 || strings.Join(a.asked, ";") != strings.Join(b.asked, ";") {
			t.Fatalf("one was asked %v, the other %v, want the same 7", a.asked, b.asked)
		}
		return a.asked
	}
	first := asked(1)
	if first[1] == first[2] && first[2] == first[3] {
		t.Errorf("constants do not change: %v", first)
	}
	if strings.Join(first, ";") != strings.Join(asked(1), ";") {
		t.Error("the same seed drew other constants")
	}
	if strings.Join(first, ";") == strings.Join(asked(2), ";") {
		t.Error("another seed drew the same constants")
	}
}

// TestDifferenceIsTold checks that a wrong answer in any run is reported.
func TestDifferenceIsTold(t *testing.T) {
	good := &answering{name: "a", answer: func(string) [][]any { return [][]any{{int64(1)}} }}
	runs := 0
	bad := &answering{name: "b", answer: func(string) [][]any {
		runs++
		return [][]any{{int64(1 + runs/3)}}
	}}
	q, err := measure(t.Context(), fixed("one", "SELECT 1"), Options{Runs: 2, Seed: 1}, []System{good, bad})
	if err != nil || q.Equal || !strings.Contains(q.Difference, "b: row [1] against [2] in SELECT 1") {
		t.Errorf("%+v, %v: want the difference of the last run", q, err)
	}
}

// TestColumnarRuns loads a small workload into a server and runs every
// statement, through HTTP, as the command does.
func TestColumnarRuns(t *testing.T) {
	q, err := NewQuindex(t.Context(), 2)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := q.Close(); err != nil {
			t.Error(err)
		}
	}()
	dir := t.TempDir()
	o := Options{Rows: 5000, Threads: 2, Runs: 1, Seed: 1, JSON: filepath.Join(dir, "r.json"), Dir: filepath.Join(dir, "rows")}
	var out bytes.Buffer
	rep, err := Run(t.Context(), "columnar", o, []System{q}, &out)
	if err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	if len(rep.Queries) != 21 {
		t.Fatalf("%d statements ran, want 21", len(rep.Queries))
	}
	for _, s := range rep.Queries {
		if s.Rows == 0 || s.Millis <= 0 || s.First["quindex"] <= 0 {
			t.Errorf("%s: %d rows in %v ms, first %v ms", s.Name, s.Rows, s.Millis, s.First["quindex"])
		}
	}
	if l := rep.Load["quindex"]; l.RowsPerSecond <= 0 || l.DiskBytes <= 0 {
		t.Errorf("load: %+v", l)
	}
	rows, err := q.Query(t.Context(), "SELECT (SELECT count(*) FROM hits), (SELECT count(*) FROM lineitem)")
	if err != nil || differ(rows, [][]any{{int64(5000), int64(3000)}}, true) != "" {
		t.Errorf("%v, %v, want 5000 events and 3000 line items", rows, err)
	}
	if _, err := os.Stat(o.JSON); err != nil {
		t.Error(err)
	}
}

func TestMainKnowsNames(t *testing.T) {
	err := Main(t.Context(), "nothing", Options{Threads: 1}, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "nothing") {
		t.Errorf("got %v, want an error that names what was asked for", err)
	}
}
