package frame

import (
	"encoding/binary"
	"unsafe"
)

var littleEndian = binary.NativeEndian.Uint16([]byte{1, 0}) == 1

// Numbers are what View makes of bytes.
type Numbers interface {
	~uint32 | ~uint64 | ~int32 | ~int64 | ~float32 | ~float64
}

// View returns the first n numbers of b: b itself where the machine and its
// place in memory allow it, else a copy.
func View[T Numbers](b []byte, n int) []T {
	if n == 0 {
		return nil
	}
	var zero T
	size := int(unsafe.Sizeof(zero))
	b = b[:n*size]
	if littleEndian && uintptr(unsafe.Pointer(&b[0]))%unsafe.Alignof(zero) == 0 {
		return unsafe.Slice((*T)(unsafe.Pointer(&b[0])), n)
	}
	return copied[T](b, n, size, littleEndian)
}

// copied copies numbers byte by byte, turned around where the machine wants it.
func copied[T Numbers](b []byte, n, size int, asIs bool) []T {
	out := make([]T, n)
	to := unsafe.Slice((*byte)(unsafe.Pointer(&out[0])), len(b))
	copy(to, b)
	if asIs {
		return out
	}
	for i := 0; i < len(to); i += size {
		for j := range size / 2 {
			to[i+j], to[i+size-1-j] = to[i+size-1-j], to[i+j]
		}
	}
	return out
}

// Bytes returns numbers as they lie in a section; on a little-endian machine
// that is their own memory.
func Bytes[T Numbers](nums []T) []byte {
	if len(nums) == 0 {
		return nil
	}
	size := int(unsafe.Sizeof(nums[0]))
	own := unsafe.Slice((*byte)(unsafe.Pointer(&nums[0])), len(nums)*size)
	if littleEndian {
		return own
	}
	out := copied[T](own, len(nums), size, false)
	return unsafe.Slice((*byte)(unsafe.Pointer(&out[0])), len(own))
}
