package server

import (
	"context"
	"log/slog"
	"path/filepath"
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

	Limits Options      // of the server: what is 0 has its default; addresses and Logger are filled in
	Node   node.Options // of the node, likewise
}

// Running is a server with the node under it.
type Running struct {
	Node   *node.Node
	Server *Server
	failed chan error
}

// Start opens the data folder and begins to answer. The context bounds the start.
func Start(ctx context.Context, c Config) (*Running, error) {
	dir, err := filepath.Abs(c.Data)
	if err != nil {
		return nil, fault.E("server: start", fault.Invalid, fault.Item(c.Data), err)
	}
	no, so := c.Node, c.Limits
	no.Cluster.Dir, no.Cluster.Listen, no.Cluster.Shards, no.Cluster.Insecure = dir, c.Cluster, c.Shards, c.Insecure
	no.Registry, no.Workers, no.Logger = c.Registry, c.Workers, c.Logger
	n, err := node.Open(ctx, no)
	if err != nil {
		return nil, err
	}
	so.Listen, so.Insecure, so.Logger = c.HTTP, c.Insecure, c.Logger
	s, err := New(n, so)
	if err != nil {
		n.Close()
		return nil, err
	}
	r := &Running{Node: n, Server: s, failed: make(chan error, 1)}
	go func() { r.failed <- s.Serve() }()
	return r, nil
}

// Addr returns the HTTP address.
func (r *Running) Addr() string { return r.Server.Addr() }

// Run waits until ctx ends or serving fails, then stops everything.
func (r *Running) Run(ctx context.Context) error {
	select {
	case <-ctx.Done():
	case err := <-r.failed:
		r.Node.Close()
		return err
	}
	return r.Stop()
}

// stopTimeout is how long running requests may still take after a signal.
const stopTimeout = 10 * time.Second

// Stop lets running requests finish, for a while, and closes the node.
func (r *Running) Stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	err := r.Server.Shutdown(ctx)
	if e := r.Node.Close(); e != nil {
		return e
	}
	return err
}
