package enginetest

import (
	"encoding/binary"

	"github.com/quindex/quindex/engines/frame"
)

// Reseal writes the checksum of the footer of a damaged section anew, after
// inside, unless it is nil, has done so for those within the footer, which
// begins at byte at. Fuzz tests get past the checksums with it. What is no
// section any more stays as it is.
func Reseal(b []byte, inside func(footer []byte, at int)) {
	if len(b) < frame.HeadBytes+frame.TailBytes {
		return
	}
	tail := b[len(b)-frame.TailBytes:]
	n := int(binary.LittleEndian.Uint32(tail))
	if n > len(b)-frame.HeadBytes-frame.TailBytes {
		return
	}
	at := len(b) - frame.TailBytes - n
	footer := b[at : at+n]
	if inside != nil {
		inside(footer, at)
	}
	binary.LittleEndian.PutUint32(tail[4:], frame.Checksum(footer))
}
