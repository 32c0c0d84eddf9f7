package segment

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/quindex/quindex/codec"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/fault"
)

// Segment is an open segment. It is immutable and may be used by any number
// of goroutines as long as one reference is held; whoever made it holds the
// first one.
type Segment struct {
	meta    *Meta
	fs      vfs.FS // nil in memory
	dir     string
	reg     *engines.Registry
	parts   []part
	columns engines.Columns
	keys    engines.Keyed // nil: the rows have no primary key
	free    []func() error

	refs   atomic.Int32
	doomed atomic.Bool
}

// part is one open section.
type part struct {
	def   engines.IndexDef
	bytes []byte
	index engines.Index
}

// Index is one index of a segment.
type Index struct {
	Def   engines.IndexDef
	Index engines.Index
}

// Meta describes the segment; it must not be changed.
func (s *Segment) Meta() *Meta { return s.meta }

// Rows returns n; rows are 0..n-1.
func (s *Segment) Rows() int { return s.meta.Rows }

// Dir is the segment's folder, "" in memory.
func (s *Segment) Dir() string { return s.dir }

// Columns reads the stored columns.
func (s *Segment) Columns() engines.Columns { return s.columns }

// Keys finds rows by their primary key; nil where they have none.
func (s *Segment) Keys() engines.Keyed { return s.keys }

// Indexes lists all indexes, that of the columns first.
func (s *Segment) Indexes() []Index {
	out := make([]Index, len(s.parts))
	for i, p := range s.parts {
		out[i] = Index{Def: p.def, Index: p.index}
	}
	return out
}

// Has reports whether the segment has the index def, just as it is defined.
func (s *Segment) Has(def engines.IndexDef) bool { return s.find(def) != nil }

func (s *Segment) find(def engines.IndexDef) engines.Index {
	for _, p := range s.parts {
		if p.def.Name == def.Name && sameDef(p.def, def) {
			return p.index
		}
	}
	return nil
}

// Bytes is the size of all sections.
func (s *Segment) Bytes() int64 {
	n := int64(0)
	for _, m := range s.meta.Sections {
		n += m.Size
	}
	return n
}

// Acquire takes one more reference.
func (s *Segment) Acquire() {
	if s.refs.Add(1) < 2 {
		panic("BUG: segment: acquired after its last release")
	}
}

// Release gives one reference back. The last one closes the segment and, if
// it is doomed, deletes its files.
func (s *Segment) Release() error {
	switch n := s.refs.Add(-1); {
	case n > 0:
		return nil
	case n < 0:
		panic("BUG: segment: released twice")
	}
	err := s.close()
	if s.doomed.Load() && s.fs != nil {
		if rerr := s.fs.RemoveAll(s.dir); rerr != nil {
			err = errors.Join(err, fault.E("segment: remove", fault.IO, fault.Item(s.dir), rerr))
		}
	}
	return err
}

// ReleaseUnlessLast gives one reference back and returns true. The last one it
// keeps, and returns false: Release takes the time to unmap and delete.
func (s *Segment) ReleaseUnlessLast() bool {
	for {
		n := s.refs.Load()
		if n <= 1 {
			return false
		}
		if s.refs.CompareAndSwap(n, n-1) {
			return true
		}
	}
}

// Doom has the files deleted with the last reference.
func (s *Segment) Doom() { s.doomed.Store(true) }

// close gives indexes and mappings back.
func (s *Segment) close() error {
	var all []error
	for _, p := range s.parts {
		if p.index != nil {
			all = append(all, p.index.Close())
		}
	}
	for _, f := range s.free {
		all = append(all, f())
	}
	s.parts, s.columns, s.keys, s.free = nil, nil, nil, nil
	return errors.Join(all...)
}

// Verify reads every section and compares it with its checksum, and the meta
// on disk with the one in memory.
func (s *Segment) Verify(ctx context.Context) error {
	for i, p := range s.parts {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.compare(s.meta.Sections[i], p.bytes); err != nil {
			return err
		}
	}
	return s.verifyMeta()
}

