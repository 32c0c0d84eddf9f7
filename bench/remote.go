package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/quindex/quindex/client"
	"github.com/quindex/quindex/fault"
)

// remote is a server in a process of its own with a client of it: the System
// of probes, and what they load rows with.
type remote struct {
	*child
	client *client.Client
}

// startRemote starts "quindex serve" on a new folder. close stops it and
// removes the folder.
func startRemote(ctx context.Context, o Options, env ...string) (r *remote, close func(), err error) {
	dir, remove, err := temporary()
	if err != nil {
		return nil, nil, err
	}
	c, err := startChild(ctx, o, dir, "serve", env...)
	if err != nil {
		remove()
		return nil, nil, err
	}
	r = &remote{child: c, client: client.New(c.addr)}
	return r, func() {
		r.client.Close()
		if c.stop() != nil {
			c.kill()
		}
		remove()
	}, nil
}

// Name returns "quindex".
func (r *remote) Name() string { return "quindex" }

// Close does nothing: who started the server stops it.
func (r *remote) Close() error { return nil }

// Query runs a statement over HTTP.
func (r *remote) Query(ctx context.Context, sql string) ([][]any, error) {
	rows, err := r.client.Query(ctx, sql)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out [][]any
	for rows.Next() {
		out = append(out, rows.Row())
	}
	return out, rows.Err()
}

// number runs a statement whose answer is one number.
func (r *remote) number(ctx context.Context, sql string) (int64, error) {
	rows, err := r.Query(ctx, sql)
	if err != nil {
		return 0, err
	}
	if len(rows) == 1 && len(rows[0]) == 1 {
		if n, ok := rows[0][0].(json.Number); ok {
			return n.Int64()
		}
	}
	return 0, fault.E("bench: ask", fault.Internal, fault.Item(sql), "the answer is not one number")
}

// pour loads rows as they are made, without a file between, and returns how
// many went in.
func (r *remote) pour(ctx context.Context, table string, make func(yield func(line []byte) bool)) (client.Loaded, error) {
	out, in := io.Pipe()
	go func() {
		var buf []byte
		make(func(line []byte) bool {
			if buf = append(buf, line...); len(buf) < 1<<20 {
				return true
			}
			_, err := in.Write(buf)
			buf = buf[:0]
			return err == nil
		})
		in.Write(buf)
		in.Close()
	}()
	defer out.Close()
	return r.client.LoadReader(ctx, table+".ndjson", out, client.LoadOptions{Table: table, OnError: "report"}, nil)
}

// send loads rows that are made already, in pieces of their own sizes.
func (r *remote) send(ctx context.Context, table string, lines []byte, o client.LoadOptions) (client.Loaded, error) {
	o.Table, o.OnError = table, "report" // rows are written as they come, and seen
	return r.client.LoadReader(ctx, table+".ndjson", bytes.NewReader(lines), o, nil)
}

// Load makes the tables of w and pours their rows in.
func (r *remote) Load(ctx context.Context, w *Workload, _ string) (Load, error) {
	start := time.Now()
	var rows, sent int64
	for _, d := range w.Tables {
		if _, err := r.client.Exec(ctx, d.DDL); err != nil {
			return Load{}, err
		}
		done, err := r.pour(ctx, d.Name, func(yield func([]byte) bool) { d.NDJSON(yield) })
		if err != nil {
			return Load{}, err
		}
		rows, sent = rows+done.Rows, sent+done.Bytes
	}
	for _, sql := range w.After["quindex"] {
		if _, err := r.client.Exec(ctx, sql); err != nil {
			return Load{}, err
		}
	}
	took := time.Since(start).Seconds()
	return Load{RowsPerSecond: float64(rows) / took, BytesPerSecond: float64(sent) / took, How: "poured in over loopback HTTP"}, nil
}

// settle waits until the server has written nothing for a while and no merge
// is under way.
func (r *remote) settle(ctx context.Context) error {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for quiet, seen := 0, -1.0; quiet < 15; {
		m, err := r.counters(ctx)
		if err != nil {
			return err
		}
		all, err := r.segments(ctx)
		if err != nil {
			return err
		}
		quiet++
		if w := m["quindex_store_bytes_written_total"]; w != seen || all.merging {
			quiet, seen = 0, w
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
	return nil
}

// held is what the segments of a server are, all together.
type held struct {
	bytes         int64 // in files
	rows, deleted int
	count         int // of those in files
	merging       bool
}

func (r *remote) segments(ctx context.Context) (h held, err error) {
	body, err := r.client.Call(ctx, "GET", "/v1/segments")
	if err != nil {
		return h, err
	}
	defer body.Close()
	var all map[string][]struct {
		Rows, Deleted   int
		Bytes           int64
		Memory, Merging bool
	}
	if err := json.NewDecoder(body).Decode(&all); err != nil {
		return h, fault.E("bench: read segments", fault.Corrupt, err)
	}
	for _, shard := range all {
		for _, s := range shard {
			h.merging = h.merging || s.Merging
			if s.Memory {
				continue
			}
			h.rows, h.deleted, h.bytes, h.count = h.rows+s.Rows, h.deleted+s.Deleted, h.bytes+s.Bytes, h.count+1
		}
	}
	return h, nil
}

// written returns the bytes that the child has handed to the disk, log and
// all. Only Linux tells.
func (c *child) written() (int64, error) {
	return writtenOf("/proc/" + strconv.Itoa(c.cmd.Process.Pid) + "/io")
}

func writtenOf(path string) (int64, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, fault.E("bench: read what was written", fault.Unavailable, err, fault.Hint("only Linux tells what a process writes"))
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "write_bytes: "); ok {
			n, err := strconv.ParseInt(strings.TrimSpace(rest), 10, 64)
			if err != nil {
				return 0, fault.E("bench: read what was written", fault.Corrupt, fault.Item(line), err)
			}
			return n, nil
		}
	}
	return 0, fault.E("bench: read what was written", fault.Unavailable, fault.Item(path), "no write_bytes")
}
