package store

import (
	"context"
	"fmt"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/segment"
)

// Link makes everything applied so far durable and puts hard links to all
// files of that state into dir, which exists and is empty, with a manifest of
// their own. It returns the log index that they cover. A shard with a damaged
// segment is not linked: the log is what the segment can be made of again.
func (s *Shard) Link(dir string) (uint64, error) {
	ctx := context.Background()
	if err := s.Flush(ctx); err != nil {
		return 0, err
	}
	s.manifest.hold() // nothing it names is deleted meanwhile
	defer s.manifest.unlock()
	s.mu.Lock()
	closed, behind := s.closed, s.behind
	s.mu.Unlock()
	if closed {
		return 0, errClosed
	}
	if behind {
		return 0, errBehind
	}
	if err := s.sound(ctx); err != nil {
		return 0, fault.E("store: link", err)
	}
	if err := s.link(dir); err != nil {
		return 0, fault.E("store: link", ioKind(err), fault.Item(dir), err)
	}
	return s.durable.applied, nil
}

func (s *Shard) link(dir string) error {
	for _, p := range s.durable.pieces() {
		s.mu.Lock()
		seg := p.seg
		seg.Acquire()
		s.mu.Unlock()
		err := seg.Link(s.fs, s.fs.PathJoin(dir, p.name))
		s.releaseAll([]*segment.Segment{seg})
		if err != nil {
			return err
		}
	}
	s.at(atLinked)
	d := *s.durable
	if s.opts.cutsShort && len(d.tables) > 0 {
		d.tables = d.tables[:len(d.tables)-1]
	}
	data, err := d.encode()
	if err != nil {
		return err
	}
	return segment.ReplaceFile(s.fs, s.fs.PathJoin(dir, manifestName), data)
}

// Restore puts the state that Link put into dir in the place of the shard's
// own, as of log index index. dir is not changed and may go away afterwards.
// Views keep what they have. If index is below Applied, new ones are refused until
// Ready. It is not called while Apply runs.
func (s *Shard) Restore(dir string, index uint64) error {
	return s.exclusively("restore", func() error { return s.restore(dir, index) })
}

func (s *Shard) restore(dir string, index uint64) error {
	path := s.fs.PathJoin(dir, manifestName)
	data, err := segment.ReadFile(s.fs, path)
	if err != nil {
		return fault.E("store: read manifest", ioKind(err), fault.Item(path), err)
	}
	m, err := decodeManifest(path, data)
	if err != nil {
		return err
	}
	if m.Applied > index {
		return fault.E("store: read manifest", fault.Corrupt, fault.Item(path), fmt.Errorf("it covers log index %d, want at most %d", m.Applied, index))
	}
	m.Applied = index // entries between are not this machine's
	if err := s.takeOver(dir, m); err != nil {
		return fault.E("store: take over files", ioKind(err), fault.Item(dir), err)
	}
	return s.putBack(m)
}

// takeOver links or copies the segments that m names from dir into the shard's
// folder, durably, and gives them names that are free here.
func (s *Shard) takeOver(dir string, m *manifestFile) error {
	for _, t := range m.Tables {
		for i := range t.Segments {
			from := s.fs.PathJoin(dir, t.Segments[i].Name)
			t.Segments[i].Name = segmentName(s.nextName.Add(1))
			if err := s.copyFolder(from, s.path(t.Segments[i].Name)); err != nil {
				return err
			}
		}
	}
	return segment.SyncDir(s.fs, s.dir)
}

func (s *Shard) copyFolder(from, to string) error {
	names, err := s.fs.List(from)
	if err != nil {
		return err
	}
	if err := s.fs.MkdirAll(to, 0o755); err != nil {
		return err
	}
	for _, name := range names {
		if err := vfs.LinkOrCopy(s.fs, s.fs.PathJoin(from, name), s.fs.PathJoin(to, name)); err != nil {
			return err
		}
	}
	return segment.SyncDir(s.fs, to)
}
