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

// WaitBy lets the shard call wait, again and again, where it would wait for a job
// that has begun before: whoever runs jobs by turns lets another one go on.
func (o *Options) WaitBy(wait func()) { o.busy = wait }

// ForgetLateDeletes makes the shard lose what is deleted while a segment is
// made of others. A harness that looks for lost deletes must notice.
func (o *Options) ForgetLateDeletes() { o.forgetsLate = true }

// FlushWhatIsGone lets a flush end as it began, though a table of its moment was
// truncated or dropped meanwhile. A harness that looks for rows that get another
// number must notice.
func (o *Options) FlushWhatIsGone() { o.flushesGone = true }

// CutSnapshotsShort leaves the newest table out of snapshots. A harness that
// looks at what a replica gets must notice.
func (o *Options) CutSnapshotsShort() { o.cutsShort = true }

// KeepWhatMoves lets rows that are moved to another table stay in theirs, too. A
// harness that looks for rows of staged loads must notice.
func (o *Options) KeepWhatMoves() { o.keepsMoved = true }

// ForgetWholes makes the shard take the rows of whole loads as often as they
// are sent. A harness that sends them again must notice.
func (o *Options) ForgetWholes() { o.forgetsWholes = true }

// LowerWatermarks lets watermarks fall. A harness that looks for rows that come
// back must notice.
func (o *Options) LowerWatermarks() { o.lowersMarks = true }
