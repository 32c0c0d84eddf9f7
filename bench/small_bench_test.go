//go:build unix

package bench

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/quindex/quindex/client"
	"github.com/quindex/quindex/demo"
	"github.com/quindex/quindex/engines/all"
	"github.com/quindex/quindex/server"
	"github.com/quindex/quindex/server/node"
)

// smallStatements find few rows: what they take is what any statement takes.
var smallStatements = []struct{ name, sql string }{
	{"constant", "SELECT 1"},
	{"point", "SELECT count(*) FROM flights WHERE origin = 'ORD'"},
	{"key", "SELECT name, elev_ft FROM airports WHERE ident = 'KORD'"},
	{"word", "SELECT count(*) FROM airports WHERE match(name, 'lincoln')"},
	{"top", "SELECT ident, score() FROM airports WHERE match(name, 'lincoln') ORDER BY score() DESC LIMIT 10"},
	{"near", "SELECT count(*) FROM airports WHERE ST_DWithin(loc, ST_MakePoint(-87.9, 41.98), 10000)"},
	{"series", "SELECT time_bucket('1 hour', dep), count(*), max(delay) FROM flights WHERE origin = 'EUG' AND dest = 'DEN' AND dep >= '2001-01-05' AND dep < '2001-01-07' GROUP BY 1 ORDER BY 1"},
	{"hop", "SELECT count(*) FROM GRAPH_TABLE (skies MATCH (a IS airports WHERE a.iata = 'EUG')-[IS flies]->(b IS airports) COLUMNS (b.iata AS iata))"},
	{"join", "SELECT a.region, count(*), avg(f.delay) FROM airports a JOIN flights f ON f.origin = a.iata WHERE a.ident = 'KEUG' AND f.delay > 60 GROUP BY 1 ORDER BY 2 DESC, 1"},
	{"place_time", "SELECT time_bucket('1 day', f.dep), count(*), avg(f.delay) FROM airports a JOIN flights f ON f.origin = a.iata WHERE ST_DWithin(a.loc, ST_MakePoint(-87.9, 41.98), 300000) AND f.dep >= '2001-01-05' AND f.dep < '2001-01-07' GROUP BY 1 ORDER BY 1"},
}

// smallServer holds the demo's airports and flights, sealed.
func smallServer(b *testing.B) *server.Running {
	b.Helper()
	ctx := context.Background()
	s, err := server.Start(ctx, server.Config{Data: b.TempDir(), HTTP: "127.0.0.1:0", Cluster: "127.0.0.1:0", Registry: all.Registry(),
		Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Stop() })
	c := client.New(s.Addr())
	defer c.Close()
	for _, t := range demo.Tables()[:2] {
		if _, err := c.Exec(ctx, t.DDL); err != nil {
			b.Fatal(err)
		}
		f, err := t.Open()
		if err != nil {
			b.Fatal(err)
		}
		_, err = c.LoadReader(ctx, t.File, f, client.LoadOptions{Table: t.Name, Map: t.Map, Units: t.Units, Unknown: "ignore"}, nil)
		if f.Close(); err != nil {
			b.Fatal(err)
		}
	}
	for _, g := range demo.Graphs() {
		if _, err := c.Exec(ctx, g); err != nil {
			b.Fatal(err)
		}
	}
	if err := s.Node.Flush(ctx); err != nil {
		b.Fatal(err)
	}
	return s
}

