package server

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"path/filepath"
	"syscall"
	"time"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/server/node"
)

// Config is all it takes to run a server.
type Config struct {
	Data     string // folder
	HTTP     string // address; "127.0.0.1:0" picks a port
	Cluster  string // address for other nodes
	Shards   int    // of a new cluster; 0: 8
	Workers  int    // goroutines a query computes on; 0: one a core
	Insecure bool   // listen where other machines can reach, without encryption or passwords
	Registry *engines.Registry
	Logger   *slog.Logger

	Drain       time.Duration     // how long Stop lets requests that run go on; 0: 10 s
	FlushAtStop bool              // Stop writes rows in memory to disk, so that the next start need not replay them
	Tell        func(line string) // is told what Stop does, line by line; nil: nobody is

	Limits Options      // of the server: what is 0 has its default; addresses and Logger are filled in
	Node   node.Options // of the node, likewise
}

// Running is a server with the node under it.
type Running struct {
	Node   *node.Node
	Server *Server
	config Config
	failed chan error
}

// Start opens the data folder and begins to answer. The context bounds the start.
func Start(ctx context.Context, c Config) (*Running, error) {
	dir, err := filepath.Abs(c.Data)
	if err != nil {
		return nil, fault.E("server: start", fault.Invalid, fault.Item(c.Data), err)
	}
	if err := checkFolder(dir); err != nil {
		return nil, err
	}
	no, so := c.Node, c.Limits
	so.Listen, so.Insecure, so.Logger = c.HTTP, c.Insecure, c.Logger
	if err := canListen(so, c.Cluster); err != nil {
		return nil, err
	}
	no.Cluster.Dir, no.Cluster.Listen, no.Cluster.Shards, no.Cluster.Insecure = dir, c.Cluster, c.Shards, c.Insecure
	no.Registry, no.Workers, no.Logger = c.Registry, c.Workers, c.Logger
	n, err := node.Open(ctx, no)
	if err != nil {
		return nil, err
	}
	s, err := New(n, so)
	if err != nil {
		n.Close()
		return nil, err
	}
	r := &Running{Node: n, Server: s, config: c, failed: make(chan error, 1)}
	go func() { r.failed <- s.Serve() }()
	return r, nil
}

// canListen refuses an address that is wrong or taken before a data folder is
// made and its log replayed. Who takes it meanwhile is met later.
func canListen(o Options, cluster string) error {
	if err := checkListen(o); err != nil {
		return err
	}
	for _, at := range []struct{ addr, flag string }{{o.Listen, "--http"}, {cluster, "--cluster"}} {
		ln, err := net.Listen("tcp", at.addr)
		if errors.Is(err, syscall.EADDRINUSE) {
			return fault.E("server: listen", fault.IO, fault.Item(at.addr), fault.Hint("is another quindex running? choose another address with "+at.flag), err)
		}
		if err == nil {
			ln.Close()
		}
	}
	return nil
}

// Addr returns the HTTP address.
func (r *Running) Addr() string { return r.Server.Addr() }
