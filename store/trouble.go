package store

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/segment"
)

// What a shard writes of its own accord - flushes, merges, new indexes - may
// meet a disk that refuses it. Nothing is lost by that: the rows are in the log
// and in memory, and the state stays as it was. Such work is tried again, with
// new files under new names: what a failed fsync left in doubt is never synced
// a second time and then believed. Whoever writes rows hears of it only when
// Pressure has become too much.

// The background waits retryFirst after a refusal, then twice as long each
// time, up to retryMost.
const (
	retryFirst = time.Second
	retryMost  = time.Minute
)

// Work that is tried again.
const (
	flushWork = "flush"
	mergeWork = "merge"
	indexWork = "add index"
)

// Trouble is work that the disk has refused and that is going to be tried again.
type Trouble struct {
	Work  string // "flush", "merge" or "add index"
	Err   error  // of the last try
	Since time.Time
	Tries int
	Next  time.Time // of the next try by the background; zero: when there is something to do
}

// Troubles lists what the disk refuses at present, by work.
func (s *Shard) Troubles() []Trouble {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Trouble
	for _, t := range s.troubles {
		out = append(out, *t)
	}
	slices.SortFunc(out, func(a, b Trouble) int { return cmp.Compare(a.Work, b.Work) })
	return out
}

// ended notes how work ended that the log does not wait for. What the disk
// refused is tried again; any other error is ours, and breaks the shard.
func (s *Shard) ended(work string, err error) error {
	switch {
	case err == nil:
		s.overcome(work)
		return nil
	case stopped(err) || s.Broken() != nil:
		return err
	case !fault.Is(err, fault.IO) && !fault.Is(err, fault.Corrupt):
		return s.fail(work, err)
	}
	s.mu.Lock()
	now := time.Now()
	t := s.troubles[work]
	if t == nil {
		t = &Trouble{Work: work, Since: now}
		s.troubles[work] = t
	}
	t.Err = err
	t.Tries++
	var wait time.Duration
	if !s.opts.manual {
		wait = min(retryFirst<<min(t.Tries-1, 10), retryMost)
		t.Next = now.Add(wait)
	}
	tries := t.Tries
	s.mu.Unlock()
	s.opts.Logger.Error("the disk refuses work, which is tried again; nothing is lost", "dir", s.dir, "work", work, "tries", tries, "again_in", wait, "err", err)
	return err
}

func (s *Shard) overcome(work string) {
	s.mu.Lock()
	t := s.troubles[work]
	delete(s.troubles, work)
	s.mu.Unlock()
	if t != nil {
		s.opts.Logger.Info("the disk takes work again that it had refused", "dir", s.dir, "work", work, "tries", t.Tries, "since", t.Since)
	}
}

// stopped reports whether err says no more than that somebody stopped the work.
func stopped(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, errClosed)
}

// mayTry reports whether the background may try work now.
func (s *Shard) mayTry(work string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.troubles[work]
	return t == nil || !time.Now().Before(t.Next)
}

// untilNext is how long the background waits for the next try of something
// that was refused; false if there is none.
func (s *Shard) untilNext() (time.Duration, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	first := time.Time{}
	for _, t := range s.troubles {
		if !t.Next.IsZero() && (first.IsZero() || t.Next.Before(first)) {
			first = t.Next
		}
	}
	return max(time.Until(first), 10*time.Millisecond), !first.IsZero()
}

// litter is folders that are of no use and could not be removed.
type litter struct {
	mu   sync.Mutex
	dirs []string
}

// leave notes a folder that is to be removed when the disk takes work again.
func (s *Shard) leave(dir string) {
	s.litter.mu.Lock()
	defer s.litter.mu.Unlock()
	s.litter.dirs = append(s.litter.dirs, dir)
}

// discardFolder removes a folder that never became a segment's.
func (s *Shard) discardFolder(dir string) {
	if s.fs.RemoveAll(dir) != nil {
		s.leave(dir)
	}
}

// clear removes what could not be removed before.
func (s *Shard) clear() {
	s.litter.mu.Lock()
	dirs := s.litter.dirs
	s.litter.dirs = nil
	s.litter.mu.Unlock()
	for _, dir := range dirs {
		s.discardFolder(dir)
	}
}

// syncFolder makes the names in the shard's folder durable, those of folders
// too that were begun when its syncs had failed syncs times.
func (s *Shard) syncFolder(syncs uint64) error {
	s.syncing.Lock()
	defer s.syncing.Unlock()
	err := segment.SyncDir(s.fs, s.dir)
	if err != nil {
		s.syncFails.Add(1)
	} else if s.syncFails.Load() != syncs {
		// That sync was the end of an error, not its absence: the names of
		// folders made before may have been lost with it.
		err = fault.Errorf("store: sync folder", fault.IO, "it could not be synced while segments were written into it")
	}
	return err
}

// replaceFile is segment.ReplaceFile of a file in the shard's folder. Its error
// may be that of a sync which others go by.
func (s *Shard) replaceFile(path string, data []byte) error {
	s.syncing.Lock()
	defer s.syncing.Unlock()
	err := segment.ReplaceFile(s.fs, path, data)
	if err != nil {
		s.syncFails.Add(1)
	}
	return err
}

// commit makes d the state on disk, with the pieces that are new in it; their
// folders are durable, begun when the folder's syncs had failed syncs times.
// The manifest gate is held. After an error the old state holds.
func (s *Shard) commit(d *durable, fresh []*piece, syncs uint64) error {
	if err := s.syncFolder(syncs); err != nil {
		s.discard(fresh)
		return fault.E("store: sync folder", ioKind(err), fault.Item(s.dir), err)
	}
	if err := s.writeManifest(d); err != nil {
		// It may be in place all the same, so its files stay until another
		// manifest surely is.
		s.limbo = append(s.limbo, fresh...)
		return err
	}
	s.drop(s.limbo...)
	s.limbo = nil
	s.clear()
	return nil
}
