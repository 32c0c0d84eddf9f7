package frame

import (
	"encoding/binary"
	"sync/atomic"
)

// Pages are checksums of equal pieces of a section, the last shorter: what is
// read is checked once, when it is first touched. They may be used by many at a time.
type Pages struct {
	b          []byte // the section
	crcs       []byte // one u32 a page
	first, end int    // the pages are of [first, end)
	size       int
	right      []atomic.Bool
	unsure     atomic.Int64 // how many are not known to be right
}

// CountPages returns how many pages of size bytes [first, end) has.
func CountPages(first, end, size int) int { return (end - first + size - 1) / size }

// AppendPages appends the checksums of the pages of b[first:end].
func AppendPages(dst, b []byte, first, end, size int) []byte {
	for lo := first; lo < end; lo += size {
		dst = binary.LittleEndian.AppendUint32(dst, Checksum(b[lo:min(lo+size, end)]))
	}
	return dst
}

// NewPages returns the pages of b[first:end]; crcs holds four bytes for each.
func NewPages(b, crcs []byte, first, end, size int) *Pages {
	p := &Pages{b: b, crcs: crcs, first: first, end: end, size: size, right: make([]atomic.Bool, CountPages(first, end, size))}
	p.unsure.Store(int64(len(p.right)))
	return p
}

// Right reports whether all pages were checked and are right: then Check need
// not be called.
func (p *Pages) Right() bool { return p.unsure.Load() == 0 }

// Check makes sure of the bytes [at, at+n) of the section.
func (p *Pages) Check(at, n int) error {
	if n == 0 || p.Right() {
		return nil
	}
	return p.checkBytes(at, n)
}

func (p *Pages) checkBytes(at, n int) error {
	for i := (at - p.first) / p.size; i <= (at+n-1-p.first)/p.size; i++ {
		if !p.right[i].Load() {
			if err := p.checkPage(i); err != nil {
				return err
			}
		}
	}
	return nil
}

// Wrong returns an error for each page whose checksum is wrong.
func (p *Pages) Wrong() (all []error) {
	for i := range p.right {
		if err := p.checkPage(i); err != nil {
			all = append(all, err)
		}
	}
	return all
}

func (p *Pages) checkPage(i int) error {
	lo := p.first + i*p.size
	hi := min(lo+p.size, p.end)
	if have, want := Checksum(p.b[lo:hi]), binary.LittleEndian.Uint32(p.crcs[4*i:]); have != want {
		return corrupt("crc32c of bytes [%d, %d) is %08x, want %08x", lo, hi, have, want)
	}
	if p.right[i].CompareAndSwap(false, true) {
		p.unsure.Add(-1)
	}
	return nil
}
