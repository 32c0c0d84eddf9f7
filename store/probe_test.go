package store

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/quindex/quindex/columnar"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/keys"
	"github.com/quindex/quindex/record"
)

func keyedShard(t testing.TB, o Options) *Shard {
	t.Helper()
	o.Registry = engines.NewRegistry(columnar.Engine{}, keys.Engine{})
	s, err := Open(context.Background(), t.TempDir(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// TestLookAhead holds what is found before the lock against what is found
// under it, and lets the segments change in between.
func TestLookAhead(t *testing.T) {
	ctx := context.Background()
	for _, kind := range []record.Kind{record.Int64, record.Keyword} {
		s := keyedShard(t, Options{manual: true, TailRows: 100})
		def := accounts(kind)
		mustApply(t, s, 1, EncodeDefine(def))
		rng := rand.New(rand.NewPCG(3, 4))
		index := uint64(1)
		for round := range 12 {
			index++
			mustApply(t, s, index, EncodeBatch(IdempotencyKey{}, accountBatch(def, 400, func(int) int64 { return rng.Int64N(2000) })))
			b := accountBatch(def, 500, func(int) int64 { return rng.Int64N(2500) })
			ahead := s.lookAhead(b)
			if ahead == nil {
				t.Fatal("nothing was looked for ahead")
			}
			if round%3 == 0 { // the segments that were asked are gone
				if err := s.Flush(ctx); err != nil {
					t.Fatal(err)
				}
			}
			s.mu.Lock()
			tab := s.tables[def.ID()]
			got, err := tab.lookUp(b, ahead)
			want, err2 := tab.lookUp(b, nil)
			s.mu.Unlock()
			if err != nil || err2 != nil || !slices.Equal(got.old, want.old) || !slices.Equal(got.keys.Hashes(), want.keys.Hashes()) {
				t.Fatalf("round %d: %v %v: what was found ahead differs from what is found now", round, err, err2)
			}
			somewhere := 0
			for _, at := range got.old {
				if at.piece != nil {
					somewhere++
				}
			}
			if round > 3 && somewhere == 0 {
				t.Fatal("no key was found in a segment: the test tests nothing")
			}
		}
	}
}

// TestSealBeforeViews checks that rows which views look at are sealed before
// a view would have to wait for it, and others are left open.
func TestSealBeforeViews(t *testing.T) {
	ctx := context.Background()
	s := keyedShard(t, Options{manual: true})
	def := accounts(record.Int64)
	mustApply(t, s, 1, EncodeDefine(def))
	index := uint64(1)
	write := func(n int) {
		t.Helper()
		index++
		mustApply(t, s, index, EncodeBatch(IdempotencyKey{}, accountBatch(def, n, func(i int) int64 { return int64(index)*10_000 + int64(i) })))
		if err := s.Tend(ctx); err != nil {
			t.Fatal(err)
		}
	}
	look := func() {
		t.Helper()
		v, err := s.View(ctx, def.ID())
		if err != nil {
			t.Fatal(err)
		}
		v.Close()
	}
	write(900)
	if n := s.Counters().Seals; n != 0 {
		t.Fatalf("%d seals of rows that nobody looked at, want none", n)
	}
	look()
	write(50)
	if n := s.Counters().Seals; n != 1 {
		t.Fatalf("%d seals of 950 rows that a view holds, want 1", n)
	}
	write(500)
	look()
	if n := s.Counters().Seals; n != 1 {
		t.Errorf("%d seals, want 1: 500 rows fit into a view", n)
	}
}

// TestUpsertsBesideTheBackground applies upserts while views are read and
// everything else goes on: at any time each key has one row.
func TestUpsertsBesideTheBackground(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	s := keyedShard(t, Options{SealRows: 400, FlushBytes: 40 << 10, MergeWidth: 2, TailRows: 200})
	def := accounts(record.Keyword)
	mustApply(t, s, 1, EncodeDefine(def))
	const keyCount = 3000
	mustApply(t, s, 2, EncodeBatch(IdempotencyKey{}, accountBatch(def, keyCount, func(i int) int64 { return int64(i) })))
	looked := make(chan error, 1)
	go func() {
		for ctx.Err() == nil {
			v, err := s.View(context.Background(), def.ID())
			if err != nil {
				looked <- err
				return
			}
			live := 0
			for _, p := range v.Parts {
				live += p.Live.Len()
			}
			v.Close()
			if live != keyCount {
				looked <- fmt.Errorf("a view has %d rows, want %d", live, keyCount)
				return
			}
		}
		looked <- nil
	}()
	rng := rand.New(rand.NewPCG(7, 8))
	done := func(c Counters) bool { return c.Flushes > 2 && c.Seals > 2 && c.MemoryMerges+c.Merges > 2 }
	for index := uint64(3); index < 200 || index < 100_000 && !done(s.Counters()); index++ {
		mustApply(t, s, index, EncodeBatch(IdempotencyKey{}, accountBatch(def, 100, func(int) int64 { return rng.Int64N(keyCount) })))
	}
	stop()
	if err := <-looked; err != nil {
		t.Error(err)
	}
	if c := s.Counters(); !done(c) {
		t.Errorf("the background did too little: %+v", c)
	}
}
