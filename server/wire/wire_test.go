package wire

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// paths are those of a handler that answers in every way that there is.
func paths(running chan<- string, goOn <-chan struct{}) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /echo", func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
		}
		fmt.Fprintf(w, "%s %s %s %d %s %q", r.Method, r.RequestURI, r.Host, r.ContentLength, b, r.Header["X-A"])
	})
	mux.HandleFunc("GET /long", func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.URL.Query().Get("n"))
		w.Header().Set("Content-Type", "text/long")
		for i := range n {
			fmt.Fprintf(w, "%d %s\n", i, strings.Repeat("x", i%1000))
		}
	})
	mux.HandleFunc("GET /status", func(w http.ResponseWriter, r *http.Request) {
		status, _ := strconv.Atoi(r.URL.Query().Get("is"))
		w.Header().Set("X-B", "c\r\nd")
		w.WriteHeader(status)
		w.WriteHeader(http.StatusTeapot)
		if status != http.StatusNoContent && status != http.StatusNotModified {
			io.WriteString(w, "<html>")
		}
	})
	mux.HandleFunc("GET /nothing", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("GET /flushed", func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "a")
		http.NewResponseController(w).Flush()
		io.WriteString(w, "b")
	})
	mux.HandleFunc("GET /close", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Connection", "close")
		io.WriteString(w, "bye")
	})
	mux.HandleFunc("GET /abort", func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "some")
		http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	})
	mux.HandleFunc("GET /panic", func(http.ResponseWriter, *http.Request) { panic("oh") })
	mux.HandleFunc("GET /wait", func(w http.ResponseWriter, r *http.Request) {
		running <- "begins"
		select {
		case <-goOn:
			io.WriteString(w, "went on")
		case <-r.Context().Done():
			running <- "left"
		}
	})
	return mux
}

// served is a server that answers with or without net/http.
type served struct {
	*testing.T
	addr    string
	l       *Listener // nil: net/http alone
	running chan string
	goOn    chan struct{}
}

func serve(t *testing.T, bare bool, part time.Duration) *served {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &served{T: t, addr: ln.Addr().String(), running: make(chan string, 16), goOn: make(chan struct{})}
	log := slog.New(slog.DiscardHandler)
	h := &http.Server{Handler: paths(s.running, s.goOn), ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn)}
	if !bare {
		s.l = Listen(ln, Options{Handler: h.Handler, Takes: func(_, path string) bool { return path != "/elsewhere" }, Base: context.Background(), Log: log,
			HeaderTimeout: time.Minute, PartTimeout: part, IdleTimeout: time.Minute, WriteTimeout: time.Minute})
		ln = s.l
	}
	go h.Serve(ln)
	t.Cleanup(func() {
		h.Close()
		if s.l == nil {
			return
		}
		s.l.Cut()
		if err := s.l.Shutdown(context.Background()); err != nil { // or a connection has no end
			t.Error(err)
		}
	})
	return s
}

// peer is a client that says what it likes.
type peer struct {
	*served
	net.Conn
	in *bufio.Reader
}

func (s *served) dial() *peer {
	s.Helper()
	c, err := net.Dial("tcp", s.addr)
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(20 * time.Second))
	return &peer{s, c, bufio.NewReader(c)}
}

