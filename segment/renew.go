package segment

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/cespare/xxhash/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/rows"
)

// Renew writes the segment in the folder dir anew into the folder to, which
// must not exist, and opens it: the same rows under the same numbers and ids.
// Sections that are as they were written are copied; those that are not are
// built of the stored columns, every block of which is compared with its
// checksum as it is read. built names them. The columns are the truth: where
// they cannot be read the error is fault.Corrupt. Like Create, it leaves the
// name to be made durable; after an error, what is in to is of no use.
func Renew(ctx context.Context, fs vfs.FS, dir string, reg *engines.Registry, to string) (s *Segment, built []string, err error) {
	m, err := ReadMeta(fs, dir)
	if err != nil {
		return nil, nil, err
	}
	return renew(ctx, fs, dir, reg, m, to)
}

// Renew is the function of that name for a segment on disk that is open, whose
// meta in memory is believed. Its files are opened again: an index that is in
// use has compared blocks that may have changed since, and would not do so twice.
func (s *Segment) Renew(ctx context.Context, to string) (n *Segment, built []string, err error) {
	return renew(ctx, s.fs, s.dir, s.reg, s.meta, to)
}

func renew(ctx context.Context, fs vfs.FS, dir string, reg *engines.Registry, m *Meta, to string) (s *Segment, built []string, err error) {
	old := &Segment{meta: m, fs: fs, dir: dir, reg: reg}
	defer old.close()
	parts, err := old.openColumns()
	if err != nil {
		return nil, nil, err
	}
	spec := Spec{Table: m.Table, Version: m.Version, Group: m.Group, IDs: m.Names.IDs(), Created: time.Unix(0, m.Created)}
	copied := map[string]bool{}
	for i, sec := range m.Sections {
		spec.Defs = append(spec.Defs, sec.Def)
		copied[sec.Def.Name] = parts[i] != nil && old.compare(sec, parts[i]) == nil
		if !copied[sec.Def.Name] {
			built = append(built, sec.Def.Name)
		}
	}
	make := func(ctx context.Context, def engines.IndexDef, _ engines.Columns, w io.Writer) error {
		if !copied[def.Name] {
			return build(ctx, reg, def, old.columns, w)
		}
		at := slices.IndexFunc(m.Sections, func(sec SectionMeta) bool { return sec.Def.Name == def.Name })
		_, err := w.Write(parts[at])
		return err
	}
	if s, err = writeLike(ctx, fs, to, reg, spec, m, make); err != nil {
		return nil, nil, err
	}
	for i, sec := range s.meta.Sections { // a byte may have changed between the look and the copy
		if copied[sec.Def.Name] && sec.Sum != m.Sections[i].Sum {
			s.Doom()
			return nil, nil, fault.E("segment: renew", corruptSection(dir, m.Sections[i], "it changes while it is read"), s.Release())
		}
	}
	return s, built, nil
}

// writeLike writes a segment as the one that m is of was written: packed, or
// section by section.
func writeLike(ctx context.Context, fs vfs.FS, to string, reg *engines.Registry, spec Spec, m *Meta, make Maker) (*Segment, error) {
	if slices.ContainsFunc(m.Sections, func(sec SectionMeta) bool { return sec.File != packName }) {
		return Create(ctx, fs, to, reg, spec, make)
	}
	mem, err := Build(ctx, reg, spec, make)
	if err != nil {
		return nil, err
	}
	defer mem.Release()
	if _, err := mem.Save(fs, to); err != nil {
		return nil, err
	}
	return Open(fs, to, reg)
}

// openColumns opens the columns of a segment alone, and returns the bytes of
// its sections: nil where the file is not there or too short.
func (s *Segment) openColumns() (parts [][]byte, err error) {
	parts, errs := s.mapSections()
	for _, err := range errs {
		if err != nil && !fault.Is(err, fault.Corrupt) {
			return nil, err // it may be there the next time
		}
	}
	if errs[0] != nil {
		return nil, errs[0]
	}
	return parts, Guard(func() error { return s.openPart(0, parts[0]) })
}

// CheckColumns reads the columns of the segment in the folder dir, whole, and
// returns why Renew could not make the segment of them, or nil.
func CheckColumns(ctx context.Context, fs vfs.FS, dir string, reg *engines.Registry) error {
	m, err := ReadMeta(fs, dir)
	if err != nil {
		return err
	}
	s := &Segment{meta: m, fs: fs, dir: dir, reg: reg}
	defer s.close()
	parts, err := s.openColumns()
	if err != nil || s.compare(m.Sections[0], parts[0]) == nil {
		return err
	}
	return Guard(func() error { // what is not as it was written may be no value
		for _, f := range m.Sections[0].Def.Fields {
			c := s.columns.Column(f.ID)
			for b := 0; c != nil && b*rows.BlockRows < m.Rows; b++ {
				if _, err := c.Block(b); err != nil {
					return err
				}
				if err := ctx.Err(); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// compare reads the bytes of a section against their checksum.
func (s *Segment) compare(sec SectionMeta, b []byte) error {
	err := Guard(func() error {
		if have := xxhash.Sum64(b); have != sec.Sum {
			return corruptSection(s.dir, sec, "checksum %#016x, want %#016x", have, sec.Sum)
		}
		return nil
	})
	if at, is := faultIn(err); is {
		return corruptSection(s.dir, sec, "the file cannot be read at offset %d", sec.Offset+at.within(b))
	}
	return err
}

// verifyMeta compares the meta on disk with the one in memory. It may list more
// indexes, which came since.
func (s *Segment) verifyMeta() error {
	if s.fs == nil {
		return nil
	}
	have, err := ReadMeta(s.fs, s.dir)
	if err != nil {
		return err
	}
	if have.Table != s.meta.Table || have.Rows != s.meta.Rows || !have.Names.equal(s.meta.Names) {
		return fault.E("segment: verify", fault.Corrupt, fault.Item(s.fs.PathJoin(s.dir, metaName)),
			fmt.Errorf("offset 0: it is the meta of another segment, of %d rows of table %d, want %d of %d", have.Rows, have.Table, s.meta.Rows, s.meta.Table))
	}
	return nil
}
