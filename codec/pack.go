package codec

import (
	"math"
	"slices"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// Text pays for compression where blocks of it are large; integers do not:
// they gain nothing after byte-aligned frames of reference (FACTS, columnar).
const (
	packMin  = 4 << 10    // bytes below which text stays as it is
	packKeep = 4.0 / 5    // compressed text is kept if it is at most this much of the raw
	packMost = 1<<32 - 65 // offsets are uint32
)

var packers = sync.Pool{New: func() any {
	e, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1),
		zstd.WithEncoderCRC(false), zstd.WithLowerEncoderMem(true), zstd.WithWindowSize(1<<20))
	if err != nil {
		panic("BUG: codec: zstd options: " + err.Error())
	}
	return e
}}

var unpackers = sync.Pool{New: func() any {
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(1<<32),
		zstd.WithDecoderLowmem(true))
	if err != nil {
		panic("BUG: codec: zstd options: " + err.Error())
	}
	return d
}}

// packText appends text in zstd to dst, and says false if that does not
// pay: then what lies behind dst's length is of no use.
func packText(dst, text []byte) ([]byte, bool) {
	if len(text) < packMin {
		return dst, false
	}
	e := packers.Get().(*zstd.Encoder)
	defer packers.Put(e)
	at := len(dst)
	dst = e.EncodeAll(text, slices.Grow(dst, len(text)/2))
	return dst, float64(len(dst)-at) <= packKeep*float64(len(text))
}

// unpack returns the n bytes that pack was given.
func unpack(packed []byte, n uint64) ([]byte, error) {
	var h zstd.Header
	if err := h.Decode(packed); err != nil {
		return nil, corrupt("zstd text: %w", err)
	}
	if n > packMost || n > math.MaxInt || !h.HasFCS || h.FrameContentSize != n {
		return nil, corrupt("zstd text of %d bytes, want %d", h.FrameContentSize, n)
	}
	d := unpackers.Get().(*zstd.Decoder)
	defer unpackers.Put(d)
	// A frame may claim any size: grow with what really comes out.
	text, err := d.DecodeAll(packed, make([]byte, 0, min(n, uint64(len(packed))*64)))
	if err != nil {
		return nil, corrupt("zstd text: %w", err)
	}
	if uint64(len(text)) != n {
		return nil, corrupt("zstd text of %d bytes, want %d", len(text), n)
	}
	return text, nil
}
