package bench

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/quindex/quindex/fault"
)

// bare speaks HTTP/1.1 over one kept-alive connection from one goroutine. A
// client library hands each request to goroutines that write and read, which
// takes as long as the server takes for a small statement: what bare measures
// is the server and the way there. It may be used by one goroutine.
type bare struct {
	conn net.Conn
	in   *bufio.Reader
	out  []byte
}

// bareTimeout ends a request that nobody answers.
const bareTimeout = 30 * time.Second

func dialBare(ctx context.Context, addr string) (*bare, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, fault.E("bench: connect", fault.Unavailable, fault.Item(addr), err)
	}
	return &bare{conn: conn, in: bufio.NewReader(conn)}, nil
}

func (b *bare) close() error { return b.conn.Close() }

// get asks for a page and reads the whole answer.
func (b *bare) get(path string) ([]byte, error) {
	b.out = fmt.Appendf(b.out[:0], "GET %s HTTP/1.1\r\nHost: quindex\r\n\r\n", path)
	return b.answer()
}

// sql puts a statement and reads the whole answer.
func (b *bare) sql(text string) ([]byte, error) {
	b.out = fmt.Appendf(b.out[:0], "POST /v1/sql HTTP/1.1\r\nHost: quindex\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s", len(text), text)
	return b.answer()
}

// answer sends what is in out.
func (b *bare) answer() ([]byte, error) {
	b.conn.SetDeadline(time.Now().Add(bareTimeout))
	if _, err := b.conn.Write(b.out); err != nil {
		return nil, fault.E("bench: ask", fault.Unavailable, err)
	}
	res, err := http.ReadResponse(b.in, nil)
	if err != nil {
		return nil, fault.E("bench: ask", fault.Unavailable, err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, fault.E("bench: ask", fault.IO, err)
	}
	if res.StatusCode != http.StatusOK {
		return nil, fault.Errorf("bench: ask", fault.Internal, "%s: %s", res.Status, body)
	}
	return body, nil
}
