package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/quindex/quindex/client"
	"github.com/quindex/quindex/fault"
)

const (
	keysRows    = 10_000_000 // keys present
	keysUpserts = 5          // one row in so many is written again
	accountsDDL = "CREATE TABLE accounts (id BIGINT NOT NULL, score BIGINT NOT NULL, state KEYWORD NOT NULL, PRIMARY KEY (id))"
)

// accountScore is what the row of a key holds since generation g: whichever of
// two upserts of one generation comes last, the table is the same.
func accountScore(id, g int) int { return (id*7 + g*1_000_003) % 1000 }

func appendAccount(b []byte, id, g int) []byte {
	b = strconv.AppendInt(append(b, `{"id":`...), int64(id), 10)
	b = strconv.AppendInt(append(b, `,"score":`...), int64(accountScore(id, g)), 10)
	return append(append(append(b, `,"state":"`...), accountStates[id%len(accountStates)]...), "\"}\n"...)
}

var accountStates = []string{"open", "closed", "frozen", "new"}

// keysProbe measures what a primary key costs: statements by key when half of
// the rows are there, upserts when all are, and a key looked up in process.
func keysProbe(ctx context.Context, o Options, p *Probe) error {
	if err := keyLookups(ctx, o, p); err != nil {
		return err
	}
	r, close, err := startRemote(ctx, o)
	if err != nil {
		return err
	}
	defer close()
	if _, err := r.client.Exec(ctx, accountsDDL); err != nil {
		return err
	}
	n := o.Rows
	if n <= 0 {
		n = keysRows
	}
	if err := fillAccounts(ctx, r, p, 0, n/2); err != nil {
		return err
	}
	if err := accountStatements(ctx, r, p, o, n/2); err != nil {
		return err
	}
	if err := fillAccounts(ctx, r, p, n/2, n); err != nil {
		return err
	}
	return upserts(ctx, r, p, o, n)
}

// fillAccounts loads the rows of keys [lo, hi) and waits until merges are done.
func fillAccounts(ctx context.Context, r *remote, p *Probe, lo, hi int) error {
	start := time.Now()
	var line []byte
	done, err := r.pour(ctx, "accounts", func(yield func([]byte) bool) {
		for id := lo; id < hi; id++ {
			if line = appendAccount(line[:0], id, 0); !yield(line) {
				return
			}
		}
	})
	if err != nil {
		return err
	}
	p.add(fmt.Sprintf("rows with new keys, %d are there", hi), float64(done.Rows)/time.Since(start).Seconds()/1e3, "k rows/s", "")
	return r.settle(ctx)
}

// upserts measures durable upserts of random keys that are all there, and
// checks every row afterwards.
func upserts(ctx context.Context, r *remote, p *Probe, o Options, n int) error {
	rng := NewRand(o.Seed)
	count := max(1, n/keysUpserts)
	newer, lines := make([]bool, n), make([]byte, 0, 48*count)
	for range count {
		id := rng.N(n)
		newer[id] = true
		lines = appendAccount(lines, id, 1)
	}
	want := int64(0)
	for id, again := range newer {
		g := 0
		if again {
			g = 1
		}
		want += int64(accountScore(id, g))
	}
	before, err := r.written()
	if err != nil {
		return err
	}
	peak := r.peak()
	start := time.Now()
	done, err := r.send(ctx, "accounts", lines, client.LoadOptions{Piece: 1 << 20})
	took := time.Since(start).Seconds()
	highest := peak()
	if err != nil {
		return err
	}
	p.add(fmt.Sprintf("durable upserts, %d keys are there", n), float64(done.Rows)/took/1e3, "k rows/s", ">= 150")
	p.add("anonymous memory of the server, peak", float64(highest)/(1<<20), "MiB", "< 1536")
	if err := r.settle(ctx); err != nil {
		return err
	}
	after, err := r.written()
	if err != nil {
		return err
	}
	p.add("written for each byte sent, log and merges", float64(after-before)/float64(len(lines)), "B", "")
	for sql, want := range map[string]int64{"SELECT count(*) FROM accounts": int64(n), "SELECT sum(score) FROM accounts": want} {
		if got, err := r.number(ctx, sql); err != nil || got != want {
			return fault.E("bench: keys", fault.Internal, fault.Item(sql), fmt.Errorf("%d, want %d: %w", got, want, err))
		}
	}
	return nil
}

// accountStatements times statements by key over one kept-alive connection,
// and beside them a page without a statement: what HTTP itself takes there.
func accountStatements(ctx context.Context, r *remote, p *Probe, o Options, n int) error {
	b, err := dialBare(ctx, r.addr)
	if err != nil {
		return err
	}
	defer b.close()
	c := &http.Client{Transport: &http.Transport{MaxConnsPerHost: 1}}
	defer c.CloseIdleConnections()
	url := "http://" + r.addr
	rng := NewRand(o.Seed + 1)
	key := func(from int, there bool, ask func(sql string) ([]byte, error)) func() error {
		return func() error {
			id := from + rng.N(n)
			body, err := ask("SELECT score FROM accounts WHERE id = " + strconv.Itoa(id))
			if err != nil {
				return err
			}
			return checkAccount(body, id, there)
		}
	}
	byLibrary := func(sql string) ([]byte, error) {
		return byClient(ctx, c, http.MethodPost, url+"/v1/sql", sql)
	}
	for _, kind := range []struct {
		name, want string
		one        func() error
	}{
		{"no statement (GET /healthz)", "", func() error { _, err := b.get("/healthz"); return err }},
		{fmt.Sprintf("statement by key, the row is there (of %d)", n), "< 200", key(0, true, b.sql)},
		{fmt.Sprintf("statement by key, no such row (of %d)", n), "", key(n, false, b.sql)},
		{"no statement, asked by Go's HTTP client", "", func() error { _, err := byClient(ctx, c, http.MethodGet, url+"/healthz", ""); return err }},
		{"statement by key, asked by Go's HTTP client", "", key(0, true, byLibrary)},
	} {
		var took []time.Duration
		for i := range pointWarm + pointRequests {
			start := time.Now()
			if err := kind.one(); err != nil {
				return err
			}
			if i >= pointWarm {
				took = append(took, time.Since(start))
			}
		}
		p.latency(kind.name, took, time.Microsecond, kind.want, "")
	}
	return nil
}

// byClient asks as a program in Go does.
func byClient(ctx context.Context, c *http.Client, method, url, text string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(text))
	if err != nil {
		return nil, fault.E("bench: keys", fault.Invalid, err)
	}
	res, err := c.Do(req)
	if err != nil {
		return nil, fault.E("bench: keys", fault.Unavailable, err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, fault.E("bench: keys", fault.IO, err)
	}
	return body, nil
}

// checkAccount holds an answer against the row that a key has.
func checkAccount(body []byte, id int, there bool) error {
	var answer struct{ Rows [][]json.Number }
	if err := json.Unmarshal(body, &answer); err != nil {
		return fault.E("bench: keys", fault.Corrupt, err)
	}
	ok := len(answer.Rows) == 0
	if there {
		ok = len(answer.Rows) == 1 && answer.Rows[0][0].String() == strconv.Itoa(accountScore(id, 0))
	}
	if !ok {
		return fault.Errorf("bench: keys", fault.Internal, "key %d (there: %v): the server answered %s", id, there, body)
	}
	return nil
}
