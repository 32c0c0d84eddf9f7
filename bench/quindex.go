package bench

import (
	"context"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/quindex/quindex/client"
	"github.com/quindex/quindex/engines/all"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/server"
)

// Quindex is a server of our own, measured through HTTP on loopback as its
// users meet it.
type Quindex struct {
	dir    string
	server *server.Running
	client *client.Client
}

// NewQuindex starts a server in a temporary folder.
func NewQuindex(ctx context.Context, threads int) (*Quindex, error) {
	dir, err := os.MkdirTemp("", "quindex-bench-data-")
	if err != nil {
		return nil, fault.E("bench", fault.IO, err)
	}
	runtime.GOMAXPROCS(threads)
	s, err := server.Start(ctx, server.Config{Data: dir, HTTP: "127.0.0.1:0", Cluster: "127.0.0.1:0", Workers: threads,
		Registry: all.Registry(), Logger: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))})
	if err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	return &Quindex{dir: dir, server: s, client: client.New(s.Addr())}, nil
}

// Name returns "quindex".
func (q *Quindex) Name() string { return "quindex" }

// Load makes the tables and loads the files, durably; then it waits until
// background work is done, outside of the time.
func (q *Quindex) Load(ctx context.Context, w *Workload, dir string) (Load, error) {
	var p client.Progress
	start := time.Now()
	for _, d := range w.Tables {
		if _, err := q.client.Exec(ctx, d.DDL); err != nil {
			return Load{}, err
		}
		if _, err := q.client.Load(ctx, []string{filepath.Join(dir, d.Name+".ndjson")}, client.LoadOptions{Table: d.Name}, &p); err != nil {
			return Load{}, err
		}
	}
	if err := q.after(ctx, w); err != nil {
		return Load{}, err
	}
	took := time.Since(start).Seconds()
	done := p.Snapshot()
	if err := q.settle(ctx); err != nil {
		return Load{}, err
	}
	return Load{RowsPerSecond: float64(done.Rows) / took, BytesPerSecond: float64(done.Bytes) / took, DiskBytes: diskBytes(q.dir), DataBytes: q.segmentBytes(),
		How: "the client over loopback HTTP, until every row is in the synced log"}, nil
}

// settle makes rows segments and waits until no merge has been at work for a
// while, so that background work does not run into the statements' time.
func (q *Quindex) settle(ctx context.Context) error {
	if err := q.server.Node.Flush(ctx); err != nil {
		return err
	}
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for quiet, seen := 0, int64(-1); quiet < 10; {
		written := q.server.Node.Counters().BytesWritten
		quiet++
		if written != seen || q.merging() {
			quiet, seen = 0, written
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
	return nil
}

// segmentBytes is what the rows take, with all their indexes.
func (q *Quindex) segmentBytes() (sum int64) {
	for _, shard := range q.server.Node.Segments() {
		for _, s := range shard {
			sum += s.Bytes
		}
	}
	return sum
}

func (q *Quindex) merging() bool {
	for _, shard := range q.server.Node.Segments() {
		for _, s := range shard {
			if s.Merging {
				return true
			}
		}
	}
	return false
}

func diskBytes(dir string) (total int64) {
	filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			if info, err := d.Info(); err == nil {
				total += info.Size()
			}
		}
		return nil
	})
	return total
}

// Query runs a statement over HTTP.
func (q *Quindex) Query(ctx context.Context, sql string) ([][]any, error) {
	rows, err := q.client.Query(ctx, sql)
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

// Close stops the server and removes its data.
func (q *Quindex) Close() error {
	q.client.Close()
	err := q.server.Stop()
	if e := os.RemoveAll(q.dir); err == nil {
		err = e
	}
	return err
}

// Ours starts quindex as a workload measures it.
func Ours(ctx context.Context, name string, o Options) ([]System, error) {
	q, err := NewQuindex(ctx, o.Threads)
	if err != nil {
		return nil, err
	}
	switch name {
	case "timeseries":
		return []System{wire{q}}, nil
	case "search":
		return []System{direct{q}, overHTTP{wire{q}}}, nil
	}
	return []System{q}, nil
}

// Main measures quindex alone: the command "quindex bench", for workloads and
// probes.
func Main(ctx context.Context, name string, o Options, out io.Writer) error {
	if !isWorkload(name) {
		_, err := RunProbe(ctx, name, o, out)
		return err
	}
	systems, err := Ours(ctx, name, o)
	if err != nil {
		return err
	}
	defer func() {
		for _, s := range systems {
			s.Close()
		}
	}()
	_, err = Run(ctx, name, o, systems, out)
	return err
}
