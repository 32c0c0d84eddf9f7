package wire

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// held is how much of an answer is kept until its length is known; one that
// becomes longer goes out in chunks.
const held = 4 << 10

// answer is the http.ResponseWriter of one request. Its deadlines are those of
// the connection, which every write moves.
type answer struct {
	c      *conn
	header http.Header
	status int  // 0: not said yet
	typed  bool // the head names a Content-Type
	sent   bool // the head is out, and what follows are chunks
	close  bool // the handler asked for the connection to be closed
	head   bytes.Buffer
	body   []byte
	err    error // of a write
}

// answers keeps answers of requests that have ended, with their room.
var answers = sync.Pool{New: func() any { return &answer{header: http.Header{}} }}

func newAnswer(c *conn) *answer {
	a := answers.Get().(*answer)
	a.c = c
	return a
}

// free gives the room to other requests. Nobody may use the answer any more.
func (a *answer) free() {
	if max(cap(a.body), a.head.Cap()) > 16*held {
		return
	}
	clear(a.header)
	a.head.Reset()
	*a = answer{header: a.header, head: a.head, body: a.body[:0]}
	answers.Put(a)
}

// Header returns the header of the answer until it is sent.
func (a *answer) Header() http.Header { return a.header }

// SetReadDeadline lets http.ResponseController end: the body is in memory.
func (a *answer) SetReadDeadline(time.Time) error { return nil }

// SetWriteDeadline lets it end too: the connection has its own.
func (a *answer) SetWriteDeadline(time.Time) error { return nil }

// WriteHeader fixes the status and the header.
func (a *answer) WriteHeader(status int) {
	if a.status != 0 || status < http.StatusOK {
		return
	}
	a.status = status
	a.close = strings.EqualFold(a.header.Get("Connection"), "close")
	for _, name := range []string{"Connection", "Content-Length", "Transfer-Encoding"} { // which are ours
		delete(a.header, name)
	}
	_, a.typed = a.header["Content-Type"]
	a.head.WriteString("HTTP/1.1 ")
	b := strconv.AppendInt(a.head.AvailableBuffer(), int64(status), 10)
	b = append(append(append(b, ' '), http.StatusText(status)...), "\r\n"...)
	a.head.Write(b)
	a.header.Write(&a.head)
}

// Write appends to the answer.
func (a *answer) Write(p []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	if a.err != nil {
		return 0, a.err
	}
	if !a.allowsBody() {
		return 0, http.ErrBodyNotAllowed
	}
	if a.body = append(a.body, p...); len(a.body) > held {
		a.chunk()
	}
	if a.err != nil {
		return 0, a.err
	}
	return len(p), nil
}

// FlushError sends what is there.
func (a *answer) FlushError() error {
	a.WriteHeader(http.StatusOK)
	if a.err == nil && a.allowsBody() {
		a.chunk()
	}
	return a.err
}

func (a *answer) allowsBody() bool {
	return a.status != http.StatusNoContent && a.status != http.StatusNotModified
}

// chunk sends what is held as a chunk, behind the head if that is not out yet.
func (a *answer) chunk() {
	out := &a.head
	if !a.sent {
		a.typeOf()
		a.endHead("Transfer-Encoding: chunked\r\n")
		a.sent = true
	}
	if len(a.body) > 0 {
		out.Write(append(strconv.AppendInt(out.AvailableBuffer(), int64(len(a.body)), 16), "\r\n"...))
		out.Write(a.body)
		out.WriteString("\r\n")
	}
	a.flush()
	a.body = a.body[:0]
}

// typeOf says what the body is where the handler did not.
func (a *answer) typeOf() {
	if !a.typed && len(a.body) > 0 {
		a.head.WriteString("Content-Type: " + http.DetectContentType(a.body) + "\r\n")
	}
}

// endHead adds the last fields.
func (a *answer) endHead(length string) {
	a.head.WriteString(length)
	if a.close {
		a.head.WriteString("Connection: close\r\n")
	}
	b := append(a.head.AvailableBuffer(), "Date: "...)
	a.head.Write(append(time.Now().UTC().AppendFormat(b, http.TimeFormat), "\r\n\r\n"...))
}

// end sends what is left, once: the whole answer where it is small.
func (a *answer) end() error {
	a.WriteHeader(http.StatusOK)
	switch {
	case a.err != nil:
		return a.err
	case a.sent:
		a.chunk()
		a.head.WriteString("0\r\n\r\n")
	default:
		a.close = a.close || a.c.of.closing.Load()
		a.typeOf()
		length := ""
		if a.allowsBody() {
			length = "Content-Length: " + strconv.Itoa(len(a.body)) + "\r\n"
		}
		a.endHead(length)
		a.head.Write(a.body)
	}
	a.flush()
	return a.err
}

func (a *answer) flush() {
	if a.err == nil && a.head.Len() > 0 {
		a.err = a.c.write(a.head.Bytes())
	}
	a.head.Reset()
}