// read returns an answer: its status, its header without the date, its body,
// and how reading that ended.
func (p *peer) read() (status int, header map[string][]string, body string, err error) {
	res, err := http.ReadResponse(p.in, nil)
	if err != nil {
		return 0, nil, "", err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if d, e := http.ParseTime(res.Header.Get("Date")); res.StatusCode != http.StatusBadRequest && (e != nil || time.Since(d).Abs() > time.Minute) {
		p.Errorf("the date is %q", res.Header.Get("Date"))
	}
	res.Header.Del("Date")
	if res.Close {
		res.Header.Set("Connection", "close")
	}
	return res.StatusCode, res.Header, string(b), err
}

func (p *peer) expect(body string) {
	p.Helper()
	if status, _, got, err := p.read(); err != nil || status != http.StatusOK || got != body {
		p.Fatalf("status %d, body %q, %v, want %q", status, got, err, body)
	}
}

func get(path string) string { return "GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n" }

func echo(body string) string {
	return fmt.Sprintf("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
}

func echoed(body string) string { return fmt.Sprintf("POST /echo x %d %s []", len(body), body) }

// TestAsNetHTTP asks the same of both; the last of each list ends the connection or not.
func TestAsNetHTTP(t *testing.T) {
	ours, theirs := serve(t, false, time.Second), serve(t, true, 0)
	for _, ask := range []string{
		echo("SELECT 1"), echo(""), echo(strings.Repeat("x", 7000)), echo(strings.Repeat("x", 9000)),
		"POST /echo?a=b&c HTTP/1.1\r\nHost: y:1\r\ncontent-length: 1\r\nx-a: 1\r\nX-A: 2\r\n\r\nz",
		"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
		"POST /echo HTTP/1.0\r\nHost: x\r\nContent-Length: 1\r\n\r\na",
		get("/long?n=0"), get("/long?n=10"), get("/long?n=2000"), get("/nothing"), get("/nowhere"), get("/elsewhere"), get("/echo"), get("/flushed"),
		get("/status?is=404"), get("/status?is=500"), get("/status?is=204"), get("/status?is=304"),
		get("/close"), get("/abort"), get("/panic"), "nonsense\r\n\r\n", "GET / HTTP/1.1\r\n\r\n",
	} {
		a, b := ours.dial(), theirs.dial()
		for range 2 {
			io.WriteString(a, ask)
			io.WriteString(b, ask)
			status, header, body, err := a.read()
			wantStatus, wantHeader, wantBody, wantErr := b.read()
			if len(wantBody) > 1000 { // where it ends with chunks they may begin later, or not
				for _, h := range []map[string][]string{header, wantHeader} {
					delete(h, "Content-Length")
					delete(h, "Transfer-Encoding")
				}
			}
			if status != wantStatus || body != wantBody || (err == nil) != (wantErr == nil) ||
				!maps.EqualFunc(header, wantHeader, func(a, b []string) bool { return fmt.Sprint(a) == fmt.Sprint(b) }) {
				t.Errorf("%.100q\n%d %v %.100q %v, want\n%d %v %.100q %v", ask, status, header, body, err, wantStatus, wantHeader, wantBody, wantErr)
			}
			if wantErr != nil || wantStatus == http.StatusBadRequest {
				break
			}
		}
	}
}

// TestParts sends a request in two parts, cut anywhere, and two at once.
func TestParts(t *testing.T) {
	s := serve(t, false, time.Minute)
	p := s.dial()
	for at := range echo("hello") {
		io.WriteString(p, echo("hello")[:at])
		io.WriteString(p, echo("hello")[at:]+echo("you"))
		p.expect(echoed("hello"))
		p.expect(echoed("you"))
	}
	if len(s.l.all()) != 1 {
		t.Error("net/http got the connection")
	}
}

// TestSlowPart: net/http waits for the rest of what does not come soon.
func TestSlowPart(t *testing.T) {
	s := serve(t, false, time.Millisecond)
	p := s.dial()
	io.WriteString(p, echo("hello")[:30])
	eventually(t, "net/http has it", func() bool { return len(s.l.all()) == 0 })
	io.WriteString(p, echo("hello")[30:]+echo("you"))
	p.expect(echoed("hello"))
	p.expect(echoed("you"))
}

// TestLongRequest: while a request takes long its client's leaving is seen, and
// what it sends is its next request.
func TestLongRequest(t *testing.T) {
	s := serve(t, false, time.Minute)
	p := s.dial()
	for range 2 {
		io.WriteString(p, get("/wait"))
		<-s.running
		eventually(t, "it is waited for", func() bool { return s.l.waits() })
		s.goOn <- struct{}{}
		p.expect("went on")
		io.WriteString(p, get("/wait"))
		<-s.running
		eventually(t, "it is waited for", func() bool { return s.l.waits() })
		io.WriteString(p, echo("next"))
		s.goOn <- struct{}{}
		p.expect("went on")
		p.expect(echoed("next"))
	}
	io.WriteString(p, get("/wait"))
	<-s.running
	p.Close()
	if said := <-s.running; said != "left" {
		t.Error(said)
	}
	eventually(t, "the connection ends", func() bool { return len(s.l.all()) == 0 })
	eventually(t, "nobody looks for requests", func() bool { return !s.l.looking.Load() })
	q := s.dial() // the timer is set again
	io.WriteString(q, get("/wait"))
	<-s.running
	q.Close()
	if said := <-s.running; said != "left" {
		t.Error(said)
	}
}

// waits reports whether somebody waits for a client to leave.
func (l *Listener) waits() bool {
	for _, c := range l.all() {
		c.mu.Lock()
		waits := c.wait != nil
		c.mu.Unlock()
		if waits {
			return true
		}
	}
	return false
}

// TestShutdown: who is idle is closed, who is being answered gets the answer.
func TestShutdown(t *testing.T) {
	s := serve(t, false, time.Minute)
	idle, busy := s.dial(), s.dial()
	io.WriteString(idle, echo("a"))
	idle.expect(echoed("a"))
	io.WriteString(busy, get("/wait"))
	<-s.running
	soon, cancel := context.WithCancel(context.Background())
	cancel()
	if err := s.l.Shutdown(soon); err != context.Canceled {
		t.Fatalf("%v, while a request is answered", err)
	}
	if _, err := idle.in.ReadByte(); err != io.EOF {
		t.Errorf("%v on an idle connection, want its end", err)
	}
	s.goOn <- struct{}{}
	status, header, body, err := busy.read()
	if err != nil || status != http.StatusOK || body != "went on" || fmt.Sprint(header["Connection"]) != "[close]" {
		t.Errorf("%d %v %q %v", status, header, body, err)
	}
	if err := s.l.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
	if _, err := net.Dial("tcp", s.addr); err == nil {
		t.Error("it still listens")
	}
}

// TestCut ends what runs.
func TestCut(t *testing.T) {
	s := serve(t, false, time.Minute)
	p := s.dial()
	io.WriteString(p, get("/wait"))
	<-s.running
	s.l.Cut()
	if said := <-s.running; said != "left" {
		t.Error(said)
	}
	if _, _, _, err := p.read(); err == nil {
		t.Error("an answer to what was cut off")
	}
	if err := s.l.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	every := time.NewTicker(time.Millisecond)
	defer every.Stop()
	for end := time.Now().Add(20 * time.Second); !ok(); <-every.C {
		if time.Now().After(end) {
			t.Fatalf("not within 20 s: %s", what)
		}
	}
}
