package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/quindex/quindex/internal/history"
)

// Clients of a real server write, change, delete and read a few rows, all of
// them at once, while others load, rewrite and back up the same table, and the
// server is killed and started again. What they saw must be explained by some
// order of what they did, in which everything comes after all that was over
// when it began.

const (
	historyClients = 8
	historyKeys    = 4 // that are in use at a time
)

// recorder is the clients and what they saw.
type recorder struct {
	addr  string
	http  *http.Client
	start time.Time
	seed  uint64
	first atomic.Int64 // of the keys in use: they change, as what had no answer may happen for ever
	value atomic.Int64 // the last that was written
	quit  chan struct{}
	wait  sync.WaitGroup

	mu  sync.Mutex
	ops []history.Op
	bad error
}

func newRecorder(addr string, seed uint64) *recorder {
	return &recorder{addr: addr, seed: seed, start: time.Now(), quit: make(chan struct{}),
		http: &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 2 * historyClients}}}
}

// begin does something again and again until end.
func (r *recorder) begin(client int, what func(rng *rand.Rand, client int)) {
	r.wait.Go(func() {
		rng := rand.New(rand.NewPCG(r.seed, uint64(client)))
		for {
			select {
			case <-r.quit:
				return
			default:
				what(rng, client)
			}
		}
	})
}

func (r *recorder) end() ([]history.Op, error) {
	close(r.quit)
	r.wait.Wait()
	r.http.CloseIdleConnections()
	return r.ops, r.bad
}

// send posts a body. It is false if the request never reached a server.
func (r *recorder) send(path, kind string, body []byte) (status int, answer []byte, sent bool) {
	req, _ := http.NewRequest(http.MethodPost, "http://"+r.addr+path, bytes.NewReader(body))
	req.Header.Set("Content-Type", kind)
	res, err := r.http.Do(req)
	if err != nil {
		var op *net.OpError
		if errors.As(err, &op) && op.Op == "dial" {
			time.Sleep(5 * time.Millisecond) // the server is down: politeness
			return 0, nil, false
		}
		return 0, nil, true
	}
	defer res.Body.Close()
	answer, err = io.ReadAll(res.Body)
	if err != nil {
		return 0, nil, true
	}
	return res.StatusCode, answer, true
}

// wrong notes an answer that no history is needed to refute.
func (r *recorder) wrong(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.bad == nil {
		r.bad = err
	}
}

// note keeps operations that were one request. A refusal (4xx) says that none
// of them happens; any other failure says nothing.
func (r *recorder) note(status int, answer []byte, ops ...history.Op) {
	now := time.Since(r.start)
	for i := range ops {
		ops[i].Return, ops[i].Answered = now, status == http.StatusOK
	}
	switch {
	case status == http.StatusConflict || status == http.StatusTooManyRequests:
	case status >= 400 && status < 500:
		r.wrong(fmt.Errorf("status %d: %s", status, answer))
	default:
		r.mu.Lock()
		defer r.mu.Unlock()
		r.ops = append(r.ops, ops...)
	}
}

// answered is the body of a statement's answer.
type answered struct {
	Rows  [][]json.Number `json:"rows"`
	Stats struct {
		Affected int64 `json:"affected"`
	} `json:"stats"`
}

func (r *recorder) statement(sql string, params ...int64) (status int, answer []byte, out answered, sent bool) {
	body, _ := json.Marshal(map[string]any{"sql": sql, "params": params})
	status, answer, sent = r.send("/v1/sql", "application/json", body)
	if status == http.StatusOK {
		if err := json.Unmarshal(answer, &out); err != nil {
			status = 0
		}
	}
	return status, answer, out, sent
}

