package server

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/quindex/quindex/segment"
	"github.com/quindex/quindex/server/node"
	"github.com/quindex/quindex/store"
)

// metrics are the server's own, in a registry of its own.
type metrics struct {
	registry   *prometheus.Registry
	requests   *prometheus.CounterVec
	seconds    *prometheus.HistogramVec
	statements *prometheus.CounterVec
	latency    prometheus.Histogram
	rows       prometheus.Counter
	rejected   prometheus.Counter
}

func newMetrics(n *node.Node) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "quindex_http_requests_total",
			Help: "Requests answered, by path and status."}, []string{"path", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "quindex_http_request_seconds",
			Help: "Time to answer a request, by path.", Buckets: buckets}, []string{"path"}),
		statements: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "quindex_statements_total",
			Help: "Statements run, by outcome."}, []string{"outcome"}),
		latency: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "quindex_statement_seconds",
			Help: "Time to run a statement and send its rows.", Buckets: buckets}),
		rows:     prometheus.NewCounter(prometheus.CounterOpts{Name: "quindex_rows_loaded_total", Help: "Rows taken by loads."}),
		rejected: prometheus.NewCounter(prometheus.CounterOpts{Name: "quindex_rows_rejected_total", Help: "Rows refused by loads."}),
	}
	gauge := func(name, help string, f func() float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, f)
	}
	m.registry.MustRegister(m.requests, m.seconds, m.statements, m.latency, m.rows, m.rejected,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		gauge("quindex_dirty_bytes", "Bytes applied and not yet in disk segments.", func() float64 { return float64(n.Dirty()) }),
		gauge("quindex_queries_running", "Statements running now.", func() float64 { return float64(len(n.Queries())) }),
		gauge("quindex_queries_long", "Statements among those that have computed for a while and have their turn.", func() float64 { return float64(n.Turns().Held()) }),
		gauge("quindex_queries_waiting", "Statements among those that wait for others to end what they compute.", func() float64 { return float64(n.Turns().Waiting()) }),
		gauge("quindex_query_memory_bytes", "Bytes held by running statements.", func() float64 {
			now, _ := n.Memory().Used()
			return float64(now)
		}),
		gauge("quindex_loads_staged", "Loads that are staged or being switched.", func() float64 { return float64(len(n.StagedLoads())) }),
		gauge("quindex_loads_stuck", "Loads that are decided and cannot be brought into their tables at present.", func() float64 {
			stuck := 0
			for _, l := range n.StagedLoads() {
				if l.Trouble != nil {
					stuck++
				}
			}
			return float64(stuck)
		}),
		gauge("quindex_segments", "Segments on disk and in memory, over all shards.", func() float64 {
			total := 0
			for _, s := range n.Segments() {
				total += len(s)
			}
			return float64(total)
		}))
	m.registry.MustRegister(storeCounters(n)...)
	return m
}

// watch tells how many requests have a turn, wait for one, or were refused one.
func (m *metrics) watch(all ...*slots) {
	for _, s := range all {
		labels := prometheus.Labels{"of": s.what}
		m.registry.MustRegister(
			prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "quindex_slots_used", ConstLabels: labels,
				Help: "Requests that have their turn."}, func() float64 { return float64(s.running()) }),
			prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "quindex_slots_waiting", ConstLabels: labels,
				Help: "Requests that wait for their turn."}, func() float64 { return float64(s.waiting.Load()) }),
			prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "quindex_slots_refused_total", ConstLabels: labels,
				Help: "Requests refused because too many waited, or for too long."}, func() float64 { return float64(s.refused.Load()) }))
	}
}

// watchFiles tells of what takes open files and mappings.
func (m *metrics) watchFiles(b *bounded) {
	m.registry.MustRegister(
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "quindex_connections", Help: "Connections of clients."},
			func() float64 { return float64(b.open.Load()) }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "quindex_connections_refused_total", Help: "Connections refused because too many were open."},
			func() float64 { return float64(b.refused.Load()) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "quindex_mapped_files", Help: "Files of segments mapped into memory."},
			func() float64 { return float64(segment.Mappings()) }))
}

// watchFeeds tells of who reads changes.
func (m *metrics) watchFeeds(n *node.Node) {
	m.registry.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "quindex_changes_total", Help: "Changes of rows told to readers of changes."},
		func() float64 {
			_, events := n.Feeds()
			return float64(events)
		}))
}

// storeCounters tell how much work storing rows makes.
func storeCounters(n *node.Node) []prometheus.Collector {
	counter := func(name, help string, f func(store.Counters) int64) prometheus.Collector {
		return prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "quindex_store_" + name + "_total", Help: help},
			func() float64 { return float64(f(n.Counters())) })
	}
	return []prometheus.Collector{
		counter("seals", "Times that open rows were made into a memory segment.", func(c store.Counters) int64 { return c.Seals }),
		counter("memory_merges", "Merges of memory segments.", func(c store.Counters) int64 { return c.MemoryMerges }),
		counter("flushes", "Times that memory segments were made durable.", func(c store.Counters) int64 { return c.Flushes }),
		counter("merges", "Merges of disk segments.", func(c store.Counters) int64 { return c.Merges }),
		counter("rows_merged", "Rows that merges of disk segments wrote again.", func(c store.Counters) int64 { return c.RowsMerged }),
		counter("bytes_written", "Bytes of segments written.", func(c store.Counters) int64 { return c.BytesWritten }),
	}
}

// buckets go from 100 us to 100 s, three a decade.
var buckets = []float64{.0001, .0002, .0005, .001, .002, .005, .01, .02, .05, .1, .2, .5, 1, 2, 5, 10, 20, 50, 100}

func (m *metrics) request(r *http.Request, status int, took time.Duration) {
	path := pathLabel(r)
	m.requests.WithLabelValues(path, strconv.Itoa(status)).Inc()
	m.seconds.WithLabelValues(path).Observe(took.Seconds())
}

// pathLabel is the pattern that matched, so that paths cannot flood the registry.
func pathLabel(r *http.Request) string {
	if _, path, ok := strings.Cut(r.Pattern, " "); ok {
		return path
	}
	return "other"
}

func (m *metrics) statement(ok bool, took time.Duration) {
	outcome := "ok"
	if !ok {
		outcome = "error"
	}
	m.statements.WithLabelValues(outcome).Inc()
	m.latency.Observe(took.Seconds())
}

func (m *metrics) loaded(rows, rejected int64) {
	m.rows.Add(float64(rows))
	m.rejected.Add(float64(rejected))
}
