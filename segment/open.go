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

// openFiles maps each file once and opens the sections in them.
func (s *Segment) openFiles() error {
	files := map[string][]byte{}
	var parts [][]byte
	for _, sec := range s.meta.Sections {
		data, ok := files[sec.File]
		if !ok {
			path := s.fs.PathJoin(s.dir, sec.File)
			d, free, err := loadFile(s.fs, path)
			if err != nil {
				return missing(path, err)
			}
			s.free = append(s.free, free)
			data, files[sec.File] = d, d
		}
		if sec.Size > int64(len(data)) || sec.Offset > int64(len(data))-sec.Size {
			return corruptSection(s.dir, sec, "the file has %d bytes, want %d", len(data), sec.Offset+sec.Size)
		}
		parts = append(parts, data[sec.Offset:sec.Offset+sec.Size:sec.Offset+sec.Size])
	}
	return s.openSections(parts)
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
	for i, sec := range s.meta.Sections {
		if have := tailSum(parts[i]); have != sec.Tail {
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
		ix, err := e.Open(engines.Section{Def: sec.Def, Rows: s.meta.Rows, Bytes: parts[i], Columns: s.columns, Path: path})
		if err != nil {
			return fault.E("segment: open", fault.Item(fmt.Sprintf("%s section %s", s.dir, sec.Def.Name)), err)
		}
		s.parts = append(s.parts, part{def: sec.Def, bytes: parts[i], index: ix})
		if k, is := ix.(engines.Keyed); is {
			s.keys = k
		}
		if i > 0 {
			continue
		}
		var ok bool
		if s.columns, ok = ix.(engines.Columns); !ok {
			return fault.Errorf("segment: open", fault.Internal, "engine %s of the first section stores no columns", sec.Def.Engine)
		}
		if n := s.columns.Rows(); n != s.meta.Rows {
			return corruptSection(s.dir, sec, "%d rows, want %d", n, s.meta.Rows)
		}
	}
	return nil
}

func corruptSection(dir string, sec SectionMeta, format string, args ...any) error {
	return fault.E("segment: open", fault.Corrupt, fault.Item(fmt.Sprintf("%s/%s", dir, sec.File)),
		fault.Hint("restore this shard from a replica or a backup"),
		fmt.Errorf("section %s at offset %d: %s", sec.Def.Name, sec.Offset, fmt.Sprintf(format, args...)))
}
