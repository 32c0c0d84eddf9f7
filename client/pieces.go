package client

import (
	"bytes"
	"context"
	"errors"
	"io"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/quindex/quindex/fault"
)

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
