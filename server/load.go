package server

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/cespare/xxhash/v2"
	"github.com/klauspost/compress/zstd"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/internal/separator"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/server/ingest"
	"github.com/quindex/quindex/server/node"
	"github.com/quindex/quindex/store"
)

// batchRows is how many rows a load hands to the log at a time.
const batchRows = 32 << 10

// maxRejects is how many bad rows one answer lists; all are counted.
const maxRejects = 1000

// stagedBytes is how much of a load with on_error=abort is held in memory until
// all of it was read. A longer load is staged from there on.
const stagedBytes = 64 << 20

// loadParameters are those of POST /v1/load/{table}.
const loadParameters = "on_error create map* time* unknown source start end stage check line header comma"

// separatorBytes is how much of a CSV is looked at for what separates its fields.
const separatorBytes = 64 << 10

// loadAnswer is the JSON answer of a load.
type loadAnswer struct {
	Rows      int64           `json:"rows"`
	Duplicate int64           `json:"duplicate,omitempty"` // were there from an earlier try
	Rejected  int64           `json:"rejected"`
	Rejects   []ingest.Reject `json:"rejects,omitempty"`
	Checked   bool            `json:"checked,omitempty"` // check=1: the rows are good, none was written
	Created   string          `json:"created,omitempty"` // the CREATE TABLE that create=infer ran
	Millis    float64         `json:"ms"`
}

