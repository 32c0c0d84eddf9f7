package cluster

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
)

// TestPowerLoss proposes on a log store whose file system forgets, at a
// random moment, what was not synced, or keeps a random part of it.
func TestPowerLoss(t *testing.T) {
	rng := random(t)
	for _, keep := range []int{0, 0, 30, 70} {
		t.Run(fmt.Sprintf("keep=%d%%", keep), func(t *testing.T) {
			mem := vfs.NewCrashableMem()
			o := smallLogs(t, t.TempDir())
			o.fs, o.SnapshotBytes, o.MemTableBytes = mem, 1<<30, 256<<10
			r := openRig(t, o)
			want := 50 + rng.IntN(500)
			var mu sync.Mutex
			var count int
			var crashed *vfs.MemFS
			acked := [3]map[string]uint64{{}, {}, {}}
			var wg sync.WaitGroup
			for p := range 8 {
				wg.Go(func() {
					for i := 0; ; i++ {
						g := GroupID((p + i) % 3)
						text := fmt.Sprintf("%d-%d-%s", p, i, strings.Repeat("c", (p*i)%50*60))
						index, _, err := r.Propose(t.Context(), g, []byte(text))
						if err != nil {
							t.Error(err)
							return
						}
						mu.Lock()
						if crashed != nil {
							mu.Unlock()
							return
						}
						acked[g][text] = index
						if count++; count == want { // all of acked came before this moment
							crashed = mem.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: keep, RNG: rng})
						}
						mu.Unlock()
					}
				})
			}
			wg.Wait()
			r.mustClose(t)

			o.fs = crashed // the machines have made nothing durable: all comes from the log
			r = openRig(t, o)
			for g := range acked {
				checkOnce(t, r.ledgers[g].copyLines(), acked[g])
			}
			r.mustClose(t)
		})
	}
}

// TestPowerLossDuringFirstStart loses power after each of the writes of a
// first start; the next start must come up every time.
func TestPowerLossDuringFirstStart(t *testing.T) {
	mem := vfs.NewCrashableMem()
	o := smallLogs(t, t.TempDir())
	var mu sync.Mutex
	var clones []*vfs.MemFS
	o.fs = errorfs.Wrap(mem, errorfs.InjectorFunc(func(op errorfs.Op) error {
		mu.Lock()
		defer mu.Unlock()
		if op.Kind.ReadOrWrite() == errorfs.OpIsWrite {
			clones = append(clones, mem.CrashClone(vfs.CrashCloneCfg{}))
		}
		return nil
	}))
	openRig(t, o).mustClose(t)
	t.Logf("%d moments", len(clones))
	for i, fs := range clones {
		o.fs = fs
		r, err := tryOpen(t.Context(), o)
		if err != nil {
			t.Fatalf("after write %d of %d: %v", i, len(clones), err)
		}
		r.mustPropose(t, 1, "up")
		r.mustClose(t)
	}
}
