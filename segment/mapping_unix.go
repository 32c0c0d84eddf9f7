//go:build linux || darwin

package segment

import "syscall"

// mapFile maps size bytes of an open file, which may be closed afterwards.
func mapFile(fd uintptr, size int) ([]byte, error) {
	return syscall.Mmap(int(fd), 0, size, syscall.PROT_READ, syscall.MAP_SHARED)
}

func unmap(b []byte) error { return syscall.Munmap(b) }

const canMap = true
