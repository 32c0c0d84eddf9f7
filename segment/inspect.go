package segment

import (
	"fmt"

	"github.com/cespare/xxhash/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/quindex/quindex/fault"
)

// ReadSection reads the bytes of one section of the segment in dir. With an
// error about their checksum it returns them all the same.
func ReadSection(fs vfs.FS, dir string, sec SectionMeta) ([]byte, error) {
	path := fs.PathJoin(dir, sec.File)
	f, err := fs.Open(path)
	if err != nil {
		return nil, missing(path, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fault.E("segment: read", fault.IO, fault.Item(path), err)
	}
	if have := info.Size(); sec.Size > have || sec.Offset > have-sec.Size {
		return nil, corruptSection(dir, sec, "the file has %d bytes, want %d", have, sec.Offset+sec.Size)
	}
	data := make([]byte, sec.Size)
	if _, err := f.ReadAt(data, sec.Offset); err != nil {
		return nil, fault.E("segment: read", fault.IO, fault.Item(fmt.Sprintf("%s at %d", path, sec.Offset)), err)
	}
	if have := xxhash.Sum64(data); have != sec.Sum {
		return data, corruptSection(dir, sec, "checksum %#016x, want %#016x", have, sec.Sum)
	}
	return data, nil
}
