package enginetest

import "unsafe"

// Aligned returns a copy of b that begins at a multiple of 64, as a mapping would.
func Aligned(b []byte) []byte {
	mem := make([]byte, len(b)+64)
	skip := int(-uintptr(unsafe.Pointer(unsafe.SliceData(mem))) & 63)
	return append(mem[skip:skip:skip+len(b)], b...)
}
