package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/quindex/quindex/client"
)

// talker is a server in a process of its own whose lines are read as they come.
type talker struct {
	child
	lines *bufio.Reader
}

func talk(t *testing.T, args ...string) *talker {
	t.Helper()
	cmd := program(t, append([]string{"serve", "--cluster", "127.0.0.1:0", "--http", "127.0.0.1:0", "--log", "error"}, args...)...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	s := &talker{child: child{cmd: cmd, log: &strings.Builder{}}, lines: bufio.NewReader(out)}
	cmd.Stderr = s.log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	s.addr, _, _ = strings.Cut(s.await(t, "on http://(.*)"), " ")
	return s
}

// await reads lines until one matches, and returns its first group.
func (s *talker) await(t *testing.T, pattern string) string {
	t.Helper()
	for {
		line, err := s.lines.ReadString('\n')
		if m := regexp.MustCompile(pattern).FindStringSubmatch(line); m != nil {
			return m[len(m)-1]
		}
		if err != nil {
			t.Fatalf("no line is like %q: %v\n%s", pattern, err, s.log)
		}
	}
}

// openLoad begins a load and leaves it open: the function ends it. It returns
// when the server says that it runs.
func (s *talker) openLoad(t *testing.T) (end func() (status int)) {
	t.Helper()
	r, w := io.Pipe()
	status := make(chan int, 1)
	go func() {
		resp, err := http.Post("http://"+s.addr+"/v1/load/t", "application/x-ndjson", r)
		if err != nil {
			status <- 0
			return
		}
		resp.Body.Close()
		status <- resp.StatusCode
	}()
	fmt.Fprintln(w, `{"id":1}`)
	deadline := time.Now().Add(30 * time.Second)
	for !strings.Contains(get(t, s.addr, "/metrics"), `quindex_slots_used{of="loads"} 1`) {
		if time.Now().After(deadline) {
			t.Fatal("the load does not begin")
		}
	}
	return func() int {
		fmt.Fprintln(w, `{"id":2}`)
		w.Close()
		return <-status
	}
}

func get(t *testing.T, addr, path string) string {
	t.Helper()
	resp, err := http.Get("http://" + addr + path)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func makeTable(t *testing.T, addr string) {
	t.Helper()
	c := client.New(addr)
	defer c.Close()
	if _, err := c.Exec(context.Background(), "CREATE TABLE t (id BIGINT)"); err != nil {
		t.Fatal(err)
	}
}

// TestServeSaysHowItStops: a load that has begun is answered, rows go to disk,
// and the last line says how long it took.
func TestServeSaysHowItStops(t *testing.T) {
	data := t.TempDir()
	for _, sig := range []os.Signal{syscall.SIGTERM, os.Interrupt} {
		s := talk(t, "--data", data)
		if sig == syscall.SIGTERM {
			makeTable(t, s.addr)
		}
		end := s.openLoad(t)
		s.cmd.Process.Signal(sig)
		s.await(t, "quindex: stopping: 1 load may go on for 10s; a second signal ends")
		if status := end(); status != http.StatusOK {
			t.Errorf("the load that had begun is answered with %d, want 200", status)
		}
		s.await(t, "quindex: stopping: rows in memory go to disk")
		s.await(t, `quindex: stopped in \d+ ms`)
		if err := s.cmd.Wait(); err != nil {
			t.Errorf("after %v: %v\n%s", sig, err, s.log)
		}
	}
	s := talk(t, "--data", data)
	c := client.New(s.addr)
	defer c.Close()
	if got := fmt.Sprint(rowsOfSQL(t, c, "SELECT count(*), sum(id) FROM t")); got != "[4 6]" {
		t.Errorf("rows, sum are %s, want [4 6]", got)
	}
}

// TestServeSecondSignal: the second signal ends a server that still waits.
func TestServeSecondSignal(t *testing.T) {
	s := talk(t, "--data", t.TempDir())
	makeTable(t, s.addr)
	s.openLoad(t)
	s.cmd.Process.Signal(os.Interrupt)
	s.await(t, "quindex: stopping: 1 load may go on")
	s.cmd.Process.Signal(os.Interrupt)
	s.cmd.Wait()
	if st, ok := s.cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || !st.Signaled() || st.Signal() != syscall.SIGINT {
		t.Errorf("the server ended with %v, want the signal", s.cmd.ProcessState)
	}
}
