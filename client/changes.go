package client

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/quindex/quindex/fault"
)

// ChangesOptions say which changes of a table to read. The zero value is those
// from now on until now: none.
type ChangesOptions struct {
	From      string        // "now", "start", "snapshot", a Change's Token, or the Token of Rows
	Follow    bool          // wait for more; a connection that breaks is made again
	Limit     int64         // events; 0: all
	Heartbeat time.Duration // between resolved events while nothing changes; 0: the server's, 10 s
}

// Change is what happened to a row, or to a table. docs/http.md tells what each
// Op means. Numbers are json.Number, NULL is nil.
type Change struct {
	Op      string
	Table   string
	At      string // shard:index of the log's entry
	Time    time.Time
	Row     string // shard:id, the name of the row
	Key     map[string]any
	After   map[string]any
	Column  string    // of expire: rows of the shard went whose value here
	Before  time.Time // was before
	Columns []Column  // of alter
	Token   string    // from which the changes after this one are read

	Raw json.RawMessage `json:"-"` // as it came
}

// Changes reads changes as they come. Close it. One goroutine uses it.
type Changes struct {
	client *Client
	ctx    context.Context
	table  string
	o      ChangesOptions
	body   io.ReadCloser
	lines  *bufio.Reader
	change Change
	left   int64 // of the limit; 0: none
	tries  int
	err    error
	done   bool
}

// Changes begins to read the changes of a table.
func (c *Client) Changes(ctx context.Context, table string, o ChangesOptions) (*Changes, error) {
	s := &Changes{client: c, ctx: ctx, table: table, o: o, left: o.Limit}
	if err := s.open(); err != nil {
		return nil, err
	}
	return s, nil
}

// open asks for what comes after the last change.
func (s *Changes) open() error {
	q := url.Values{"follow": {strconv.FormatBool(s.o.Follow)}, "format": {"ndjson"}}
	if s.o.From != "" {
		q.Set("from", s.o.From)
	}
	if s.o.Limit > 0 {
		q.Set("limit", strconv.FormatInt(s.left, 10))
	}
	if s.o.Heartbeat > 0 {
		q.Set("heartbeat", s.o.Heartbeat.String())
	}
	req, err := http.NewRequestWithContext(s.ctx, http.MethodGet, s.client.base+"/v1/changes/"+url.PathEscape(s.table)+"?"+q.Encode(), nil)
	if err != nil {
		return fault.E("client: read changes", fault.Invalid, err)
	}
	res, err := s.client.do(req)
	if err != nil {
		return err
	}
	if token := res.Header.Get("X-Quindex-Token"); token != "" {
		s.o.From = token // "now" is another one when it is asked again
	}
	s.body, s.lines = res.Body, bufio.NewReaderSize(res.Body, 64<<10)
	return nil
}

// Next moves to the next change; false means the end or an error, see Err.
func (s *Changes) Next() bool {
	for !s.done && s.err == nil {
		line, err := s.lines.ReadBytes('\n')
		if err == nil {
			s.tries = 0
			return s.take(line)
		}
		switch {
		case err == io.EOF && len(line) == 0 && (!s.o.Follow || s.o.Limit > 0 && s.left == 0):
			s.done = true
		case s.ctx.Err() != nil:
			s.err = fault.E("client: read changes", fault.Canceled, s.ctx.Err())
		case !s.o.Follow:
			s.err = fault.E("client: read changes", fault.IO, fault.Hint("it is cut off; go on from the last token"), err)
		default:
			s.err = s.again()
		}
	}
	return false
}

// take reads one line.
func (s *Changes) take(line []byte) bool {
	var got struct {
		Change
		Error *Problem
	}
	dec := json.NewDecoder(bytes.NewReader(line))
	dec.UseNumber()
	if err := dec.Decode(&got); err != nil {
		s.err = fault.E("client: read changes", fault.IO, fmt.Errorf("%w in %.100s", err, line))
		return false
	}
	if got.Error != nil {
		s.err = got.Error
		return false
	}
	s.change, s.change.Raw = got.Change, line
	s.o.From = got.Token
	if got.Op != "resolved" && s.left > 0 {
		s.left--
	}
	s.done = got.Op == "drop"
	return true
}

// mostWait is how long a reader waits at most before it connects again.
const mostWait = 5 * time.Second

// again connects again where the connection broke, as often as it takes: the
// server may be starting. What it refuses is an error.
func (s *Changes) again() error {
	s.body.Close()
	for {
		wait := min(mostWait, 50*time.Millisecond<<min(s.tries, 10))
		s.tries++
		t := time.NewTimer(wait)
		select {
		case <-t.C:
		case <-s.ctx.Done():
			t.Stop()
			return fault.E("client: read changes", fault.Canceled, s.ctx.Err())
		}
		err := s.open()
		var p *Problem
		if err == nil || errors.As(err, &p) && !p.Retry {
			return err
		}
	}
}

// Change returns the present change; it stays the caller's.
func (s *Changes) Change() Change { return s.change }

// Token is from where the changes after the present one are read.
func (s *Changes) Token() string { return s.o.From }

// Buffered reports whether more has come already.
func (s *Changes) Buffered() bool { return s.lines.Buffered() > 0 }

// Err returns what ended the changes, or nil.
func (s *Changes) Err() error { return s.err }

// Close ends them.
func (s *Changes) Close() error { return s.body.Close() }
