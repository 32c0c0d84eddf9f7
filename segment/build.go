package segment

import (
	"bytes"
	"context"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/cespare/xxhash/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
)

// Spec says what a new segment is. Defs[0] is the index whose engine stores
// the columns: its engines.Index is an engines.Columns too.
type Spec struct {
	Table   record.TableID
	Version uint32
	Group   string
	IDs     IDs // names all rows
	Defs    []engines.IndexDef
	Created time.Time
}

func (s *Spec) meta() *Meta {
	return &Meta{Table: s.Table, Version: s.Version, Rows: s.IDs.Rows(), Group: s.Group,
		Created: s.Created.UnixNano(), Names: NewNames(s.IDs)}
}

// Maker writes the section of def for the rows of the new segment. made is the
// segment's columns once their section is written, and nil before.
type Maker func(ctx context.Context, def engines.IndexDef, made engines.Columns, w io.Writer) error

// FromColumns makes sections out of the rows of src, in their order.
func FromColumns(reg *engines.Registry, src engines.Columns) Maker {
	return func(ctx context.Context, def engines.IndexDef, _ engines.Columns, w io.Writer) error {
		return build(ctx, reg, def, src, w)
	}
}

// build writes the section of def out of the rows of src.
func build(ctx context.Context, reg *engines.Registry, def engines.IndexDef, src engines.Columns, w io.Writer) error {
	e, err := reg.Lookup(def.Engine)
	if err != nil {
		return err
	}
	b, err := e.NewBuilder(def, src)
	if err != nil {
		return err
	}
	return b.Build(ctx, w)
}

// Input is one segment of a merge; Map[old] is where row old went, or engines.Gone.
type Input struct {
	Segment *Segment
	Map     []rows.Num
}

// FromMerge makes sections by merging those of the inputs where their engine
// can. Others are made out of the columns that were merged before them, which
// are read a block at a time; those columns, if their engine cannot merge, out
// of src, which returns the rows of the merged segment.
func FromMerge(reg *engines.Registry, in []Input, src func() (engines.Columns, error)) Maker {
	return func(ctx context.Context, def engines.IndexDef, made engines.Columns, w io.Writer) error {
		if m, inputs := mergerOf(def, in); m != nil {
			return m.Merge(ctx, inputs, w)
		}
		if made == nil {
			var err error
			if made, err = src(); err != nil {
				return err
			}
		}
		return build(ctx, reg, def, made, w)
	}
}

// mergerOf returns who merges the indexes def of the inputs; nil if one of
// them has none, or their engine cannot.
func mergerOf(def engines.IndexDef, in []Input) (engines.Merger, []engines.MergeInput) {
	inputs := make([]engines.MergeInput, 0, len(in))
	for _, s := range in {
		ix := s.Segment.find(def)
		if ix == nil {
			return nil, nil
		}
		inputs = append(inputs, engines.MergeInput{Index: ix, Map: s.Map})
	}
	m, _ := inputs[0].Index.(engines.Merger)
	return m, inputs
}

// Build makes a segment in memory.
func Build(ctx context.Context, reg *engines.Registry, spec Spec, make Maker) (*Segment, error) {
	s := &Segment{meta: spec.meta(), reg: reg}
	s.refs.Store(1)
	for i, def := range spec.Defs {
		b, err := buildSection(ctx, def, s.columns, make)
		if err == nil {
			s.meta.Sections = append(s.meta.Sections, sectionOf(def, b))
			err = s.openPart(i, b)
		}
		if err != nil {
			s.close()
			return nil, err
		}
	}
	return s, nil
}

func buildSection(ctx context.Context, def engines.IndexDef, made engines.Columns, make Maker) ([]byte, error) {
	var buf bytes.Buffer
	err := Guard(func() error { return make(ctx, def, made, &buf) })
	if err != nil {
		return nil, fault.E("segment: build", fault.Item("index "+def.Name), err)
	}
	if b := buf.Bytes(); cap(b) > len(b)+len(b)/4 {
		return slices.Clone(b), nil // what doubling reserved is not worth keeping
	}
	return buf.Bytes(), nil
}

