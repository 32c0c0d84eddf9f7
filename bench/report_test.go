package bench

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestGeomean(t *testing.T) {
	f := func(want float64, ratios ...float64) {
		t.Helper()
		if got := geomean(ratios); math.Abs(got-want) > 1e-12 {
			t.Errorf("geomean(%v) = %v, want %v", ratios, got, want)
		}
	}
	f(0)
	f(3, 3)
	f(4, 2, 8)
	f(1, 4, 0.25)
	f(20, 1000) // one statement cannot carry the rest
	f(2, 5000, 0.2)
}

// finished is a report of two statements, one of them lost.
func finished() *Report {
	systems := []System{&answering{name: "quindex"}, &answering{name: "other"}}
	r := newReport(&Workload{Name: "w", Rows: 10}, Options{Threads: 2, Seed: 9, Commit: "c"}, systems)
	r.Load["quindex"] = Load{RowsPerSecond: 5, BytesPerSecond: 50, DiskBytes: 500, How: "how"}
	for _, q := range []struct {
		name       string
		mine, peer float64
	}{{"fast", 1, 8}, {"lost", 4, 2}} {
		r.Queries = append(r.Queries, Query{Name: q.name, Millis: q.mine, Peers: map[string]float64{"other": q.peer}, Equal: true,
			First: map[string]float64{"quindex": 9}, Spread: map[string][2]float64{"quindex": {q.mine, q.mine}}})
	}
	r.finish()
	return r
}

// TestReportShape holds the JSON to what docs/bench.md says: others read it.
func TestReportShape(t *testing.T) {
	path := filepath.Join(t.TempDir(), "r.json")
	if err := finished().write(path); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	keys := func(what string, m any, want ...string) {
		t.Helper()
		var have []string
		for k := range m.(map[string]any) {
			have = append(have, k)
		}
		slices.Sort(have)
		slices.Sort(want)
		if !slices.Equal(have, want) {
			t.Errorf("%s has %v, want %v", what, have, want)
		}
	}
	keys("the report", got, "workload", "rows", "threads", "seed", "commit", "machine", "queries", "load", "geomean")
	keys("a query", got["queries"].([]any)[0], "name", "quindex_ms", "peers", "first_ms", "spread_ms", "rows", "answers_equal")
	keys("a load", got["load"].(map[string]any)["quindex"], "rows_s", "bytes_s", "disk_bytes", "how")
	if mean := got["geomean"].(map[string]any)["other"].(float64); math.Abs(mean-2) > 1e-12 {
		t.Errorf("geomean %v, want 2: of 8 and 0.5", mean)
	}
}

func TestReportNamesTheWorst(t *testing.T) {
	var out bytes.Buffer
	r := finished()
	r.print(&out)
	if !strings.Contains(out.String(), "worst 0.50x in lost") || !strings.Contains(out.String(), "answers equal: true") {
		t.Errorf("the report says %q", out.String())
	}
	r.Queries[0].Equal = false
	if r.Equal() {
		t.Error("one answer differs and the report calls all equal")
	}
}

func TestSlow(t *testing.T) {
	f := func(want bool, mine float64, peers ...float64) {
		t.Helper()
		q := Query{Millis: mine, Peers: map[string]float64{}}
		for i, ms := range peers {
			q.Peers[string(rune('a'+i))] = ms
		}
		if q.slow() != want {
			t.Errorf("slow() of %v against %v = %v, want %v", mine, peers, !want, want)
		}
	}
	f(true, 1) // alone: everything is of interest
	f(false, 1, 1.5)
	f(true, 1, 1.4)
	f(true, 1, 9, 0.5)
}
