package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/quindex/quindex/client"
	"github.com/quindex/quindex/fault"
)

// Ten hours of upserts in miniature: as many rows, in less time, and what a
// server does by the clock it does as many times more often.
const (
	historyRows   = 2_000_000
	historyOf     = 10 // upserts for each key
	historyFor    = 2 * time.Minute
	historyHours  = 10 * time.Hour
	historyDDL    = "CREATE TABLE meters (id BIGINT NOT NULL, at TIMESTAMP NOT NULL, reading DOUBLE NOT NULL, place KEYWORD NOT NULL, note KEYWORD, PRIMARY KEY (id))"
	historyPieces = 50              // requests a second
	historyReads  = 200             // a second
	flushAge      = 5 * time.Minute // the server's own
)

// history measures what upserts leave behind: space after merges, bytes
// written, memory, and what they cost statements that read meanwhile.
func history(ctx context.Context, o Options, p *Probe) error {
	n, last := o.Rows, o.For
	if n <= 0 {
		n = historyRows
	}
	if last <= 0 {
		last = historyFor
	}
	h := &past{o: o, p: p, keys: max(100, n/historyOf), upserts: n, last: last}
	age := max(time.Second, time.Duration(float64(flushAge)*float64(last)/float64(historyHours)))
	r, close, err := startRemote(ctx, o, "QUINDEX_FLUSH_AGE="+age.String())
	if err != nil {
		return err
	}
	defer close()
	h.server = r
	return h.run(ctx)
}

// past is one run of history.
type past struct {
	o             Options
	p             *Probe
	server        *remote
	keys, upserts int
	last          time.Duration
	sent          int64
	newest        []int // generation of each key's row
	next          int   // generation to come
}

func (h *past) run(ctx context.Context) error {
	r := h.server
	if _, err := r.client.Exec(ctx, historyDDL); err != nil {
		return err
	}
	h.newest = make([]int, h.keys)
	var all []byte
	for id := range h.keys {
		all = h.line(all, id, 0)
	}
	if _, err := r.send(ctx, "meters", all, client.LoadOptions{}); err != nil {
		return err
	}
	if err := h.rest(ctx); err != nil {
		return err
	}
	live, err := r.segments(ctx)
	if err != nil {
		return err
	}
	quiet, err := h.read(ctx, make(chan struct{}), max(time.Second, h.last/6))
	if err != nil {
		return err
	}
	counters, err := r.counters(ctx)
	if err != nil {
		return err
	}
	wrote, err := r.written()
	if err != nil {
		return err
	}
	memory := h.remember()
	busy, err := h.write(ctx)
	samples := memory()
	if err != nil {
		return err
	}
	if err := h.rest(ctx); err != nil {
		return err
	}
	if err := h.check(ctx); err != nil {
		return err
	}
	return h.report(ctx, live, quiet, busy, samples, counters["quindex_store_bytes_written_total"], wrote)
}

// line adds the row that a key has in a generation.
func (h *past) line(b []byte, id, g int) []byte {
	b = strconv.AppendInt(append(b, `{"id":`...), int64(id), 10)
	b = append(b, `,"at":"`...)
	b = skiesStart.Add(time.Duration(g)*time.Second).AppendFormat(b, "2006-01-02T15:04:05Z")
	b = strconv.AppendInt(append(b, `","reading":`...), int64(h.reading(id, g)), 10)
	b = strconv.AppendInt(append(b, `.25,"place":"place `...), int64(id%500), 10)
	return append(strconv.AppendInt(append(b, `","note":"generation `...), int64(g), 10), "\"}\n"...)
}

func (h *past) reading(id, g int) int { return (id*31 + g*977) % 10_000 }

// write sends the upserts at an even pace while statements read, and returns
// how long those took.
func (h *past) write(ctx context.Context) (took []time.Duration, err error) {
	done := make(chan struct{})
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		var err error
		took, err = h.read(ctx, done, 0)
		return err
	})
	g.Go(func() error {
		defer close(done)
		return h.send(ctx)
	})
	start := time.Now()
	err = g.Wait()
	h.p.add("upserts", float64(h.upserts)/time.Since(start).Seconds()/1e3, "k rows/s", "")
	return took, err
}

func (h *past) send(ctx context.Context) error {
	rng := NewRand(h.o.Seed)
	pieces := max(1, min(h.upserts, int(h.last.Seconds()*historyPieces)))
	every := h.last / time.Duration(pieces)
	start := time.Now()
	for i := range pieces {
		var lines []byte
		for range h.upserts*(i+1)/pieces - h.upserts*i/pieces {
			id := rng.N(h.keys)
			h.next++
			h.newest[id] = h.next
			lines = h.line(lines, id, h.next)
		}
		if _, err := h.server.send(ctx, "meters", lines, client.LoadOptions{Parallel: 1, Piece: 16 << 20}); err != nil {
			return err
		}
		h.sent += int64(len(lines))
		if err := sleep(ctx, time.Until(start.Add(time.Duration(i+1)*every))); err != nil {
			return err
		}
	}
	return nil
}

