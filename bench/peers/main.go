package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/pflag"

	"github.com/quindex/quindex/bench"
	"github.com/quindex/quindex/fault"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		if hint := fault.HintOf(err); hint != "" {
			fmt.Fprintln(os.Stderr, "hint:", hint)
		}
		os.Exit(1)
	}
}

// run is the command: go run . WORKLOAD [flags].
func run(ctx context.Context, args []string, out io.Writer) error {
	var o bench.Options
	var names []string
	flags := pflag.NewFlagSet("peers", pflag.ContinueOnError)
	flags.SetOutput(out)
	flags.Usage = func() {
		fmt.Fprintf(out, "usage: go run . WORKLOAD [flags]\nworkloads: %s; peers: %s\n%s", bench.WorkloadNames(), peerNames(), flags.FlagUsages())
	}
	o.Flags(flags)
	flags.StringSliceVar(&names, "peers", nil, "systems to measure beside quindex (those of the workload)")
	if err := flags.Parse(args); err != nil {
		if err == pflag.ErrHelp {
			return nil
		}
		return fault.E("peers", fault.Invalid, err)
	}
	if flags.NArg() != 1 {
		flags.Usage()
		return fault.Errorf("peers", fault.Invalid, "%d workloads named, want 1", flags.NArg())
	}
	o.Commit = commit()
	if names == nil {
		names = peersOf(flags.Arg(0))
	}
	systems, err := bench.Ours(ctx, flags.Arg(0), o)
	if err != nil {
		return err
	}
	defer func() {
		for _, s := range systems {
			s.Close()
		}
	}()
	for _, name := range names {
		s, err := open(ctx, name, o.Threads)
		if fault.Is(err, fault.Unavailable) {
			fmt.Fprintf(out, "without %s: %v\n  %s\n", name, err, fault.HintOf(err))
			continue
		}
		if err != nil {
			return err
		}
		systems = append(systems, s)
	}
	rep, err := bench.Run(ctx, flags.Arg(0), o, systems, out)
	if err == nil && !rep.Equal() {
		return fault.Errorf("peers", fault.Internal, "answers differ")
	}
	return err
}

// peers lists every system that can be measured beside quindex, and the
// workloads that it is measured on unless --peers says otherwise.
var peers = []struct {
	name      string
	workloads string
	open      func(ctx context.Context, threads int) (bench.System, error)
}{
	{"duckdb", "columnar graph", func(ctx context.Context, threads int) (bench.System, error) { return openDuck(ctx, threads) }},
	{"postgres", "geo mixed", openPostgres},
	{"victoria", "timeseries", func(ctx context.Context, threads int) (bench.System, error) { return openVictoria(ctx, threads) }},
	{"bleve", "search", openBleve},
}

// peersOf names the peers of a workload.
func peersOf(workload string) (names []string) {
	for _, p := range peers {
		if slices.Contains(strings.Fields(p.workloads), workload) {
			names = append(names, p.name)
		}
	}
	return names
}

func peerNames() string {
	var names []string
	for _, p := range peers {
		names = append(names, p.name)
	}
	return strings.Join(names, ", ")
}

// open starts the peer called name; fault.Unavailable means it is not there.
func open(ctx context.Context, name string, threads int) (bench.System, error) {
	for _, p := range peers {
		if p.name == name {
			return p.open(ctx, threads)
		}
	}
	return nil, fault.E("peers", fault.NotFound, fault.Item(name), fault.Hint("peers: "+peerNames()), "no such peer")
}

// commit is the revision this binary was built from, as far as it knows.
func commit() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				return s.Value
			}
		}
	}
	return "unknown"
}
