package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"github.com/quindex/quindex/fault"
)

// LoadOptions say how files become rows of a table.
type LoadOptions struct {
	Table    string
	Create   string            // "infer": make the table from the data if it is missing
	OnError  string            // "abort" (default), "skip" or "report"
	Map      map[string]string // column -> field of the file, or "lon,lat" for a POINT
	Units    map[string]string // TIMESTAMP column -> s, ms, us, ns
	Unknown  string            // "ignore": drop fields that no column takes
	Format   string            // "" goes by the file's name
	Parallel int               // pieces on their way at once; default 4
	Piece    int               // bytes of a piece; default 4 MiB
	Patience time.Duration     // how long a piece is sent again to a server that is away; default 30 s
	// Rejected is called for every bad row the server tells of, one at a time.
	Rejected func(file string, r Reject)
	// Created is called with the CREATE TABLE that Create "infer" ran.
	Created func(ddl string)
}

// Reject is one row that was refused.
type Reject struct {
	Line   int64  `json:"line"`
	Column string `json:"column,omitempty"`
	At     int    `json:"at,omitempty"`
	Reason string `json:"reason"`
	Text   string `json:"text,omitempty"`
}

// Progress counts while a load runs; read it with Snapshot from any goroutine.
type Progress struct{ rows, rejected, bytes atomic.Int64 }

// Loaded is what became of a load.
type Loaded struct {
	Rows, Rejected int64
	Bytes          int64 // of the files, uncompressed
}

// Snapshot returns the counts so far.
func (p *Progress) Snapshot() Loaded {
	return Loaded{p.rows.Load(), p.rejected.Load(), p.bytes.Load()}
}

// source is one file being loaded.
type source struct {
	name   string
	format format
	header []string
}

// loader is one call of Load.
type loader struct {
	*Client
	o        LoadOptions
	run      string // makes the idempotency keys of this call its own
	progress *Progress
	report   sync.Mutex // serialises Rejected and Created
}

// Load sends files, in pieces and several at once, and returns when all their
// rows are durable. "-" is the standard input. A piece whose answer was lost
// is sent again and not counted twice.
func (c *Client) Load(ctx context.Context, files []string, o LoadOptions, p *Progress) (Loaded, error) {
	l := c.loader(o, p)
	for _, f := range files {
		if err := l.file(ctx, f); err != nil {
			return l.progress.Snapshot(), fault.E("load", fault.Item(f), err)
		}
	}
	return l.progress.Snapshot(), nil
}

// LoadReader sends one stream, named for its format and for messages.
func (c *Client) LoadReader(ctx context.Context, name string, r io.Reader, o LoadOptions, p *Progress) (Loaded, error) {
	l := c.loader(o, p)
	err := l.stream(ctx, name, r)
	return l.progress.Snapshot(), err
}

// loader fills in the defaults.
func (c *Client) loader(o LoadOptions, p *Progress) *loader {
	if p == nil {
		p = &Progress{}
	}
	if o.Parallel <= 0 {
		o.Parallel = 4
	}
	if o.Piece <= 0 {
		o.Piece = 4 << 20
	}
	if o.Patience <= 0 {
		o.Patience = 30 * time.Second
	}
	return &loader{Client: c, o: o, run: uuid.NewString(), progress: p}
}

func (l *loader) file(ctx context.Context, name string) error {
	if name == "-" {
		return l.stream(ctx, name, os.Stdin)
	}
	f, err := os.Open(name)
	if err != nil {
		return fault.E("load: open", fault.IO, err)
	}
	defer f.Close()
	return l.stream(ctx, name, f)
}

func (l *loader) stream(ctx context.Context, name string, r io.Reader) error {
	format, err := formatOf(name, l.o.Format)
	if err != nil {
		return err
	}
	body, err := plain(r)
	if err != nil {
		return fault.E("load: decompress", fault.Invalid, err)
	}
	defer body.Close()
	src := &source{name: name, format: format}
	if !format.lines {
		return l.whole(ctx, src, body)
	}
	return l.pieces(ctx, src, body)
}

// whole sends a stream that cannot be cut as one request.
func (l *loader) whole(ctx context.Context, src *source, body io.Reader) error {
	counted := &countingReader{body, &l.progress.bytes}
	_, err := l.post(ctx, src, counted, l.query(src, 1), l.key(src, 0))
	return err
}