// Save writes a segment that is in memory to the folder dir, which must not
// exist, as one packed file. The folder's content is durable; its name is once
// the folder around it is synced. written is the number of bytes.
func (s *Segment) Save(fs vfs.FS, dir string) (written int64, err error) {
	if err := makeDir(fs, dir); err != nil {
		return 0, err
	}
	w, err := createFile(fs, fs.PathJoin(dir, packName))
	if err != nil {
		return 0, err
	}
	m := *s.meta
	m.Sections = nil
	for i, p := range s.parts {
		sec := s.meta.Sections[i]
		sec.File, sec.Offset = packName, w.size
		m.Sections = append(m.Sections, sec)
		if _, err = w.Write(p.bytes); err != nil {
			break
		}
		if pad := -w.size & (codec.Align - 1); pad > 0 {
			if _, err = w.Write(make([]byte, pad)); err != nil {
				break
			}
		}
	}
	written, _, err = w.finish(err)
	if err != nil {
		return written, err
	}
	return written, writeMeta(fs, dir, &m)
}

// Link puts hard links to the files of a segment on disk into the folder dir,
// which must not exist, and a meta of its own: both are durable.
func (s *Segment) Link(fs vfs.FS, dir string) error {
	if err := makeDir(fs, dir); err != nil {
		return err
	}
	done := map[string]bool{}
	for _, sec := range s.meta.Sections {
		if done[sec.File] {
			continue
		}
		done[sec.File] = true
		from, to := fs.PathJoin(s.dir, sec.File), fs.PathJoin(dir, sec.File)
		if err := vfs.LinkOrCopy(fs, from, to); err != nil {
			return fault.E("segment: link", ioKind(err), fault.Item(to), err)
		}
	}
	return writeMeta(fs, dir, s.meta)
}

// AddSection returns the segment with one more index, built from its stored
// columns; on disk, its file is written beside the others. The receiver stays
// as it is, and both must be released.
func (s *Segment) AddSection(ctx context.Context, def engines.IndexDef) (*Segment, error) {
	if s.fs == nil {
		return s.addInMemory(ctx, def)
	}
	m := *s.meta
	m.Sections = nil
	for _, sec := range s.meta.Sections {
		if sec.Def.Name != def.Name { // an index defined anew takes the place of the old one
			m.Sections = append(m.Sections, sec)
		}
	}
	sec, err := s.createBeside(ctx, def)
	if err != nil {
		return nil, err
	}
	m.Sections = append(m.Sections, sec)
	if err := SyncDir(s.fs, s.dir); err != nil { // the file's name before the meta that says it
		return nil, fault.E("segment: create", ioKind(err), fault.Item(s.dir), err)
	}
	if err := writeMeta(s.fs, s.dir, &m); err != nil {
		return nil, err
	}
	return Open(s.fs, s.dir, s.reg)
}

// createBeside writes the section of def to a file name not in use: files that
// were linked are never written again, nor those that a meta names of which it
// is unknown whether it came to be in place.
func (s *Segment) createBeside(ctx context.Context, def engines.IndexDef) (SectionMeta, error) {
	taken, err := s.fs.List(s.dir)
	if err != nil {
		return SectionMeta{}, fault.E("segment: create", ioKind(err), fault.Item(s.dir), err)
	}
	file := fileName(def.Name)
	for n := 2; slices.Contains(taken, file); n++ {
		file = fmt.Sprintf("%d-%s", n, fileName(def.Name))
	}
	return createSection(ctx, s.fs, s.dir, file, def, s.columns, FromColumns(s.reg, s.columns))
}

// addInMemory is AddSection of a segment in memory: the bytes are shared.
func (s *Segment) addInMemory(ctx context.Context, def engines.IndexDef) (*Segment, error) {
	m := *s.meta
	m.Sections = nil
	var parts [][]byte
	for i, p := range s.parts {
		if p.def.Name != def.Name {
			m.Sections = append(m.Sections, s.meta.Sections[i])
			parts = append(parts, p.bytes)
		}
	}
	b, err := buildSection(ctx, def, s.columns, FromColumns(s.reg, s.columns))
	if err != nil {
		return nil, err
	}
	m.Sections = append(m.Sections, sectionOf(def, b))
	return openMemory(s.reg, &m, append(parts, b))
}
