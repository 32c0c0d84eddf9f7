package main

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/quindex/quindex/client"
)

// pieceRows is how many rows the kill test sends at once; they go into one
// entry of one shard's log, all or none.
const pieceRows = 100

// piecesARound is how many pieces may begin between two kills: more than a
// quick machine sends in that time.
const piecesARound = 1000

// pieceState is what the loader knows of one piece.
type pieceState struct{ acknowledged, abandoned bool }

// killLoader sends pieces until it is told to stop. A piece without an answer
// is sent again under the same key, or given up, by turns.
type killLoader struct {
	addr string
	quit chan struct{}
	wait sync.WaitGroup

	room chan struct{} // a token lets one more piece begin

	mu     sync.Mutex
	pieces []pieceState
	failed error
}

// take begins a piece, or returns -1 when the loader is to stop. The tokens
// bound the rows of a run: every check counts all of them anew.
func (l *killLoader) take() int {
	select {
	case <-l.quit:
		return -1
	case <-l.room:
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pieces = append(l.pieces, pieceState{})
	return len(l.pieces) - 1
}

// allow lets n more pieces begin, without those that are still allowed.
func (l *killLoader) allow(n int) {
	for range n - len(l.room) {
		l.room <- struct{}{}
	}
}

func (l *killLoader) mark(n int, s pieceState) {
	l.mu.Lock()
	l.pieces[n] = s
	l.mu.Unlock()
}

func (l *killLoader) run() {
	defer l.wait.Done()
	for {
		n := l.take()
		if n < 0 {
			return
		}
		for try := 1; ; try++ {
			select {
			case <-l.quit:
				l.mark(n, pieceState{abandoned: true})
				return
			default:
			}
			if l.send(n) {
				l.mark(n, pieceState{acknowledged: true})
				break
			}
			if n%2 == 0 && try == 1 {
				l.mark(n, pieceState{abandoned: true})
				break
			}
			time.Sleep(5 * time.Millisecond) // the server is down: not a wait for a condition, only politeness
		}
	}
}

// send posts one piece and reports whether the server acknowledged all of it.
func (l *killLoader) send(n int) bool {
	var body strings.Builder
	for i := range pieceRows {
		fmt.Fprintf(&body, "{\"id\":%d,\"piece\":%d,\"pad\":\"row %d of piece %d\"}\n", n*pieceRows+i, n, i, n)
	}
	req, _ := http.NewRequest(http.MethodPost, "http://"+l.addr+"/v1/load/t", strings.NewReader(body.String()))
	req.Header.Set("Content-Type", "application/x-ndjson")
	req.Header.Set("Idempotency-Key", fmt.Sprintf("kill-test/%d", n))
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	defer res.Body.Close()
	if res.StatusCode >= 400 && res.StatusCode != http.StatusServiceUnavailable && res.StatusCode != http.StatusGatewayTimeout {
		l.mu.Lock()
		l.failed = fmt.Errorf("piece %d: status %s", n, res.Status)
		l.mu.Unlock()
	}
	return res.StatusCode == http.StatusOK
}

// check compares what is in the table with what was acknowledged.
func (l *killLoader) check(t *testing.T) (rows int) {
	t.Helper()
	l.mu.Lock()
	before := append([]pieceState(nil), l.pieces...)
	failed := l.failed
	l.mu.Unlock()
	if failed != nil {
		t.Fatal(failed)
	}
	c := client.New(l.addr)
	defer c.Close()
	found := map[int]bool{}
	answer, err := c.Query(context.Background(), "SELECT piece, count(*), count(DISTINCT id), min(id), max(id) FROM t GROUP BY piece")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Close()
	for answer.Next() {
		var v [5]int
		for i, cell := range answer.Row() {
			v[i], _ = strconv.Atoi(fmt.Sprint(cell))
		}
		found[v[0]] = true
		rows += v[1]
		if want := [5]int{v[0], pieceRows, pieceRows, v[0] * pieceRows, (v[0]+1)*pieceRows - 1}; v != want {
			t.Fatalf("piece, rows, distinct, min, max are %v, want %v", v, want)
		}
	}
	if answer.Err() != nil {
		t.Fatal(answer.Err())
	}
	for n, p := range before {
		if p.acknowledged && !found[n] {
			t.Fatalf("piece %d was acknowledged and is not there", n)
		}
	}
	return rows
}

// TestKills kills the server at random moments of two loads: one whose every
// acknowledgement is known, and one by the client's own Load. What was
// acknowledged is there, once; what was not is there whole or not at all.
// QUINDEX_KILLS=50 kills fifty times.
func TestKills(t *testing.T) {
	kills, r := killsOf(t, 10)

	addr, data := freeAddr(t), t.TempDir()
	args := []string{"--data", data, "--http", addr, "--log", "error", "--shards", "4"}
	server := serve(t, args...)
	c := client.New(addr)
	defer c.Close()
	for _, ddl := range []string{"CREATE TABLE t (id BIGINT NOT NULL, piece BIGINT NOT NULL, pad KEYWORD)",
		"CREATE TABLE whole (id BIGINT NOT NULL) WITH (shard_by = 'id')"} {
		if _, err := c.Exec(context.Background(), ddl); err != nil {
			t.Fatal(err)
		}
	}
	l := &killLoader{addr: addr, quit: make(chan struct{}), room: make(chan struct{}, piecesARound)}
	for range 3 {
		l.wait.Add(1)
		go l.run()
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	whole := make(chan error, 1)
	wholeRows := 30_000 * kills
	go func() { whole <- loadWhole(ctx, c, wholeRows) }()

	began := time.Now()
	var opening, slowest time.Duration
	for range kills {
		l.allow(piecesARound)
		time.Sleep(time.Duration(20+r.IntN(300)) * time.Millisecond) // the random moment
		server.kill()
		start := time.Now()
		server = serve(t, args...)
		opening, slowest = opening+time.Since(start), max(slowest, time.Since(start))
		l.check(t)
	}
	took := time.Since(began)
	if err := <-whole; err != nil {
		t.Fatal(err)
	}
	close(l.quit)
	l.wait.Wait()
	rows := l.check(t)
	if got := fmt.Sprint(rowsOfSQL(t, c, "SELECT count(*), count(DISTINCT id), min(id), max(id) FROM whole")); got != fmt.Sprintf("[%d %d 0 %d]", wholeRows, wholeRows, wholeRows-1) {
		t.Fatalf("the client's load: rows, distinct, min, max are %s", got)
	}
	if err := server.stop(t); err != nil {
		t.Fatalf("%v\n%s", err, server.log)
	}
	t.Logf("%d kills in %.1f s, %.1f s of them to open, at most %.2f s; %d pieces, %d rows of acknowledged and given up ones",
		kills, took.Seconds(), opening.Seconds(), slowest.Seconds(), len(l.pieces), rows)
}

// loadWhole loads rows by Client.Load, in small pieces.
func loadWhole(ctx context.Context, c *client.Client, rows int) error {
	var text strings.Builder
	for i := range rows {
		fmt.Fprintf(&text, "{\"id\":%d}\n", i)
	}
	_, err := c.LoadReader(ctx, "whole.ndjson", strings.NewReader(text.String()), client.LoadOptions{Table: "whole", Piece: 6 << 10, OnError: "report"}, nil)
	return err
}
