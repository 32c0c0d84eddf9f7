package frame

import (
	"encoding/binary"
	"hash/crc32"

	"github.com/quindex/quindex/fault"
)

const (
	HeadBytes = 64            // before the first part
	TailBytes = 4 + 4 + 8     // behind the footer
	magicSize = TailBytes - 8 // bytes of a magic
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Checksum is the CRC-32C of b.
func Checksum(b []byte) uint32 { return crc32.Checksum(b, castagnoli) }

// Update is the checksum of what crc is the checksum of, with b behind it.
func Update(crc uint32, b []byte) uint32 { return crc32.Update(crc, castagnoli, b) }

// Head returns the first HeadBytes of a section whose magic, 8 bytes, it is,
// with room for so many bytes in all.
func Head(magic string, room int) []byte {
	b := make([]byte, HeadBytes, max(room, HeadBytes))
	copy(b, magic)
	return b
}

// AppendTail appends a footer and what stands behind it.
func AppendTail(dst, footer []byte, magic string) []byte {
	dst = append(dst, footer...)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(footer)))
	dst = binary.LittleEndian.AppendUint32(dst, Checksum(footer))
	return append(dst, magic...)
}

// Split checks the frame of a section and returns its footer, which begins at
// byte at. Errors are of kind Corrupt.
func Split(b []byte, magic string) (footer []byte, at int, err error) {
	if len(b) < HeadBytes+TailBytes {
		return nil, 0, corrupt("%d bytes, want at least %d", len(b), HeadBytes+TailBytes)
	}
	for i, c := range b[:HeadBytes] {
		if i < magicSize && c != magic[i] || i >= magicSize && c != 0 {
			return nil, 0, corrupt("bad magic %x", b[:magicSize])
		}
	}
	tail := b[len(b)-TailBytes:]
	if string(tail[8:]) != magic {
		return nil, 0, corrupt("bad magic %x at the end", tail[8:])
	}
	n, crc := int(binary.LittleEndian.Uint32(tail)), binary.LittleEndian.Uint32(tail[4:])
	if n > len(b)-HeadBytes-TailBytes {
		return nil, 0, corrupt("footer of %d bytes in a section of %d", n, len(b))
	}
	at = len(b) - TailBytes - n
	footer = b[at : at+n : at+n]
	if have := Checksum(footer); have != crc {
		return nil, 0, corrupt("crc32c of the footer, bytes [%d, %d), is %08x, want %08x", at, at+n, have, crc)
	}
	return footer, at, nil
}

func corrupt(format string, args ...any) error {
	return fault.Errorf("", fault.Corrupt, format, args...)
}
