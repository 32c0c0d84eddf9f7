package store

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/quindex/quindex/fault"
)

// smallDisk is a disk with so many bytes free.
type smallDisk struct {
	vfs.FS
	free uint64
}

func (d *smallDisk) GetDiskUsage(string) (vfs.DiskUsage, error) {
	return vfs.DiskUsage{AvailBytes: d.free}, nil
}

// TestMergesLeaveRoom merges on a disk that is nearly full: what would take the
// log's share is refused, tried again and done when there is space, and what
// lets rows go that are dead is done at once. Flushes go on.
func TestMergesLeaveRoom(t *testing.T) {
	ctx, rng := context.Background(), rand.New(rand.NewPCG(1, 1))
	disk := &smallDisk{FS: vfs.NewMem(), free: 1 << 40}
	o := crashOptions(disk)
	o.DiskLeft = 1000
	s, err := Open(ctx, "shard", o)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	def := flights(1, 1)
	mustApply(t, s, 1, EncodeDefine(def))
	index := uint64(1)
	add := func(n int) {
		t.Helper()
		for range n {
			index++
			mustApply(t, s, index, EncodeBatch(IdempotencyKey{}, batchOf(rng, def, int(index)*50, 50)))
			if err := s.Flush(ctx); err != nil {
				t.Fatal(err)
			}
		}
	}
	disk.free = 999 // flushes ask nobody
	add(3)
	bytes := int64(0)
	for _, p := range s.tables[1].pieces {
		bytes += p.seg.Bytes()
	}
	disk.free = uint64(bytes) + 999
	err = s.Merge(ctx, 1)
	if !fault.Is(err, fault.IO) || !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "1000 besides") || s.Broken() != nil {
		t.Fatalf("a merge that takes what is to be left: %v, broken by %v", err, s.Broken())
	}
	if all := s.Troubles(); len(all) != 1 || all[0].Work != mergeWork {
		t.Fatalf("troubles %+v", all)
	}
	disk.free++
	if err := s.Merge(ctx, 1); err != nil {
		t.Fatal(err)
	}
	if n := len(s.tables[1].pieces); n != 1 || len(s.Troubles()) > 0 {
		t.Fatalf("%d segments, troubles %+v", n, s.Troubles())
	}
	add(1)
	var ids []uint64
	for id := range s.nextRow - 1 {
		ids = append(ids, 1+id)
	}
	index++
	mustApply(t, s, index, EncodeChange(IdempotencyKey{}, 1, ids, nil))
	disk.free = 1000
	if err := s.Merge(ctx, 1); err != nil {
		t.Fatalf("a merge that writes nothing: %v", err)
	}
	if n := len(s.tables[1].pieces); n != 0 {
		t.Fatalf("%d segments, want none", n)
	}
}
