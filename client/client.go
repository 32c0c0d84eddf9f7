package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"

	"github.com/quindex/quindex/fault"
)

// DefaultAddr is where a server listens unless it is told otherwise.
const DefaultAddr = "127.0.0.1:8480"

// Client is one server. It may be used by any number of goroutines and keeps
// connections open between calls.
type Client struct {
	base string
	http *http.Client
}

// New returns a client of the server at addr, "host:port" or a URL.
func New(addr string) *Client {
	if addr == "" {
		addr = DefaultAddr
	}
	if !strings.Contains(addr, "://") {
		addr = "http://" + addr
	}
	return &Client{base: strings.TrimRight(addr, "/"), http: &http.Client{Transport: &http.Transport{
		DialContext:         (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
		MaxIdleConnsPerHost: 64,
		IdleConnTimeout:     time.Minute,
		WriteBufferSize:     64 << 10,
		ReadBufferSize:      64 << 10,
	}}}
}

// Close closes idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Problem is the server's refusal, as it was sent.
type Problem struct {
	Title    string          `json:"title"`
	Status   int             `json:"status"`
	Code     string          `json:"code"`
	Detail   string          `json:"detail"`
	Hint     string          `json:"hint"`
	Retry    bool            `json:"retryable"`
	Position *Position       `json:"position"`
	Load     json.RawMessage `json:"load"`
}

// Position is a place in a statement or a file.
type Position struct{ Offset, Line, Column int }

func (p *Problem) Error() string {
	s := p.Detail
	if s == "" {
		s = fmt.Sprintf("the server answered %d %s", p.Status, p.Title)
	}
	if p.Hint != "" {
		s += "\nhint: " + p.Hint
	}
	return s
}

// Options of one statement. The zero value is the server's defaults.
type Options struct {
	Format  string // of Raw; "" is json
	Params  []any
	Timeout time.Duration
	Token   string
	Strong  bool
	Key     string // Idempotency-Key of a write
}

// Raw runs a statement and returns the body of its answer, in the format
// asked for, which the caller closes, and the answer's headers.
func (c *Client) Raw(ctx context.Context, sql string, o Options) (io.ReadCloser, http.Header, error) {
	body, err := json.Marshal(map[string]any{"sql": sql, "params": o.Params})
	if err != nil {
		return nil, nil, fault.E("client: statement", fault.Invalid, err)
	}
	url := c.base + "/v1/sql"
	if o.Format != "" {
		url += "?format=" + o.Format
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return nil, nil, fault.E("client: statement", fault.Invalid, err)
	}
	h := req.Header
	h.Set("Content-Type", "application/json")
	set := func(name, value string) {
		if value != "" {
			h.Set(name, value)
		}
	}
	set("X-Quindex-Token", o.Token)
	set("Idempotency-Key", o.Key)
	if o.Timeout > 0 {
		set("X-Quindex-Timeout", o.Timeout.String())
	}
	if o.Strong {
		set("X-Quindex-Consistency", "strong")
	}
	res, err := c.do(req)
	if err != nil {
		return nil, nil, err
	}
	return res.Body, res.Header, nil
}

// do sends a request and turns every answer but 200 into an error.
func (c *Client) do(req *http.Request) (*http.Response, error) {
	res, err := c.http.Do(req)
	if err != nil {
		return nil, fault.E("client: reach the server", fault.Unavailable, fault.Item(c.base), unreached(err))
	}
	if res.StatusCode == http.StatusOK {
		return res, nil
	}
	defer res.Body.Close()
	p := &Problem{Status: res.StatusCode, Title: http.StatusText(res.StatusCode)}
	text, _ := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if json.Unmarshal(text, p) != nil {
		p.Detail = strings.TrimSpace(string(text))
	}
	return nil, p
}

// unreached is why a request got no answer, and what can be done.
func unreached(err error) error {
	var call *url.Error
	if errors.As(err, &call) {
		err = call.Err // the rest is the address and the method
	}
	hint := "is it running? start it with: quindex serve"
	var name *net.DNSError
	switch {
	case errors.As(err, &name):
		hint = "an address is host:port, such as " + DefaultAddr
	case errors.Is(err, http.ErrSchemeMismatch):
		hint = "it speaks HTTP without encryption: write http://"
	case errors.Is(err, io.EOF), errors.Is(err, syscall.ECONNRESET):
		hint = "it hung up: is it a quindex server, and not stopping?"
	}
	return fault.E("", fault.Unavailable, fault.Hint(hint), err)
}

// Call sends a request without a body to a path of the server, for what has
// no method of its own, and returns the body of its answer, which the caller closes.
func (c *Client) Call(ctx context.Context, method, path string) (io.ReadCloser, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, nil)
	if err != nil {
		return nil, fault.E("client: call", fault.Invalid, err)
	}
	res, err := c.do(req)
	if err != nil {
		return nil, err
	}
	return res.Body, nil
}

