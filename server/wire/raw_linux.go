package wire

import (
	"io"
	"net"
	"os"
	"syscall"
	"unsafe"
)

// mostRaw is how many bytes are written without telling the Go scheduler: more
// than that may take a while.
const mostRaw = 64 << 10

// raw reads and writes a socket without telling the scheduler. The calls do not
// block: whoever has to wait does so as in package net, and deadlines hold. But a
// goroutine that enters a system call after a pause wakes the scheduler's
// monitor, a thread, which then looks every 20 us whether it shall take its P
// away: more work than a small read, and on two cores in the client's way. Of a
// statement by key that took 118 us over a connection it took 17 (two cores, load;
// BenchmarkKeyConnection is of both ends in one process).
// One goroutine may read, and one write.
type raw struct {
	net.Conn
	of syscall.RawConn

	tryRead, tryWrite func(fd uintptr) bool // made once
	in, out           []byte                // what they work on
	n, sent           int                   // what they did
	readErr, writeErr syscall.Errno
}

// newRaw returns c, or a faster way to it.
func newRaw(c net.Conn) net.Conn {
	s, ok := c.(syscall.Conn)
	if !ok {
		return c
	}
	of, err := s.SyscallConn()
	if err != nil {
		return c
	}
	r := &raw{Conn: c, of: of}
	r.tryRead, r.tryWrite = r.readOnce, r.writeAll
	return r
}

// Read reads what is there, or waits for it.
func (r *raw) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	r.in, r.n, r.readErr = p, 0, 0
	err := r.of.Read(r.tryRead)
	r.in = nil
	switch {
	case err != nil:
		return 0, err
	case r.readErr != 0:
		return 0, &net.OpError{Op: "read", Net: "tcp", Addr: r.RemoteAddr(), Err: os.NewSyscallError("read", r.readErr)}
	case r.n == 0:
		return 0, io.EOF
	}
	return r.n, nil
}

// readOnce is false if nothing is there yet.
func (r *raw) readOnce(fd uintptr) bool {
	for {
		n, _, e := syscall.RawSyscall(syscall.SYS_READ, fd, uintptr(unsafe.Pointer(&r.in[0])), uintptr(len(r.in)))
		switch e {
		case 0:
			r.n = int(n)
			return true
		case syscall.EINTR:
		case syscall.EAGAIN:
			return false
		default:
			r.readErr = e
			return true
		}
	}
}

// Write writes all of p.
func (r *raw) Write(p []byte) (int, error) {
	if len(p) == 0 || len(p) > mostRaw {
		return r.Conn.Write(p)
	}
	r.out, r.sent, r.writeErr = p, 0, 0
	err := r.of.Write(r.tryWrite)
	r.out = nil
	if err == nil && r.writeErr != 0 {
		err = &net.OpError{Op: "write", Net: "tcp", Addr: r.RemoteAddr(), Err: os.NewSyscallError("write", r.writeErr)}
	}
	return r.sent, err
}

// writeAll is false if the socket takes no more yet.
func (r *raw) writeAll(fd uintptr) bool {
	for r.sent < len(r.out) {
		n, _, e := syscall.RawSyscall(syscall.SYS_WRITE, fd, uintptr(unsafe.Pointer(&r.out[r.sent])), uintptr(len(r.out)-r.sent))
		switch e {
		case 0:
			r.sent += int(n)
		case syscall.EINTR:
		case syscall.EAGAIN:
			return false
		default:
			r.writeErr = e
			return true
		}
	}
	return true
}
