package cluster

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/hashicorp/go-hclog"
)

// commitFailure is the panic by which a failed commit of the log store leaves
// Pebble, which takes Fatalf never to return; logDB.commit turns it into an error.
type commitFailure struct{ err error }

// pebbleLogger passes on what the log store has to say.
type pebbleLogger struct{ s *logDB }

func (pebbleLogger) Infof(string, ...any) {}

func (l pebbleLogger) Errorf(format string, args ...any) {
	l.s.log.Error("cluster: log store: " + fmt.Sprintf(format, args...))
}

// Fatalf does not return. A failed commit is reported to the writer; all else
// happens in Pebble's own goroutines, under its locks, and ends in Halt.
func (l pebbleLogger) Fatalf(format string, args ...any) {
	err := fmt.Errorf(format, args...)
	l.s.fail(err)
	if strings.HasPrefix(format, "pebble: fatal commit error") {
		panic(commitFailure{err})
	}
	l.s.halt(err)
	panic(fmt.Sprintf("BUG: cluster: Options.Halt returned after: %v", err))
}

// raftLogger returns a logger for raft that passes warnings and errors on,
// until the node closes: then everything raft has to say is about that.
func (g *group) raftLogger() hclog.Logger {
	l := hclog.NewInterceptLogger(&hclog.LoggerOptions{Output: io.Discard, Level: hclog.Off})
	l.RegisterSink(slogSink{g})
	return l
}

// slogSink is an hclog sink that writes to slog.
type slogSink struct{ g *group }

func (s slogSink) Accept(_ string, level hclog.Level, msg string, args ...any) {
	to := slog.LevelWarn
	if level >= hclog.Error {
		to = slog.LevelError
	}
	if level < hclog.Warn || s.g.node.isClosed() || s.g.expects(msg) {
		return
	}
	s.g.log.Log(context.Background(), to, "cluster: raft: "+msg, args...)
}

// expects reports warnings that every start of a single voter gives.
func (g *group) expects(msg string) bool {
	return len(g.node.o.Voters) < 2 && strings.HasPrefix(msg, "heartbeat timeout reached, starting election")
}
