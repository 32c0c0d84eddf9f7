package bench

import (
	"bytes"
	"strings"
	"testing"
)

// small runs a workload once on a server of its own and returns its report.
func small(t *testing.T, name string, rows int) *Report {
	t.Helper()
	q, err := NewQuindex(t.Context(), 2)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := q.Close(); err != nil {
			t.Error(err)
		}
	}()
	var out bytes.Buffer
	rep, err := Run(t.Context(), name, Options{Rows: rows, Threads: 2, Runs: 1, Seed: 1}, []System{q}, &out)
	if err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	return rep
}

func TestMixedRuns(t *testing.T) {
	if rep := small(t, "mixed", 5000); len(rep.Queries) != 10 {
		t.Errorf("%d statements ran, want 10", len(rep.Queries))
	}
}

// TestGraphRuns holds every count of quindex against the workload's own walk.
func TestGraphRuns(t *testing.T) {
	rep := small(t, "graph", scaleRows(8))
	if len(rep.Queries) != len(graphHops) || !rep.Equal() {
		t.Errorf("%d statements ran, want %d, with right counts: %+v", len(rep.Queries), len(graphHops), rep.Queries)
	}
}

func TestGeoRuns(t *testing.T) {
	if rep := small(t, "geo", 5000); len(rep.Queries) != 10 {
		t.Errorf("%d statements ran, want 10", len(rep.Queries))
	}
}

// TestFlightsAgain checks that the flights after the last are the first, two
// weeks later.
func TestFlightsAgain(t *testing.T) {
	s, err := openSkies()
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	i := 0
	s.flightLines(s.flights.N+1, func(line []byte) bool {
		if i == 0 || i == s.flights.N {
			lines = append(lines, string(line))
		}
		i++
		return true
	})
	if len(lines) != 2 || lines[0] == lines[1] || strings.Replace(lines[0], "2001-01-01T", "2001-01-15T", 1) != lines[1] {
		t.Errorf("first and again: %q", lines)
	}
}

// TestSpokenAlike checks that both texts of a statement carry the same constants.
func TestSpokenAlike(t *testing.T) {
	w, err := NewWorkload("mixed", 1, 10)
	if err != nil {
		t.Fatal(err)
	}
	for _, st := range w.Statements {
		q := st.question(7)
		other := q.For("postgres")
		if other == q.SQL && st.Name != "m03_time_columns" || q.For("duckdb") != q.SQL {
			t.Errorf("%s: %q and %q", st.Name, q.SQL, other)
		}
		for _, part := range strings.Split(q.SQL, "'") {
			if strings.HasPrefix(part, "2001-") && !strings.Contains(other, part) {
				t.Errorf("%s: %s is not in %q", st.Name, part, other)
			}
		}
	}
}
