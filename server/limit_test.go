package server

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/quindex/quindex/engines/all"
	"github.com/quindex/quindex/server/node"
)

// configOf fills in what every test server has.
func configOf(t *testing.T, c Config) Config {
	c.HTTP, c.Cluster, c.Shards, c.Registry = "127.0.0.1:0", "127.0.0.1:0", 2, all.Registry()
	if c.Data == "" {
		c.Data = t.TempDir()
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c
}

// startWith runs a server with limits of its own.
func startWith(t *testing.T, c Config) *Running {
	t.Helper()
	s, err := Start(context.Background(), configOf(t, c))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// TestSlots: a statement runs, one waits and is refused in the end, the next
// is refused at once; when the first is over there is room again.
func TestSlots(t *testing.T) {
	s := startWith(t, Config{Limits: Options{Statements: 1, Queue: 1, QueueTime: 300 * time.Millisecond}})
	fillLong(t, s)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	req, _ := http.NewRequestWithContext(ctx, "POST", "http://"+s.Addr()+"/v1/sql?format=csv", strings.NewReader(longQuery))
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	waited := make(chan *http.Response, 1)
	var body string
	go func() {
		res, err := http.Post("http://"+s.Addr()+"/v1/sql", "text/plain", strings.NewReader("SELECT 1"))
		if err == nil {
			b, _ := io.ReadAll(res.Body)
			res.Body.Close()
			body = string(b)
		}
		waited <- res
	}()
	eventually(t, "one statement waits", func() bool { return s.Server.queries.waiting.Load() == 1 })
	third, text := call(t, s, "POST", "/v1/sql", "SELECT 1")
	if p := refused(t, third, text, 429, "53300", "1 statements run and 1 wait"); !p.Retryable || third.Header.Get("Retry-After") == "" {
		t.Error("an overloaded server tells when to come back")
	}
	second := <-waited
	if second == nil {
		t.Fatal("no answer")
	}
	refused(t, second, body, 429, "53300", "none ended")
	cancel()
	res.Body.Close()
	eventually(t, "the statement of a client that left gives its turn back", func() bool { return s.Server.queries.running() == 0 })
	sqlOK(t, s, "SELECT 1")
	if _, metrics := call(t, s, "GET", "/metrics", ""); !strings.Contains(metrics, `quindex_slots_refused_total{of="statements"} 2`) {
		t.Error("the metrics do not tell of what was refused")
	}
}

// TestIdleClient: a load whose client neither sends nor leaves ends, and
// leaves no row; a client that does not read its result does not keep its turn.
func TestIdleClient(t *testing.T) {
	s := startWith(t, Config{Limits: Options{IdleTimeout: 200 * time.Millisecond, Loads: 1}})
	sqlOK(t, s, "CREATE TABLE idle (id BIGINT)")
	c, err := net.Dial("tcp", s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	io.WriteString(c, "POST /v1/load/idle HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-ndjson\r\nContent-Length: 100\r\n\r\n{\"id\":1}\n{\"id\"")
	eventually(t, "the load began", func() bool { return s.Server.loads.running() == 1 })
	eventually(t, "the load ended", func() bool { return s.Server.loads.running() == 0 })
	if _, body := sqlOK(t, s, "SELECT count(*) FROM idle"); !strings.HasSuffix(strings.TrimSpace(body), "\n0") {
		t.Error("a load that broke off left", body)
	}

	fillLong(t, s)
	stuck, err := net.Dial("tcp", s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer stuck.Close()
	io.WriteString(stuck, "POST /v1/sql?format=csv HTTP/1.1\r\nHost: x\r\nContent-Length: "+strconv.Itoa(len(longQuery))+"\r\n\r\n"+longQuery)
	eventually(t, "the statement runs", func() bool { return len(s.Node.Queries()) == 1 })
	eventually(t, "the statement ends", func() bool { return len(s.Node.Queries()) == 0 && s.Server.queries.running() == 0 })
}

// TestSlowLog: a statement that took long is in the log, with its text.
func TestSlowLog(t *testing.T) {
	log := &lockedBuffer{}
	s := startWith(t, Config{Logger: slog.New(slog.NewTextHandler(log, nil)), Limits: Options{SlowQuery: time.Nanosecond}})
	sqlOK(t, s, "SELECT 41 + 1 AS answer")
	eventually(t, "the log tells of it", func() bool {
		return strings.Contains(log.String(), "slow statement") && strings.Contains(log.String(), "SELECT 41 + 1")
	})
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// TestDiskReserve: below the reserve writes are refused, in clear words, and
// reads go on.
func TestDiskReserve(t *testing.T) {
	dir := t.TempDir()
	c := Config{Data: dir}
	s := startWith(t, c)
	sqlOK(t, s, "CREATE TABLE t (id BIGINT)")
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	var no node.Options
	no.Cluster.DiskReserve = 1 << 60 // no disk has so much
	full := startWith(t, Config{Data: dir, Node: no})
	res, body := call(t, full, "POST", "/v1/sql", "INSERT INTO t VALUES (1)")
	if p := refused(t, res, body, 507, "53100", "bytes are free on the disk"); !p.Retryable || res.Header.Get("Retry-After") == "" {
		t.Error("a full disk may be emptied")
	}
	res, body = call(t, full, "POST", "/v1/load/t", "{\"id\":1}\n", "Content-Type: application/x-ndjson")
	refused(t, res, body, 507, "53100", "bytes are free on the disk")
	sqlOK(t, full, "SELECT * FROM t")
}
