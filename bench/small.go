package bench

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/quindex/quindex/client"
	"github.com/quindex/quindex/fault"
)

const (
	smallLimit = 512 << 20 // of memory, as the Go runtime is told
	smallBytes = 4 << 30   // of segments
	smallRows  = 1_000_000 // keys that are written twice

	ballastText = 512 // characters of a row that do not compress well
	ballastDDL  = "CREATE TABLE ballast (id BIGINT NOT NULL, who BIGINT NOT NULL, payload KEYWORD NOT NULL)"
)

// smallMemory loads all workloads and as many more rows as it takes to have
// more data than the server has memory, and runs every statement of all.
func smallMemory(ctx context.Context, o Options, p *Probe) error {
	if o.Bytes <= 0 {
		o.Bytes = smallBytes
	}
	r, close, err := startRemote(ctx, o, "GOMEMLIMIT="+strconv.Itoa(smallLimit), "QUINDEX_SLOW_QUERY=-1s")
	if err != nil {
		return err
	}
	defer close()
	s := &cramped{o: o, p: p, server: r, share: min(1, float64(o.Bytes)/smallBytes)}
	var loading, asking int64
	var all []*Workload
	peak := r.peak()
	all, err = s.fill(ctx)
	if loading = peak(); err != nil {
		return err
	}
	peak = r.peak()
	err = s.askAll(ctx, all)
	if asking = peak(); err != nil {
		return err
	}
	p.add("statements run", float64(s.ran), "", "")
	p.add("statements that did not complete", float64(len(s.failed)), "", "< 1")
	for _, why := range s.failed {
		fmt.Fprintln(p.out, "  "+why)
	}
	p.add("anonymous memory of the server, peak of loading", float64(loading)/(1<<20), "MiB", fmt.Sprintf("< %d", smallLimit>>20*3/2))
	p.add("anonymous memory of the server, peak of statements", float64(asking)/(1<<20), "MiB", fmt.Sprintf("< %d", smallLimit>>20*3/2))
	return nil
}

// cramped is one run of smallMemory.
type cramped struct {
	o      Options
	p      *Probe
	server *remote
	share  float64 // of the workloads' own sizes
	ran    int
	failed []string
}

// fill loads everything and returns the workloads.
func (s *cramped) fill(ctx context.Context) (all []*Workload, err error) {
	for _, w := range workloads {
		made, err := NewWorkload(w.name, s.o.Seed, max(10_000, int(float64(w.rows)*s.share)))
		if err != nil {
			return nil, err
		}
		l, err := s.server.Load(ctx, made, "")
		if err != nil {
			return nil, fault.E("bench: small-memory: load "+w.name, err)
		}
		s.p.add(w.name+" loaded", l.RowsPerSecond/1e3, "k rows/s", "")
		all = append(all, made)
	}
	if err := s.ballast(ctx); err != nil {
		return nil, err
	}
	if err := s.upsert(ctx); err != nil {
		return nil, err
	}
	if err := s.server.settle(ctx); err != nil {
		return nil, err
	}
	held, err := s.server.segments(ctx)
	if err != nil {
		return nil, err
	}
	s.p.add("segments, for each byte of the memory limit", float64(held.bytes)/smallLimit, "B", "")
	return all, nil
}

// askAll runs every statement of the workloads, and more that read the ballast.
func (s *cramped) askAll(ctx context.Context, all []*Workload) error {
	for _, w := range append(all, &Workload{Name: "ballast", Statements: s.wide()}) {
		if err := s.ask(ctx, w); err != nil {
			return err
		}
	}
	return s.tooMuch(ctx)
}

// ask runs every statement of a workload and compares with the truth, where
// the workload knows it.
func (s *cramped) ask(ctx context.Context, w *Workload) error {
	o := s.o
	o.Runs = 1
	start := time.Now()
	for _, st := range w.Statements {
		s.ran++
		q, err := measure(ctx, st, o, []System{s.server})
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if _, e := s.server.anonymous(); e != nil {
			return fault.E("bench: small-memory: the server died of "+st.Name, e)
		}
		if err != nil {
			s.failed = append(s.failed, err.Error())
		} else if !q.Equal {
			s.failed = append(s.failed, w.Name+" "+st.Name+": "+q.Difference)
		}
	}
	s.p.add(fmt.Sprintf("%s, all %d statements", w.Name, len(w.Statements)), time.Since(start).Seconds(), "s", "")
	return nil
}

