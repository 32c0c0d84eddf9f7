package store

import (
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/segment"
)

// ManifestName is the name of a shard's manifest in its folder.
const ManifestName = manifestName

// Manifest is what a shard's manifest says, for tools that look at the folder
// of a shard that nobody has open.
type Manifest struct {
	Applied uint64 // everything up to this log index is in the segments
	NextRow uint64 // the next row id
	Clients int    // in the idempotency window
	Tables  []ManifestTable
}

// ManifestTable is one table of a Manifest.
type ManifestTable struct {
	Table    *catalog.Table
	Segments []string // names of folders, in log order
}

// ReadManifest reads the manifest of the shard in dir, and changes nothing.
func ReadManifest(fs vfs.FS, dir string) (*Manifest, error) {
	path := fs.PathJoin(dir, manifestName)
	data, err := segment.ReadFile(fs, path)
	if err != nil {
		return nil, fault.E("store: open manifest", ioKind(err), fault.Item(path), err)
	}
	file, err := decodeManifest(path, data)
	if err != nil {
		return nil, err
	}
	w, err := decodeWindows(file.Windows)
	if err != nil {
		return nil, err
	}
	m := &Manifest{Applied: file.Applied, NextRow: file.NextRow, Clients: len(w.clients)}
	for _, t := range file.Tables {
		mt := ManifestTable{Table: t.Table}
		for _, s := range t.Segments {
			mt.Segments = append(mt.Segments, s.Name)
		}
		m.Tables = append(m.Tables, mt)
	}
	return m, nil
}
