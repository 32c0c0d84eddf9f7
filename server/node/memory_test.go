package node

import (
	"math"
	"testing"
)

func TestFitMemory(t *testing.T) {
	f := func(limit int64, have Options, query, server, dirty, seal int64) {
		t.Helper()
		have.fitMemory(limit)
		if have.QueryMemory != query || have.ServerMemory != server || have.DirtyBytes != dirty || have.Store.SealBytes != seal || have.Store.FlushBytes > dirty {
			t.Errorf("limit %d: query %d, server %d, dirty %d, seal %d, flush %d", limit, have.QueryMemory, have.ServerMemory, have.DirtyBytes, have.Store.SealBytes, have.Store.FlushBytes)
		}
	}
	f(math.MaxInt64, Options{}, 1<<30, 4<<30, 64<<20, 16<<20)
	f(0, Options{}, 1<<30, 4<<30, 64<<20, 16<<20)
	f(16<<30, Options{}, 1<<30, 4<<30, 64<<20, 16<<20)
	f(512<<20, Options{}, 256<<20, 256<<20, 16<<20, 8<<20)
	f(512<<20, Options{QueryMemory: 7, DirtyBytes: 9 << 20}, 7, 256<<20, 9<<20, 8<<20)
	f(8<<20, Options{}, 4<<20, 4<<20, 1<<20, 1<<20)
}
