package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/quindex/quindex/engines/all"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/internal/cores"
	"github.com/quindex/quindex/internal/garbage"
	"github.com/quindex/quindex/server"
	"github.com/quindex/quindex/server/node"
)

// heapFloor is up to where a server's heap grows before Go collects garbage,
// unless GOGC says otherwise.
const heapFloor = 128 << 20

// serveOptions are the flags of every command that runs a server.
type serveOptions struct {
	data, http, cluster string
	shards, workers     int
	insecure            bool
	logLevel            string
	limits              server.Options
	node                node.Options
	drain               time.Duration
	keep                bool // the data: rows in memory are written before the end
	out                 io.Writer
}

func (o *serveOptions) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.http, "http", "127.0.0.1:8480", "address for HTTP")
	f.StringVar(&o.cluster, "cluster", "127.0.0.1:8482", "address for other nodes")
	f.IntVar(&o.shards, "shards", 0, "shards of a new cluster (0: 8)")
	f.IntVar(&o.workers, "workers", 0, "cores that a query computes on (0: all)")
	f.BoolVar(&o.insecure, "insecure", false, "listen on addresses other machines can reach, without encryption or passwords")
	f.Int64Var(&o.node.ServerMemory, "memory", 0, "bytes that all statements together may hold (0: 4 GiB, or half of GOMEMLIMIT if that is less)")
	f.Int64Var(&o.node.QueryMemory, "query-memory", 0, "bytes that one statement may hold (0: 1 GiB, or half of GOMEMLIMIT if that is less)")
	f.DurationVar(&o.node.Timeout, "timeout", 5*time.Minute, "longest time of a statement that names none")
	f.Int64Var(&o.node.Cluster.DiskReserve, "disk-reserve", 256<<20, "free bytes of the disk below which writes are refused")
	f.IntVar(&o.limits.Statements, "statements", 64, "statements that run at once")
	f.IntVar(&o.node.LongAtOnce, "long-statements", 0, "of those, how many that compute for more than 20 ms do so at once (0: two a core)")
	f.IntVar(&o.limits.Loads, "loads", 8, "loads that run at once")
	f.IntVar(&o.limits.Queue, "queue", 256, "statements, and loads, that may wait for their turn")
	f.DurationVar(&o.limits.QueueTime, "queue-time", 10*time.Second, "how long they wait at most")
	f.DurationVar(&o.limits.IdleTimeout, "idle-timeout", time.Minute, "patience with a client that neither sends nor reads")
	f.Int64Var(&o.limits.MaxBody, "max-body", 64<<30, "bytes of the body of a load")
	f.IntVar(&o.limits.MaxConnections, "max-connections", 0, "connections of clients that are open at once (0: 4096, or what the limit on open files allows)")
	f.Int64Var(&o.node.MaxMappings, "max-mappings", 0, "files of segments mapped into memory above which rows are refused (0: three quarters of what the machine grants a process)")
	f.DurationVar(&o.limits.SlowQuery, "slow-query", time.Second, "statements that take longer are logged (-1s: none)")
	f.DurationVar(&o.node.Store.FlushAge, "flush-age", 5*time.Minute, "rows that are in memory for so long go to disk, so that a start need not replay them")
	f.DurationVar(&o.node.StageAge, "stage-age", 24*time.Hour, "loads of on_error=abort that were interrupted are dropped when nobody has gone on with them for so long")
	f.DurationVar(&o.drain, "drain", 10*time.Second, "how long requests that run may go on when the server is asked to stop")
	f.StringVar(&o.logLevel, "log", "info", "log level: debug, info, warn or error")
}

func serveCommand() *cobra.Command {
	var o serveOptions
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run a server",
		Example: `  quindex serve
  quindex serve --data /var/lib/quindex --http 127.0.0.1:9000
  QUINDEX_DATA=/var/lib/quindex quindex serve`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			log, err := o.logger(os.Stderr)
			if err != nil {
				return err
			}
			if os.Getenv("GOGC") == "" {
				defer garbage.Wait(heapFloor)()
			}
			var stop func()
			o.workers, stop = cores.Spare(o.workers)
			defer stop()
			o.keep, o.out = true, cmd.OutOrStdout()
			s, err := start(cmd.Context(), o, log)
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "quindex serves %s on http://%s (stop with Ctrl-C)\n", o.data, s.Addr())
			return s.Run(cmd.Context())
		},
	}
	o.flags(cmd)
	cmd.Flags().StringVar(&o.data, "data", "quindex-data", "folder for all data")
	return cmd
}

func (o *serveOptions) logger(w io.Writer) (*slog.Logger, error) {
	level, ok := map[string]slog.Level{"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError}[strings.ToLower(o.logLevel)]
	if !ok {
		return nil, fault.E("serve", fault.Invalid, fault.Item("--log "+o.logLevel), "not a log level: it is debug, info, warn or error")
	}
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: level})), nil
}

// tell prints what a server does that stops.
func (o *serveOptions) tell(line string) { fmt.Fprintln(o.out, "quindex:", line) }

// start opens the data folder and begins to answer.
func start(ctx context.Context, o serveOptions, log *slog.Logger) (*server.Running, error) {
	if o.node.StageAge <= 0 {
		return nil, fault.E("serve", fault.Invalid, fault.Item("--stage-age "+o.node.StageAge.String()), "want more than nothing")
	}
	return server.Start(ctx, server.Config{Data: o.data, HTTP: o.http, Cluster: o.cluster, Shards: o.shards,
		Workers: o.workers, Insecure: o.insecure, Drain: o.drain, FlushAtStop: o.keep, Tell: o.tell, Registry: all.Within(debug.SetMemoryLimit(-1)), Logger: log, Limits: o.limits, Node: o.node})
}
