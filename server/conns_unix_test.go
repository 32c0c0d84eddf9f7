//go:build linux || darwin

package server

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"

	"github.com/quindex/quindex/fault"
)

// TestTooManyConnections opens one connection after the other: as many as there
// may be are served, the next is told why not, and when one closes there is
// room again.
func TestTooManyConnections(t *testing.T) {
	const most = 4
	s := startWith(t, Config{Limits: Options{MaxConnections: most}})
	var open []net.Conn
	ask := func(c net.Conn) *http.Response {
		t.Helper()
		fmt.Fprintf(c, "POST /v1/sql HTTP/1.1\r\nHost: x\r\nContent-Length: 8\r\n\r\nSELECT 1")
		res, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Fatal(err)
		}
		return res
	}
	dial := func() net.Conn {
		t.Helper()
		c, err := net.Dial("tcp", s.Server.Addr())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		return c
	}
	for range most {
		c := dial()
		if res := ask(c); res.StatusCode != http.StatusOK {
			t.Fatalf("status %d, want 200", res.StatusCode)
		}
		open = append(open, c)
	}
	for range 3 * lingering {
		c := dial()
		res := ask(c)
		body, err := io.ReadAll(res.Body)
		c.Close()
		if err != nil || res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Retry-After") == "" || !strings.Contains(string(body), "4 connections are open") {
			t.Fatalf("status %d, headers %v, body %s, %v", res.StatusCode, res.Header, body, err)
		}
		if res := ask(open[0]); res.StatusCode != http.StatusOK { // who is in goes on
			t.Fatalf("status %d, want 200", res.StatusCode)
		}
	}
	open[1].Close()
	eventually(t, "room for a connection", func() bool {
		c := dial()
		defer c.Close()
		return ask(c).StatusCode == http.StatusOK
	})
	if n := s.Server.listen.refused.Load(); n < 3*lingering {
		t.Errorf("%d were refused, want at least %d", n, 3*lingering)
	}
}

// TestFitConns leaves the server the files that it needs itself.
func TestFitConns(t *testing.T) {
	for _, c := range []struct {
		files int64
		asked int
		want  int // 0: refused
	}{
		{0, 0, 4096}, {0, 7, 7}, {1 << 20, 0, 4096}, {1 << 20, 100_000, 100_000},
		{1024, 0, 512}, {1024, 512, 512}, {1024, 513, 0}, {256, 0, 16}, {256, 16, 16}, {256, 17, 0},
	} {
		o := Options{MaxConnections: c.asked}
		err := o.fitConns(c.files)
		if c.want == 0 && (!fault.Is(err, fault.Invalid) || fault.HintOf(err) == "") || c.want > 0 && (err != nil || o.MaxConnections != c.want) {
			t.Errorf("%d files, %d asked for: %d, %v, want %d", c.files, c.asked, o.MaxConnections, err, c.want)
		}
	}
}

// TestRaiseFiles raises the soft limit on open files to the hard one.
func TestRaiseFiles(t *testing.T) {
	var was syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &was); err != nil {
		t.Fatal(err)
	}
	low := syscall.Rlimit{Cur: min(was.Max, 512), Max: was.Max}
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &low); err != nil {
		t.Fatal(err)
	}
	defer syscall.Setrlimit(syscall.RLIMIT_NOFILE, &was)
	if n := raiseFiles(); uint64(n) != min(was.Max, 1<<40) {
		t.Errorf("%d files, want %d", n, was.Max)
	}
	var now syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &now); err != nil || now.Cur != was.Max {
		t.Errorf("the limit is %d, %v, want %d", now.Cur, err, was.Max)
	}
}