// load takes rows for a table from the body.
func (s *Server) load(w http.ResponseWriter, r *http.Request) {
	start := time.Now()
	l := &loading{server: s, ctx: r.Context(), query: r.URL.Query(), token: node.Token{}}
	err := l.run(w, r)
	l.answer.Millis, l.answer.Checked = millis(start), l.check
	s.metrics.loaded(l.answer.Rows, l.answer.Rejected)
	if t := l.token.String(); t != "" {
		w.Header().Set(headerToken, t)
	}
	if err != nil {
		p := problemOf(err)
		p.Extra = l.answer
		p.write(w)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(l.answer)
}

// loading is one load on its way.
type loading struct {
	server  *Server
	ctx     context.Context
	query   map[string][]string
	table   *catalog.Table
	onError string
	create  bool // a table that is missing
	ignore  bool // fields that no column takes
	key     store.IdempotencyKey
	seq     uint64          // of the next batch under key
	chunk   *node.ChunkLoad // where the ledger keeps the load, else nil
	span    store.Chunk     // what chunk is
	stage   *catalog.Load   // where the rows wait for the rest of the load, else nil
	own     bool            // the stage is of this request alone
	done    bool            // an earlier try of this request is in: the rest of the body is only read
	direct  bool            // the table has a part of the chunk: the rest goes there, too
	check   bool            // read the rows and write none
	answer  loadAnswer
	token   node.Token
	held    []*record.Batch // of on_error=abort, until the body is read
	bytes   int
}

func (l *loading) get(name string) string {
	if v := l.query[name]; len(v) > 0 {
		return v[0]
	}
	return ""
}

func (l *loading) run(w http.ResponseWriter, r *http.Request) error {
	if err := l.choices(); err != nil {
		return err
	}
	if k := r.Header.Get(headerKey); k != "" {
		l.key = keyOf(k)
	}
	body, err := plainBody(http.MaxBytesReader(w, r.Body, l.server.opts.MaxBody), r.Header.Get("Content-Encoding"))
	if err != nil {
		return err
	}
	defer body.Close()
	kind, err := ingest.KindOf(contentType(r))
	if err != nil {
		return err
	}
	reader, err := l.open(kind, body, r.PathValue("table"))
	if err != nil {
		return err
	}
	if l.chunk, err = l.chunkOf(); err != nil {
		return err
	}
	defer l.giveUp()
	err = l.copy(reader)
	switch {
	case err != nil || l.check || l.done:
		return err
	case l.own:
		return l.switchOwn()
	case l.chunk == nil:
		return nil
	}
	return l.chunk.Finish(l.ctx)
}

// choices reads the parameters that are one of a few words.
func (l *loading) choices() (err error) {
	if l.onError, err = choice("on_error", l.get("on_error"), "abort", "skip", "report"); err != nil {
		return err
	}
	create, err := choice("create", l.get("create"), "", "infer")
	if err != nil {
		return err
	}
	unknown, err := choice("unknown", l.get("unknown"), "", "ignore")
	if err != nil {
		return err
	}
	check, err := choice("check", l.get("check"), "", "1")
	l.create, l.ignore, l.check = create == "infer", unknown == "ignore", check == "1"
	return err
}

// open finds or makes the table and starts reading its rows.
func (l *loading) open(kind ingest.Kind, body io.Reader, table string) (ingest.Reader, error) {
	o, err := l.options()
	if err != nil {
		return nil, err
	}
	if l.create && kind == ingest.CSVKind && o.Comma == 0 && o.Header == nil {
		begin := bufio.NewReaderSize(body, separatorBytes)
		head, _ := begin.Peek(separatorBytes) // an error comes again when it is read
		o.Comma, body = separator.Find(head), begin
	}
	l.table, err = l.server.node.Catalog().Table(table)
	if fault.Is(err, fault.NotFound) && l.create {
		if body, err = l.infer(kind, body, table, &o); err != nil {
			return nil, err
		}
	} else if err != nil {
		return nil, missingTable(err)
	}
	if err := l.join(); err != nil {
		return nil, err
	}
	o.Schema = &l.into().Schema
	r, err := ingest.Open(kind, body, o)
	if err != nil {
		return nil, bodyError(err)
	}
	return r, nil
}

// missingTable says how a load makes the table that it did not find.
func missingTable(err error) error {
	if !fault.Is(err, fault.NotFound) {
		return err
	}
	hint := "create=infer makes it from the data (quindex load --create infer)"
	if near := fault.HintOf(err); strings.HasPrefix(near, "did you mean") {
		hint = near + " " + hint
	}
	return fault.E("load", fault.Hint(hint), err)
}

// options are those that the query string gives; map=loc:lon,lat, time=dep:us.
func (l *loading) options() (ingest.Options, error) {
	o := ingest.Options{Map: map[string]string{}, Units: map[string]string{}, IgnoreUnknown: l.ignore}
	for _, m := range l.query["map"] {
		column, from, ok := strings.Cut(m, ":")
		if !ok {
			return o, fault.E("load", fault.Invalid, fault.Item("map="+m), fault.Hint("write map=column:field"), "no colon")
		}
		o.Map[column] = from
	}
	for _, u := range l.query["time"] {
		column, unit, ok := strings.Cut(u, ":")
		if !ok {
			return o, fault.E("load", fault.Invalid, fault.Item("time="+u), fault.Hint("write time=column:us"), "no colon")
		}
		o.Units[column] = unit
	}
	if n := l.get("line"); n != "" {
		line, err := strconv.ParseInt(n, 10, 64)
		if err != nil {
			return o, fault.E("load", fault.Invalid, fault.Item("line="+n), err)
		}
		o.FirstLine = line
	}
	if h := l.get("header"); h != "" {
		if err := json.Unmarshal([]byte(h), &o.Header); err != nil {
			return o, fault.E("load", fault.Invalid, fault.Item("header"), err)
		}
	}
	if c := l.get("comma"); len(c) == 1 {
		o.Comma = c[0]
	} else if c != "" {
		return o, fault.E("load", fault.Invalid, fault.Item("comma="+c), "a separator is one byte")
	}
	return o, nil
}

// infer makes the table from what the body says of its columns, and gives the
// whole body back.
func (l *loading) infer(kind ingest.Kind, body io.Reader, table string, o *ingest.Options) (io.Reader, error) {
	ddl, body, err := ingest.InferFrom(kind, body, table, o)
	if err != nil {
		return nil, bodyError(err)
	}
	if _, err := l.server.node.Run(l.ctx, node.Request{SQL: ddl}); err != nil && !fault.Is(err, fault.Exists) {
		return nil, err
	}
	l.answer.Created = ddl
	l.table, err = l.server.node.Catalog().Table(table)
	return body, err
}

// copy moves rows from the reader to the table.
func (l *loading) copy(r ingest.Reader) error {
	for {
		b, rejects, err := r.Next(batchRows)
		if e := l.reject(rejects); e != nil {
			return e
		}
		if b != nil && b.N > 0 {
			if e := l.take(b); e != nil {
				return e
			}
		}
		if err == io.EOF {
			return l.release()
		}
		if err != nil {
			return bodyError(err)
		}
	}
}

// reject counts bad rows; with abort the first one ends the load.
func (l *loading) reject(rejects []ingest.Reject) error {
	l.answer.Rejected += int64(len(rejects))
	if room := maxRejects - len(l.answer.Rejects); l.onError != "skip" && room > 0 {
		l.answer.Rejects = append(l.answer.Rejects, rejects[:min(room, len(rejects))]...)
	}
	if len(rejects) == 0 || l.onError != "abort" {
		return nil
	}
	if l.answer.Rows == 0 || l.stage != nil {
		return rejects[0].Fault()
	}
	return fault.E("load: "+fmt.Sprintf("the first %d rows are in, then", l.answer.Rows), rejects[0].Fault())
}

// take writes a batch, or holds it back while an abort could still undo all.
func (l *loading) take(b *record.Batch) error {
	if l.check {
		l.answer.Rows += int64(b.N)
		return nil
	}
	if l.done {
		return nil
	}
	if l.onError == "abort" && l.stage == nil && l.bytes < stagedBytes {
		l.held = append(l.held, b)
		if l.bytes += b.Bytes(); l.bytes < stagedBytes {
			return nil
		}
		return l.release()
	}
	return l.write(b)
}

func (l *loading) release() error {
	all, err := l.stageAll()
	if err != nil {
		return err
	}
	if all && l.bytes <= node.WholeBytes {
		return l.loadWhole()
	}
	if all {
		if l.done, err = l.stageOwn(); l.done || err != nil {
			l.held = nil
			return err
		}
	}
	for i, b := range l.held {
		if err := l.write(b); err != nil {
			return err
		}
		l.held[i] = nil
	}
	l.held = nil
	return nil
}

func (l *loading) write(b *record.Batch) error {
	if l.own {
		return l.writeOwn(b)
	}
	if l.chunk != nil {
		w, err := l.chunk.Write(l.ctx, b)
		if gone := l.gone(); gone != nil {
			err = gone
		}
		return l.wrote(w, err)
	}
	key := l.key
	if key != (store.IdempotencyKey{}) {
		key.Seq += l.seq
		l.seq++
	}
	return l.wrote(l.server.node.Append(l.ctx, l.table, b, key))
}

func (l *loading) wrote(w node.Written, err error) error {
	l.answer.Rows += int64(w.Rows)
	l.answer.Duplicate += int64(w.Duplicate)
	for shard, index := range w.Token {
		l.token.Add(shard, index)
	}
	return err
}

// keyOf turns an Idempotency-Key of any text into a client id, under which the
// batches of a request are numbered. A key "NAME/7" is request 7 of the client
// NAME: a client that numbers its requests is remembered as one client.
func keyOf(text string) store.IdempotencyKey {
	var k store.IdempotencyKey
	k.Seq = 1
	if i := strings.LastIndexByte(text, '/'); i >= 0 {
		if n, err := strconv.ParseUint(text[i+1:], 10, 31); err == nil && strconv.FormatUint(n, 10) == text[i+1:] {
			text, k.Seq = text[:i+1], (n+1)<<16
		}
	}
	h := xxhash.New()
	h.WriteString(text)
	copy(k.Client[:8], h.Sum(nil))
	h.WriteString("\x00quindex")
	copy(k.Client[8:], h.Sum(nil))
	return k
}

func contentType(r *http.Request) string {
	ct, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return ct
}

// plainBody undoes the body's Content-Encoding.
func plainBody(body io.Reader, encoding string) (io.ReadCloser, error) {
	const op = "load: read body"
	switch strings.ToLower(encoding) {
	case "", "identity":
		return io.NopCloser(body), nil
	case "gzip", "x-gzip":
		z, err := gzip.NewReader(body)
		if err != nil {
			return nil, fault.E(op, fault.Invalid, fault.Item(encoding), err)
		}
		return z, nil
	case "zstd":
		z, err := zstd.NewReader(body, zstd.WithDecoderMaxMemory(256<<20), zstd.WithDecoderConcurrency(1))
		if err != nil {
			return nil, fault.E(op, fault.Invalid, fault.Item(encoding), err)
		}
		return z.IOReadCloser(), nil
	}
	return nil, fault.E(op, fault.Invalid, fault.Item(encoding), fault.Hint("gzip, zstd, or none"), "no such Content-Encoding")
}

// bodyError names what reading the body ran into.
func bodyError(err error) error {
	if _, over := err.(*http.MaxBytesError); over {
		return fault.E("load: read body", fault.TooLarge, err)
	}
	if fault.KindOf(err) != fault.Other {
		return err
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return fault.E("load: read body", fault.Invalid, "the body is cut off")
	}
	return fault.E("load: read body", fault.Invalid, err)
}
