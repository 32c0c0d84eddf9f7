package server

import (
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Every connection is an open file. Above so many, another one is told so and
// closed, so that files are left for the log, for segments and for who is served.

// lingerTime is how long a refused client has to read why, and lingering how
// many of them at once; the rest are cut off.
const (
	lingerTime = time.Second
	lingering  = 64
)

// bounded is a listener with at most so many connections.
type bounded struct {
	net.Listener
	most    int64
	open    atomic.Int64
	refused atomic.Int64
	linger  chan struct{}
	log     *slog.Logger
	told    atomic.Int64 // when the log was last told, in seconds since 1970
}

func newBounded(ln net.Listener, most int, log *slog.Logger) *bounded {
	return &bounded{Listener: ln, most: int64(most), linger: make(chan struct{}, lingering), log: log}
}

// Accept returns the next connection that there is room for.
func (b *bounded) Accept() (net.Conn, error) {
	for {
		c, err := b.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if b.open.Add(1) <= b.most {
			return &boundedConn{Conn: c, of: b}, nil
		}
		b.open.Add(-1)
		b.refuse(c)
	}
}

// refuse answers without reading what is asked.
func (b *bounded) refuse(c net.Conn) {
	b.refused.Add(1)
	if now := time.Now().Unix(); b.told.Swap(now) != now {
		b.log.Warn("a connection is refused: too many are open", "most", b.most, "refused", b.refused.Load())
	}
	select {
	case b.linger <- struct{}{}:
	default:
		c.Close()
		return
	}
	go func() {
		defer func() { <-b.linger }()
		defer c.Close()
		c.SetDeadline(time.Now().Add(lingerTime))
		body := fmt.Sprintf(`{"type":"about:blank","title":"unavailable","status":503,"code":"53300","detail":"server: accept: %d connections are open, which is the most","hint":"use connections again, or raise --max-connections","retryable":true}`+"\n", b.most)
		fmt.Fprintf(c, "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/problem+json\r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
		if t, is := c.(*net.TCPConn); is {
			t.CloseWrite()
		}
		io.Copy(io.Discard, io.LimitReader(c, 1<<20)) // or the answer would be lost with what is not read
	}()
}

// boundedConn gives its place back once.
type boundedConn struct {
	net.Conn
	of   *bounded
	once sync.Once
}

func (c *boundedConn) Close() error {
	err := c.Conn.Close()
	c.once.Do(func() { c.of.open.Add(-1) })
	return err
}
