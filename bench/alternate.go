package bench

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/quindex/quindex/client"
	"github.com/quindex/quindex/fault"
)

// alternations of a write and a read, unless Rows says otherwise.
const alternations = 10_000

// alternate measures single-row inserts, each followed by a query that must
// see the row, and counts what they do to the store.
func alternate(ctx context.Context, o Options, p *Probe) error {
	dir, remove, err := temporary()
	if err != nil {
		return err
	}
	defer remove()
	s, err := startChild(ctx, o, dir, "serve")
	if err != nil {
		return err
	}
	defer s.stop()
	c := client.New(s.addr)
	defer c.Close()
	if _, err := c.Exec(ctx, "CREATE TABLE notes (id BIGINT NOT NULL, at TIMESTAMP NOT NULL, author KEYWORD, stars BIGINT)"); err != nil {
		return err
	}
	n := o.Rows
	if n <= 0 {
		n = alternations
	}
	var writes, reads []time.Duration
	mostSegments, stars := 0.0, int64(0)
	r := NewRand(o.Seed)
	start := time.Now()
	for i := range n {
		v := int64(r.N(100))
		stars += v
		begin := time.Now()
		insert := fmt.Sprintf("INSERT INTO notes VALUES (%d, TIMESTAMP '2026-01-01 00:00:00' + INTERVAL '%d seconds', 'author %d', %d)", i, i, r.N(50), v)
		if _, err := c.Exec(ctx, insert); err != nil {
			return err
		}
		written := time.Now()
		if err := sees(ctx, c, int64(i), stars); err != nil {
			return err
		}
		writes, reads = append(writes, written.Sub(begin)), append(reads, time.Since(written))
		if i%100 == 99 {
			m, err := s.counters(ctx)
			if err != nil {
				return err
			}
			mostSegments = max(mostSegments, m["quindex_segments"])
		}
	}
	took := time.Since(start)
	m, err := s.counters(ctx)
	if err != nil {
		return err
	}
	synced, err := syncedAppends(dir, 1000)
	if err != nil {
		return err
	}
	p.latency("insert of one row", writes, time.Millisecond, "", "< 10")
	p.latency("query that sees it", reads, time.Millisecond, "", "< 10")
	p.latency("for comparison: 256 bytes appended and synced", synced, time.Millisecond, "", "")
	p.add("alternations", float64(n)/took.Seconds(), "pairs/s", "")
	p.add("segments at the end", m["quindex_segments"], "", fmt.Sprintf("< %d", segmentLimit))
	p.add("segments at most", mostSegments, "", fmt.Sprintf("< %d", segmentLimit))
	seals := m["quindex_store_seals_total"]
	p.add("seals", seals, "", fmt.Sprintf("< %d", max(segmentLimit, n/50)))
	p.add("flushes", m["quindex_store_flushes_total"], "", "")
	p.add("merges, in memory and on disk", m["quindex_store_memory_merges_total"]+m["quindex_store_merges_total"], "", "")
	return nil
}

// segmentLimit is the number of segments, over all shards, that would be a
// storm for so few rows.
const segmentLimit = 200

// sees asks for everything so far: the row just written must be in it.
func sees(ctx context.Context, c *client.Client, last, stars int64) error {
	rows, err := c.Query(ctx, "SELECT count(*), max(id), sum(stars) FROM notes")
	if err != nil {
		return err
	}
	defer rows.Close()
	got := ""
	for rows.Next() {
		got += fmt.Sprint(rows.Row())
	}
	if rows.Err() != nil {
		return rows.Err()
	}
	if want := fmt.Sprint([]any{last + 1, last, stars}); got != want {
		return fault.Errorf("bench: alternate", fault.Internal, "a query after row %d saw %s, want %s", last, got, want)
	}
	return nil
}

// syncedAppends is what the disk alone takes for a small durable write.
func syncedAppends(dir string, n int) ([]time.Duration, error) {
	f, err := os.CreateTemp(dir, "synced-")
	if err != nil {
		return nil, fault.E("bench: alternate", fault.IO, err)
	}
	defer os.Remove(f.Name())
	defer f.Close()
	var took []time.Duration
	for range n {
		start := time.Now()
		if _, err = f.Write(make([]byte, 256)); err == nil {
			err = f.Sync()
		}
		if err != nil {
			return nil, fault.E("bench: alternate", fault.IO, err)
		}
		took = append(took, time.Since(start))
	}
	return took, nil
}
