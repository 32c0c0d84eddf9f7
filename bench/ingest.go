package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/quindex/quindex/client"
	"github.com/quindex/quindex/fault"
)

// loadAlone measures loading the events into a server in another process,
// with the code of "quindex load": rows a second until the last is durable,
// and the server's memory. Then it kills the server, starts it again and
// counts the rows.
func loadAlone(ctx context.Context, o Options, p *Probe) error {
	w, err := NewWorkload("columnar", o.Seed, o.Rows)
	if err != nil {
		return err
	}
	w.Tables = w.Tables[:1]
	if o.Dir == "" {
		if o.Dir, err = os.MkdirTemp("", "quindex-bench-"); err != nil {
			return fault.E("bench", fault.IO, err)
		}
		defer os.RemoveAll(o.Dir)
	} else if err := os.MkdirAll(o.Dir, 0o755); err != nil {
		return fault.E("bench", fault.IO, err)
	}
	fmt.Fprintf(p.out, "making events: %d rows, seed %d\n", w.Rows, o.Seed)
	bytes, err := w.WriteFiles(o.Dir)
	if err != nil {
		return err
	}
	dir, remove, err := temporary()
	if err != nil {
		return err
	}
	defer remove()
	s, err := startChild(ctx, o, dir, "serve")
	if err != nil {
		return err
	}
	if err := timeLoad(ctx, o, p, s, w.Tables[0], bytes); err != nil {
		s.kill()
		return err
	}
	s.kill()
	used := s.cmd.ProcessState.UserTime() + s.cmd.ProcessState.SystemTime()
	p.add("processor time of the server", used.Seconds(), "s", "")
	return recount(ctx, o, p, dir, w.Tables[0])
}

func timeLoad(ctx context.Context, o Options, p *Probe, s *child, d Data, bytes int64) error {
	c := client.New(s.addr)
	defer c.Close()
	if _, err := c.Exec(ctx, d.DDL); err != nil {
		return err
	}
	peak := s.peak()
	start := time.Now()
	done, err := c.Load(ctx, []string{filepath.Join(o.Dir, d.Name+".ndjson")}, client.LoadOptions{Table: d.Name}, nil)
	took := time.Since(start).Seconds()
	highest := peak()
	if err != nil {
		return err
	}
	if done.Rows != int64(d.Rows) {
		return fault.Errorf("bench: load", fault.Internal, "%d rows went in, want %d", done.Rows, d.Rows)
	}
	p.add("durable rows", float64(done.Rows)/took/1e6, "M rows/s", ">= 0.3")
	p.add("file read", float64(bytes)/took/1e6, "MB/s", "")
	p.add("anonymous memory of the server, peak", float64(highest)/(1<<20), "MiB", "< 1536")
	after, err := s.anonymous()
	if err != nil {
		return err
	}
	p.add("anonymous memory of the server, at the end", float64(after)/(1<<20), "MiB", "")
	p.add("disk, log included", float64(diskBytes(s.dir))/1e6, "MB", "")
	m, err := s.counters(ctx)
	if err != nil {
		return err
	}
	p.add("segments at the end", m["quindex_segments"], "", "")
	p.add("written to segments", m["quindex_store_bytes_written_total"]/1e6, "MB", "")
	return nil
}

// recount starts a server on the folder of one that was killed.
func recount(ctx context.Context, o Options, p *Probe, dir string, d Data) error {
	start := time.Now()
	s, err := startChild(ctx, o, dir, "serve")
	if err != nil {
		return err
	}
	defer s.stop()
	c := client.New(s.addr)
	defer c.Close()
	rows, err := c.Query(ctx, "SELECT count(*) FROM "+d.Name)
	if err != nil {
		return err
	}
	defer rows.Close()
	var count json.Number
	for rows.Next() {
		count, _ = rows.Row()[0].(json.Number)
	}
	if rows.Err() != nil {
		return rows.Err()
	}
	if count.String() != fmt.Sprint(d.Rows) {
		return fault.Errorf("bench: load", fault.Internal, "%s rows after a kill, %d were acknowledged", count, d.Rows)
	}
	p.add("killed, started again, all rows counted", time.Since(start).Seconds(), "s", "")
	return nil
}
