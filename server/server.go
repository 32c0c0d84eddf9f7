package server

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/server/node"
	"github.com/quindex/quindex/server/wire"
)

// Options configure the HTTP side of a server.
type Options struct {
	Listen   string // "127.0.0.1:8480"
	Insecure bool   // allow an address that other machines can reach
	MaxSQL   int64  // bytes of a statement; default 1 MiB
	MaxBody  int64  // bytes of a load; default 64 GiB
	Logger   *slog.Logger

	Statements  int           // that run at once; default 64
	Loads       int           // that run at once, each of which may hold 64 MiB; default 8
	Queue       int           // of each that may wait for their turn; default 256
	QueueTime   time.Duration // how long they wait at most; default 10 s
	IdleTimeout time.Duration // of a client that neither sends nor reads; default 1 minute
	SlowQuery   time.Duration // statements that take longer are logged; default 1 s, negative: none

	MaxConnections int // open at once; another one is told 503; default 4096, or what open files allow
}

func (o *Options) ensureDefaults() {
	setDefault(&o.MaxSQL, 1<<20)
	setDefault(&o.MaxBody, 64<<30)
	setDefault(&o.Statements, 64)
	setDefault(&o.Loads, 8)
	setDefault(&o.Queue, 256)
	setDefault(&o.QueueTime, 10*time.Second)
	setDefault(&o.IdleTimeout, time.Minute)
	setDefault(&o.SlowQuery, time.Second)
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
}

func setDefault[T comparable](p *T, value T) {
	var zero T
	if *p == zero {
		*p = value
	}
}

// Server serves one node over HTTP.
type Server struct {
	opts    Options
	node    *node.Node
	http    *http.Server
	listen  *bounded
	wire    *wire.Listener
	metrics *metrics
	queries *slots
	loads   *slots
	feeds   *slots
	backups backups
	base    context.Context
	stop    context.CancelFunc
}

// New binds the address; Serve answers on it. The node stays the caller's.
func New(n *node.Node, o Options) (*Server, error) {
	o.ensureDefaults()
	if err := errors.Join(checkListen(o), o.fitConns(raiseFiles())); err != nil {
		return nil, err
	}
	ln, err := net.Listen("tcp", o.Listen)
	if err != nil {
		return nil, fault.E("server: listen", fault.IO, fault.Item(o.Listen), err,
			fault.Hint("is another quindex running? choose another address with --http"))
	}
	s := &Server{opts: o, node: n, listen: newBounded(ln, o.MaxConnections, o.Logger), metrics: newMetrics(n),
		queries: newSlots("statements", o.Statements, o.Queue, o.QueueTime), loads: newSlots("loads", o.Loads, o.Queue, o.QueueTime), feeds: newSlots("change feeds", feedsAtOnce, 0, o.QueueTime)}
	s.metrics.watch(s.queries, s.loads, s.feeds)
	s.metrics.watchFeeds(n)
	s.metrics.watchFiles(s.listen)
	s.backups.byID = map[string]*linked{}
	s.dropBackups()
	s.base, s.stop = context.WithCancel(context.Background())
	s.http = &http.Server{
		Handler:           s.handler(),
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       5 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(o.Logger.Handler(), slog.LevelWarn),
		BaseContext:       func(net.Listener) context.Context { return s.base },
	}
	s.wire = wire.Listen(s.listen, wire.Options{Handler: s.http.Handler, Takes: isSmall, Base: s.base, Log: o.Logger,
		HeaderTimeout: s.http.ReadHeaderTimeout, PartTimeout: time.Second, IdleTimeout: s.http.IdleTimeout, WriteTimeout: o.IdleTimeout})
	s.http.RegisterOnShutdown(n.EndFeeds)
	return s, nil
}

// isSmall says which requests are answered without net/http, if they come small.
func isSmall(_, path string) bool {
	return path == "/v1/sql" || path == "/healthz" || path == "/readyz"
}

func checkListen(o Options) error {
	host, _, err := net.SplitHostPort(o.Listen)
	if err != nil {
		return fault.E("server: listen", fault.Invalid, fault.Item(o.Listen), err, fault.Hint("an address is host:port, such as 127.0.0.1:8480"))
	}
	if ip := net.ParseIP(host); o.Insecure || host == "localhost" || ip != nil && ip.IsLoopback() {
		return nil
	}
	return fault.E("server: listen", fault.Permission, fault.Item(o.Listen),
		fault.Hint("listen on a loopback address, or say --insecure on a network you trust"),
		"there is no encryption and no password yet, and other machines can reach this address")
}

