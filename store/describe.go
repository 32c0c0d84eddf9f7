package store

import (
	"fmt"
	"io"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/quindex/quindex/segment"
)

// Describe prints what the manifest in a shard's folder stands for, and what
// the metas of its segments say, without opening any index: what inspect shows
// of a shard that may not open. It goes on after a segment it cannot read.
func Describe(fs vfs.FS, dir string, w io.Writer) error {
	path := fs.PathJoin(dir, manifestName)
	data, err := segment.ReadFile(fs, path)
	if err != nil {
		return err
	}
	m, err := decodeManifest(path, data)
	if err != nil {
		return err
	}
	keys, err := decodeWindows(m.Windows)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%s: applied %d, next row %d, %d clients with idempotency keys\n", path, m.Applied, m.NextRow, len(keys.clients))
	for _, t := range m.Tables {
		fmt.Fprintf(w, "table %d %s: schema version %d, %d columns, %d segments\n", t.Table.ID(), t.Table.Name,
			t.Table.Schema.Version, len(t.Table.Schema.Fields), len(t.Segments))
		for _, ms := range t.Segments {
			describeSegment(fs, fs.PathJoin(dir, ms.Name), w)
		}
	}
	return nil
}

func describeSegment(fs vfs.FS, dir string, w io.Writer) {
	m, err := segment.ReadMeta(fs, dir)
	if err != nil {
		fmt.Fprintf(w, "  %s: %v\n", dir, err)
		return
	}
	first, last := m.IDs.Span()
	fmt.Fprintf(w, "  %s: %d rows, ids %d to %d in %d runs", dir, m.Rows, first, last, len(m.IDs))
	if m.Group != "" {
		fmt.Fprintf(w, ", group %q", m.Group)
	}
	fmt.Fprintln(w)
	for _, s := range m.Sections {
		fmt.Fprintf(w, "    %s %s: %s at %d, %d bytes, xxhash64 %016x\n", s.Def.Name, s.Def.Engine, s.File, s.Offset, s.Size, s.Sum)
	}
}
