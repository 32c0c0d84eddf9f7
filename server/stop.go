package server

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// How long a stop waits: for requests that run unless Config says it, for those
// that were told to end, and for rows in memory to be on disk. Nothing that was
// acknowledged depends on the last: it is in the log.
const (
	drainTime = 10 * time.Second
	cutTime   = 2 * time.Second
	flushTime = 30 * time.Second
)

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

// Stop lets running requests finish, for a while, and closes the node.
func (r *Running) Stop() error {
	begun := time.Now()
	if err := r.drain(); err != nil {
		r.Server.opts.Logger.Warn("requests were cut off", "err", err)
	}
	if r.config.FlushAtStop {
		r.flush()
	}
	if err := r.Node.Close(); err != nil {
		return err
	}
	r.tell("stopped in %d ms", time.Since(begun).Milliseconds())
	return nil
}

func (r *Running) tell(format string, args ...any) {
	if r.config.Tell != nil {
		r.config.Tell(fmt.Sprintf(format, args...))
	}
}

// drain answers what has begun. What takes too long is told to end, so that
// its client gets an error and not silence.
func (r *Running) drain() error {
	patience := drainTime
	if r.config.Drain > 0 {
		patience = r.config.Drain
	}
	if busy := r.Server.busy(); busy != "" {
		r.tell("stopping: %s may go on for %v; a second signal ends them at once", busy, patience)
	} else {
		r.tell("stopping")
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	err := r.Server.drain(ctx)
	if err == nil {
		return r.Server.Shutdown(ctx)
	}
	r.tell("stopping: %s cut off after %v", r.Server.busy(), patience)
	r.Node.CancelQueries()
	r.Server.stop()
	late, end := context.WithTimeout(context.Background(), cutTime)
	defer end()
	if err = r.Server.Shutdown(late); errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("they did not end within %v of being told to", cutTime)
	}
	return err
}

// busy says what runs, or "".
func (s *Server) busy() string {
	var out []string
	for _, of := range []*slots{s.queries, s.loads} {
		switch n := of.running(); n {
		case 0:
		case 1:
			out = append(out, "1 "+strings.TrimSuffix(of.what, "s"))
		default:
			out = append(out, fmt.Sprintf("%d %s", n, of.what))
		}
	}
	return strings.Join(out, " and ")
}

func (r *Running) flush() {
	r.tell("stopping: rows in memory go to disk")
	ctx, cancel := context.WithTimeout(context.Background(), flushTime)
	defer cancel()
	if err := r.Node.Flush(ctx); err != nil {
		r.Server.opts.Logger.Warn("rows in memory are not all on disk; the next start replays them from the log", "err", err)
	}
}
