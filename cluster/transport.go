package cluster

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"sync"
	"time"

	"github.com/hashicorp/raft"
)

// preambleTimeout is how long a new connection may take to name its group.
const preambleTimeout = 10 * time.Second

// mux shares one listener among the groups of a node. Every connection opens
// with the number of its group, 4 bytes big-endian.
type mux struct {
	ln net.Listener
	wg sync.WaitGroup

	mu     sync.Mutex
	groups map[GroupID]*layer
	conns  map[net.Conn]struct{}
	closed bool
}

func listen(address string) (*mux, error) {
	ln, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	m := &mux{ln: ln, groups: map[GroupID]*layer{}, conns: map[net.Conn]struct{}{}}
	m.wg.Go(m.accept)
	return m, nil
}

func (m *mux) accept() {
	for {
		c, err := m.ln.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil { // out of file descriptors: they may come back
			time.Sleep(5 * time.Millisecond)
			continue
		}
		if !m.track(c) {
			continue
		}
		m.wg.Go(func() { m.route(c) })
	}
}

// route reads the preamble of c and hands c to its group.
func (m *mux) route(c net.Conn) {
	var b [4]byte
	c.SetReadDeadline(time.Now().Add(preambleTimeout))
	if _, err := io.ReadFull(c, b[:]); err != nil {
		m.drop(c)
		return
	}
	c.SetReadDeadline(time.Time{})
	m.mu.Lock()
	l := m.groups[GroupID(binary.BigEndian.Uint32(b[:]))]
	m.mu.Unlock()
	if l == nil {
		m.drop(c)
		return
	}
	select {
	case l.incoming <- &conn{Conn: c, m: m}:
	case <-l.done:
		m.drop(c)
	}
}

// track remembers c so that Close can end it; false means that m is closed.
func (m *mux) track(c net.Conn) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		c.Close()
		return false
	}
	m.conns[c] = struct{}{}
	return true
}

func (m *mux) drop(c net.Conn) error {
	m.mu.Lock()
	delete(m.conns, c)
	m.mu.Unlock()
	return c.Close()
}

// Close ends the listener and every connection, and waits for the goroutines.
func (m *mux) Close() error {
	m.mu.Lock()
	m.closed = true
	for c := range m.conns {
		c.Close()
	}
	for _, l := range m.groups {
		l.stop()
	}
	m.mu.Unlock()
	err := m.ln.Close()
	m.wg.Wait()
	return err
}

// conn is a connection that its mux forgets when it is closed.
type conn struct {
	net.Conn
	m *mux
}

func (c *conn) Close() error { return c.m.drop(c.Conn) }

// layer is the raft.StreamLayer of one group.
type layer struct {
	m        *mux
	group    GroupID
	incoming chan net.Conn
	done     chan struct{}
	stop     func() // closes done, once
}

func (m *mux) layer(g GroupID) *layer {
	l := &layer{m: m, group: g, incoming: make(chan net.Conn), done: make(chan struct{})}
	l.stop = sync.OnceFunc(func() { close(l.done) })
	m.mu.Lock()
	defer m.mu.Unlock()
	m.groups[g] = l
	if m.closed {
		l.stop()
	}
	return l
}

func (l *layer) Accept() (net.Conn, error) {
	select {
	case c := <-l.incoming:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *layer) Close() error   { l.stop(); return nil }
func (l *layer) Addr() net.Addr { return l.m.ln.Addr() }

// Dial opens a connection to the same group on another node.
func (l *layer) Dial(address raft.ServerAddress, timeout time.Duration) (net.Conn, error) {
	c, err := net.DialTimeout("tcp", string(address), timeout)
	if err != nil {
		return nil, err
	}
	if !l.m.track(c) {
		return nil, net.ErrClosed
	}
	c.SetWriteDeadline(time.Now().Add(timeout))
	if _, err := c.Write(binary.BigEndian.AppendUint32(nil, uint32(l.group))); err != nil {
		l.m.drop(c)
		return nil, err
	}
	c.SetWriteDeadline(time.Time{})
	return &conn{Conn: c, m: l.m}, nil
}
