package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
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
	Comma    byte              // between the fields of a CSV; 0: a comma, or with Create "infer" what the file's first rows look like
	Parallel int               // pieces on their way at once; default 4
	Piece    int               // bytes of a piece; default 4 MiB
	Source   string            // names what is loaded, instead of its content: a second load of that name adds what the first did not
	Again    bool              // load what the table holds already, too
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
type Progress struct {
	rows, rejected, bytes, heldRows, heldBytes, waitingRows atomic.Int64
	trouble                                                 atomic.Pointer[string]
}

// Trouble is why what failed last is tried again, or "" while nothing fails.
func (p *Progress) Trouble() string {
	if t := p.trouble.Load(); t != nil {
		return *t
	}
	return ""
}

// Loaded is what became of a load.
type Loaded struct {
	Rows, Rejected int64
	Bytes          int64 // of the files, uncompressed, those below included
	HeldRows       int64 // were there from an earlier load, and were not sent
	HeldBytes      int64
	WaitingRows    int64 // of a staged load that was interrupted: in the server, in no table; not among Rows
}

// Snapshot returns the counts so far.
func (p *Progress) Snapshot() Loaded {
	return Loaded{Rows: p.rows.Load(), Rejected: p.rejected.Load(), Bytes: p.bytes.Load(), HeldRows: p.heldRows.Load(), HeldBytes: p.heldBytes.Load(),
		WaitingRows: p.waitingRows.Load()}
}

// source is one file being loaded.
type source struct {
	name   string
	format format
	header []string
	id     string // for the ledger; "": it does not keep this source
	held   held
	check  bool // the server reads the rows and writes none

	staged bool  // the pieces wait in the server for the last
	stage  int64 // the load that they wait in; 0: it is not begun
	waits  bool  // some waited there before
	once   bool  // nobody can go on with that
	sent   bool  // a piece was sent
	end    int64 // of the stream, in bytes, once it was read
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
// is sent again and not counted twice. A file that the table holds, or a part
// of it, is not loaded again, whenever that was (see LoadOptions.Again). With
// OnError "abort" a file of more than one piece is staged: readers see all rows
// of it in one moment, or, if one is bad, none.
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
	err := l.stream(ctx, name, r, nil)
	if err != nil {
		err = fault.E("load", fault.Item(name), err)
	}
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
		return l.stream(ctx, name, os.Stdin, nil)
	}
	f, err := os.Open(name)
	if err != nil {
		return fault.E("open", fault.IO, bare(err))
	}
	defer f.Close()
	if st, err := f.Stat(); err == nil && st.IsDir() {
		return fault.E("open", fault.Invalid, fault.Hint("name the files in it, such as '"+filepath.Join(name, "*.csv")+"'"), "it is a folder")
	}
	return l.stream(ctx, name, f, f)
}

// bare is err without the name of the file, which the load names itself.
func bare(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}

// stream loads r; f is the same if it is a file.
func (l *loader) stream(ctx context.Context, name string, r io.Reader, f *os.File) error {
	format, err := formatOf(name, l.o.Format)
	if err == nil {
		r, err = l.separate(&format, r, f)
	}
	if err != nil {
		return err
	}
	src := &source{name: name, format: format}
	if src.id, src.once, err = l.sourceID(f, format); err != nil {
		return err
	}
	if l.stages(src, sizeOf(f)) {
		src.staged = true
		return l.staged(ctx, src, r)
	}
	if src.once {
		src.id = "" // the ledger does not keep it
	}
	if src.id != "" {
		if src.held, err = l.held(ctx, src.id); err != nil {
			return err
		}
		l.progress.rows.Add(src.held.Rows)
		l.progress.heldRows.Add(src.held.Rows)
	}
	return l.read(ctx, src, r)
}

// sizeOf is the size of a file that is at its beginning, else -1.
func sizeOf(f *os.File) int64 {
	if f == nil {
		return -1
	}
	st, err := f.Stat()
	if at, e := f.Seek(0, io.SeekCurrent); err != nil || e != nil || at != 0 || !st.Mode().IsRegular() {
		return -1 // a pipe
	}
	return st.Size()
}

// read sends what the table does not hold of a stream.
func (l *loader) read(ctx context.Context, src *source, r io.Reader) error {
	body, err := plain(r)
	if err != nil {
		return fault.E("load: decompress", fault.Invalid, err)
	}
	defer body.Close()
	if !src.format.lines {
		return l.whole(ctx, src, body)
	}
	return l.pieces(ctx, src, body)
}

// whole sends a stream that cannot be cut as one request. Its one range in
// the ledger is [0, 1).
func (l *loader) whole(ctx context.Context, src *source, body io.Reader) error {
	if src.held.covers(1) {
		n, err := io.Copy(io.Discard, body)
		l.progress.bytes.Add(n)
		l.progress.heldBytes.Add(n)
		return err
	}
	counted := &countingReader{body, &l.progress.bytes}
	if src.check {
		counted.n = new(atomic.Int64)
	}
	return l.post(ctx, piece{file: src, line: 1, span: span{0, 1}}, counted)
}