// act does one thing to one row, or reads some.
func (r *recorder) act(rng *rand.Rand, client int) {
	first := r.first.Load()
	o := history.Op{Key: first + rng.Int64N(historyKeys), Client: client, Call: time.Since(r.start)}
	var status int
	var answer []byte
	var out answered
	var sent bool
	switch at := rng.IntN(20); {
	case at < 5:
		o.Kind, o.Arg = history.Put, r.value.Add(1)
		status, answer, out, sent = r.statement("INSERT INTO t (k, v) VALUES ($1, $2)", o.Key, o.Arg)
	case at < 7:
		o.Kind, o.Arg = history.Fresh, r.value.Add(1)
		status, answer, out, sent = r.statement("INSERT INTO t (k, v) VALUES ($1, $2) ON CONFLICT DO NOTHING", o.Key, o.Arg)
	case at < 9:
		o.Kind, o.Arg = history.Add, 1<<32
		status, answer, out, sent = r.statement("UPDATE t SET v = v + $2 WHERE k = $1", o.Key, o.Arg)
	case at < 10:
		o.Kind, o.Old, o.Arg = history.Swap, max(1, r.value.Load()-rng.Int64N(3)), r.value.Add(1)
		status, answer, out, sent = r.statement("UPDATE t SET v = $2 WHERE k = $1 AND v = $3", o.Key, o.Arg, o.Old)
	case at < 12:
		o.Kind = history.Drop
		status, answer, out, sent = r.statement("DELETE FROM t WHERE k = $1", o.Key)
	case at < 18:
		o.Kind = history.Read
		status, answer, out, sent = r.statement("SELECT v FROM t WHERE k = $1", o.Key)
		if len(out.Rows) > 0 {
			o.Arg, _ = out.Rows[0][0].Int64()
		}
		out.Stats.Affected = int64(len(out.Rows))
	default:
		r.readAll(first, o)
		return
	}
	o.Hit = out.Stats.Affected == 1
	if out.Stats.Affected > 1 {
		r.wrong(fmt.Errorf("%v: %d rows of one key", o, out.Stats.Affected))
	}
	if sent {
		r.note(status, answer, o)
	}
}

// readAll reads all rows of the keys in use by one statement that no key answers.
func (r *recorder) readAll(first int64, o history.Op) {
	status, answer, out, sent := r.statement("SELECT k, v FROM t WHERE k + 0 >= $1 AND k + 0 < $2", first, first+historyKeys)
	if !sent {
		return
	}
	reads := make([]history.Op, historyKeys)
	for i := range reads {
		reads[i] = o
		reads[i].Key, reads[i].Kind = first+int64(i), history.Read
	}
	for _, row := range out.Rows {
		k, _ := row[0].Int64()
		at := &reads[k-first]
		if at.Hit {
			r.wrong(fmt.Errorf("%v: two rows of one key: %s", *at, answer))
		}
		at.Arg, _ = row[1].Int64()
		at.Hit = true
	}
	r.note(status, answer, reads...)
}

// load puts two of the rows in by one load that is whole or not at all.
func (r *recorder) load(rng *rand.Rand, client int) {
	first := r.first.Load()
	k := rng.Int64N(historyKeys)
	var body bytes.Buffer
	var ops []history.Op
	for i := range int64(2) {
		o := history.Op{Key: first + (k+i)%historyKeys, Client: client, Kind: history.Put, Arg: r.value.Add(1), Call: time.Since(r.start)}
		ops = append(ops, o)
		fmt.Fprintf(&body, "{\"k\":%d,\"v\":%d}\n", o.Key, o.Arg)
	}
	status, answer, sent := r.send("/v1/load/t?on_error=abort", "application/x-ndjson", body.Bytes())
	if sent {
		r.note(status, answer, ops...)
	}
}

// fill adds rows of other keys, so that there are segments, and merges of them.
func (r *recorder) fill(rng *rand.Rand, _ int) {
	var body bytes.Buffer
	for range 500 {
		fmt.Fprintf(&body, "{\"k\":%d,\"v\":0}\n", 1_000_000+rng.IntN(20_000))
	}
	r.send("/v1/load/t?on_error=skip", "application/x-ndjson", body.Bytes())
}

