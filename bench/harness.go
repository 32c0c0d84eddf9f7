package bench

import (
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/quindex/quindex/fault"
)

// Options of a run; Flags gives them their defaults.
type Options struct {
	Rows    int
	Threads int
	Runs    int
	Seed    uint64
	JSON    string // file for the report
	Dir     string // folder for the rows' files; "" is a temporary one
	// Profiles is a folder for CPU profiles of the statements that are not
	// clearly faster than every peer; "" makes none.
	Profiles string
	Commit   string
	Program  string // the quindex command, for probes; "" is this program

	For   time.Duration // how long a probe goes on that lasts; 0: the probe's own time
	Bytes int64         // of segments, of the probe small-memory; 0: 4 GiB
}

// Flags binds the options to a command's flags.
func (o *Options) Flags(f *pflag.FlagSet) {
	f.IntVar(&o.Rows, "rows", 0, "rows of the largest table (0: the workload's own size)")
	f.Var((*scaleFlag)(&o.Rows), "scale", "of the workload graph, in place of --rows: 2^scale vertices")
	f.IntVar(&o.Threads, "threads", min(2, runtime.NumCPU()), "threads for each system")
	f.IntVar(&o.Runs, "runs", 5, "timed runs of each statement")
	f.Uint64Var(&o.Seed, "seed", 42, "seed of rows and constants")
	f.StringVar(&o.JSON, "json", "", "write the report to this file")
	f.StringVar(&o.Profiles, "profiles", "", "write CPU profiles of slow statements to this folder")
	f.DurationVar(&o.For, "for", 0, "how long the probes history and overload go on (0: two minutes, one minute)")
	f.Int64Var(&o.Bytes, "bytes", 0, "segments that the probe small-memory makes (0: 4 GiB)")
	f.StringVar(&o.Dir, "dir", "", "keep the rows' files in this folder, and use those that are there")
}

// System is what is measured: quindex, or a peer.
type System interface {
	Name() string
	// Load makes the tables of w and fills them; files are in dir. It returns
	// when the rows are as safe as the system makes them.
	Load(ctx context.Context, w *Workload, dir string) (Load, error)
	// Query runs one statement and reads all of its rows.
	Query(ctx context.Context, sql string) ([][]any, error)
	Close() error
}

// Asker is a System that is asked in other words than SQL, or whose answers
// need reading that no user waits for. It is used in place of Query.
type Asker interface {
	// Ask puts one question and waits for the whole answer; only this is timed.
	// read makes rows of the answer.
	Ask(ctx context.Context, q Question) (read func() ([][]any, error), err error)
}

// Load is what loading took.
type Load struct {
	RowsPerSecond  float64 `json:"rows_s"`
	BytesPerSecond float64 `json:"bytes_s"`
	DiskBytes      int64   `json:"disk_bytes"`
	DataBytes      int64   `json:"data_bytes,omitempty"` // what is left of it without logs, where that can be told
	How            string  `json:"how,omitempty"`        // what was measured
}

// Run measures systems on a workload, the first of them quindex, and writes
// the report to out and, if asked, to a file.
func Run(ctx context.Context, name string, o Options, systems []System, out io.Writer) (*Report, error) {
	w, err := NewWorkload(name, o.Seed, o.Rows)
	if err != nil {
		return nil, err
	}
	if o.Dir == "" {
		if o.Dir, err = os.MkdirTemp("", "quindex-bench-"); err != nil {
			return nil, fault.E("bench", fault.IO, err)
		}
		defer os.RemoveAll(o.Dir)
	}
	if err := os.MkdirAll(o.Dir, 0o755); err != nil {
		return nil, fault.E("bench", fault.IO, err)
	}
	if o.Profiles != "" {
		if err := os.MkdirAll(o.Profiles, 0o755); err != nil {
			return nil, fault.E("bench", fault.IO, err)
		}
	}
	fmt.Fprintf(out, "making %s: %d rows, seed %d\n", w.Name, w.Rows, o.Seed)
	if _, err := w.WriteFiles(o.Dir); err != nil {
		return nil, err
	}
	rep := newReport(w, o, systems)
	for _, s := range systems {
		l, err := s.Load(ctx, w, o.Dir)
		if err != nil {
			return nil, fault.E("bench: load into "+s.Name(), err)
		}
		if l == (Load{}) {
			continue // another system's load served it
		}
		rep.Load[s.Name()] = l
		fmt.Fprintf(out, "loaded into %s: %.0f rows/s, %.1f MB/s, %.0f MB on disk\n", s.Name(), l.RowsPerSecond, l.BytesPerSecond/1e6, float64(l.DiskBytes)/1e6)
		if points := w.points(); points > 0 && l.DataBytes > 0 {
			fmt.Fprintf(out, "  %.3f bytes a point without logs, %.2f M points/s\n", float64(l.DataBytes)/float64(points), l.RowsPerSecond*float64(points)/float64(w.Rows)/1e6)
		}
	}
	for _, st := range w.Statements {
		q, err := measure(ctx, st, o, systems)
		if err != nil {
			return nil, err
		}
		rep.Queries = append(rep.Queries, q)
		fmt.Fprintln(out, q.line(systems))
		if o.Profiles != "" && q.slow() {
			if err := profile(ctx, st, o, systems[0]); err != nil {
				return nil, err
			}
		}
	}
	rep.finish()
	rep.print(out)
	if o.JSON != "" {
		return rep, rep.write(o.JSON)
	}
	return rep, nil
}

