//go:build linux || darwin

package enginetest

import (
	"syscall"
	"testing"
	"unsafe"
)

// lender gives texts memory that nobody may read after close.
type lender struct {
	t     testing.TB
	pages [][]byte
}

// text is a copy of s in memory of its own.
func (l *lender) text(s string) string {
	if s == "" {
		return ""
	}
	b, err := syscall.Mmap(-1, 0, len(s), syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		l.t.Fatalf("map %d bytes: %v", len(s), err)
	}
	copy(b, s)
	l.pages = append(l.pages, b)
	return unsafe.String(&b[0], len(b))
}

// close makes reading the texts fault. The pages stay reserved to the end of
// the process, so that nothing else comes to lie there.
func (l *lender) close() {
	for _, b := range l.pages {
		if err := syscall.Mprotect(b, syscall.PROT_NONE); err != nil {
			l.t.Fatalf("protect %d bytes: %v", len(b), err)
		}
	}
}
