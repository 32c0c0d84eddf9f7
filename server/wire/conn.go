package wire

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"sync"
	"time"
)

// conn is one connection while plain requests come. Only its goroutine uses it,
// and, while that is within the handler, the one that waits for the client to leave.
type conn struct {
	net.Conn
	of     *Listener
	ctx    context.Context // of all its requests; ends when the client has left
	leave  context.CancelFunc
	blank  *http.Request // with the context and what else is the same in all
	buf    []byte
	have   int   // bytes of buf that have arrived and are not answered
	failed error // of the last read

	readUntil time.Time // the deadline of reads
	parts     bool      // it is that of a request that comes in parts
	written   time.Time // when that of writes was moved last

	mu    sync.Mutex
	since time.Time     // when the request began that is being answered; zero: none
	wait  chan struct{} // closed when nobody waits any more for the client to leave; nil: nobody does
}

func newConn(l *Listener, nc net.Conn) *conn {
	c := &conn{Conn: nc, of: l, buf: make([]byte, most)}
	c.ctx, c.leave = context.WithCancel(l.opts.Base)
	c.blank = (&http.Request{RemoteAddr: nc.RemoteAddr().String()}).WithContext(c.ctx)
	return c
}

// serve answers requests until the connection ends, or returns true: it is net/http's.
func (c *conn) serve() (handOver bool) {
	patience := c.of.opts.HeaderTimeout // of a client that says nothing at all
	for {
		r := new(http.Request)
		*r = *c.blank
		n, v := parse(r, c.buf[:c.have])
		if v == other || v == plain && !c.of.opts.Takes(r.Method, r.URL.Path) {
			return true
		}
		switch {
		case v == plain:
			if !c.answer(r, n) {
				return false
			}
			patience = c.of.opts.IdleTimeout
		case c.have == 0:
			c.readWithin(patience)
			if !c.fill() {
				return false
			}
		default:
			if !c.parts {
				c.readWithin(c.of.opts.PartTimeout)
				c.parts = true
			}
			if !c.fill() {
				return true // net/http knows how long to wait for which part
			}
		}
	}
}

// readWithin gives the next read so much time, about: moving a deadline takes
// as long as a small write, and is done when a sixteenth is over.
func (c *conn) readWithin(patience time.Duration) {
	now := time.Now()
	if left := c.readUntil.Sub(now); left > patience || left < patience/16*15 {
		c.readUntil = now.Add(patience)
		c.SetReadDeadline(c.readUntil)
	}
}

// fill reads what has arrived, or waits for it.
func (c *conn) fill() bool {
	if c.failed != nil {
		return false
	}
	var n int
	n, c.failed = c.Read(c.buf[c.have:])
	c.have += n
	return n > 0
}

// answer answers the request that has the first n bytes; false ends the connection.
func (c *conn) answer(r *http.Request, n int) bool {
	if !c.begin() {
		return false
	}
	body := c.buf[n-int(r.ContentLength) : n]
	r.Body = http.NoBody
	if len(body) > 0 {
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	a := newAnswer(c)
	whole := c.handle(a, r)
	c.done()
	goesOn := whole && a.end() == nil && !a.close
	if whole {
		a.free()
	}
	c.have, c.parts = copy(c.buf, c.buf[n:c.have]), false
	return goesOn
}

// handle reports whether the handler came to its end.
func (c *conn) handle(a *answer, r *http.Request) (whole bool) {
	defer func() {
		if p := recover(); p != nil && p != http.ErrAbortHandler {
			c.of.opts.Log.Error("BUG: a request panicked", "path", r.URL.Path, "panic", p, "stack", string(debug.Stack()))
		}
	}()
	c.of.opts.Handler.ServeHTTP(a, r)
	return true
}

// begin notes that a request is being answered; false if none may begin any more.
func (c *conn) begin() bool {
	c.mu.Lock()
	if c.of.closing.Load() {
		c.mu.Unlock()
		return false
	}
	c.since = time.Now()
	c.mu.Unlock()
	c.of.expectLong()
	return true
}

// done notes that it is answered; nobody reads from the connection then.
func (c *conn) done() {
	c.mu.Lock()
	wait := c.wait
	c.since, c.wait = time.Time{}, nil
	c.mu.Unlock()
	if wait == nil {
		return
	}
	c.SetReadDeadline(time.Unix(1, 0))
	<-wait
	c.readUntil = time.Time{}
	if errors.Is(c.failed, os.ErrDeadlineExceeded) {
		c.failed = nil // it was we who ended it
	}
}

// look waits for the client to leave if the request takes long. Any goroutine
// may call it. It reports whether it must look again.
func (c *conn) look(now time.Time) (again bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.since.IsZero() || c.wait != nil {
		return false
	}
	if now.Sub(c.since) < long {
		return true
	}
	wait := make(chan struct{})
	c.wait = wait
	c.SetReadDeadline(time.Time{})
	go func() {
		defer close(wait)
		c.expectEnd()
	}()
	return false
}

// expectEnd ends the context when the client leaves. What it sends instead is
// its next request, as net/http sees it too.
func (c *conn) expectEnd() {
	if c.have == len(c.buf) || c.failed != nil {
		return
	}
	n, err := c.Read(c.buf[c.have:])
	c.have += n
	if c.failed = err; err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		c.leave()
	}
}

// write sends b. A client that does not take it in time, or is gone, ends the request.
func (c *conn) write(b []byte) error {
	if now := time.Now(); now.Sub(c.written) > c.of.opts.WriteTimeout/16 {
		c.written = now
		c.SetWriteDeadline(now.Add(c.of.opts.WriteTimeout))
	}
	_, err := c.Conn.Write(b)
	if err != nil {
		c.leave()
	}
	return err
}

// end closes the connection if no request is being answered, or whatever is.
func (c *conn) end(whatever bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.since.IsZero() || whatever {
		c.leave()
		c.Conn.Close()
	}
}
