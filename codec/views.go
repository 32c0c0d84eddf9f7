package codec

import (
	"encoding/binary"
	"unsafe"
)

// Bytes on disk are little-endian. On such a machine a block is a view of the
// section; on a big-endian one, and where the memory is not aligned, a copy.

var littleEndian = binary.NativeEndian.Uint16([]byte{1, 0}) == 1

type number interface {
	~uint8 | ~uint16 | ~uint32 | ~uint64 | ~int64 | ~float64
}

// view returns the first n numbers of b; len(b) was checked by the caller.
func view[T number](b []byte, n int) []T {
	if n == 0 {
		return nil
	}
	size := int(unsafe.Sizeof(T(0)))
	p := unsafe.Pointer(&b[:n*size][0])
	if littleEndian && uintptr(p)%uintptr(size) == 0 {
		return unsafe.Slice((*T)(p), n)
	}
	out := make([]T, n)
	copy(rawBytes(out), b)
	if !littleEndian {
		swap(out)
	}
	return out
}

// appendNumbers appends v, little-endian.
func appendNumbers[T number](dst []byte, v []T) []byte {
	if len(v) == 0 {
		return dst
	}
	at := len(dst)
	dst = append(dst, rawBytes(v)...)
	if !littleEndian {
		size := int(unsafe.Sizeof(v[0]))
		for i := at; i < len(dst); i += size {
			reverse(dst[i : i+size])
		}
	}
	return dst
}

// rawBytes is the memory of v.
func rawBytes[T number](v []T) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(&v[0])), len(v)*int(unsafe.Sizeof(v[0])))
}

func swap[T number](v []T) {
	b, size := rawBytes(v), int(unsafe.Sizeof(v[0]))
	for i := 0; i < len(b); i += size {
		reverse(b[i : i+size])
	}
}

func reverse(b []byte) {
	for i, j := 0, len(b)-1; i < j; i, j = i+1, j-1 {
		b[i], b[j] = b[j], b[i]
	}
}

// Align is the alignment of blocks in a section, and of the parts of a block.
const Align = 64

// Pad appends zeros up to the next multiple of Align.
func Pad(dst []byte) []byte {
	for len(dst)%Align != 0 {
		dst = append(dst, 0)
	}
	return dst
}

func padded(n int) int { return (n + Align - 1) &^ (Align - 1) }

// AppendWords appends v, little-endian.
func AppendWords(dst []byte, v []uint64) []byte { return appendNumbers(dst, v) }

// ViewWords returns the first n words of b, which holds at least so many; it shares
// b's memory where the machine allows.
func ViewWords(b []byte, n int) []uint64 { return view[uint64](b, n) }
