package bench

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/quindex/quindex/fault"
)

const (
	overloadRows    = 1_000_000
	overloadFor     = time.Minute
	overloadClients = 64
	overloadTimes   = 4  // the capacity
	outstanding     = 16 // requests that a client may wait for at once
	overloadPeak    = 5 * time.Second
	overloadMemory  = 2 << 30 // as the Go runtime is told
)

// overload finds the most statements a second that a few clients get answered,
// then asks for four times as many from 64 clients, who do not wait for one
// answer before they ask the next, and counts what becomes of each request.
func overload(ctx context.Context, o Options, p *Probe) error {
	if o.Rows <= 0 {
		o.Rows = overloadRows
	}
	if o.For <= 0 {
		o.For = overloadFor
	}
	r, close, err := startRemote(ctx, o, "GOMEMLIMIT="+strconv.Itoa(overloadMemory), "QUINDEX_SLOW_QUERY=-1s")
	if err != nil {
		return err
	}
	defer close()
	w, err := NewWorkload("columnar", o.Seed, o.Rows)
	if err != nil {
		return err
	}
	w.Tables = w.Tables[:1]
	if _, err := r.Load(ctx, w, ""); err != nil {
		return err
	}
	if _, err := r.client.Exec(ctx, accountsDDL); err != nil {
		return err
	}
	if err := r.settle(ctx); err != nil {
		return err
	}
	c := newCrowd(r.addr, o)
	defer c.http.CloseIdleConnections()
	peak, at, err := c.peak(ctx, p, min(overloadPeak, o.For/8))
	if err != nil {
		return err
	}
	memory := r.peak()
	before := c.outcomes()
	start := time.Now()
	err = c.press(ctx, overloadTimes*peak, o.For)
	took := time.Since(start).Seconds()
	top := memory()
	if err != nil {
		return err
	}
	now := c.outcomes()
	answered, refused, lost := now.answered-before.answered, now.refused-before.refused, now.lost-before.lost
	p.add(fmt.Sprintf("peak, with %d clients", at), peak, "statements/s", "")
	p.add("asked for", float64(answered+refused+lost)/took, "statements/s", "")
	p.add("not sent: the client waits for as many as it may", float64(now.held), "", "")
	p.add("answered", float64(answered), "", "")
	p.add("refused with 429 or 503 and Retry-After", float64(refused), "", "")
	p.add("neither answered nor refused", float64(lost), "", "< 1")
	p.add("answered a second", float64(answered)/took, "statements/s", "")
	p.add("of the peak", float64(answered)/took/peak, "", ">= 0.8")
	if len(c.took) > 0 {
		p.latency("answered under overload", c.took, time.Millisecond, "", "")
	}
	p.add("anonymous memory of the server, peak", float64(top)/(1<<20), "MiB", fmt.Sprintf("< %d", overloadMemory>>20*5/4))
	for _, why := range c.why {
		fmt.Fprintln(p.out, "  "+why)
	}
	if _, err := r.number(ctx, "SELECT count(*) FROM hits"); err != nil {
		return fault.E("bench: overload: afterwards", err)
	}
	return nil
}

// crowd is many clients of one server.
type crowd struct {
	url  string
	o    Options
	http *http.Client

	answered, refused, lost, held atomic.Int64

	mu   sync.Mutex
	took []time.Duration // of what was answered, of every one
	why  []string        // the first few requests that came to nothing
}

type outcomes struct{ answered, refused, lost, held int64 }

func newCrowd(addr string, o Options) *crowd {
	most := overloadClients * outstanding
	return &crowd{url: "http://" + addr + "/v1/sql", o: o,
		http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: most, MaxConnsPerHost: most}}}
}

func (c *crowd) outcomes() outcomes {
	return outcomes{c.answered.Load(), c.refused.Load(), c.lost.Load(), c.held.Load()}
}

