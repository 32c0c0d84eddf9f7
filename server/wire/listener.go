package wire

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// long is how long a request may take before anybody looks whether its client
// is still there.
const long = 20 * time.Millisecond

// Options say what is answered here, and how. All must be set.
type Options struct {
	Handler http.Handler
	// Takes says which requests are answered here if they are small and plain. Their
	// answers may be of any length.
	Takes         func(method, path string) bool
	Base          context.Context // of all requests
	Log           *slog.Logger
	HeaderTimeout time.Duration // of a client that has sent nothing yet
	PartTimeout   time.Duration // of a request that has begun; then it is left to net/http
	IdleTimeout   time.Duration // between two requests
	WriteTimeout  time.Duration // of a client that does not read
}

// Listener answers what it takes, and accepts the connections that are left to net/http.
type Listener struct {
	net.Listener
	opts    Options
	handed  chan handed
	closed  chan struct{} // when nothing is handed over any more
	close   sync.Once
	closing atomic.Bool

	began   atomic.Int64 // requests
	looking atomic.Bool  // the timer is set
	timer   *time.Timer  // to look at requests that take long
	known   int64        // what began was when the timer went off last

	mu    sync.Mutex
	conns map[*conn]struct{}
	empty chan struct{} // closed when there is none and none will be; made by Shutdown
}

type handed struct {
	net.Conn
	err error
}

// Listen serves the connections of ln.
func Listen(ln net.Listener, o Options) *Listener {
	l := &Listener{Listener: ln, opts: o, handed: make(chan handed), closed: make(chan struct{}), conns: map[*conn]struct{}{}}
	l.timer = time.AfterFunc(time.Hour, l.look)
	l.timer.Stop()
	go l.run()
	return l
}

// run accepts. An error goes to who accepts from us, and the next try waits for
// that: net/http takes its time where files are short.
func (l *Listener) run() {
	for {
		nc, err := l.Listener.Accept()
		if err != nil {
			if !l.hand(handed{err: err}) {
				return
			}
			continue
		}
		c := newConn(l, nc)
		if !l.enter(c) {
			c.end(true)
			continue
		}
		go l.serve(c)
	}
}

func (l *Listener) serve(c *conn) {
	over := c.serve()
	c.leave()
	if over {
		c.SetDeadline(time.Time{})
		over = l.hand(handed{Conn: &begun{c.Conn, c.buf[:c.have]}})
	}
	if !over {
		c.Conn.Close()
	}
	l.leave(c)
}

// hand gives a connection, or an error, to who accepts; false if nobody does any more.
func (l *Listener) hand(h handed) bool {
	select {
	case <-l.closed: // above all, or the closed listener's error would come again and again
		return false
	default:
	}
	select {
	case l.handed <- h:
		return true
	case <-l.closed:
		return false
	}
}

// Accept returns the next connection that is left to net/http.
func (l *Listener) Accept() (net.Conn, error) {
	select {
	case h := <-l.handed:
		return h.Conn, h.err
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close accepts and hands over no more. Requests that run go on.
func (l *Listener) Close() (err error) {
	l.close.Do(func() {
		close(l.closed)
		err = l.Listener.Close()
	})
	return err
}

// Shutdown closes the listener and the connections that are idle, and waits for
// the answers that have begun, until ctx ends.
func (l *Listener) Shutdown(ctx context.Context) error {
	l.closing.Store(true)
	err := l.Close()
	for _, c := range l.all() {
		c.end(false)
	}
	l.mu.Lock()
	if l.empty == nil {
		l.empty = make(chan struct{})
		l.tellEmpty()
	}
	empty := l.empty
	l.mu.Unlock()
	select {
	case <-empty:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Cut closes all connections.
func (l *Listener) Cut() {
	l.closing.Store(true)
	l.Close()
	for _, c := range l.all() {
		c.end(true)
	}
}

func (l *Listener) enter(c *conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closing.Load() {
		return false
	}
	l.conns[c] = struct{}{}
	return true
}

func (l *Listener) leave(c *conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.conns, c)
	if l.empty != nil {
		l.tellEmpty()
	}
}

// tellEmpty closes empty, once. mu is held.
func (l *Listener) tellEmpty() {
	if len(l.conns) > 0 || closed(l.empty) {
		return
	}
	close(l.empty)
}

func (l *Listener) all() (out []*conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for c := range l.conns {
		out = append(out, c)
	}
	return out
}

// expectLong has somebody look at the request that begins, if it takes long:
// one timer for all, which goes off while requests come.
func (l *Listener) expectLong() {
	l.began.Add(1)
	l.set()
}

func (l *Listener) set() {
	if !l.looking.Load() && l.looking.CompareAndSwap(false, true) {
		l.timer.Reset(long)
	}
}

// look finds the requests that take long. It ends when there is none to look at
// again, and none began since it looked last.
func (l *Listener) look() {
	began := l.began.Load()
	if l.lookAtAll() || began != l.known {
		l.known = began
		l.timer.Reset(long)
		return
	}
	l.looking.Store(false)
	if l.began.Load() != began { // and took the timer for set
		l.set()
	}
}

func (l *Listener) lookAtAll() (again bool) {
	now := time.Now()
	for _, c := range l.all() {
		again = c.look(now) || again
	}
	return again
}

// begun is a connection some bytes of which were read.
type begun struct {
	net.Conn
	rest []byte
}

func (b *begun) Read(p []byte) (int, error) {
	if len(b.rest) > 0 {
		n := copy(p, b.rest)
		b.rest = b.rest[n:]
		return n, nil
	}
	return b.Conn.Read(p)
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
