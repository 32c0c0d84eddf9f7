package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/quindex/quindex/client"
	"github.com/quindex/quindex/fault"
)

const (
	pointRequests = 5000 // timed, of each way of asking
	pointWarm     = 500  // before them
)

// point measures a small statement over kept-alive connections: the flights
// of one airport counted, in the demo's data, each answer checked.
func point(ctx context.Context, o Options, p *Probe) error {
	dir, remove, err := temporary()
	if err != nil {
		return err
	}
	defer remove()
	s, err := startChild(ctx, o, dir, "demo")
	if err != nil {
		return err
	}
	defer s.stop()
	counts, err := flightsByOrigin(ctx, s.addr)
	if err != nil {
		return err
	}
	var origins []string
	for origin := range counts {
		origins = append(origins, origin)
	}
	slices.Sort(origins) // so that a seed asks for the same airports in every run
	q := &asker{url: "http://" + s.addr + "/v1/sql", counts: counts, http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8, MaxConnsPerHost: 8}}}
	q.http.Transport.(*http.Transport).DialContext = q.dial
	defer q.http.CloseIdleConnections()
	busiest := func(*Rand) string { return "ORD" }
	random := func(r *Rand) string { return origins[r.N(len(origins))] }
	for _, way := range []struct {
		name    string
		clients int
		origin  func(*Rand) string
		want    string
	}{
		{"flights of ORD counted, 1 client", 1, busiest, "< 300"},
		{"flights of any airport counted, 1 client", 1, random, ""},
		{"flights of ORD counted, 8 clients", 8, busiest, ""},
		{"flights of any airport counted, 8 clients", 8, random, ""},
	} {
		if _, err := q.ask(ctx, o.Seed, way.clients, pointWarm, way.origin); err != nil {
			return err
		}
		start := time.Now()
		took, err := q.ask(ctx, o.Seed+1, way.clients, pointRequests, way.origin)
		if err != nil {
			return err
		}
		rate := float64(len(took)) / time.Since(start).Seconds()
		p.latency(way.name, took, time.Microsecond, way.want, "")
		p.add(way.name, rate, "statements/s", "")
	}
	p.add("connections made for all of them", float64(q.connections), "", "< 20")
	return nil
}

func flightsByOrigin(ctx context.Context, addr string) (map[string]string, error) {
	c := client.New(addr)
	defer c.Close()
	rows, err := c.Query(ctx, "SELECT origin, count(*) FROM flights GROUP BY origin")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	counts := map[string]string{}
	for rows.Next() {
		counts[fmt.Sprint(rows.Row()[0])] = fmt.Sprint(rows.Row()[1])
	}
	if rows.Err() == nil && counts["ORD"] == "" {
		return nil, fault.Errorf("bench: point", fault.Internal, "%d airports, ORD not among them", len(counts))
	}
	return counts, rows.Err()
}

// asker sends the statement as any HTTP library does, and checks the answers.
type asker struct {
	url    string
	http   *http.Client
	counts map[string]string // right answers by airport

	mu          sync.Mutex
	connections int
}

// ask sends n statements from several clients and returns how long each took.
func (q *asker) ask(ctx context.Context, seed uint64, clients, n int, origin func(*Rand) string) ([]time.Duration, error) {
	all := make([][]time.Duration, clients)
	g, ctx := errgroup.WithContext(ctx)
	for i := range clients {
		g.Go(func() error {
			r := NewRand(seed*100 + uint64(i))
			for range n / clients {
				start := time.Now()
				at := origin(r)
				if err := q.one(ctx, at); err != nil {
					return err
				}
				all[i] = append(all[i], time.Since(start))
			}
			return nil
		})
	}
	err := g.Wait()
	var took []time.Duration
	for _, t := range all {
		took = append(took, t...)
	}
	return took, err
}

func (q *asker) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	q.mu.Lock()
	q.connections++
	q.mu.Unlock()
	return (&net.Dialer{}).DialContext(ctx, network, addr)
}

func (q *asker) one(ctx context.Context, origin string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, q.url, strings.NewReader("SELECT count(*) FROM flights WHERE origin='"+origin+"'"))
	if err != nil {
		return fault.E("bench: point", fault.Invalid, err)
	}
	res, err := q.http.Do(req)
	if err != nil {
		return fault.E("bench: point", fault.Unavailable, err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return fault.E("bench: point", fault.IO, err)
	}
	var answer struct{ Rows [][]json.Number }
	if err := json.Unmarshal(body, &answer); err != nil || len(answer.Rows) != 1 || answer.Rows[0][0].String() != q.counts[origin] {
		return fault.Errorf("bench: point", fault.Internal, "%s has %s flights, the server answered %s", origin, q.counts[origin], body)
	}
	return nil
}
