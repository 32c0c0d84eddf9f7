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
func (s *slots) enter(ctx context.Context) (leave func(), err error) {
	leave = func() { <-s.turns }
	select {
	case s.turns <- struct{}{}:
		return leave, nil
	default:
	}
	if s.waiting.Add(1) > s.queue {
		s.waiting.Add(-1)
		return nil, s.refuse(fault.Errorf("", fault.Overload, "%d %s run and %d wait", cap(s.turns), s.what, s.queue))
	}
	defer s.waiting.Add(-1)
	t := time.NewTimer(s.patience)
	defer t.Stop()
	select {
	case s.turns <- struct{}{}:
		return leave, nil
	case <-t.C:
		return nil, s.refuse(fault.Errorf("", fault.Overload, "%d %s run, and none ended for %v", cap(s.turns), s.what, s.patience))
	case <-ctx.Done():
		return nil, fault.E("server: wait for a turn", fault.Canceled, ctx.Err())
	}
}

func (s *slots) refuse(err error) error {
	s.refused.Add(1)
	return fault.E("server: wait for a turn", fault.Overload, err, fault.Hint("send it again later, or fewer at a time"))
}

func (s *slots) running() int { return len(s.turns) }

// idleReader gives a body so much time for each read: a client that stops
// sending, or is gone without a word, does not keep its slot.
type idleReader struct {
	io.ReadCloser
	control *http.ResponseController
	limit   time.Duration
}

func (r idleReader) Read(p []byte) (int, error) {
	r.control.SetReadDeadline(time.Now().Add(r.limit)) // where it is not supported there is no such limit
	n, err := r.ReadCloser.Read(p)
	if err != nil { // or the wait for the client to leave would end the statement
		r.control.SetReadDeadline(time.Time{})
	}
	return n, err
}

// idleWriter does the same for a client that does not read its result.
type idleWriter struct {
	http.ResponseWriter
	control *http.ResponseController
	limit   time.Duration
}

func (w idleWriter) Write(p []byte) (int, error) {
	w.control.SetWriteDeadline(time.Now().Add(w.limit))
	return w.ResponseWriter.Write(p)
}

func (w idleWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// patient puts both limits on a request, and lifts them when it ends: the
// connection may carry others.
func (s *Server) patient(w http.ResponseWriter, r *http.Request) (http.ResponseWriter, func()) {
	control := http.NewResponseController(w)
	r.Body = idleReader{r.Body, control, s.opts.IdleTimeout}
	return idleWriter{w, control, s.opts.IdleTimeout}, func() {
		control.SetReadDeadline(time.Time{})
		control.SetWriteDeadline(time.Time{})
	}
}

// limited runs a handler in a slot.
func (s *Server) limited(in *slots, h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		leave, err := in.enter(r.Context())
		if err != nil {
			problemOf(err).write(w)
			return
		}
		defer leave()
		w, done := s.patient(w, r)
		defer done()
		h(w, r)
	}
}
