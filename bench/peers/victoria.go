package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/quindex/quindex/bench"
	"github.com/quindex/quindex/fault"
)

// victoria is VictoriaMetrics in a process of its own, asked over loopback
// HTTP: MetricsQL, for SQL it has none.
type victoria struct {
	dir    string
	base   string
	cmd    *exec.Cmd
	client *http.Client
}

// startTime bounds how long VictoriaMetrics may take to answer at all.
const startTime = 30 * time.Second

// openVictoria starts VictoriaMetrics on an empty temporary folder, with
// neither caches of answers nor compression of them.
func openVictoria(ctx context.Context, threads int) (*victoria, error) {
	program, err := exec.LookPath("victoria-metrics")
	if err != nil {
		return nil, fault.E("peers: victoria", fault.Unavailable, err,
			fault.Hint("on Debian: apt-get install victoria-metrics; it must be in PATH as victoria-metrics"))
	}
	addr, err := freeAddress()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "quindex-bench-victoria-")
	if err != nil {
		return nil, fault.E("peers: victoria", fault.IO, err)
	}
	v := &victoria{dir: dir, base: "http://" + addr, cmd: exec.Command(program, "-storageDataPath", dir, "-httpListenAddr", addr, "-retentionPeriod", "100y",
		"-search.disableCache", "-http.disableResponseCompression", "-loggerLevel", "ERROR"),
		client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8, ReadBufferSize: 64 << 10, WriteBufferSize: 64 << 10}}}
	v.cmd.Env = append(os.Environ(), "GOMAXPROCS="+strconv.Itoa(threads))
	v.cmd.Stderr = os.Stderr
	if err := v.cmd.Start(); err != nil {
		os.RemoveAll(dir)
		return nil, fault.E("peers: start "+program, fault.Unavailable, err)
	}
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	if err := v.until(ctx, func() bool { _, err := v.get(ctx, "/health"); return err == nil }); err != nil {
		v.Close()
		return nil, fault.E("peers: start "+program, fault.Unavailable, err)
	}
	return v, nil
}

// freeAddress is one on loopback that nobody listened on just now.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fault.E("peers: find a port", fault.Unavailable, err)
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// until asks ready again and again until it says so.
func (v *victoria) until(ctx context.Context, ready func() bool) error {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !ready() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
	return nil
}

// Name returns "victoria".
func (v *victoria) Name() string { return "victoria" }

// batchLines is how many lines of rows one request takes; TSBS's own loader
// sends 10,000 rows a batch.
const batchLines = 10_000

// Load makes InfluxDB lines of the files' rows, outside of the time, and sends
// them over two connections; the time ends when they can be found. Then,
// outside of the time again, parts are merged until nothing moves.
func (v *victoria) Load(ctx context.Context, w *bench.Workload, dir string) (bench.Load, error) {
	path := filepath.Join(dir, "cpu.influx")
	if err := writeInflux(path, w); err != nil {
		return bench.Load{}, err
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return bench.Load{}, fault.E("peers: victoria", fault.IO, err)
	}
	start := time.Now()
	g, sending := errgroup.WithContext(ctx)
	g.SetLimit(2)
	for rest := text; len(rest) > 0 && sending.Err() == nil; {
		var batch []byte
		batch, rest = cutLines(rest, batchLines)
		g.Go(func() error { return v.post(sending, "/write?precision=ns", batch) })
	}
	if err := g.Wait(); err != nil {
		return bench.Load{}, err
	}
	if _, err := v.get(ctx, "/internal/force_flush"); err != nil {
		return bench.Load{}, err
	}
	took := time.Since(start).Seconds()
	if err := v.settle(ctx); err != nil {
		return bench.Load{}, err
	}
	data := size(filepath.Join(v.dir, "data")) + size(filepath.Join(v.dir, "indexdb"))
	return bench.Load{RowsPerSecond: float64(w.Rows) / took, BytesPerSecond: float64(len(text)) / took, DiskBytes: size(v.dir), DataBytes: data,
		How: "the same rows in line protocol over loopback HTTP, two connections, until they can be found; it promises no synced log"}, nil
}

func writeInflux(path string, w *bench.Workload) error {
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	var b bytes.Buffer
	w.Influx(func(line []byte) { b.Write(line) })
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		return fault.E("peers: write "+path, fault.IO, err)
	}
	return nil
}

// cutLines takes the first n lines off a text.
func cutLines(text []byte, n int) (head, rest []byte) {
	at := 0
	for range n {
		i := bytes.IndexByte(text[at:], '\n')
		if i < 0 {
			return text, nil
		}
		at += i + 1
	}
	return text[:at], text[at:]
}

// settle merges what was written and waits until no merge has run and no file
// has grown for half a second.
func (v *victoria) settle(ctx context.Context) error {
	if _, err := v.get(ctx, "/internal/force_merge"); err != nil {
		return err
	}
	quiet, seen := 0, int64(-1)
	return v.until(ctx, func() bool {
		metrics, err := v.get(ctx, "/metrics")
		now := size(v.dir)
		quiet++
		if err != nil || merging(string(metrics)) || now != seen {
			quiet, seen = 0, now
		}
		return quiet >= 10
	})
}

// merging reads the gauges of running merges out of /metrics.
func merging(metrics string) bool {
	for line := range strings.Lines(metrics) {
		if strings.HasPrefix(line, "vm_active_merges{") && !strings.HasSuffix(strings.TrimSpace(line), " 0") {
			return true
		}
	}
	return false
}

func (v *victoria) post(ctx context.Context, path string, body []byte) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, v.base+path, bytes.NewReader(body))
	if err != nil {
		return fault.E("peers: victoria", fault.Invalid, err)
	}
	_, err = v.do(req)
	return err
}

func (v *victoria) get(ctx context.Context, path string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, v.base+path, nil)
	if err != nil {
		return nil, fault.E("peers: victoria", fault.Invalid, err)
	}
	return v.do(req)
}

func (v *victoria) do(req *http.Request) ([]byte, error) {
	res, err := v.client.Do(req)
	if err != nil {
		return nil, fault.E("peers: victoria", fault.Unavailable, err)
	}
	defer res.Body.Close()
	var b bytes.Buffer
	if _, err := b.ReadFrom(res.Body); err != nil {
		return nil, fault.E("peers: victoria", fault.IO, err)
	}
	if res.StatusCode >= 300 {
		return nil, fault.E("peers: victoria", fault.Invalid, fault.Item(req.URL.Path), fmt.Sprintf("%s: %.300s", res.Status, b.Bytes()))
	}
	return b.Bytes(), nil
}

// Query is refused: VictoriaMetrics takes no SQL.
func (v *victoria) Query(context.Context, string) ([][]any, error) {
	return nil, fault.E("peers: victoria", fault.Unsupported, "takes no SQL")
}

// Close ends the process and removes its data.
func (v *victoria) Close() error {
	v.client.CloseIdleConnections()
	v.cmd.Process.Signal(syscall.SIGTERM)
	ended := time.AfterFunc(10*time.Second, func() { v.cmd.Process.Kill() })
	v.cmd.Wait()
	ended.Stop()
	return os.RemoveAll(v.dir)
}

// size is what the files below dir take.
func size(dir string) (total int64) {
	filepath.Walk(dir, func(_ string, info os.FileInfo, err error) error {
		if err == nil && info.Mode().IsRegular() {
			total += info.Size()
		}
		return nil
	})
	return total
}
