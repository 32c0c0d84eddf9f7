package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/quindex/quindex/fault"
)

// A load with OnError "abort" of more than one piece is staged: its pieces wait
// in the server, unseen, and when the last is there they are switched into the
// table in one moment. A bad row drops them all. A load that is interrupted
// stays staged: running it again goes on with it.

// dropWithin bounds how long a load that failed tries to drop what it staged.
const dropWithin = 10 * time.Second

// staged is the server's word on a staged load.
type staged struct {
	ID int64 `json:"id"`
	held
	Waits bool `json:"waits"` // pieces of an earlier run are there
}

// stages reports whether a stream is staged: with abort, and unless it is one
// request, which the server takes whole or not at all.
func (l *loader) stages(src *source, size int64) bool {
	if l.o.OnError != "" && l.o.OnError != "abort" || !src.format.lines {
		return false
	}
	return size < 0 || size >= int64(l.o.Piece) || compressed(src.name)
}

// staged loads a stream of pieces in one moment.
func (l *loader) staged(ctx context.Context, src *source, r io.Reader) error {
	before := l.progress.rows.Load()
	err := l.begin(ctx, src)
	if missing := (*Problem)(nil); errors.As(err, &missing) && missing.Status == http.StatusNotFound && l.o.Create != "" {
		err = nil // the first piece makes the table
	}
	if err == nil {
		err = l.read(ctx, src, r)
	}
	if err == nil && !src.sent && !src.waits { // the table has all of it
		l.giveUp(ctx, src)
		return nil
	}
	if err == nil {
		err = l.patiently(ctx, func() error { return l.switchLoad(ctx, src) })
	}
	if err == nil {
		return nil
	}
	sent := l.progress.rows.Swap(before) - before // none of them is in the table
	if src.once || l.o.Again || ctx.Err() == nil && !passing(err) {
		l.giveUp(ctx, src)
	} else if src.stage != 0 {
		l.progress.waitingRows.Add(sent)
	}
	return err
}

// begin begins the load, or finds it as it was interrupted.
func (l *loader) begin(ctx context.Context, src *source) error {
	var s staged
	u := l.base + "/v1/loads?table=" + url.QueryEscape(l.o.Table) + "&source=" + src.id
	if err := l.patiently(ctx, func() error { return l.call(ctx, http.MethodPost, u, &s) }); err != nil {
		return err
	}
	src.stage, src.held, src.waits = s.ID, s.held, s.Waits
	l.progress.rows.Add(s.Rows)
	l.progress.heldRows.Add(s.Rows)
	return nil
}

// ready makes sure, before the first piece of a staged stream is sent, that
// there is a load to send it to: the piece makes the table if that is missing.
func (l *loader) ready(ctx context.Context, p piece) error {
	src := p.file
	if !src.staged || src.stage != 0 {
		return nil
	}
	src.check = true
	err := l.piece(ctx, p)
	src.check = false
	if err != nil {
		return err
	}
	return l.begin(ctx, src)
}

// switchLoad brings the load into its table.
func (l *loader) switchLoad(ctx context.Context, src *source) error {
	u := l.base + "/v1/loads/" + strconv.FormatInt(src.stage, 10) + "/switch?end=" + strconv.FormatInt(src.end, 10)
	return l.call(ctx, http.MethodPost, u, nil)
}

// giveUp drops the load. What stays, because the server is away, is dropped by
// the server after a while, or goes on if the load is run again.
func (l *loader) giveUp(ctx context.Context, src *source) {
	if src.stage == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), dropWithin)
	defer cancel()
	u := l.base + "/v1/loads/" + strconv.FormatInt(src.stage, 10)
	_ = l.patiently(ctx, func() error { return l.call(ctx, http.MethodDelete, u, nil) })
}

// call makes a request without a body; into, unless it is nil, takes the answer.
func (l *loader) call(ctx context.Context, method, u string, into any) error {
	req, err := http.NewRequestWithContext(ctx, method, u, bytes.NewReader(nil))
	if err != nil {
		return fault.E("load", fault.Invalid, err)
	}
	res, err := l.do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if into == nil {
		_, err = io.Copy(io.Discard, res.Body)
	} else {
		err = json.NewDecoder(res.Body).Decode(into)
	}
	if err != nil {
		return fault.E("load: read answer", fault.Unavailable, err)
	}
	return nil
}
