package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
	"github.com/quindex/quindex/segment"
)

// A segment whose indexes are damaged, or its meta, is mended from itself: the
// columns hold all rows, and everything else of it can be built of them. That
// needs no log and no snapshot. The segment is written anew, with the same rows
// under the same numbers, and switched in by a manifest as a merge is. Where
// the columns themselves cannot be read, only the log helps.

// mendWork is work that is tried again, see Trouble.
const mendWork = "mend"

// mendedKept is how many mended segments a shard remembers.
const mendedKept = 64

// Mended is a segment that was damaged and was written anew of its columns.
type Mended struct {
	Segment string // as it was called
	As      string // as it is called now
	Table   record.TableID
	Indexes []string // built anew; none: it was something else, such as the meta
	Was     error    // the damage
	At      time.Time
}

func (m Mended) String() string {
	switch {
	case m.Segment == manifestName:
		return fmt.Sprintf("the manifest was written again: %v", m.Was)
	case len(m.Indexes) == 0:
		return fmt.Sprintf("segment %s was written anew as %s: %v", m.Segment, m.As, m.Was)
	}
	return fmt.Sprintf("segment %s was written anew as %s, with %s made of its columns: %v", m.Segment, m.As, strings.Join(m.Indexes, ", "), m.Was)
}

// Mended lists the newest segments that were mended since the shard was opened.
func (s *Shard) Mended() []Mended {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Mended(nil), s.mended...)
}

func (s *Shard) noteMended(m Mended) {
	s.opts.Logger.Warn("a damaged segment was written anew of its columns", "dir", s.dir, "segment", m.Segment, "as", m.As, "indexes", m.Indexes, "was", m.Was)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mended = append(s.mended[max(0, len(s.mended)-mendedKept+1):len(s.mended):len(s.mended)], m)
}

// Mend writes every segment anew that is known to be damaged and whose columns
// can be read. The others stay damaged; that is no error.
func (s *Shard) Mend(ctx context.Context) error {
	if err := s.merging.lock(ctx); err != nil {
		return err
	}
	defer s.merging.unlock()
	return s.ended(mendWork, s.mend(ctx))
}

// mend is Mend with the merging gate held.
func (s *Shard) mend(ctx context.Context) error {
	if err := s.mendManifest(ctx); err != nil {
		return err
	}
	for {
		t, p := s.nextDamaged()
		if p == nil {
			return nil
		}
		if err := s.mendPiece(ctx, t, p); err != nil {
			return fault.E("store: mend", fault.Item(s.path(p.name)), err)
		}
	}
}

// nextDamaged picks a segment to mend and pins it.
func (s *Shard) nextDamaged() (*table, *piece) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.ordered() {
		for _, p := range t.pieces {
			if p.damage != nil && !p.beyond && !p.mem && !p.busy {
				take([]*piece{p})
				return t, p
			}
		}
	}
	return nil, nil
}

func (s *Shard) mendPiece(ctx context.Context, t *table, p *piece) error {
	from := []*piece{p}
	defer s.give(from)
	syncs := s.syncFails.Load()
	name := segmentName(s.nextName.Add(1))
	seg, built, err := p.seg.Renew(ctx, s.path(name))
	if err != nil {
		s.discardFolder(s.path(name))
	}
	if fault.Is(err, fault.Corrupt) {
		s.opts.Logger.Error("a damaged segment cannot be made of its columns", "dir", s.dir, "segment", p.name, "err", err)
		s.mu.Lock()
		p.beyond = true
		s.mu.Unlock()
		if s.opts.Damaged != nil { // whoever has a snapshot and the log
			s.opts.Damaged()
		}
		return nil
	}
	if err != nil {
		return err
	}
	s.counters.bytesWritten.Add(seg.Bytes())
	to := newPiece(name, seg)
	to.index = p.index
	r := &rebuild{from: from, dead: make([]rows.Set, 1), forgets: s.opts.forgetsLate}
	if err := s.install(t, r, to, syncs); err != nil {
		return err
	}
	s.mu.Lock()
	was, there := p.damage, !to.gone
	s.mu.Unlock()
	if there {
		s.noteMended(Mended{Segment: p.name, As: name, Table: t.def.ID(), Indexes: built, Was: was, At: s.opts.Now()})
		s.noteDamages()
	}
	return nil
}

// verifyManifest reads the manifest on disk, which stands for the state that is
// in memory too.
func (s *Shard) verifyManifest(ctx context.Context) error {
	if err := s.manifest.lock(ctx); err != nil {
		return err
	}
	defer s.manifest.unlock()
	path := s.path(manifestName)
	data, err := segment.ReadFile(s.fs, path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		err = fault.E("store: read manifest", fault.Corrupt, fault.Item(path), fmt.Errorf("offset 0: %w", err))
	case err != nil:
		return fault.E("store: read manifest", fault.IO, fault.Item(path), err)
	default:
		_, err = decodeManifest(path, data)
	}
	s.mu.Lock()
	s.spoilt = err
	s.mu.Unlock()
	if err != nil {
		poke(s.mergeDue)
	}
	return err
}

// mendManifest writes the manifest again if the one on disk is known to be damaged.
func (s *Shard) mendManifest(ctx context.Context) error {
	if err := s.manifest.lock(ctx); err != nil {
		return err
	}
	defer s.manifest.unlock()
	s.mu.Lock()
	was := s.spoilt
	s.mu.Unlock()
	if was == nil {
		return nil
	}
	if err := s.writeManifest(s.durable); err != nil {
		return err
	}
	s.mu.Lock()
	s.spoilt = nil
	s.mu.Unlock()
	s.noteMended(Mended{Segment: manifestName, As: manifestName, Was: was, At: s.opts.Now()})
	return nil
}

// unreadable is an error of Apply: segments that it has to read are damaged.
type unreadable struct{ error }

func (u unreadable) Unwrap() error { return u.error }

// mendFor mends what an entry has to read: keys, or the times that rows expire
// by. It waits for a merge that is under way, and for the disk. No lock is held.
func (s *Shard) mendFor(cause error) {
	ctx := context.Background()
	s.opts.Logger.Error("an entry of the log meets damage; it is applied when that is mended", "dir", s.dir, "err", cause)
	err := s.Verify(ctx)
	if fault.Is(err, fault.Corrupt) {
		err = s.Mend(ctx)
	}
	if err != nil {
		s.opts.Logger.Error("damage that an entry of the log meets cannot be mended", "dir", s.dir, "err", err)
	}
}

// openOrRenew opens a segment of a manifest, or what it is made of anew if it
// does not open; as is the name that it then has.
func (s *Shard) openOrRenew(ctx context.Context, name string) (seg *segment.Segment, as string, err error) {
	seg, err = segment.Open(s.fs, s.path(name), s.reg)
	if !fault.Is(err, fault.Corrupt) {
		return seg, name, err
	}
	as = segmentName(s.nextName.Add(1))
	seg, built, why := segment.Renew(ctx, s.fs, s.path(name), s.reg, s.path(as))
	if why != nil {
		s.discardFolder(s.path(as))
		return nil, name, errors.Join(err, why)
	}
	s.noteMended(Mended{Segment: name, As: as, Table: seg.Meta().Table, Indexes: built, Was: err, At: s.opts.Now()})
	return seg, as, nil
}
