package cluster

import (
	"fmt"
	"sync/atomic"
	"time"

	"github.com/quindex/quindex/fault"
)

// guardInterval is how long a measurement of free space counts. At 1 GB/s it
// is a quarter of the default reserve.
const guardInterval = 50 * time.Millisecond

// diskGuard refuses writes while the disk is nearly full: Pebble cannot go on
// after a commit that found no space.
type diskGuard struct {
	dir     string
	reserve int64
	free    func(dir string) (int64, error)
	next    atomic.Int64 // when to measure again, nanoseconds since 1970; a clock that was put back says so at once
	left    atomic.Int64
}

// newDiskGuard returns a guard that asks free, or (nil) the disk.
func newDiskGuard(dir string, reserve int64, free func(string) (int64, error)) *diskGuard {
	if free == nil {
		free = freeBytes
	}
	d := &diskGuard{dir: dir, reserve: reserve, free: free}
	d.measure()
	return d
}

// measure notes the free space; when it cannot be known, writes go ahead.
func (d *diskGuard) measure() {
	left, err := d.free(d.dir)
	if err != nil {
		left = d.reserve
	}
	d.left.Store(left)
}

// check returns an error of kind Overload when less than the reserve is free.
func (d *diskGuard) check() error {
	if d.reserve < 0 {
		return nil
	}
	now, next := time.Now().UnixNano(), d.next.Load()
	if (now >= next || now < next-int64(guardInterval)) && d.next.CompareAndSwap(next, now+int64(guardInterval)) {
		d.measure()
	}
	left := d.left.Load()
	if left >= d.reserve {
		return nil
	}
	return fault.E("cluster: propose", fault.Overload, fault.Code("53100"), fault.Item(d.dir),
		fault.Hint("free some disk space; writes go on by themselves"),
		fmt.Errorf("%d bytes are free on the disk, wanted at least %d", left, d.reserve))
}