// measure times one statement: a first run of each system apart, then runs in
// which the systems take turns on the same text, so that noise hits all.
func measure(ctx context.Context, st Statement, o Options, systems []System) (Query, error) {
	q := Query{Name: st.Name, Peers: map[string]float64{}, First: map[string]float64{}, Spread: map[string][2]float64{}, Equal: true}
	times := map[string][]float64{}
	for run := range o.Runs + 1 {
		asked := st.questions(o.Seed*1000 + uint64(run))
		answers := make([][][][]any, len(systems))
		for i, s := range systems {
			sum := time.Duration(0)
			for _, a := range asked {
				rows, took, err := ask(ctx, s, a)
				if err != nil {
					return q, fault.E("bench: "+st.Name+" on "+s.Name(), err, fault.Hint(a.SQL))
				}
				sum += took
				answers[i] = append(answers[i], rows)
			}
			ms := float64(sum.Nanoseconds()) / 1e6 / float64(len(asked))
			if run == 0 {
				q.First[s.Name()] = ms
			} else {
				times[s.Name()] = append(times[s.Name()], ms)
			}
		}
		q.judge(st, systems, asked, answers)
	}
	for i, s := range systems {
		slices.Sort(times[s.Name()])
		t := times[s.Name()]
		median := t[len(t)/2]
		q.Spread[s.Name()] = [2]float64{t[0], t[len(t)-1]}
		if i == 0 {
			q.Millis = median
		} else {
			q.Peers[s.Name()] = median
		}
	}
	return q, nil
}

// judge holds the answers of a run, by system and question, to the truth and
// to each other. It comes after the whole run: a truth that reads all rows
// would leave the one system that it judges with cold caches, and its garbage
// is nobody's time.
func (q *Query) judge(st Statement, systems []System, asked []Question, answers [][][][]any) {
	for i, s := range systems {
		for j, a := range asked {
			rows := answers[i][j]
			q.Rows = len(answers[0][j])
			if why := st.judge(i, a, answers[0][j], rows); why != "" {
				q.Equal, q.Difference = false, s.Name()+": "+why+" in "+a.SQL
			}
		}
	}
	if st.Check != nil {
		runtime.GC()
	}
}

// ask puts one question to a system; the time is that of its answer.
func ask(ctx context.Context, s System, q Question) (rows [][]any, took time.Duration, err error) {
	start := time.Now()
	a, other := s.(Asker)
	if !other {
		rows, err = s.Query(ctx, q.SQL)
		return rows, time.Since(start), err
	}
	read, err := a.Ask(ctx, q)
	took = time.Since(start)
	if err != nil {
		return nil, took, err
	}
	rows, err = read()
	return rows, took, err
}

// judge compares the answer of system i with the truth, if the workload knows
// it, and with the answer of the first.
func (st Statement) judge(i int, asked Question, want, rows [][]any) string {
	if i == 0 {
		if st.Check != nil {
			return st.Check(asked, rows)
		}
		return ""
	}
	if st.Compare != nil {
		return st.Compare(want, rows)
	}
	return differ(want, rows, ordered(asked.SQL))
}

// ordered reports whether a statement names the order of its rows. Statements
// of a workload that do so name a total one.
func ordered(sql string) bool { return strings.Contains(sql, " ORDER BY ") }

// ratioCap bounds what one statement adds to a geometric mean.
const ratioCap = 20

// geomean is the geometric mean of capped ratios.
func geomean(ratios []float64) float64 {
	if len(ratios) == 0 {
		return 0
	}
	sum := 0.0
	for _, r := range ratios {
		sum += math.Log(min(r, ratioCap))
	}
	return math.Exp(sum / float64(len(ratios)))
}