// ballast adds rows of random text until the segments are as large as asked for.
func (s *cramped) ballast(ctx context.Context) error {
	if _, err := s.server.client.Exec(ctx, ballastDDL); err != nil {
		return err
	}
	rng, id := NewRand(s.o.Seed), 0
	start := time.Now()
	for {
		if err := s.server.settle(ctx); err != nil {
			return err
		}
		held, err := s.server.segments(ctx)
		if err != nil {
			return err
		}
		lacking := int(s.o.Bytes-held.bytes) / ballastText
		if lacking < 1000 {
			break
		}
		var line []byte
		if _, err := s.server.pour(ctx, "ballast", func(yield func([]byte) bool) {
			for range lacking {
				if line = appendBallast(line[:0], id, rng); !yield(line) {
					return
				}
				id++
			}
		}); err != nil {
			return fault.E("bench: small-memory: load ballast", err)
		}
	}
	s.p.add("ballast loaded", float64(id)/time.Since(start).Seconds()/1e3, "k rows/s", "")
	return nil
}

func appendBallast(b []byte, id int, r *Rand) []byte {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	b = strconv.AppendInt(append(b, `{"id":`...), int64(id), 10)
	b = strconv.AppendInt(append(b, `,"who":`...), int64(id%50_000), 10)
	b = append(b, `,"payload":"`...)
	for range ballastText / 8 {
		bits := r.Uint64()
		for range 8 {
			b = append(b, letters[bits&63])
			bits >>= 6
		}
	}
	return append(b, "\"}\n"...)
}

// upsert writes rows with a key twice.
func (s *cramped) upsert(ctx context.Context) error {
	if _, err := s.server.client.Exec(ctx, accountsDDL); err != nil {
		return err
	}
	n := max(10_000, int(smallRows*s.share))
	start := time.Now()
	for g := range 2 {
		var lines []byte
		for id := range n {
			lines = appendAccount(lines, id, g)
		}
		if _, err := s.server.send(ctx, "accounts", lines, client.LoadOptions{}); err != nil {
			return fault.E("bench: small-memory: upsert", err)
		}
	}
	s.p.add("rows with a key written twice", float64(2*n)/time.Since(start).Seconds()/1e3, "k rows/s", "")
	if got, err := s.server.number(ctx, "SELECT count(*) FROM accounts"); err != nil || got != int64(n) {
		return fault.E("bench: small-memory: upsert", fault.Internal, fmt.Errorf("%d rows, want %d: %w", got, n, err))
	}
	return nil
}

// wide are statements that read all of the ballast.
func (s *cramped) wide() []Statement {
	return []Statement{
		{Name: "b01_like", SQL: func(r *Rand) string {
			return fmt.Sprintf("SELECT count(*) FROM ballast WHERE payload LIKE '%%z%d%%'", 100+r.N(900))
		}},
		fixed("b02_first", "SELECT id, payload FROM ballast ORDER BY payload LIMIT 10"),
		fixed("b03_group", "SELECT who, count(*), max(payload) FROM ballast GROUP BY who ORDER BY 2 DESC, 1 LIMIT 10"),
		fixed("b04_length", "SELECT sum(length(payload)) FROM ballast"),
		fixed("b05_ids", "SELECT count(DISTINCT id), max(id) FROM ballast"),
	}
}

// tooMuch asks for what cannot fit: the server must refuse it and live.
func (s *cramped) tooMuch(ctx context.Context) error {
	if s.share < 1 {
		return nil // it fits
	}
	s.ran++
	const sql = "SELECT who, array_agg(payload) FROM ballast GROUP BY who"
	_, err := s.server.Query(ctx, sql)
	var refused *client.Problem
	if !errors.As(err, &refused) || refused.Status != 422 && refused.Status != 429 {
		s.failed = append(s.failed, fmt.Sprintf("%s: %v, want a refusal", sql, err))
	}
	if _, err := s.server.number(ctx, "SELECT count(*) FROM accounts"); err != nil {
		return fault.E("bench: small-memory: after a refusal", err)
	}
	return nil
}
