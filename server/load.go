package server

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/internal/separator"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/server/ingest"
	"github.com/quindex/quindex/server/node"
	"github.com/quindex/quindex/store"
)

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
