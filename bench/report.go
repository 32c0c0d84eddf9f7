package bench

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"

	"github.com/quindex/quindex/fault"
)

// Report is the outcome of a run; its JSON is described in docs/bench.md.
type Report struct {
	Workload string             `json:"workload"`
	Rows     int                `json:"rows"`
	Threads  int                `json:"threads"`
	Seed     uint64             `json:"seed"`
	Commit   string             `json:"commit"`
	Machine  string             `json:"machine"`
	Queries  []Query            `json:"queries"`
	Load     map[string]Load    `json:"load"`
	Geomean  map[string]float64 `json:"geomean"`
	systems  []System
}

// Query is the outcome of one statement. Times are medians in milliseconds.
type Query struct {
	Name       string                `json:"name"`
	Millis     float64               `json:"quindex_ms"`
	Peers      map[string]float64    `json:"peers"`
	First      map[string]float64    `json:"first_ms"`
	Spread     map[string][2]float64 `json:"spread_ms"` // fastest and slowest run
	Rows       int                   `json:"rows"`
	Equal      bool                  `json:"answers_equal"`
	Difference string                `json:"difference,omitempty"`
}

func newReport(w *Workload, o Options, systems []System) *Report {
	return &Report{Workload: w.Name, Rows: w.Rows, Threads: o.Threads, Seed: o.Seed, Commit: o.Commit,
		Machine: machine(), Load: map[string]Load{}, Geomean: map[string]float64{}, systems: systems}
}

// machine names the processor and how much of it there is.
func machine() string {
	model := runtime.GOARCH
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		if _, after, ok := strings.Cut(string(text), "model name\t: "); ok {
			model, _, _ = strings.Cut(after, "\n")
		}
	}
	return fmt.Sprintf("%s, %d cores, %s %s", model, runtime.NumCPU(), runtime.GOOS, runtime.Version())
}

// finish computes the means.
func (r *Report) finish() {
	for _, s := range r.systems[1:] {
		var ratios []float64
		for _, q := range r.Queries {
			ratios = append(ratios, q.Peers[s.Name()]/q.Millis)
		}
		r.Geomean[s.Name()] = geomean(ratios)
	}
}

// Equal reports whether all systems gave the same answers.
func (r *Report) Equal() bool {
	for _, q := range r.Queries {
		if !q.Equal {
			return false
		}
	}
	return true
}

// line is one statement as text: quindex's time, and each peer's with the ratio.
func (q Query) line(systems []System) string {
	me := systems[0].Name()
	s := fmt.Sprintf("%-18s %9.2f ms (%.2f-%.2f, first %.2f)", q.Name, q.Millis, q.Spread[me][0], q.Spread[me][1], q.First[me])
	for _, p := range systems[1:] {
		s += fmt.Sprintf("   %s %9.2f ms  %6.2fx", p.Name(), q.Peers[p.Name()], q.Peers[p.Name()]/q.Millis)
	}
	if !q.Equal {
		s += "   ANSWERS DIFFER: " + q.Difference
	}
	return s
}

func (r *Report) print(out io.Writer) {
	for _, s := range r.systems[1:] {
		worst, at := 0.0, ""
		for _, q := range r.Queries {
			if ratio := q.Peers[s.Name()] / q.Millis; at == "" || ratio < worst {
				worst, at = ratio, q.Name
			}
		}
		fmt.Fprintf(out, "quindex against %s: %.2fx (geometric mean of ratios capped at %d), worst %.2fx in %s\n",
			s.Name(), r.Geomean[s.Name()], ratioCap, worst, at)
	}
	if len(r.systems) > 1 {
		fmt.Fprintf(out, "answers equal: %v\n", r.Equal())
	}
}

func (r *Report) write(path string) error {
	b, err := json.MarshalIndent(r, "", " ")
	if err == nil {
		err = os.WriteFile(path, append(b, '\n'), 0o644)
	}
	if err != nil {
		return fault.E("bench: write report", fault.IO, err)
	}
	return nil
}
