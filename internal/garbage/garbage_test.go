package garbage

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"testing"
	"time"
)

func TestPercent(t *testing.T) {
	for _, c := range []struct {
		live, floor uint64
		want        int
	}{
		{0, 1 << 20, 100}, {1, 128 << 20, 3100}, {10, 0, 100}, {1 << 40, 128, 100},
		{16 << 20, 128 << 20, 700}, {63 << 20, 128 << 20, 103}, {64 << 20, 128 << 20, 100},
	} {
		if got := percent(c.live, c.floor); got != c.want {
			t.Errorf("live %d, floor %d: %d %%, want %d", c.live, c.floor, got, c.want)
		}
	}
}

// collections is how many there are while bytes of garbage are made.
func collections(bytes int) uint32 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range bytes >> 16 {
		sink = make([]byte, 64<<10)
	}
	runtime.ReadMemStats(&after)
	return after.NumGC - before.NumGC
}

var sink []byte

// While little is alive, the collector runs once for each floor of garbage.
func TestWait(t *testing.T) {
	const made, floor = 1 << 30, 128 << 20
	often := collections(made)
	stop := Wait(floor)
	runtime.GC()
	seldom := collections(made)
	t.Logf("%d collections for %d MiB of garbage, %d with a floor of %d MiB", often, made>>20, seldom, floor>>20)
	if seldom > 2*made/floor || seldom > often/4 {
		t.Errorf("%d collections, want about %d (%d without a floor)", seldom, made/floor, often)
	}
	stop()
	was := debug.SetGCPercent(100)
	debug.SetGCPercent(was)
	if was != 100 {
		t.Errorf("GOGC is %d after stop, want 100", was)
	}
}

// A heap that has grown is collected when it has doubled.
func TestWaitGrown(t *testing.T) {
	defer Wait(32 << 20)()
	kept := make([][]byte, 64)
	for i := range kept {
		kept[i] = make([]byte, 1<<20)
	}
	runtime.GC()
	for end := time.Now().Add(20 * time.Second); ; runtime.Gosched() {
		gogc := []metrics.Sample{{Name: "/gc/gogc:percent"}}
		metrics.Read(gogc)
		now := gogc[0].Value.Uint64()
		if now == 100 {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("GOGC is %d with 64 MiB alive, want 100", now)
		}
	}
	runtime.KeepAlive(kept)
}
