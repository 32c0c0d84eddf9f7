package cluster

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// BenchmarkPropose proposes with several clients a group and reports entries
// and bytes a second, and the latency that half and 99 % stay below.
func BenchmarkPropose(b *testing.B) {
	for _, size := range []int{256, 256 << 10} {
		for _, groups := range []int{1, 8} {
			for _, clients := range []int{1, 8, 64} {
				if clients < groups || size > 1<<10 && clients > 8 {
					continue
				}
				name := fmt.Sprintf("size=%d/groups=%d/clients=%d", size, groups, clients)
				b.Run(name, func(b *testing.B) { benchPropose(b, size, groups, clients) })
			}
		}
	}
}

func benchPropose(b *testing.B, size, groups, clients int) {
	var syncs atomic.Int64
	o := testOptions(b, b.TempDir())
	o.fs = countSyncs(&syncs)
	r := openRig(b, o)
	for _, l := range r.ledgers {
		l.forget = true
	}
	data := make([]byte, size)
	took := make([][]time.Duration, clients)
	before := syncs.Load()
	b.SetBytes(int64(size))
	var left atomic.Int64
	left.Store(int64(b.N))
	b.ResetTimer()
	var wg sync.WaitGroup
	for c := range clients {
		wg.Go(func() {
			for left.Add(-1) >= 0 {
				start := time.Now()
				if _, _, err := r.Propose(b.Context(), GroupID(1+c%groups), data); err != nil {
					b.Error(err)
					return
				}
				took[c] = append(took[c], time.Since(start))
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	all := slices.Concat(took...)
	slices.Sort(all)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "entries/s")
	b.ReportMetric(float64(all[len(all)/2].Microseconds()), "p50-us")
	b.ReportMetric(float64(all[len(all)*99/100].Microseconds()), "p99-us")
	b.ReportMetric(float64(syncs.Load()-before)/float64(b.N), "fsyncs/entry")
}
