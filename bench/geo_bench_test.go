package bench

import (
	"os"
	"strconv"
	"syscall"
	"testing"
)

// BenchmarkGeo asks the statements of the workload geo in process: what is
// between the text of a statement and its last row, without the wire.
// QUINDEX_BENCH_ROWS is the number of points; 200,000 unless set.
func BenchmarkGeo(b *testing.B) { benchWorkload(b, "geo", 200_000) }

func benchWorkload(b *testing.B, name string, n int) {
	if s := os.Getenv("QUINDEX_BENCH_ROWS"); s != "" {
		n, _ = strconv.Atoi(s)
	}
	w, err := NewWorkload(name, 42, n)
	if err != nil {
		b.Fatal(err)
	}
	dir := b.TempDir()
	if _, err := w.WriteFiles(dir); err != nil {
		b.Fatal(err)
	}
	q, err := NewQuindex(b.Context(), 2)
	if err != nil {
		b.Fatal(err)
	}
	defer q.Close()
	if _, err := q.Load(b.Context(), w, dir); err != nil {
		b.Fatal(err)
	}
	d := direct{q}
	for _, st := range w.Statements {
		b.Run(st.Name, func(b *testing.B) {
			var asked []Question
			for seed := range uint64(40) { // a plan that was made once is kept: few are asked twice
				asked = append(asked, st.questions(seed)...)
			}
			rows := 0
			begun := processorMicros()
			for i := 0; b.Loop(); i++ {
				read, err := d.Ask(b.Context(), asked[i%len(asked)])
				if err != nil {
					b.Fatal(err)
				}
				if i < len(asked) {
					got, _ := read()
					rows += len(got)
				}
			}
			b.ReportMetric((processorMicros()-begun)/float64(b.N), "cpu-us/op") // says more than time where others are at work
			b.ReportMetric(float64(rows)/float64(min(b.N, len(asked))), "rows")
		})
	}
}

// processorMicros is the time of the processor that this program has taken.
func processorMicros() float64 {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e3
}