// Column is one column of a result.
type Column struct{ Name, Type string }

// Stats is what the server says of a statement besides its rows.
type Stats struct {
	Tag      string  `json:"tag"`
	Rows     int64   `json:"rows"`
	Affected int64   `json:"affected"`
	Millis   float64 `json:"ms"`
	Query    string  `json:"query"`
}

// Rows is a result as it comes in. Close it.
type Rows struct {
	Columns []Column
	Token   string
	body    io.ReadCloser
	dec     *json.Decoder
	stats   Stats
	row     []any
	err     error
	done    bool
}

// Query runs a statement. Numbers come as json.Number, NULL as nil.
func (c *Client) Query(ctx context.Context, sql string, params ...any) (*Rows, error) {
	return c.QueryWith(ctx, sql, Options{Params: params})
}

// QueryWith is Query with options; Format is ignored.
func (c *Client) QueryWith(ctx context.Context, sql string, o Options) (*Rows, error) {
	o.Format = "json"
	body, header, err := c.Raw(ctx, sql, o)
	if err != nil {
		return nil, err
	}
	r := &Rows{body: body, dec: json.NewDecoder(body), Token: header.Get("X-Quindex-Token")}
	r.dec.UseNumber()
	if err := r.head(); err != nil {
		body.Close()
		return nil, err
	}
	return r, nil
}

// head reads up to the first row: {"columns":[...],"rows":[
func (r *Rows) head() error {
	for _, want := range []any{json.Delim('{'), "columns", &r.Columns, "rows", json.Delim('[')} {
		if into, ok := want.(*[]Column); ok {
			if err := r.dec.Decode(into); err != nil {
				return broken(err)
			}
			continue
		}
		if tok, err := r.dec.Token(); err != nil || tok != want {
			return broken(fmt.Errorf("%v where %v was expected: %w", tok, want, err))
		}
	}
	return nil
}

func broken(err error) error {
	return fault.E("client: read result", fault.IO, fault.Hint("the result is cut off; run the statement again"), err)
}

// Next moves to the next row; false means the end or an error, see Err.
func (r *Rows) Next() bool {
	if r.done || r.err != nil {
		return false
	}
	if r.dec.More() {
		r.row = nil
		if err := r.dec.Decode(&r.row); err != nil {
			r.err = broken(err)
			return false
		}
		return true
	}
	r.err, r.done = r.tail(), true
	return false
}

// tail reads what follows the rows: stats, or the error that ended them.
func (r *Rows) tail() error {
	if _, err := r.dec.Token(); err != nil { // ]
		return broken(err)
	}
	key, err := r.dec.Token()
	switch {
	case err != nil:
		return broken(err)
	case key == "stats":
		return r.dec.Decode(&r.stats)
	}
	p := &Problem{}
	if err := r.dec.Decode(p); err != nil {
		return broken(err)
	}
	return p
}

// Row returns the present row; it stays the caller's.
func (r *Rows) Row() []any { return r.row }

// Err returns what ended the rows early, or nil.
func (r *Rows) Err() error { return r.err }

// Stats returns the server's closing words, once Next was false.
func (r *Rows) Stats() Stats { return r.stats }

// Close ends the result; the statement stops if it still runs.
func (r *Rows) Close() error { return r.body.Close() }

// Exec runs a statement and reads its answer to the end.
func (c *Client) Exec(ctx context.Context, sql string, params ...any) (Stats, error) {
	rows, err := c.Query(ctx, sql, params...)
	if err != nil {
		return Stats{}, err
	}
	defer rows.Close()
	for rows.Next() {
	}
	return rows.Stats(), rows.Err()
}