// processor reports the processor time of each operation, of this whole
// process: on a busy machine it says more than the time that passed.
func processor(b *testing.B) (report func()) {
	used := func() time.Duration {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			b.Fatal(err)
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	runtime.GC()
	start := used()
	return func() {
		b.ReportMetric(float64((used()-start).Nanoseconds())/1000/float64(b.N), "cpu-us/op")
	}
}

// askSmall runs a statement in this process to its last row.
func askSmall(b *testing.B, n *node.Node, sql string) (rows int) {
	ctx := context.Background()
	res, err := n.Run(ctx, node.Request{SQL: sql})
	if err != nil {
		b.Fatal(err)
	}
	for {
		c, err := res.Rows.Next(ctx)
		if err == io.EOF {
			break
		}
		if err != nil {
			b.Fatal(err)
		}
		rows += c.N
	}
	if err := res.Rows.Close(); err != nil {
		b.Fatal(err)
	}
	return rows
}

// BenchmarkSmall is the fixed cost of a statement, in process: parse, plan,
// choose, run, gather.
//
//	go test -run xxx -bench Small -benchmem ./bench
func BenchmarkSmall(b *testing.B) {
	s := smallServer(b)
	for _, st := range smallStatements {
		b.Run(st.name, func(b *testing.B) {
			if askSmall(b, s.Node, st.sql) == 0 {
				b.Fatal("no rows")
			}
			b.ReportAllocs()
			defer processor(b)()
			for b.Loop() {
				askSmall(b, s.Node, st.sql)
			}
		})
	}
}

// BenchmarkSmallFresh asks statements that nobody asked before: each is parsed
// and planned.
func BenchmarkSmallFresh(b *testing.B) {
	s := smallServer(b)
	n := 0
	for _, st := range smallStatements {
		b.Run(st.name, func(b *testing.B) {
			b.ReportAllocs()
			defer processor(b)()
			for b.Loop() {
				n++
				askSmall(b, s.Node, st.sql+" -- "+strconv.Itoa(n))
			}
		})
	}
}

// nobody takes an answer and keeps nothing of it.
type nobody struct {
	header http.Header
	bytes  int
}

func (w *nobody) Header() http.Header         { return w.header }
func (w *nobody) WriteHeader(int)             {}
func (w *nobody) Write(p []byte) (int, error) { w.bytes += len(p); return len(p), nil }

// BenchmarkSmallHandler is the same with the HTTP handler, but no connection.
func BenchmarkSmallHandler(b *testing.B) {
	s := smallServer(b)
	h := s.Server.Handler()
	for _, st := range smallStatements[:4] {
		b.Run(st.name, func(b *testing.B) { benchHandler(b, h, func() string { return st.sql }) })
	}
}

// benchHandler asks a handler for the answers to statements.
func benchHandler(b *testing.B, h http.Handler, sql func() string) {
	b.ReportAllocs()
	defer processor(b)()
	for b.Loop() {
		r, err := http.NewRequest(http.MethodPost, "/v1/sql", strings.NewReader(sql()))
		if err != nil {
			b.Fatal(err)
		}
		w := &nobody{header: http.Header{}}
		if h.ServeHTTP(w, r); w.bytes == 0 || w.header.Get("X-Quindex-Query-Id") == "" {
			b.Fatal("no answer")
		}
	}
}

// BenchmarkSmallConnection asks over one kept-alive connection.
func BenchmarkSmallConnection(b *testing.B) {
	s := smallServer(b)
	c := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 1}}
	defer c.CloseIdleConnections()
	get := func(b *testing.B, method, path, body string) {
		r, err := http.NewRequest(method, "http://"+s.Addr()+path, strings.NewReader(body))
		if err != nil {
			b.Fatal(err)
		}
		res, err := c.Do(r)
		if err != nil {
			b.Fatal(err)
		}
		io.Copy(io.Discard, res.Body)
		if res.Body.Close(); res.StatusCode != 200 {
			b.Fatal(res.Status)
		}
	}
	b.Run("healthz", func(b *testing.B) { // what HTTP takes without a statement
		b.ReportAllocs()
		defer processor(b)()
		for b.Loop() {
			get(b, "GET", "/healthz", "")
		}
	})
	for _, st := range smallStatements[:4] {
		b.Run(st.name, func(b *testing.B) {
			b.ReportAllocs()
			defer processor(b)()
			for b.Loop() {
				get(b, "POST", "/v1/sql", st.sql)
			}
		})
	}
}
