package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/internal/garbage"
)

// probes each measure one promise of the server, on a server in a process of
// its own.
var probes = []struct {
	name string
	run  func(ctx context.Context, o Options, p *Probe) error
}{
	{"point", point},
	{"alternate", alternate},
	{"load", loadAlone},
	{"idle", idle},
	{"keys", keysProbe},
	{"history", history},
	{"overload", overload},
	{"small-memory", smallMemory},
}

// ProbeNames lists the probes.
func ProbeNames() string {
	var names []string
	for _, p := range probes {
		names = append(names, p.name)
	}
	return strings.Join(names, ", ")
}

// Probe is the outcome of a probe; its JSON is described in docs/bench.md.
type Probe struct {
	Name    string   `json:"probe"`
	Threads int      `json:"threads"`
	Seed    uint64   `json:"seed"`
	Commit  string   `json:"commit"`
	Machine string   `json:"machine"`
	Figures []Figure `json:"figures"`
	out     io.Writer
}

// Figure is one measured number, and what it should be where that is promised.
type Figure struct {
	Name   string  `json:"name"`
	Value  float64 `json:"value"`
	Unit   string  `json:"unit"`
	Want   string  `json:"want,omitempty"` // "< 300" or ">= 0.3"
	Passed *bool   `json:"passed,omitempty"`
}

// add reports a figure; want "" promises nothing.
func (p *Probe) add(name string, value float64, unit, want string) {
	f := Figure{Name: name, Value: value, Unit: unit, Want: want}
	line := fmt.Sprintf("%-44s %12.2f %s", name, value, unit)
	if want != "" {
		ok := holds(value, want)
		f.Passed = &ok
		line += fmt.Sprintf("   (want %s: %s)", want, map[bool]string{true: "yes", false: "NO"}[ok])
	}
	p.Figures = append(p.Figures, f)
	fmt.Fprintln(p.out, line)
}

// holds reports whether v is as want says: an operator, a space and a number.
func holds(v float64, want string) bool {
	var op string
	var limit float64
	if _, err := fmt.Sscan(want, &op, &limit); err != nil {
		panic("BUG: bench: a figure wants " + want)
	}
	switch op {
	case "<":
		return v < limit
	case ">=":
		return v >= limit
	}
	panic("BUG: bench: a figure wants " + want)
}

// latency reports percentiles of durations; wantP50 and wantP99 are in unit.
func (p *Probe) latency(name string, took []time.Duration, unit time.Duration, wantP50, wantP99 string) {
	label := map[time.Duration]string{time.Microsecond: "us", time.Millisecond: "ms"}[unit]
	slices.Sort(took)
	p.add(name+" p50", percentile(took, 50, unit), label, wantP50)
	p.add(name+" p99", percentile(took, 99, unit), label, wantP99)
	p.add(name+" slowest", float64(took[len(took)-1])/float64(unit), label, "")
}

// percentile returns the nearest-rank percentile of sorted durations.
func percentile(sorted []time.Duration, rank int, unit time.Duration) float64 {
	at := (len(sorted)*rank + 99) / 100
	return float64(sorted[max(0, at-1)]) / float64(unit)
}

// probeHeap is how much garbage a probe makes before it collects: its own
// collections would be part of how long answers take.
const probeHeap = 512 << 20

// RunProbe measures one promise and writes the report to out and, if asked,
// to a file.
func RunProbe(ctx context.Context, name string, o Options, out io.Writer) (*Probe, error) {
	for _, probe := range probes {
		if probe.name != name {
			continue
		}
		defer garbage.Wait(probeHeap)()
		p := &Probe{Name: name, Threads: o.Threads, Seed: o.Seed, Commit: o.Commit, Machine: machine(), out: out}
		if err := probe.run(ctx, o, p); err != nil {
			return nil, err
		}
		if o.JSON != "" {
			return p, p.write(o.JSON)
		}
		return p, nil
	}
	return nil, fault.E("bench", fault.NotFound, fault.Code("42704"), fault.Item(name),
		fault.Hint("workloads: "+WorkloadNames()+"; probes: "+ProbeNames()), "no such workload")
}

func (p *Probe) write(path string) error {
	b, err := json.MarshalIndent(p, "", " ")
	if err == nil {
		err = os.WriteFile(path, append(b, '\n'), 0o644)
	}
	if err != nil {
		return fault.E("bench: write report", fault.IO, err)
	}
	return nil
}

// temporary makes a folder for a child's data.
func temporary() (dir string, remove func(), err error) {
	if dir, err = os.MkdirTemp("", "quindex-bench-data-"); err != nil {
		return "", nil, fault.E("bench", fault.IO, err)
	}
	return dir, func() { os.RemoveAll(dir) }, nil
}
