// Package garbage lets the collector wait while the heap is small.
//
// Go collects when the heap has doubled. A server with 20 MB that are alive
// would collect several times a second while rows come, each time taking a
// core for milliseconds from statements that could be answered in one. With
// memory to spare it may as well wait: `quindex bench history` had 280
// collections in 30 s, and every hundredth statement waited for one.
package garbage

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync/atomic"
)

// leastHeap is what the heap grows to before a collection at GOGC=100, however
// little is alive; it goes with GOGC (runtime: heapMinimum).
const leastHeap = 4 << 20

// Wait makes the collector wait until the heap has floor bytes or, as always,
// has doubled, whichever is more. It sets GOGC of the process after each
// collection, so one caller, a command, may use it; a memory limit (GOMEMLIMIT)
// goes first as ever. stop puts back what was set before.
func Wait(floor int64) (stop func()) {
	k := &keeper{floor: uint64(max(0, floor)), before: debug.SetGCPercent(100)}
	k.fit()
	k.watch()
	return func() {
		k.stopped.Store(true)
		debug.SetGCPercent(k.before)
	}
}

// keeper fits GOGC to what lived through the newest collection.
type keeper struct {
	floor   uint64
	before  int
	stopped atomic.Bool
}

// watch calls fit after the next collection, and again after each.
func (k *keeper) watch() {
	type canary struct{ _ *canary } // a pointer keeps it out of the allocator's shared blocks
	runtime.AddCleanup(new(canary), func(k *keeper) {
		if k.stopped.Load() {
			return
		}
		k.fit()
		k.watch()
	}, k)
}

func (k *keeper) fit() {
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	debug.SetGCPercent(percent(live[0].Value.Uint64(), k.floor))
}

// percent is the GOGC with which a heap of live bytes grows to floor.
func percent(live, floor uint64) int {
	live = max(live, leastHeap)
	if live >= floor/2 {
		return 100
	}
	return int(min(floor*100/leastHeap, (floor-live)*100/live))
}
