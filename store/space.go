package store

import (
	"fmt"
	"syscall"

	"github.com/quindex/quindex/fault"
)

// A merge writes its rows a second time before the first ones go. The log, and
// flushes, by which the log becomes shorter, need the last of the disk more:
// writes are refused before it is full, and a merge would fill it all the same.

// leaveRoom refuses a merge that would leave less than Options.DiskLeft free. It
// is tried again, as whatever the disk refuses is.
func (s *Shard) leaveRoom(r *rebuild) error {
	if s.opts.DiskLeft <= 0 {
		return nil
	}
	disk, err := s.fs.GetDiskUsage(s.dir)
	if err != nil {
		return nil // who does not know goes ahead
	}
	need := r.bytes()
	if disk.AvailBytes >= uint64(need)+uint64(s.opts.DiskLeft) {
		return nil
	}
	return fault.E("store: merge", fault.IO, fault.Item(s.dir), fault.Hint("free some disk space; merges go on by themselves"),
		fmt.Errorf("%w: %d bytes are free on the disk, wanted about %d for the merge and %d besides", syscall.ENOSPC, disk.AvailBytes, need, s.opts.DiskLeft))
}

// bytes is about how much the rows take that are kept.
func (r *rebuild) bytes() (n int64) {
	for i, p := range r.from {
		if rows := int64(p.seg.Rows()); rows > 0 {
			n += int64(float64(p.seg.Bytes()) * float64(rows-int64(r.dead[i].Len())) / float64(rows))
		}
	}
	return n
}