// peak is the highest rate of answers that few clients get, each of which
// waits for its answer before it asks again.
func (c *crowd) peak(ctx context.Context, p *Probe, last time.Duration) (best float64, at int, err error) {
	for _, clients := range []int{1, 2, 4, 8} {
		before := c.outcomes()
		start := time.Now()
		g, ctx := errgroup.WithContext(ctx)
		for i := range clients {
			g.Go(func() error {
				rng := NewRand(c.o.Seed + uint64(i))
				for time.Since(start) < last {
					c.one(ctx, rng.N(1<<30))
				}
				return ctx.Err()
			})
		}
		if err := g.Wait(); err != nil {
			return 0, 0, err
		}
		now := c.outcomes()
		if now.answered == before.answered || now.lost > 0 {
			return 0, 0, fault.Errorf("bench: overload", fault.Internal, "%d answers for %d clients, %d requests lost: %s",
				now.answered-before.answered, clients, now.lost, strings.Join(c.why, "; "))
		}
		rate := float64(now.answered-before.answered) / time.Since(start).Seconds()
		p.add(fmt.Sprintf("with %d clients", clients), rate, "statements/s", "")
		if rate > best {
			best, at = rate, clients
		}
	}
	c.took = nil
	return best, at, nil
}

// press has each client ask at its part of rate, whether or not it was
// answered, as long as it waits for fewer than outstanding answers.
func (c *crowd) press(ctx context.Context, rate float64, last time.Duration) error {
	every := time.Duration(float64(overloadClients) / rate * float64(time.Second))
	g, ctx := errgroup.WithContext(ctx)
	start := time.Now()
	for i := range overloadClients {
		g.Go(func() error {
			rng := NewRand(c.o.Seed + 1000 + uint64(i))
			room := make(chan struct{}, outstanding)
			var waiting sync.WaitGroup
			defer waiting.Wait()
			for at := time.Duration(rng.N(int(every))); at < last; at += every {
				if err := sleep(ctx, time.Until(start.Add(at))); err != nil {
					return err
				}
				q := rng.N(1 << 30)
				select {
				case room <- struct{}{}:
					waiting.Go(func() {
						c.one(ctx, q)
						<-room
					})
				default:
					c.held.Add(1)
				}
			}
			return nil
		})
	}
	return g.Wait()
}

// statement is the one that a random number picks: groups, sorts, points and,
// one in twenty, an upsert of twenty rows.
func (c *crowd) statement(q int) string {
	rng := NewRand(uint64(q))
	switch q % 20 {
	case 0:
		var b strings.Builder
		b.WriteString("INSERT INTO accounts VALUES ")
		for i := range 20 {
			if i > 0 {
				b.WriteString(", ")
			}
			fmt.Fprintf(&b, "(%d, %d, 'open')", rng.N(100_000), rng.N(1000))
		}
		return b.String()
	case 1, 2, 3:
		return fmt.Sprintf("SELECT user_id, count(*) AS n FROM hits WHERE score > %d GROUP BY user_id ORDER BY n DESC, user_id LIMIT 10", rng.N(50))
	case 4, 5:
		return "SELECT count(DISTINCT user_id) FROM hits WHERE duration > " + fmt.Sprint(rng.N(1000))
	case 6, 7, 8, 9, 10:
		return fmt.Sprintf("SELECT * FROM accounts WHERE id = %d", rng.N(100_000))
	}
	return fmt.Sprintf("SELECT country, count(*), avg(duration) FROM hits WHERE user_id > %d GROUP BY country ORDER BY country", rng.N(100_000))
}

// one asks one statement and counts what became of it: answered is a whole
// answer; refused, a 429 or 503 that says when to come again.
func (c *crowd) one(ctx context.Context, q int) {
	start := time.Now()
	sql := c.statement(q)
	status, retry, body, err := c.post(ctx, sql)
	switch {
	case ctx.Err() != nil:
	case err == nil && status == http.StatusOK:
		c.answered.Add(1)
		c.mu.Lock()
		c.took = append(c.took, time.Since(start))
		c.mu.Unlock()
	case err == nil && (status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable) && retry != "":
		c.refused.Add(1)
	default:
		c.lost.Add(1)
		c.mu.Lock()
		if len(c.why) < 5 {
			c.why = append(c.why, fmt.Sprintf("%s: %d %v %.300s", sql, status, err, body))
		}
		c.mu.Unlock()
	}
}

func (c *crowd) post(ctx context.Context, sql string) (status int, retry string, body []byte, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, strings.NewReader(sql))
	if err != nil {
		return 0, "", nil, err
	}
	res, err := c.http.Do(req)
	if err != nil {
		return 0, "", nil, err
	}
	defer res.Body.Close()
	body, err = io.ReadAll(res.Body)
	return res.StatusCode, res.Header.Get("Retry-After"), slices.Clip(body), err
}
