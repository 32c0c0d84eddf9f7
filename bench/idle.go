package bench

import (
	"context"
	"time"
)

// idleTime is how long a server must have had nothing to do.
const idleTime = 20 * time.Second

// idle measures the anonymous memory of a server that has loaded the demo's
// data and answered its statements, and then has nothing to do.
func idle(ctx context.Context, o Options, p *Probe) error {
	dir, remove, err := temporary()
	if err != nil {
		return err
	}
	defer remove()
	s, err := startChild(ctx, o, dir, "demo")
	if err != nil {
		return err
	}
	defer s.stop()
	at := func(name, want string) error {
		now, err := s.anonymous()
		if err == nil {
			p.add(name, float64(now)/(1<<20), "MiB", want)
		}
		return err
	}
	if err := at("anonymous memory when the demo is up", ""); err != nil {
		return err
	}
	peak := s.peak()
	select {
	case <-ctx.Done():
	case <-time.After(idleTime):
	}
	highest := peak()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	p.add("highest while idle", float64(highest)/(1<<20), "MiB", "< 250")
	return at("after 20 idle seconds", "< 250")
}
