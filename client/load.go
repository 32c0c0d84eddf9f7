package client

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

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
