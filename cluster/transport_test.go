package cluster

import (
	"io"
	"net"
	"testing"
	"time"
)

// TestStrangersOnTheClusterPort: a connection that names no group of the node
// is closed, one that says nothing does not hold up Close.
func TestStrangersOnTheClusterPort(t *testing.T) {
	defer leakCheck(t)()
	r := openRig(t, smallLogs(t, t.TempDir()))
	dial := func(say string) net.Conn {
		t.Helper()
		c, err := net.Dial("tcp", r.Address())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(c, say); err != nil {
			t.Fatal(err)
		}
		c.SetReadDeadline(time.Now().Add(10 * time.Second))
		return c
	}
	stranger := dial("GET / HTTP/1.1\r\n\r\n")
	defer stranger.Close()
	if n, err := stranger.Read(make([]byte, 1)); n != 0 || isTimeout(err) {
		t.Errorf("%d bytes, error %v; wanted a closed connection", n, err)
	}
	garbled := dial("\x00\x00\x00\x01\xff\xff\xff\xff") // a group of ours, then no message of raft's
	defer garbled.Close()
	if n, err := garbled.Read(make([]byte, 1)); n != 0 || isTimeout(err) {
		t.Errorf("%d bytes, error %v; wanted a closed connection", n, err)
	}
	silent := dial("")
	defer silent.Close()
	r.mustPropose(t, 1, "undisturbed")
	start := time.Now()
	r.mustClose(t)
	if took := time.Since(start); took > preambleTimeout/2 {
		t.Errorf("Close took %v", took)
	}
}

func isTimeout(err error) bool {
	ne, ok := err.(net.Error)
	return ok && ne.Timeout()
}
