package bench

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Window is a question about the cpu table.
type Window struct {
	Kind     WindowKind
	Fields   []string // the fields asked for, with their names in the table
	Hosts    []string // nil: all
	From, To time.Time
	Step     time.Duration // width of a bucket; buckets are counted from From
}

// WindowKind is what is asked of a window.
type WindowKind int

// The kinds. In all of them rows are in the order of their first columns.
const (
	MaxByTime     WindowKind = iota // (bucket, max of each field): of all hosts together
	MeanByHost                      // (bucket, hostname, mean of each field)
	Busy                            // (time, hostname, fields) where usage_user > 90
	LastPoint                       // (time, hostname, fields) of each host's newest row; no window
	NewestBuckets                   // (bucket, max of each field), the newest five before To, newest first; buckets end at To
)

// SQL is the question as quindex is asked it.
func (w Window) SQL() string {
	columns := func(each string) string {
		var b strings.Builder
		for _, f := range w.Fields {
			b.WriteString(", " + fmt.Sprintf(each, f))
		}
		return b.String()
	}
	switch w.Kind {
	case MaxByTime:
		return "SELECT " + w.bucket(w.From) + columns("max(%s)") + " FROM cpu WHERE " + w.where() + " GROUP BY 1 ORDER BY 1"
	case MeanByHost:
		return "SELECT " + w.bucket(w.From) + ", hostname" + columns("avg(%s)") + " FROM cpu WHERE " + w.where() + " GROUP BY 1, 2 ORDER BY 1, 2"
	case Busy:
		return "SELECT ts, hostname" + columns("%s") + " FROM cpu WHERE usage_user > 90 AND " + w.where()
	case LastPoint:
		return "SELECT DISTINCT ON (hostname) ts, hostname" + columns("%s") + " FROM cpu ORDER BY hostname, ts DESC"
	case NewestBuckets:
		return "SELECT " + w.bucket(w.To) + columns("max(%s)") + " FROM cpu WHERE ts < " + stampSQL(w.To) + " GROUP BY 1 ORDER BY 1 DESC LIMIT 5"
	}
	panic("BUG: bench: no such window: " + strconv.Itoa(int(w.Kind)))
}

// Start is the name of the bucket that ends at, in milliseconds since 1970,
// or of a row's own time: what the question's SQL calls it.
func (w Window) Start(end int64) int64 {
	switch w.Kind {
	case MaxByTime, MeanByHost, NewestBuckets:
		return end + 1 - w.Step.Milliseconds()
	case LastPoint:
		return 0
	}
	return end
}

func (w Window) bucket(origin time.Time) string {
	return fmt.Sprintf("time_bucket('%d minutes', ts, %s)", int(w.Step/time.Minute), stampSQL(origin))
}

func (w Window) where() string {
	var hosts string
	switch len(w.Hosts) {
	case 0:
	case 1:
		hosts = "hostname = '" + w.Hosts[0] + "' AND "
	default:
		hosts = "hostname IN ('" + strings.Join(w.Hosts, "', '") + "') AND "
	}
	return hosts + "ts >= " + stampSQL(w.From) + " AND ts < " + stampSQL(w.To)
}

func stampSQL(t time.Time) string { return "TIMESTAMP '" + t.Format("2006-01-02 15:04:05.000") + "'" }

// pick draws a window of the given length that begins at any millisecond, and
// some of the hosts; no hosts are all.
func (w Window) pick(r *Rand, length time.Duration, some, hosts int) Window {
	day := cpuTicks * cpuEvery
	w.From = time.Unix(cpuStart, 0).UTC().Add(time.Duration(r.Float() * float64(day-length))).Truncate(time.Millisecond)
	w.To = w.From.Add(length)
	drawn := map[int]bool{}
	for len(drawn) < some {
		if i := r.N(hosts); !drawn[i] {
			drawn[i] = true
			w.Hosts = append(w.Hosts, "host_"+strconv.Itoa(i))
		}
	}
	return w
}

// Timeseries is the workload of TSBS's cpu-only data and its kinds of query,
// over about n rows.
func Timeseries(seed uint64, n int) *Workload {
	hosts := cpuHosts(n)
	w := &Workload{Name: "timeseries", Rows: hosts * cpuTicks}
	w.Tables = []Data{{Name: "cpu", DDL: CPUDDL, Rows: w.Rows, Points: w.Rows * len(cpuFields), NDJSON: func(yield func([]byte) bool) {
		var buf []byte
		CPUs(seed, hosts, func(c *CPU) bool {
			buf = c.AppendNDJSON(buf[:0])
			return yield(buf)
		})
	}}}
	w.Influx = func(yield func(line []byte)) {
		var buf []byte
		CPUs(seed, hosts, func(c *CPU) bool {
			buf = c.AppendInflux(buf[:0])
			yield(buf)
			return true
		})
	}
	add := func(name string, kind WindowKind, fields, some, hours int, step time.Duration) {
		draw := func(r *Rand) Window {
			return Window{Kind: kind, Fields: cpuFields[:fields], Step: step}.pick(r, time.Duration(hours)*time.Hour, some, hosts)
		}
		st := Statement{Name: name, SQL: func(r *Rand) string { return draw(r).SQL() }, Words: func(r *Rand) any { return draw(r) }}
		if kind != Busy && kind != MeanByHost {
			st.Times = 10
		}
		if kind == LastPoint {
			st.Compare = lastPoints
		}
		w.Statements = append(w.Statements, st)
	}
	// The first number of a name is the fields, the second the hosts, the third the hours.
	add("single-groupby-1-1-1", MaxByTime, 1, 1, 1, time.Minute)
	add("single-groupby-1-1-12", MaxByTime, 1, 1, 12, time.Minute)
	add("single-groupby-1-8-1", MaxByTime, 1, 8, 1, time.Minute)
	add("single-groupby-5-1-1", MaxByTime, 5, 1, 1, time.Minute)
	add("single-groupby-5-8-1", MaxByTime, 5, 8, 1, time.Minute)
	add("cpu-max-all-1", MaxByTime, 10, 1, 8, time.Hour)
	add("cpu-max-all-8", MaxByTime, 10, 8, 8, time.Hour)
	add("double-groupby-1", MeanByHost, 1, 0, 12, time.Hour)
	add("double-groupby-5", MeanByHost, 5, 0, 12, time.Hour)
	add("double-groupby-all", MeanByHost, 10, 0, 12, time.Hour)
	add("high-cpu-1", Busy, 10, 1, 12, time.Hour)
	add("high-cpu-all", Busy, 10, 0, 12, time.Hour)
	add("lastpoint", LastPoint, 10, 0, 1, time.Hour)
	add("groupby-orderby-limit", NewestBuckets, 1, 0, 1, time.Minute)
	return w
}

// lastPoints compares newest rows without their times: a peer may not tell them.
func lastPoints(want, got [][]any) string {
	cut := make([][]any, len(want))
	for i, row := range want {
		cut[i] = row[1:]
	}
	return differ(cut, got, true)
}
