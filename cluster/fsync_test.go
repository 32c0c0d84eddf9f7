package cluster

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
)

// countSyncs is a file system that counts fsyncs, those of recycled files too.
func countSyncs(n *atomic.Int64) vfs.FS {
	inject := errorfs.InjectorFunc(func(op errorfs.Op) error {
		if op.Kind == errorfs.OpFileSync || op.Kind == errorfs.OpFileSyncData {
			n.Add(1)
		}
		return nil
	})
	return reusing{errorfs.Wrap(vfs.Default, inject), inject}
}

// reusing also wraps files that are written anew, which errorfs forgets.
type reusing struct {
	vfs.FS
	inject errorfs.Injector
}

func (r reusing) ReuseForWrite(from, to string, c vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := r.FS.ReuseForWrite(from, to, c)
	if err != nil {
		return nil, err
	}
	return errorfs.WrapFile(f, r.inject), nil
}

// TestGroupsShareFsyncs commits from eight groups at once: fewer fsyncs than
// commits, and never an acknowledgement without one.
func TestGroupsShareFsyncs(t *testing.T) {
	var syncs atomic.Int64
	o := testOptions(t, t.TempDir())
	o.fs = countSyncs(&syncs)
	r := openRig(t, o)
	const each = 100
	before := syncs.Load()
	var wg sync.WaitGroup
	for g := range GroupID(8) {
		wg.Go(func() {
			for range each {
				r.mustPropose(t, g+1, "entry")
			}
		})
	}
	wg.Wait()
	shared := syncs.Load() - before
	t.Logf("%d commits, %d fsyncs", 8*each, shared)
	if shared >= 8*each || shared < each {
		t.Errorf("%d fsyncs for %d commits of 8 groups, wanted fewer, and at least %d", shared, 8*each, each)
	}

	before = syncs.Load()
	for range each { // alone, every commit waits for its own
		r.mustPropose(t, 1, "entry")
	}
	if alone := syncs.Load() - before; alone < each {
		t.Errorf("%d fsyncs for %d commits one after the other", alone, each)
	}
}
