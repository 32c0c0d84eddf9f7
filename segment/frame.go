package segment

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"

	"github.com/quindex/quindex/fault"
)

// A frame is how small files that are read whole are kept: metas, manifests.
//
//	+----------+-------------+------------+------+-------------------+
//	| magic  8 | version u32 | length u32 | body | crc32c of all u32 |
//	+----------+-------------+------------+------+-------------------+
//
// Numbers are little-endian.

// Castagnoli is the table of crc32c, the checksum of everything on disk.
var Castagnoli = crc32.MakeTable(crc32.Castagnoli)

const frameHead, frameTail = 16, 4

// Frame wraps body. magic has eight bytes.
func Frame(magic string, version uint32, body []byte) []byte {
	if len(magic) != 8 {
		panic("BUG: segment: frame magic " + magic)
	}
	out := make([]byte, 0, frameHead+len(body)+frameTail)
	out = append(out, magic...)
	out = binary.LittleEndian.AppendUint32(out, version)
	out = binary.LittleEndian.AppendUint32(out, uint32(len(body)))
	out = append(out, body...)
	return binary.LittleEndian.AppendUint32(out, crc32.Checksum(out, Castagnoli))
}

// Unframe checks data, the content of the file called path, and returns its
// version, in [1, newest], and body, which shares data's memory.
func Unframe(path, magic string, newest uint32, data []byte) (version uint32, body []byte, err error) {
	bad := func(offset int, format string, args ...any) (uint32, []byte, error) {
		return 0, nil, fault.E("segment: read", fault.Corrupt, fault.Item(path),
			fmt.Errorf("offset %d: %s", offset, fmt.Sprintf(format, args...)))
	}
	if len(data) < frameHead+frameTail {
		return bad(0, "%d bytes, want at least %d", len(data), frameHead+frameTail)
	}
	if string(data[:8]) != magic {
		return bad(0, "magic %q, want %q", data[:8], magic)
	}
	if n := int(binary.LittleEndian.Uint32(data[12:])); n != len(data)-frameHead-frameTail {
		return bad(12, "length %d, but the file holds %d", n, len(data)-frameHead-frameTail)
	}
	end := len(data) - frameTail
	if have, want := binary.LittleEndian.Uint32(data[end:]), crc32.Checksum(data[:end], Castagnoli); have != want {
		return bad(end, "checksum %#08x, want %#08x", have, want)
	}
	version = binary.LittleEndian.Uint32(data[8:])
	if version < 1 || version > newest {
		return 0, nil, fault.E("segment: read", fault.Unsupported, fault.Item(path),
			fault.Hint("open it with the version of quindex that wrote it, or a newer one"),
			fmt.Errorf("format version %d, this program reads 1 to %d", version, newest))
	}
	return version, data[frameHead:end], nil
}
