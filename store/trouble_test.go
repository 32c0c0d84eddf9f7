package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/quindex/quindex/fault"
)

var errBroken = errors.New("injected: input/output error")

// nth refuses the n-th operation from when it is armed, and then every one of
// the same kind until it is put right.
type nth struct {
	left atomic.Int64 // operations until the first refusal; 0: none
	more atomic.Bool  // later ones that write are refused too
	hit  atomic.Bool
}

func (n *nth) String() string { return "nth" }

func (n *nth) MaybeError(op errorfs.Op) error {
	if n.hit.Load() && n.more.Load() && op.Kind.ReadOrWrite() == errorfs.OpIsWrite && op.Kind != errorfs.OpFileClose {
		return syscall.ENOSPC
	}
	if n.left.Load() > 0 && n.left.Add(-1) == 0 {
		n.hit.Store(true)
		if n.more.Load() {
			return syscall.ENOSPC
		}
		return errBroken
	}
	return nil
}

func (n *nth) arm(after int, more bool) {
	n.hit.Store(false)
	n.more.Store(more)
	n.left.Store(int64(after))
}

func (n *nth) calm() bool {
	n.left.Store(0)
	return n.hit.Swap(false)
}

// TestRefusedWorkIsTriedAgain lets one operation of a flush, or a merge, after
// the other fail, once or until the disk has space again. The shard stays
// whole, holds every row, says what is wrong, and the next try succeeds and
// leaves no file behind. A crash at the moment of the error loses nothing.
func TestRefusedWorkIsTriedAgain(t *testing.T) {
	ctx, rng := context.Background(), random(t)
	jobs := map[string]func(*Shard) error{
		flushWork: func(s *Shard) error { return s.Flush(ctx) },
		mergeWork: func(s *Shard) error { return s.Merge(ctx, 1) },
		indexWork: func(s *Shard) error { return s.Reindex(ctx, 1) },
	}
	refused := map[string]int{}
	for job, try := range jobs {
		for _, full := range []bool{false, true} {
			for after := 1; after <= 40; after += 1 + rng.IntN(3) {
				what := fmt.Sprintf("%s, operation %d, full disk: %v", job, after, full)
				if refuse(t, rng, what, job, after, full, try) {
					refused[job]++
				}
			}
		}
	}
	t.Logf("refused: %v", refused)
	for job := range jobs {
		if refused[job] < 10 {
			t.Errorf("too little was refused: %v", refused)
		}
	}
}

// refuse lets an operation of a job fail, and reports whether the job did.
func refuse(t *testing.T, rng *rand.Rand, what, job string, after int, full bool, try func(*Shard) error) bool {
	ctx := context.Background()
	mem, inject := vfs.NewCrashableMem(), &nth{}
	o := crashOptions(errorfs.Wrap(mem, inject))
	s, err := Open(ctx, "shard", o)
	if err != nil {
		t.Fatal(err)
	}
	m := newModel(rand.New(rand.NewPCG(rng.Uint64(), 2)))
	steps := func(n int) {
		for range n {
			entry, want := m.next()
			m.apply(t, s, entry, want)
		}
	}
	for range 3 {
		steps(8)
		if err := s.Flush(ctx); err != nil {
			t.Fatal(err)
		}
	}
	steps(8)
	if job == indexWork && m.defs[1] != nil {
		m.defs[1] = m.flights(1, 2)
		m.log = append(m.log, EncodeDefine(m.defs[1]))
		mustApply(t, s, uint64(len(m.log)), m.log[len(m.log)-1])
	}
	if job != flushWork {
		if err := s.Flush(ctx); err != nil {
			t.Fatal(err)
		}
	}
	inject.arm(after, full)
	err = try(s)
	left := mem.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: rng.IntN(3) * 50, RNG: rng})
	if s.Broken() != nil {
		t.Fatalf("%s: broken by %v", what, s.Broken())
	}
	if err != nil {
		if all := s.Troubles(); len(all) != 1 || all[0].Tries != 1 || all[0].Work != job || !fault.Is(all[0].Err, fault.IO) {
			t.Fatalf("%s: %v; troubles %+v", what, err, all)
		}
	}
	m.check(t, what, s)
	steps(4) // writers do not notice
	inject.calm()
	for _, again := range []func() error{
		func() error { return s.Flush(ctx) },
		func() error { return s.Reindex(ctx, 1) },
		func() error { return s.Merge(ctx, 1) },
	} {
		if err := again(); err != nil {
			t.Fatalf("%s: the next try: %v", what, err)
		}
	}
	if all := s.Troubles(); len(all) > 0 {
		t.Fatalf("%s: still %+v", what, all)
	}
	m.check(t, what+", tried again", s)
	checkFolder(t, what, mem, s)
	s.Close()
	for name, fs := range map[string]*vfs.MemFS{"opened again": mem, "after a crash": left} {
		o.FS = fs
		s, err := Open(ctx, "shard", o)
		if err != nil {
			t.Fatalf("%s, %s: %v", what, name, err)
		}
		m.replay(t, s)
		m.check(t, what+", "+name, s)
		checkFolder(t, what+", "+name, fs, s)
		s.Close()
	}
	return err != nil
}

// checkFolder wants in the folder of a shard what its manifest names and no more.
func checkFolder(t *testing.T, what string, fs vfs.FS, s *Shard) {
	t.Helper()
	want := []string{manifestName}
	for _, p := range s.durable.pieces() {
		want = append(want, p.name)
	}
	have, err := fs.List("shard")
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(have)
	slices.Sort(want)
	if !slices.Equal(have, want) {
		t.Fatalf("%s: the folder holds %v, want %v", what, have, want)
	}
}

// TestBackgroundRetries fills the disk for ten minutes: the background tries
// again at growing distances, rows go on being added, and once there is space
// all is written.
func TestBackgroundRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mem, inject := vfs.NewMem(), &nth{}
		o := crashOptions(errorfs.Wrap(mem, inject))
		o.manual, o.Logger = false, slog.New(slog.DiscardHandler)
		s, err := Open(context.Background(), "shard", o)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		inject.arm(1, true)
		rng, def := rand.New(rand.NewPCG(1, 1)), flights(1, 1)
		index := uint64(1)
		mustApply(t, s, index, EncodeDefine(def))
		for minute := range 10 {
			for range 20 {
				index++
				mustApply(t, s, index, EncodeBatch(IdempotencyKey{}, batchOf(rng, def, int(index)*50, 50)))
			}
			time.Sleep(time.Minute)
			all := s.Troubles()
			if len(all) != 1 || all[0].Work != flushWork || !errors.Is(all[0].Err, syscall.ENOSPC) {
				t.Fatalf("minute %d: troubles %+v", minute, all)
			}
		}
		if n := s.Troubles()[0].Tries; n < 12 || n > 18 { // 1+2+4+...+60 s, then one a minute
			t.Fatalf("%d tries in ten minutes, want about 15", n)
		}
		if s.Counters().Flushes != 0 || s.Pressure() < o.FlushBytes {
			t.Fatalf("%+v, pressure %d", s.Counters(), s.Pressure())
		}
		inject.calm()
		time.Sleep(retryMost + time.Second)
		synctest.Wait()
		if all := s.Troubles(); len(all) > 0 || s.Counters().Flushes == 0 || s.Pressure() >= o.FlushBytes {
			t.Fatalf("with space again: troubles %+v, %+v, pressure %d", all, s.Counters(), s.Pressure())
		}
		if have := len(read(t, s, 1)); have != 200*50 {
			t.Fatalf("%d rows, want %d", have, 200*50)
		}
	})
}
