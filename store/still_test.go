package store

import (
	"context"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// TestCloseWhileMerging closes a shard in the midst of a merge in memory: what
// merged ends then, and does not merge the same segments for ever.
func TestCloseWhileMerging(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var s *Shard
	var once sync.Once
	closed := make(chan error, 1)
	o := Options{Registry: testRegistry(plain{}), TailRows: 1, At: func(point string) {
		if point == atMergeChosen {
			once.Do(func() {
				go func() { closed <- s.Close() }()
				for s.isOpen() {
					runtime.Gosched()
				}
			})
		}
	}}
	s = openTest(t, vfs.NewMem(), o)
	def := flights(1, 1)
	mustApply(t, s, 1, EncodeDefine(def))
	rng := rand.New(rand.NewPCG(1, 1))
	for i := range 2 * memoryWidth {
		mustApply(t, s, uint64(i+2), EncodeBatch(IdempotencyKey{}, batchOf(rng, def, 10*i, 10)))
		v, err := s.View(ctx, def.ID())
		if err != nil {
			t.Fatal(err)
		}
		v.Close()
	}
	if err := s.Tend(ctx); err == nil || ctx.Err() != nil {
		t.Errorf("work on a closed shard ended with %v", err)
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
}

func (s *Shard) isOpen() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.closed
}
