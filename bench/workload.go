package bench

import (
	"bufio"
	"os"
	"path/filepath"
	"strings"

	"github.com/quindex/quindex/fault"
)

// Workload is rows and statements over them.
type Workload struct {
	Name       string
	Rows       int
	Tables     []Data
	Statements []Statement
	// After lists, by system, what it runs when its rows are in: indexes,
	// statistics, graphs. It counts as loading.
	After map[string][]string
	// Influx yields the rows in InfluxDB's line protocol; nil: they have no such form.
	Influx func(yield func(line []byte))
}

// Data is the rows of one table. NDJSON yields them line by line, the same
// lines each time; a line is valid only during the call.
type Data struct {
	Name   string
	DDL    string
	Rows   int
	Points int // measured values in the rows, where bytes are counted by them
	NDJSON func(yield func(line []byte) bool)
}

func (w *Workload) points() (sum int) {
	for _, d := range w.Tables {
		sum += d.Points
	}
	return sum
}

// workloads are made by name; rows 0 is the size the figures are published for.
var workloads = []struct {
	name string
	rows int
	make func(seed uint64, rows int) (*Workload, error)
}{
	{"columnar", 5_000_000, sure(Columnar)},
	{"timeseries", 864_000, sure(Timeseries)},
	{"search", 120_000, sure(Search)},
	{"geo", 1_000_000, sure(Geo)},
	{"mixed", 2_000_000, Mixed},
	{"graph", scaleRows(18), sure(Graph)},
}

// sure fits a workload that reads nothing into the list.
func sure(make func(seed uint64, rows int) *Workload) func(uint64, int) (*Workload, error) {
	return func(seed uint64, rows int) (*Workload, error) { return make(seed, rows), nil }
}

// WorkloadNames lists the workloads.
func WorkloadNames() string {
	var names []string
	for _, w := range workloads {
		names = append(names, w.name)
	}
	return strings.Join(names, ", ")
}

func isWorkload(name string) bool {
	for _, w := range workloads {
		if w.name == name {
			return true
		}
	}
	return false
}

// NewWorkload makes the workload called name.
func NewWorkload(name string, seed uint64, rows int) (*Workload, error) {
	for _, w := range workloads {
		if w.name != name {
			continue
		}
		if rows <= 0 {
			rows = w.rows
		}
		return w.make(seed, rows)
	}
	return nil, fault.E("bench", fault.NotFound, fault.Code("42704"), fault.Item(name), fault.Hint("workloads: "+WorkloadNames()), "no such workload")
}

// WriteFiles writes the rows of every table to dir/<table>.ndjson, once: a
// file that is there already is taken as it is.
func (w *Workload) WriteFiles(dir string) (bytes int64, err error) {
	for _, d := range w.Tables {
		path := filepath.Join(dir, d.Name+".ndjson")
		st, err := os.Stat(path)
		if err != nil {
			if err = d.write(path); err != nil {
				return 0, err
			}
			st, err = os.Stat(path)
		}
		if err != nil {
			return 0, fault.E("bench: write", fault.IO, err)
		}
		bytes += st.Size()
	}
	return bytes, nil
}

func (d Data) write(path string) error {
	f, err := os.Create(path + ".part")
	if err != nil {
		return fault.E("bench: write", fault.IO, err)
	}
	buf := bufio.NewWriterSize(f, 1<<20)
	d.NDJSON(func(line []byte) bool {
		_, err = buf.Write(line)
		return err == nil
	})
	if err == nil {
		err = buf.Flush()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return fault.E("bench: write", fault.IO, err)
	}
	return nil
}