// pieces cuts a stream and sends the pieces side by side. The first goes
// alone: it may make the table, and names the fields of a CSV.
func (l *loader) pieces(ctx context.Context, src *source, body io.Reader) error {
	cut := newCutter(body, src.format, l.o.Piece)
	data, line, err := cut.next()
	if err == io.EOF {
		return nil
	}
	if err != nil {
		return fault.E("load: read", fault.IO, err)
	}
	if err := l.piece(ctx, piece{file: src, line: line, data: data}); err != nil {
		return err
	}
	if src.format.quotes {
		src.header = headerOf(data, src.format.comma)
	}
	outer := ctx
	g, ctx := errgroup.WithContext(outer)
	g.SetLimit(l.o.Parallel)
	for number := 1; ctx.Err() == nil; number++ {
		data, line, err := cut.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			g.Go(func() error { return fault.E("load: read", fault.IO, err) })
			break
		}
		g.Go(func() error { return l.piece(ctx, piece{file: src, number: number, line: line, data: data}) })
	}
	if err := g.Wait(); err != nil {
		return err
	}
	return outer.Err() // pieces may be missing though none failed
}

// The waits between two tries of a piece double from firstWait to longestWait.
const (
	firstWait   = 100 * time.Millisecond
	longestWait = time.Second
)

// piece sends one piece until it is in or refused, or Patience is over.
func (l *loader) piece(ctx context.Context, p piece) error {
	var patience <-chan time.Time
	for wait := firstWait; ; wait = min(2*wait, longestWait) {
		_, err := l.post(ctx, p.file, bytes.NewReader(p.data), l.query(p.file, p.line), l.key(p.file, p.number))
		if err == nil {
			l.progress.bytes.Add(int64(len(p.data)))
			return nil
		}
		if !passing(err) {
			return err
		}
		if patience == nil {
			timer := time.NewTimer(l.o.Patience)
			defer timer.Stop()
			patience = timer.C
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-patience:
			return err
		case <-time.After(wait):
		}
	}
}

// passing reports whether the same request may work later.
func passing(err error) bool {
	var p *Problem
	if errors.As(err, &p) {
		return p.Retry
	}
	return fault.Is(err, fault.Unavailable)
}

// query is what the server must know of a piece.
func (l *loader) query(src *source, line int64) url.Values {
	q := url.Values{}
	set := func(k, v string) {
		if v != "" {
			q.Set(k, v)
		}
	}
	set("create", l.o.Create)
	set("on_error", l.o.OnError)
	set("unknown", l.o.Unknown)
	for column, from := range l.o.Map {
		q.Add("map", column+":"+from)
	}
	for column, unit := range l.o.Units {
		q.Add("time", column+":"+unit)
	}
	if src.format.lines {
		q.Set("line", strconv.FormatInt(line, 10))
	}
	if src.format.comma != 0 {
		q.Set("comma", string(src.format.comma))
	}
	if src.header != nil {
		h, _ := json.Marshal(src.header)
		q.Set("header", string(h))
	}
	return q
}

func (l *loader) key(src *source, number int) string {
	return fmt.Sprintf("%s/%s/%d", l.run, src.name, number)
}

// answer is the server's word on a load.
type answer struct {
	Rows      int64    `json:"rows"`
	Duplicate int64    `json:"duplicate"`
	Rejected  int64    `json:"rejected"`
	Rejects   []Reject `json:"rejects"`
	Created   string   `json:"created"`
}

func (l *loader) post(ctx context.Context, src *source, body io.Reader, q url.Values, key string) (answer, error) {
	var a answer
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, l.base+"/v1/load/"+url.PathEscape(l.o.Table)+"?"+q.Encode(), body)
	if err != nil {
		return a, fault.E("load", fault.Invalid, err)
	}
	req.Header.Set("Content-Type", src.format.contentType)
	req.Header.Set("Idempotency-Key", key)
	res, err := l.do(req)
	if err != nil {
		var p *Problem
		if errors.As(err, &p) && p.Load != nil && json.Unmarshal(p.Load, &a) == nil && !p.Retry {
			l.count(src, a)
		}
		return a, err
	}
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(&a); err != nil {
		return a, fault.E("load: read answer", fault.Unavailable, err)
	}
	l.count(src, a)
	return a, nil
}

func (l *loader) count(src *source, a answer) {
	l.progress.rows.Add(a.Rows + a.Duplicate)
	l.progress.rejected.Add(a.Rejected)
	l.report.Lock()
	defer l.report.Unlock()
	if a.Created != "" && l.o.Created != nil {
		l.o.Created(a.Created)
	}
	for _, r := range a.Rejects {
		if l.o.Rejected != nil {
			l.o.Rejected(src.name, r)
		}
	}
}

// countingReader counts what is read through it.
type countingReader struct {
	io.Reader
	n *atomic.Int64
}

func (r *countingReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	r.n.Add(int64(n))
	return n, err
}
