package store

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/segment"
)

// A segment that is found to be damaged stays where it is until it is mended:
// what can be read of it still can, the rest is an error. It is not merged,
// which would spoil what it is made of, and no snapshot is taken while the shard
// has it: a snapshot lets the log go that the segment can be made of again. What is known of
// damage outlives a restart in the file below, one line a segment: its name, a
// tab, and what is wrong; it is a note, and no harm is done if it is lost.
const damagedName = "DAMAGED"

// hintDamaged says what to do about a segment that is damaged.
const hintDamaged = fault.Hint("what the columns, or a snapshot and the log, still have is made anew by itself; GET /v1/cluster says how that goes; else restore from a backup")

// Damage is a segment that does not hold what was written, or the manifest.
type Damage struct {
	Segment string
	Table   record.TableID
	Err     error
	Beyond  bool // its columns are damaged: only a snapshot and the log can make it anew
}

// Damages lists the segments that were found to be damaged.
func (s *Shard) Damages() []Damage {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Damage
	for _, t := range s.ordered() {
		for _, p := range t.pieces {
			if p.damage != nil {
				out = append(out, Damage{Segment: p.name, Table: t.def.ID(), Err: p.damage, Beyond: p.beyond})
			}
		}
	}
	if s.spoilt != nil {
		out = append(out, Damage{Segment: manifestName, Err: s.spoilt})
	}
	return out
}

// Damaged returns what is wrong with the segments of the shard, or nil.
func (s *Shard) Damaged() error {
	d := s.Damages()
	if len(d) == 0 {
		return nil
	}
	return fault.E("store: use shard", fault.Corrupt, fault.Item(s.path(d[0].Segment)), hintDamaged,
		fmt.Errorf("damaged segments: %d; %w", len(d), d[0].Err))
}

// Verify reads all segments, and the manifest, and compares them with their
// checksums. The error names each that differs, and they are known as damaged
// from then on; it breaks nothing.
func (s *Shard) Verify(ctx context.Context) error {
	s.mu.Lock()
	var ps []*piece
	for _, t := range s.ordered() {
		ps = append(ps, t.pieces...)
	}
	segs := pin(ps)
	s.mu.Unlock()
	defer s.releaseAll(segs)
	err := errors.Join(s.examine(ctx, ps, segs), s.verifyManifest(ctx))
	if err != nil {
		return fault.E("store: verify", err)
	}
	return nil
}

// pin takes a reference to the segments of pieces. mu is held.
func pin(ps []*piece) []*segment.Segment {
	segs := make([]*segment.Segment, len(ps))
	for i, p := range ps {
		p.seg.Acquire()
		segs[i] = p.seg
	}
	return segs
}

// examine compares segments, which are pinned, with their checksums, and notes
// what it finds of each.
func (s *Shard) examine(ctx context.Context, ps []*piece, segs []*segment.Segment) error {
	var all []error
	changed := false
	for i, p := range ps {
		err := segs[i].Verify(ctx)
		if err != nil && !fault.Is(err, fault.Corrupt) {
			return err
		}
		all = append(all, err)
		s.mu.Lock()
		if p.seg == segs[i] && !p.mem {
			changed = changed || (p.damage != nil) != (err != nil)
			p.damage, p.beyond = err, p.beyond && err != nil
			p.unread.Store(false)
		}
		s.mu.Unlock()
		if err != nil {
			s.opts.Logger.Error("a segment is damaged", "dir", s.dir, "segment", p.name, "err", err)
		}
	}
	if changed {
		s.noteDamages()
		poke(s.mergeDue) // it may be mended
		if s.opts.Damaged != nil && s.Damaged() != nil {
			s.opts.Damaged()
		}
	}
	return errors.Join(all...)
}

// blame looks which of the pieces that a merge had in hand made it fail.
func (s *Shard) blame(ctx context.Context, ps []*piece, err error) error {
	if !fault.Is(err, fault.Corrupt) {
		return err
	}
	return errors.Join(err, s.examine(ctx, ps, segmentsOf(ps)))
}

func segmentsOf(ps []*piece) []*segment.Segment {
	out := make([]*segment.Segment, len(ps))
	for i, p := range ps {
		out[i] = p.seg
	}
	return out
}

// sound refuses to let the log go, which a snapshot does, before every segment
// was read once and found to be what was written. The manifest gate is held.
func (s *Shard) sound(ctx context.Context) error {
	var ps []*piece
	s.mu.Lock()
	for _, p := range s.durable.pieces() {
		if p.unread.Load() {
			ps = append(ps, p)
		}
	}
	segs := pin(ps)
	s.mu.Unlock()
	defer s.releaseAll(segs)
	if err := s.examine(ctx, ps, segs); err != nil {
		return err
	}
	return s.Damaged()
}

// noteDamages writes the file of what is known to be damaged, or removes it.
func (s *Shard) noteDamages() {
	var b strings.Builder
	for _, d := range s.Damages() {
		fmt.Fprintf(&b, "%s\t%s\n", d.Segment, strings.ReplaceAll(d.Err.Error(), "\n", " "))
	}
	path := s.path(damagedName)
	var err error
	if b.Len() == 0 {
		err = s.fs.RemoveAll(path)
	} else {
		err = s.replaceFile(path, []byte(b.String()))
	}
	if err != nil {
		s.opts.Logger.Warn("what is damaged could not be noted for the next start", "file", path, "err", err)
	}
}

// recallDamages examines the segments again that were damaged when the shard
// was last open: they may have been put right.
func (s *Shard) recallDamages(ctx context.Context, note string) error {
	named := map[string]bool{}
	for line := range strings.Lines(note) {
		name, _, _ := strings.Cut(line, "\t")
		named[name] = true
	}
	s.mu.Lock()
	var ps []*piece
	for _, p := range s.durable.pieces() {
		if named[p.name] {
			ps = append(ps, p)
		}
	}
	segs := pin(ps)
	s.mu.Unlock()
	defer s.releaseAll(segs)
	if err := s.examine(ctx, ps, segs); err != nil && !fault.Is(err, fault.Corrupt) {
		return err
	}
	if err := s.Mend(ctx); err != nil && stopped(err) {
		return err
	}
	if len(ps) < len(named) || len(s.Damages()) < len(ps) {
		s.noteDamages()
	}
	return nil
}
