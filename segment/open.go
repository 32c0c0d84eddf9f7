package segment

import (
	"fmt"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/fault"
)

// Open opens the segment in the folder dir. It checks the meta and the end of
// every section, and each index its footer; blocks are checked at first touch.
func Open(fs vfs.FS, dir string, reg *engines.Registry) (*Segment, error) {
	m, err := ReadMeta(fs, dir)
	if err != nil {
		return nil, err
	}
	s := &Segment{meta: m, fs: fs, dir: dir, reg: reg}
	s.refs.Store(1)
	if err := Guard(s.openFiles); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// ReadMeta reads and checks the meta of the segment in the folder dir.
func ReadMeta(fs vfs.FS, dir string) (*Meta, error) {
	path := fs.PathJoin(dir, metaName)
	data, err := ReadFile(fs, path)
	if err != nil {
		return nil, missing(path, err)
	}
	return decodeMeta(path, data)
}

// missing says what a file that a manifest or a meta names and that cannot be
// read means.
func missing(path string, err error) error {
	k := ioKind(err)
	if notExist(err) {
		k = fault.Corrupt
	}
	return fault.E("segment: open", k, fault.Item(path), err,
		fault.Hint("restore this shard from a replica or a backup: the file is part of its state"))
}

// openFiles opens the sections of all files.
func (s *Segment) openFiles() error {
	parts, errs := s.mapSections()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return s.openSections(parts)
}

// mapSections maps each file once, and returns the bytes of every section, or
// why they are not there.
func (s *Segment) mapSections() (parts [][]byte, errs []error) {
	type file struct {
		data []byte
		err  error
	}
	files := map[string]file{}
	parts, errs = make([][]byte, len(s.meta.Sections)), make([]error, len(s.meta.Sections))
	for i, sec := range s.meta.Sections {
		f, ok := files[sec.File]
		if !ok {
			path := s.fs.PathJoin(s.dir, sec.File)
			data, free, err := loadFile(s.fs, path)
			if err == nil {
				s.free = append(s.free, free)
			} else {
				err = missing(path, err)
			}
			f = file{data, err}
			files[sec.File] = f
		}
		switch n := int64(len(f.data)); {
		case f.err != nil:
			errs[i] = f.err
		case sec.Size > n || sec.Offset > n-sec.Size:
			errs[i] = corruptSection(s.dir, sec, "the file has %d bytes, want %d", n, sec.Offset+sec.Size)
		default:
			parts[i] = f.data[sec.Offset : sec.Offset+sec.Size : sec.Offset+sec.Size]
		}
	}
	return parts, errs
}

// openMemory opens a segment whose sections are in memory.
func openMemory(reg *engines.Registry, m *Meta, parts [][]byte) (*Segment, error) {
	s := &Segment{meta: m, reg: reg}
	s.refs.Store(1)
	if err := s.openSections(parts); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// openSections opens the index of each section; the first stores the columns
// that the others may look into.
func (s *Segment) openSections(parts [][]byte) error {
	for i := range parts {
		if err := s.openPart(i, parts[i]); err != nil {
			return err
		}
	}
	return nil
}

func (s *Segment) openPart(i int, bytes []byte) error {
	sec := s.meta.Sections[i]
	if have := tailSum(bytes); have != sec.Tail {
		return corruptSection(s.dir, sec, "checksum of its end %#016x, want %#016x", have, sec.Tail)
	}
	e, err := s.reg.Lookup(sec.Def.Engine)
	if err != nil {
		return fault.E("segment: open", fault.Item(s.dir), err)
	}
	path := ""
	if s.fs != nil {
		path = fmt.Sprintf("%s, section %s at offset %d", s.fs.PathJoin(s.dir, sec.File), sec.Def.Name, sec.Offset)
	}
	ix, err := e.Open(engines.Section{Def: sec.Def, Rows: s.meta.Rows, Bytes: bytes, Columns: s.columns, Path: path})
	if err != nil {
		return fault.E("segment: open", fault.Item(fmt.Sprintf("%s section %s", s.dir, sec.Def.Name)), err)
	}
	s.parts = append(s.parts, part{def: sec.Def, bytes: bytes, index: ix})
	if k, is := ix.(engines.Keyed); is {
		s.keys = k
	}
	if i > 0 {
		return nil
	}
	var ok bool
	if s.columns, ok = ix.(engines.Columns); !ok {
		return fault.Errorf("segment: open", fault.Internal, "engine %s of the first section stores no columns", sec.Def.Engine)
	}
	if n := s.columns.Rows(); n != s.meta.Rows {
		return corruptSection(s.dir, sec, "%d rows, want %d", n, s.meta.Rows)
	}
	return nil
}

func corruptSection(dir string, sec SectionMeta, format string, args ...any) error {
	return fault.E("segment: open", fault.Corrupt, fault.Item(fmt.Sprintf("%s/%s", dir, sec.File)),
		fault.Hint("restore this shard from a replica or a backup"),
		fmt.Errorf("section %s at offset %d: %s", sec.Def.Name, sec.Offset, fmt.Sprintf(format, args...)))
}