func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// read asks for rows by key, and now and then for a group, at an even pace
// until done is closed or, if last is not 0, that time is over.
func (h *past) read(ctx context.Context, done <-chan struct{}, last time.Duration) (took []time.Duration, err error) {
	rng := NewRand(h.o.Seed + 1)
	start := time.Now()
	for i := 0; ; i++ {
		select {
		case <-done:
			return took, nil
		default:
		}
		if last > 0 && time.Since(start) > last {
			return took, nil
		}
		sql := "SELECT reading, note FROM meters WHERE id = " + strconv.Itoa(rng.N(h.keys))
		if i%10 == 9 {
			sql = fmt.Sprintf("SELECT count(*), avg(reading) FROM meters WHERE place = 'place %d'", rng.N(500))
		}
		asked := time.Now()
		answer, err := h.server.Query(ctx, sql)
		if err == nil && len(answer) != 1 {
			err = fault.Errorf("bench: history", fault.Internal, "%d rows for %s, want 1", len(answer), sql)
		}
		if err != nil {
			return took, err
		}
		took = append(took, time.Since(asked))
		if err := sleep(ctx, time.Until(start.Add(time.Duration(i+1)*time.Second/historyReads))); err != nil {
			return took, err
		}
	}
}

// remember samples the server's anonymous memory until it is called again.
func (h *past) remember() (stop func() []int64) {
	end, all := make(chan struct{}), make(chan []int64)
	go func() {
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		var got []int64
		for {
			if now, err := h.server.anonymous(); err == nil {
				got = append(got, now)
			}
			select {
			case <-tick.C:
			case <-end:
				all <- got
				return
			}
		}
	}()
	return func() []int64 {
		close(end)
		return <-all
	}
}

// rest waits until what was written is in files, and merges are done.
func (h *past) rest(ctx context.Context) error {
	for {
		if err := h.server.settle(ctx); err != nil {
			return err
		}
		m, err := h.server.counters(ctx)
		if err != nil {
			return err
		}
		if m["quindex_dirty_bytes"] == 0 {
			return nil
		}
		if err := sleep(ctx, 100*time.Millisecond); err != nil {
			return err
		}
	}
}

// check holds the table against what was sent last of each key.
func (h *past) check(ctx context.Context) error {
	readings, generations := 0.0, 0.0
	for id, g := range h.newest {
		readings += float64(h.reading(id, g)) + 0.25
		generations += float64(g)
	}
	answer, err := h.server.Query(ctx, fmt.Sprintf("SELECT count(*), sum(reading), sum(extract(epoch FROM at)) - %d.0 * count(*) FROM meters", skiesStart.Unix()))
	if err != nil {
		return err
	}
	if why := differ([][]any{{int64(h.keys), readings, generations}}, answer, true); why != "" {
		return fault.E("bench: history", fault.Internal, errors.New(why))
	}
	return nil
}

func (h *past) report(ctx context.Context, live held, quiet, busy []time.Duration, memory []int64, segmentsBefore float64, wroteBefore int64) error {
	p, r := h.p, h.server
	now, err := r.segments(ctx)
	if err != nil {
		return err
	}
	m, err := r.counters(ctx)
	if err != nil {
		return err
	}
	wrote, err := r.written()
	if err != nil {
		return err
	}
	segments := m["quindex_store_bytes_written_total"] - segmentsBefore
	all := float64(wrote - wroteBefore)
	p.add("live data: the same rows loaded once", float64(live.bytes)/1e6, "MB", "")
	p.add("space after merges, for each byte live", float64(now.bytes)/float64(live.bytes), "B", "< 3")
	p.add("dead rows for each that lives", float64(now.deleted)/float64(h.keys), "", "")
	p.add("segments in files", float64(now.count), "", "")
	p.add("disk, log and snapshots included", float64(diskBytes(r.dir))/1e6, "MB", "")
	p.add("flushes", m["quindex_store_flushes_total"], "", "")
	p.add("merges", m["quindex_store_merges_total"], "", "")
	p.add("user bytes, as sent", float64(h.sent)/1e6, "MB", "")
	p.add("written to segments, for each byte sent", segments/float64(h.sent), "B", "")
	p.add("written in all, for each byte sent", all/float64(h.sent), "B", "")
	slices.Sort(quiet)
	slices.Sort(busy)
	before, during := percentile(quiet, 99, time.Millisecond), percentile(busy, 99, time.Millisecond)
	p.add("statements that read, p50 in quiet", percentile(quiet, 50, time.Millisecond), "ms", "")
	p.add("statements that read, p50 during upserts", percentile(busy, 50, time.Millisecond), "ms", "")
	p.add("statements that read, p99 in quiet", before, "ms", "")
	p.add("statements that read, p99 during upserts", during, "ms", "")
	p.add("p99 during upserts, of that in quiet", during/before, "x", "< 3")
	early, late := highest(memory[len(memory)/4:max(1, len(memory)/2)]), highest(memory[3*len(memory)/4:])
	p.add("anonymous memory, peak of the second quarter", float64(early)/(1<<20), "MiB", "")
	p.add("anonymous memory, peak of the last quarter", float64(late)/(1<<20), "MiB", "")
	p.add("memory of the last quarter, of the second's", float64(late)/float64(early), "x", "< 1.25")
	return nil
}

func highest(of []int64) (top int64) {
	for _, v := range of {
		top = max(top, v)
	}
	return top
}