// Addr returns the address bound.
func (s *Server) Addr() string { return s.listen.Addr().String() }

// Serve answers requests until Shutdown; then it returns nil.
func (s *Server) Serve() error {
	if err := s.http.Serve(s.wire); !errors.Is(err, http.ErrServerClosed) {
		return fault.E("server: serve", fault.IO, err)
	}
	return nil
}

// Shutdown lets running requests finish until ctx ends, then cuts them off.
func (s *Server) Shutdown(ctx context.Context) error {
	err := s.drain(ctx)
	s.stop()
	s.dropBackups()
	if err != nil {
		s.wire.Cut()
		return errors.Join(err, s.http.Close())
	}
	return nil
}

// drain accepts no more and waits for the requests that run.
func (s *Server) drain(ctx context.Context) error {
	small := make(chan error, 1)
	go func() { small <- s.wire.Shutdown(ctx) }()
	return errors.Join(s.http.Shutdown(ctx), <-small)
}

func (s *Server) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/sql", takes("format timeout consistency", s.limited(s.queries, s.sqlPost)))
	mux.HandleFunc("GET /v1/sql", takes("q format timeout consistency", s.limited(s.queries, s.sqlGet)))
	mux.HandleFunc("POST /v1/load/{table}", takes(loadParameters, s.limited(s.loads, s.load)))
	mux.HandleFunc("GET /v1/load/{table}", takes("source", s.source))
	mux.HandleFunc("POST /v1/loads", takes("table source", s.stage))
	mux.HandleFunc("GET /v1/loads", takes("", s.listLoads))
	mux.HandleFunc("POST /v1/loads/{id}/switch", takes("end", s.switchLoad))
	mux.HandleFunc("DELETE /v1/loads/{id}", takes("", s.giveUpLoad))
	mux.HandleFunc("GET /v1/changes", takes("", s.listFeeds))
	mux.HandleFunc("GET /v1/changes/{table}", takes(changesParameters, s.limited(s.feeds, s.changes)))
	mux.HandleFunc("GET /v1/queries", takes("", s.listQueries))
	mux.HandleFunc("DELETE /v1/queries/{id}", takes("", s.cancelQuery))
	mux.HandleFunc("GET /v1/rewrites", takes("", s.listRewrites))
	mux.HandleFunc("POST /v1/backup", takes("verify", s.startBackup))
	mux.HandleFunc("GET /v1/backup/{id}/{group}/{path...}", takes("", s.backupFile))
	mux.HandleFunc("DELETE /v1/backup/{id}", takes("", s.endBackup))
	mux.HandleFunc("POST /v1/verify", takes("", s.verify))
	mux.HandleFunc("POST /v1/doctor", takes("", s.doctor))
	mux.HandleFunc("GET /v1/schema", takes("", s.schema))
	mux.HandleFunc("GET /v1/cluster", takes("", s.clusterStatus))
	mux.HandleFunc("GET /v1/segments", takes("", s.segments))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("ok\n")) })
	mux.HandleFunc("GET /readyz", s.ready)
	mux.Handle("GET /metrics", promhttp.HandlerFor(s.metrics.registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	mux.HandleFunc("/", nowhere(mux))
	return s.observe(mux)
}

// observe counts and logs every request, and turns a panic into an answer.
func (s *Server) observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		rec := &recorder{ResponseWriter: w, status: http.StatusOK}
		defer func() {
			if p := recover(); p != nil {
				if p == http.ErrAbortHandler {
					s.metrics.request(r, 0, time.Since(start))
					panic(p)
				}
				s.opts.Logger.Error("BUG: a request panicked", "path", r.URL.Path, "panic", p, "stack", stack())
				if !rec.begun {
					problemOf(fault.Errorf("server", fault.Internal, "BUG: %v", p)).write(rec)
				}
			}
			took := time.Since(start)
			s.metrics.request(r, rec.status, took)
			if s.opts.Logger.Enabled(r.Context(), slog.LevelDebug) {
				s.opts.Logger.Debug("request", "method", r.Method, "path", r.URL.Path, "status", rec.status, "ms", took.Milliseconds())
			}
		}()
		next.ServeHTTP(rec, r)
	})
}

// recorder remembers the status of an answer and whether it has begun.
type recorder struct {
	http.ResponseWriter
	status int
	begun  bool
}

func (r *recorder) WriteHeader(status int) {
	if !r.begun {
		r.status, r.begun = status, true
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(b []byte) (int, error) {
	r.begun = true
	return r.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// Handler answers requests as the server does, without a connection.
func (s *Server) Handler() http.Handler { return s.http.Handler }
