package store

import (
	"context"
	"io"
	"time"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/segment"
)

// throttled returns make with its writes bounded to MergeRate.
func (s *Shard) throttled(make segment.Maker) segment.Maker {
	rate := s.opts.MergeRate
	if rate <= 0 {
		return make
	}
	return func(ctx context.Context, def engines.IndexDef, made engines.Columns, w io.Writer) error {
		return make(ctx, def, made, &throttle{ctx: ctx, w: w, rate: rate, since: time.Now()})
	}
}

// throttle is a writer that waits where it is ahead of its rate.
type throttle struct {
	ctx   context.Context
	w     io.Writer
	rate  int64 // bytes per second
	since time.Time
	done  int64
}

func (t *throttle) Write(p []byte) (int, error) {
	t.done += int64(len(p))
	ahead := time.Duration(float64(t.done)/float64(t.rate)*float64(time.Second)) - time.Since(t.since)
	if ahead > 10*time.Millisecond {
		wait := time.NewTimer(ahead)
		defer wait.Stop()
		select {
		case <-wait.C:
		case <-t.ctx.Done():
			return 0, context.Cause(t.ctx)
		}
	}
	return t.w.Write(p)
}
