package store

import (
	"context"
	"slices"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/segment"
)

// A shard whose columns are damaged is put back, while it runs, to a snapshot,
// or to nothing at all, and is given the log since again. Until it has all of
// it, it is behind what it has shown before: views are refused, and whoever
// asks what it knows of loads and batches waits.

var errBehind = fault.E("store: use shard", fault.Unavailable,
	fault.Hint("it takes some seconds; try again then"),
	"its files were damaged and are being made anew of its snapshot and the log")

// Check reads the state that Link put into dir, whole, and returns why Restore
// could not make the shard of it, or nil: the columns that cannot be read. An
// index that is damaged is made of them later. Nothing is changed.
func (s *Shard) Check(ctx context.Context, dir string) error {
	path := s.fs.PathJoin(dir, manifestName)
	data, err := segment.ReadFile(s.fs, path)
	if err != nil {
		return fault.E("store: check", ioKind(err), fault.Item(path), err)
	}
	m, err := decodeManifest(path, data)
	if err != nil {
		return fault.E("store: check", err)
	}
	for _, t := range m.Tables {
		for _, seg := range t.Segments {
			if err := segment.CheckColumns(ctx, s.fs, s.fs.PathJoin(dir, seg.Name), s.reg); err != nil {
				return fault.E("store: check", err)
			}
		}
	}
	return nil
}

// Empty puts the shard back to before the first entry. It is not called while
// Apply runs.
func (s *Shard) Empty() error {
	return s.exclusively("empty", func() error {
		return s.putBack(&manifestFile{NextRow: 1})
	})
}

// putBack makes the state of m, whose segments are in the shard's folder, its
// own. All gates are held.
func (s *Shard) putBack(m *manifestFile) error {
	st, err := s.openState(context.Background(), m)
	if err != nil {
		return err
	}
	if err := s.writeRenewed(st); err != nil {
		s.releasePieces(st.durable.pieces())
		return err
	}
	for _, name := range st.renewed {
		s.discardFolder(s.path(name))
	}
	s.mu.Lock()
	old := s.statePieces()
	for _, t := range s.tables { // a seal that waits for its turn finds nothing to do
		t.dropped, t.open, t.pieces, t.tail = true, nil, nil, nil
	}
	if m.Applied < s.applied.Load() && s.level == nil {
		s.behind, s.level = true, make(chan struct{})
	}
	s.use(st)
	s.limbo, s.broken = nil, nil
	clear(s.troubles)
	s.counters.pressure.Store(0)
	s.mu.Unlock()
	s.drop(old...)
	s.noteDamages() // they were of the old state
	return nil
}

// Ready says that a shard which was put back has been given all entries again
// or, if not whole, that it never will be until it is opened anew.
func (s *Shard) Ready(whole bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.behind = s.behind && !whole
	s.freeWaiting()
}

// freeWaiting lets go of who waits for the shard to be level. mu is held.
func (s *Shard) freeWaiting() {
	if s.level != nil {
		close(s.level)
		s.level = nil
	}
}

// lockLevel takes mu when the shard is not behind what it has shown before.
func (s *Shard) lockLevel() {
	s.mu.Lock()
	for s.level != nil {
		level := s.level
		s.mu.Unlock()
		<-level
		s.mu.Lock()
	}
}

// exclusively runs f when no job of the shard runs, and breaks it on an error.
func (s *Shard) exclusively(op string, f func() error) error {
	for _, g := range []gate{s.merging, s.jobs, s.sealing, s.manifest} {
		g.hold()
		defer g.unlock()
	}
	s.mu.Lock()
	closed := s.closed
	s.mu.Unlock()
	if closed {
		return errClosed
	}
	err := f()
	if err != nil {
		err = fault.E("store: "+op, err)
	}
	return s.fail(op, err)
}

// Beyond lists the segments that only a snapshot and the log can make anew.
func (s *Shard) Beyond() []Damage {
	return slices.DeleteFunc(s.Damages(), func(d Damage) bool { return !d.Beyond })
}
