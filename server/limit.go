package server

import (
	"context"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/quindex/quindex/fault"
)

// slots lets so many requests work at once and so many more wait for their
// turn, for a while; the rest are refused at once, so that an overloaded
// server answers what it can and says no to the others before it breaks.
type slots struct {
	what     string
	turns    chan struct{}
	queue    int64
	patience time.Duration
	waiting  atomic.Int64
	refused  atomic.Int64
}

func newSlots(what string, n, queue int, patience time.Duration) *slots {
	return &slots{what: what, turns: make(chan struct{}, n), queue: int64(queue), patience: patience}
}

// enter waits for a turn; leave ends it.
func (s *slots) enter(ctx context.Context) error {
	select {
	case s.turns <- struct{}{}:
		return nil
	default:
	}
	if s.waiting.Add(1) > s.queue {
		s.waiting.Add(-1)
		return s.refuse(fault.Errorf("", fault.Overload, "%d %s run and %d wait", cap(s.turns), s.what, s.queue))
	}
	defer s.waiting.Add(-1)
	t := time.NewTimer(s.patience)
	defer t.Stop()
	select {
	case s.turns <- struct{}{}:
		return nil
	case <-t.C:
		return s.refuse(fault.Errorf("", fault.Overload, "%d %s run, and none ended for %v", cap(s.turns), s.what, s.patience))
	case <-ctx.Done():
		return fault.E("server: wait for a turn", fault.Canceled, ctx.Err())
	}
}

func (s *slots) leave() { <-s.turns }

func (s *slots) refuse(err error) error {
	s.refused.Add(1)
	return fault.E("server: wait for a turn", fault.Overload, err, fault.Hint("send it again later, or fewer at a time"))
}

func (s *slots) running() int { return len(s.turns) }

// deadline is a limit on how long one read or write may take. It is moved on
// only when a sixteenth of it is over: moving it costs as much as a small write.
type deadline struct {
	set   func(time.Time) error // where it is not supported there is no such limit
	limit time.Duration
	at    time.Time // when it was moved last; zero: it is not set
}

func (d *deadline) move() {
	if now := time.Now(); now.Sub(d.at) > d.limit/16 {
		d.at = now
		d.set(now.Add(d.limit))
	}
}

func (d *deadline) lift() {
	if !d.at.IsZero() {
		d.at = time.Time{}
		d.set(time.Time{})
	}
}

// idleReader gives a body so much time for each read: a client that stops
// sending, or is gone without a word, does not keep its slot.
type idleReader struct {
	io.ReadCloser
	deadline
}

func (r *idleReader) Read(p []byte) (int, error) {
	r.move()
	n, err := r.ReadCloser.Read(p)
	if err != nil { // or the wait for the client to leave would end the statement
		r.lift()
	}
	return n, err
}

// idleWriter does the same for a client that does not read its result.
type idleWriter struct {
	http.ResponseWriter
	deadline
}

func (w *idleWriter) Write(p []byte) (int, error) {
	w.move()
	return w.ResponseWriter.Write(p)
}

func (w *idleWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// patience is both limits of one request.
type patience struct {
	read  idleReader
	write idleWriter
}

// patient puts both limits on a request; they are lifted when it ends: the
// connection may carry others.
func (s *Server) patient(w http.ResponseWriter, r *http.Request) *patience {
	control := http.NewResponseController(w)
	p := &patience{idleReader{r.Body, deadline{set: control.SetReadDeadline, limit: s.opts.IdleTimeout}},
		idleWriter{w, deadline{set: control.SetWriteDeadline, limit: s.opts.IdleTimeout}}}
	r.Body = &p.read
	return p
}

func (p *patience) end() {
	p.read.lift()
	p.write.lift()
}

// limited runs a handler in a slot.
func (s *Server) limited(in *slots, h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := in.enter(r.Context()); err != nil {
			problemOf(err).write(w)
			return
		}
		defer in.leave()
		p := s.patient(w, r)
		defer p.end()
		h(&p.write, r)
	}
}
