package bench

import (
	"context"
	"os"
	"path/filepath"
	"runtime/pprof"
	"time"

	"github.com/quindex/quindex/fault"
)

// profileRatio is the ratio from which a statement is fast enough to be left
// out of profiling.
const profileRatio = 1.5

// profileTime is how long one statement is repeated while it is profiled.
const profileTime = 2 * time.Second

// slow reports whether quindex is alone or not clearly faster than a peer.
func (q Query) slow() bool {
	for _, ms := range q.Peers {
		if ms < profileRatio*q.Millis {
			return true
		}
	}
	return len(q.Peers) == 0
}

// profile repeats a statement on one system and writes where the processor's
// time went to dir/<statement>.pprof. It runs outside of all timing.
func profile(ctx context.Context, st Statement, o Options, s System) (err error) {
	f, err := os.Create(filepath.Join(o.Profiles, st.Name+".pprof"))
	if err != nil {
		return fault.E("bench: profile", fault.IO, err)
	}
	defer func() {
		if e := f.Close(); err == nil && e != nil {
			err = fault.E("bench: profile", fault.IO, e)
		}
	}()
	if err := pprof.StartCPUProfile(f); err != nil {
		return fault.E("bench: profile", fault.Internal, err)
	}
	defer pprof.StopCPUProfile()
	start := time.Now()
	for run := 1; time.Since(start) < profileTime; run++ {
		if _, _, err := ask(ctx, s, st.question(o.Seed*1000+uint64(run))); err != nil {
			return err
		}
	}
	return nil
}
