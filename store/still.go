package store

import (
	"context"
	"errors"
)

// OpenStill opens a shard without a background, so that its history is the
// same each time: whoever drives it calls Tend. It is for tests of many
// histories.
func OpenStill(ctx context.Context, dir string, o Options) (*Shard, error) {
	o.manual = true
	return Open(ctx, dir, o)
}

// Tend does what the background would find to do now: seals, flushes and
// merges that are due.
func (s *Shard) Tend(ctx context.Context) error {
	return errors.Join(s.tendMemory(ctx), s.tendDisk(ctx))
}

// ForgetLateDeletes makes the shard lose what is deleted while a segment is
// made of others. A harness that looks for lost deletes must notice.
func (o *Options) ForgetLateDeletes() { o.forgetsLate = true }

// LowerWatermarks lets watermarks fall. A harness that looks for rows that come
// back must notice.
func (o *Options) LowerWatermarks() { o.lowersMarks = true }