// pieces cuts a stream and sends the pieces side by side. The first goes
// alone: it may make the table, and names the fields of a CSV.
func (l *loader) pieces(ctx context.Context, src *source, body io.Reader) error {
	outer := ctx
	g, ctx := errgroup.WithContext(outer)
	g.SetLimit(l.o.Parallel)
	err := l.eachPiece(ctx, src, body, func(p piece) error {
		src.sent = true
		if p.number > 0 {
			g.Go(func() error { return l.piece(ctx, p) })
			return nil
		}
		if err := l.ready(ctx, p); err != nil {
			return err
		}
		return l.piece(ctx, p)
	})
	if e := g.Wait(); e != nil {
		return e
	}
	if err != nil {
		return err
	}
	return outer.Err() // pieces may be missing though none failed
}

// eachPiece cuts what the table does not hold of a stream into pieces.
func (l *loader) eachPiece(ctx context.Context, src *source, body io.Reader, send func(piece) error) error {
	number, line := 0, int64(1)
	for _, r := range src.held.regions() {
		first := r.Start == 0
		if r.done {
			lines, header, err := skip(body, r.End-r.Start, src.format, first)
			if err != nil {
				return err
			}
			if first {
				src.header = header
			}
			line += lines
			l.progress.bytes.Add(r.End - r.Start)
			l.progress.heldBytes.Add(r.End - r.Start)
			src.end = r.End
			continue
		}
		size := l.o.Piece
		if r.begun { // one piece, as it was
			size = int(r.End - r.Start)
		}
		cut := newCutter(io.LimitReader(body, r.End-r.Start), src.format, size)
		cut.line, cut.keepBOM = line, !first
		for ctx.Err() == nil {
			start := r.Start + cut.offset()
			data, at, err := cut.next()
			if err == io.EOF {
				break
			}
			if err != nil {
				return fault.E("load: read", err)
			}
			p := piece{file: src, number: number, line: at, span: span{start, r.Start + cut.offset()}, data: data}
			if err := send(p); err != nil {
				return err
			}
			if number == 0 && start == 0 && src.format.quotes {
				src.header = headerOf(data, src.format.comma)
			}
			number++
		}
		line, src.end = cut.line, r.Start+cut.offset()
	}
	return nil
}

// The waits between two tries of a piece double from firstWait to longestWait.
const (
	firstWait   = 100 * time.Millisecond
	longestWait = time.Second
)

// piece sends one piece until it is in or refused, or Patience is over.
func (l *loader) piece(ctx context.Context, p piece) error {
	err := l.patiently(ctx, func() error { return l.post(ctx, p, bytes.NewReader(p.data)) })
	if err == nil && !p.file.check {
		l.progress.bytes.Add(int64(len(p.data)))
	}
	return err
}

// patiently tries again what fails in passing, until Patience is over.
func (l *loader) patiently(ctx context.Context, try func() error) error {
	var patience <-chan time.Time
	for wait := firstWait; ; wait = min(2*wait, longestWait) {
		err := try()
		if err == nil {
			l.progress.trouble.Store(nil)
			return nil
		}
		if !passing(err) {
			return err
		}
		why := err.Error()
		l.progress.trouble.Store(&why)
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

// post sends one piece once.
func (l *loader) post(ctx context.Context, p piece, body io.Reader) error {
	src := p.file
	q := l.query(src, p.line)
	switch {
	case src.check:
		q.Set("check", "1")
	case src.id != "":
		q.Set("source", src.id)
		q.Set("start", strconv.FormatInt(p.Start, 10))
		q.Set("end", strconv.FormatInt(p.End, 10))
	}
	if src.stage != 0 && !src.check {
		q.Set("stage", strconv.FormatInt(src.stage, 10))
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, l.base+"/v1/load/"+url.PathEscape(l.o.Table)+"?"+q.Encode(), body)
	if err != nil {
		return fault.E("load", fault.Invalid, err)
	}
	req.Header.Set("Content-Type", src.format.contentType)
	if src.id == "" {
		req.Header.Set("Idempotency-Key", l.key(src, p.number))
	}
	var a answer
	res, err := l.do(req)
	if err != nil {
		var p *Problem
		if errors.As(err, &p) && p.Load != nil && json.Unmarshal(p.Load, &a) == nil && !p.Retry {
			l.count(src, a)
		}
		return err
	}
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(&a); err != nil {
		return fault.E("load: read answer", fault.Unavailable, err)
	}
	l.count(src, a)
	return nil
}

func (l *loader) count(src *source, a answer) {
	if !src.check {
		l.progress.rows.Add(a.Rows + a.Duplicate)
	}
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
