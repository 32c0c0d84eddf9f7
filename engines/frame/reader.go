package frame

import (
	"encoding/binary"
	"math"
)

// Extent is where one part lies, and its checksum.
type Extent struct {
	Off, Len int
	CRC      uint32
}

// Bytes returns the extent's bytes after checking them. Errors are of kind Corrupt.
func (x Extent) Bytes(section []byte) ([]byte, error) {
	b := section[x.Off : x.Off+x.Len : x.Off+x.Len]
	if have := Checksum(b); have != x.CRC {
		return nil, corrupt("crc32c of bytes [%d, %d) is %08x, want %08x", x.Off, x.Off+x.Len, have, x.CRC)
	}
	return b, nil
}

// Reader reads the primitives of a footer. After the first thing that is wrong
// everything reads as zero; Err then says what it was. The zero Reader has
// nothing to read.
type Reader struct {
	b    []byte
	size int
	next int // where the next extent has to begin
	end  int // where the last one has to end
	bad  string
}

// NewReader reads a footer of a section whose parts end at byte end.
func NewReader(footer []byte, end int) *Reader {
	return &Reader{b: footer, size: len(footer), next: HeadBytes, end: end}
}

// Fail makes the reader wrong, for a reason of its caller's.
func (r *Reader) Fail(why string) {
	if r.bad == "" {
		r.bad = why
	}
	r.b = nil
}

// Left returns how many bytes are not read yet.
func (r *Reader) Left() int { return len(r.b) }

// Next returns where the next extent has to begin.
func (r *Reader) Next() int { return r.next }

// OK reports whether nothing was wrong so far.
func (r *Reader) OK() bool { return r.bad == "" }

// Err returns what was wrong, or that the footer is longer than what was read.
func (r *Reader) Err() error {
	switch {
	case r.bad != "":
		return corrupt("footer: %s", r.bad)
	case len(r.b) > 0:
		return corrupt("footer of %d bytes has %d too many", r.size, len(r.b))
	}
	return nil
}

// Uvarint reads an unsigned varint.
func (r *Reader) Uvarint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.Fail("it ends within a number")
		return 0
	}
	r.b = r.b[n:]
	return v
}

// Varint reads a signed varint.
func (r *Reader) Varint() int64 {
	v, n := binary.Varint(r.b)
	if n <= 0 {
		r.Fail("it ends within a number")
		return 0
	}
	r.b = r.b[n:]
	return v
}

// Int reads an unsigned varint of at most most.
func (r *Reader) Int(most int) int {
	v := r.Uvarint()
	if v > uint64(most) {
		r.Fail("a number is too large")
		return 0
	}
	return int(v)
}

// Flag reads 0 or 1.
func (r *Reader) Flag() bool { return r.Int(1) == 1 }

// Take reads n bytes, which are the footer's own. It returns nil when there are fewer.
func (r *Reader) Take(n int) []byte {
	if n > len(r.b) {
		r.Fail("it ends within a word")
		return nil
	}
	p := r.b[:n:n]
	r.b = r.b[n:]
	return p
}

// Uint32 reads a word of four bytes.
func (r *Reader) Uint32() uint32 {
	if p := r.Take(4); p != nil {
		return binary.LittleEndian.Uint32(p)
	}
	return 0
}

// Uint64 reads a word of eight bytes.
func (r *Reader) Uint64() uint64 {
	if p := r.Take(8); p != nil {
		return binary.LittleEndian.Uint64(p)
	}
	return 0
}

// Float32 reads an IEEE 754 number of four bytes.
func (r *Reader) Float32() float32 { return math.Float32frombits(r.Uint32()) }

// Text reads a string of at most most bytes: its length and its bytes.
func (r *Reader) Text(most int) string { return string(r.Take(r.Int(most))) }

// Extent reads one that begins where the one before ended, padding aside: parts
// that are padded pass over it with Skip.
func (r *Reader) Extent() Extent {
	x := Extent{Off: r.Int(r.end), Len: r.Int(r.end), CRC: r.Uint32()}
	if r.bad == "" && (x.Off != r.next || x.Len > r.end-x.Off) {
		r.Fail("a part is out of place")
	}
	if r.bad != "" {
		return Extent{}
	}
	r.next += x.Len
	return x
}