// disturb moves the table's rows, or backs them up.
func (r *recorder) disturb(rng *rand.Rand, _ int) {
	if rng.IntN(2) == 0 {
		r.statement(fmt.Sprintf("ALTER TABLE t SET (shards = %d)", 1+rng.IntN(3)))
		return
	}
	status, answer, _ := r.send("/v1/backup", "application/json", nil)
	var made struct{ ID string }
	if status == http.StatusOK && json.Unmarshal(answer, &made) == nil {
		req, _ := http.NewRequest(http.MethodDelete, "http://"+r.addr+"/v1/backup/"+made.ID, nil)
		if res, err := r.http.Do(req); err == nil {
			res.Body.Close()
		}
	}
}

// record lets the clients do their work at addr, which leads to a server, that
// is killed, or now and then stopped, so many times.
func record(t *testing.T, rng *rand.Rand, kills int, front func(addr string) string) error {
	addr := freeAddr(t)
	args := []string{"--data", t.TempDir(), "--http", addr, "--log", "error", "--shards", "3", "--flush-age", "300ms"}
	server := serve(t, args...)
	r := newRecorder(front(addr), rng.Uint64())
	if status, answer, _, _ := r.statement("CREATE TABLE t (k BIGINT PRIMARY KEY, v BIGINT NOT NULL) WITH (shards = 2)"); status != http.StatusOK {
		t.Fatalf("%d: %s", status, answer)
	}
	for i := range historyClients {
		r.begin(i, r.act)
	}
	for i, what := range []func(*rand.Rand, int){r.load, r.fill, r.disturb} {
		r.begin(historyClients+i, what)
	}
	for i := range kills {
		time.Sleep(time.Duration(100+rng.IntN(700)) * time.Millisecond) // the random moment
		if rng.IntN(4) == 0 {
			if err := server.stop(t); err != nil {
				t.Fatalf("%v\n%s", err, server.log)
			}
		} else {
			server.kill()
		}
		r.first.Store(int64(i+1) * historyKeys / 2) // half of them are new, half are asked for once more
		server = serve(t, args...)
	}
	time.Sleep(time.Duration(100+rng.IntN(700)) * time.Millisecond)
	ops, err := r.end()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.stop(t); err != nil {
		t.Fatalf("%v\n%s", err, server.log)
	}
	none := 0
	kinds := map[history.Kind]int{}
	for _, o := range ops {
		if kinds[o.Kind]++; !o.Answered {
			none++
		}
	}
	t.Logf("%d kills, %d operations %v, %d without an answer", kills, len(ops), kinds, none)
	return history.Check(ops)
}

// TestHistories is the test of the first comment. QUINDEX_KILLS=50 kills fifty times.
func TestHistories(t *testing.T) {
	kills, rng := killsOf(t, 6)
	if err := record(t, rng, kills, func(addr string) string { return addr }); err != nil {
		t.Fatal(err)
	}
}

// TestHistoriesShow puts a proxy before the server that acknowledges some
// writes before it hands them on: one of a few histories must show it.
func TestHistoriesShow(t *testing.T) {
	_, rng := killsOf(t, 1)
	early := func(addr string) string {
		to := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: addr})
		var n atomic.Int64
		var late sync.WaitGroup
		front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			body, _ := io.ReadAll(req.Body)
			req.Body = io.NopCloser(bytes.NewReader(body))
			if !strings.Contains(string(body), "VALUES ($1, $2)\"") || n.Add(1)%16 > 0 {
				to.ServeHTTP(w, req)
				return
			}
			w.Write([]byte(`{"columns":[],"rows":[],"stats":{"affected":1}}`))
			late.Go(func() { to.ServeHTTP(httptest.NewRecorder(), req.WithContext(context.WithoutCancel(req.Context()))) })
		}))
		t.Cleanup(func() { front.Close(); late.Wait() })
		return strings.TrimPrefix(front.URL, "http://")
	}
	for range 10 {
		if err := record(t, rng, 0, early); err != nil {
			if !strings.Contains(err.Error(), "no order explains") {
				t.Fatal(err)
			}
			return
		}
	}
	t.Fatal("writes that are acknowledged early do not show")
}
