package store

import (
	"context"
	"time"
)

// start runs the background until Close: one goroutine seals and flushes,
// another merges what is on disk, which may take long.
func (s *Shard) start() {
	ctx, cancel := context.WithCancel(context.Background())
	s.stop = cancel
	s.loop(ctx, s.kick, max(s.opts.FlushAge/4, time.Second), s.tend)
}

// loop calls work whenever due has something, and at least every period.
func (s *Shard) loop(ctx context.Context, due <-chan struct{}, period time.Duration, work func(context.Context) error) {
	s.running.Go(func() {
		tick := time.NewTicker(period)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-due:
			case <-tick.C:
			}
			if s.Broken() == nil {
				work(ctx) // an error has broken the shard, or the shard is closing
			}
		}
	})
}

// tend seals what is due.
func (s *Shard) tend(ctx context.Context) error {
	return s.sealDueTables(ctx)
}

func (s *Shard) sealDueTables(ctx context.Context) error {
	s.mu.Lock()
	var due []*table
	for _, t := range s.ordered() {
		if s.sealDue(t) {
			due = append(due, t)
		}
	}
	upTo := s.applied.Load()
	s.mu.Unlock()
	for _, t := range due {
		if err := s.sealing.lock(ctx); err != nil {
			return err
		}
		err := s.seal(ctx, t, upTo)
		s.sealing.unlock()
		if err != nil {
			return err
		}
	}
	return nil
}
