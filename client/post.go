package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"sync/atomic"

	"github.com/quindex/quindex/fault"
)

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