func sectionOf(def engines.IndexDef, b []byte) SectionMeta {
	return SectionMeta{Def: bare(def), Size: int64(len(b)), Sum: xxhash.Sum64(b), Tail: tailSum(b)}
}

// tailSum is the checksum of a section's end.
func tailSum(b []byte) uint64 { return xxhash.Sum64(b[max(0, len(b)-tailBytes):]) }

// Create makes a segment in the folder dir, which must not exist, section by
// section without holding them in memory, and opens it. The folder's content
// is durable; its name is once the folder around it is synced.
func Create(ctx context.Context, fs vfs.FS, dir string, reg *engines.Registry, spec Spec, make Maker) (*Segment, error) {
	if err := makeDir(fs, dir); err != nil {
		return nil, err
	}
	m := spec.meta()
	first := &Segment{meta: m, fs: fs, dir: dir, reg: reg} // the columns, to make the others of
	defer first.close()
	for i, def := range spec.Defs {
		s, err := createSection(ctx, fs, dir, fileName(def.Name), def, first.columns, make)
		if err != nil {
			return nil, err
		}
		m.Sections = append(m.Sections, s)
		if i > 0 || len(spec.Defs) == 1 {
			continue
		}
		if err := Guard(first.openFiles); err != nil {
			return nil, err
		}
	}
	if err := writeMeta(fs, dir, m); err != nil {
		return nil, err
	}
	return Open(fs, dir, reg)
}

// createSection writes the section of def to a file of its own.
func createSection(ctx context.Context, fs vfs.FS, dir, file string, def engines.IndexDef, made engines.Columns, make Maker) (SectionMeta, error) {
	s := SectionMeta{Def: bare(def), File: file}
	w, err := createFile(fs, fs.PathJoin(dir, s.File))
	if err != nil {
		return s, err
	}
	tail := &tailWriter{w: w}
	err = Guard(func() error { return make(ctx, def, made, tail) })
	s.Size, s.Sum, err = w.finish(err)
	s.Tail = xxhash.Sum64(tail.last)
	return s, err
}

// tailWriter remembers the last tailBytes of what went through it.
type tailWriter struct {
	w    io.Writer
	last []byte
}

func (t *tailWriter) Write(p []byte) (int, error) {
	if len(p) >= tailBytes {
		t.last = append(t.last[:0], p[len(p)-tailBytes:]...)
	} else {
		keep := min(len(t.last), tailBytes-len(p))
		t.last = append(append(t.last[:0], t.last[len(t.last)-keep:]...), p...)
	}
	return t.w.Write(p)
}

func makeDir(fs vfs.FS, dir string) error {
	if _, err := fs.Stat(dir); !notExist(err) {
		if err == nil {
			return fault.E("segment: create", fault.Exists, fault.Item(dir))
		}
		return fault.E("segment: create", ioKind(err), fault.Item(dir), err)
	}
	if err := fs.MkdirAll(dir, 0o755); err != nil {
		return fault.E("segment: create", ioKind(err), fault.Item(dir), err)
	}
	return nil
}

// writeMeta puts the meta in place and makes the folder's names durable.
func writeMeta(fs vfs.FS, dir string, m *Meta) error {
	data, err := m.encode()
	if err == nil {
		err = ReplaceFile(fs, fs.PathJoin(dir, metaName), data)
	}
	if err != nil {
		return fault.E("segment: write meta", ioKind(err), fault.Item(dir), err)
	}
	return nil
}

// sameDef reports whether two definitions make the same index: names of
// columns and defaults do not matter to one.
func sameDef(a, b engines.IndexDef) bool {
	sameField := func(x, y record.Field) bool {
		return x.ID == y.ID && x.Type == y.Type && x.Analyzer == y.Analyzer
	}
	return a.Name == b.Name && a.Engine == b.Engine && maps.Equal(a.Options, b.Options) &&
		slices.EqualFunc(a.Fields, b.Fields, sameField)
}
