package store

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/quindex/quindex/columnar"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/segment"
)

// crasher is a file system that notes what a crash before its n-th operation
// would leave of it.
type crasher struct {
	mem     *vfs.MemFS
	at, ops int
	percent int
	rng     *rand.Rand
	flushed func() uint64 // what must have survived

	left     *vfs.MemFS
	survived uint64
}

func (c *crasher) MaybeError(op errorfs.Op) error {
	c.ops++
	if c.ops == c.at {
		c.survived = c.flushed()
		c.left = c.mem.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: c.percent, RNG: c.rng})
	}
	return nil
}

func (c *crasher) String() string { return "crash" }

// work applies entries and makes them durable, merges, and moves a snapshot;
// the same for a seed. acked is called with each index that was made durable.
func work(t *testing.T, fs vfs.FS, seed uint64, acked func(uint64), failing bool) *model {
	rng := rand.New(rand.NewPCG(seed, 2))
	m := newModel(rng)
	ctx := context.Background()
	s, err := Open(ctx, "shard", crashOptions(fs))
	if err != nil {
		if !failing {
			t.Fatal(err)
		}
		return m
	}
	defer s.Close()
	acked(s.Applied())
	for range 120 {
		entry, _ := m.next()
		if _, err, broken := s.Apply(uint64(len(m.log)), entry); broken != nil && failing {
			return m
		} else if err != nil && !m.refused[len(m.log)-1] || broken != nil {
			t.Fatalf("entry %d: %v, %v", len(m.log), err, broken)
		}
		var err error
		switch rng.IntN(15) {
		case 0:
			if err = s.Flush(ctx); err == nil {
				acked(s.Applied())
			}
		case 1:
			err = s.tendMemory(ctx)
		case 2:
			err = s.tendDisk(ctx)
		case 3:
			err = s.Merge(ctx, []record.TableID{1, 3, 10}[rng.IntN(3)])
		}
		if err != nil && !failing {
			t.Fatal(err)
		}
	}
	m.check(t, "at the end", s)
	return m
}

func crashOptions(fs vfs.FS) Options {
	quiet := slog.New(slog.DiscardHandler)
	return Options{FS: fs, Registry: testRegistry(plain{}), Logger: quiet, TailRows: 30, SealRows: 200, SegmentRows: 1500,
		MergeWidth: 2, FlushBytes: 10 << 10, manual: true}
}

// TestCrash stops the world before any file operation, drops what was not
// synced, opens the shard, replays the log, and wants every row once.
func TestCrash(t *testing.T) {
	rng := random(t)
	for round := range 40 {
		seed := rng.Uint64()
		c := &crasher{at: 1 + rng.IntN(1500), percent: rng.IntN(3) * 50, rng: rand.New(rand.NewPCG(seed, 3))}
		c.mem = vfs.NewCrashableMem()
		durable := uint64(0)
		c.flushed = func() uint64 { return durable }
		m := work(t, errorfs.Wrap(c.mem, c), seed, func(i uint64) { durable = i }, false)
		if c.left == nil {
			continue // it was over before
		}
		what := fmt.Sprintf("round %d, crash before operation %d of %d, %d%% unsynced", round, c.at, c.ops, c.percent)
		s, err := Open(context.Background(), "shard", crashOptions(c.left))
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if s.Applied() < c.survived {
			t.Fatalf("%s: entry %d survived, want %d", what, s.Applied(), c.survived)
		}
		m.replay(t, s)
		m.check(t, what, s)
		if n, want := len(folders(t, c.left)), len(s.durable.pieces()); n != want {
			t.Fatalf("%s: %d folders, want %d", what, n, want)
		}
		s.Close()
	}
}

// TestDiskErrors lets one operation after the other fail: what the shard shows
// then, and after it was opened again, is right, or there is an error.
func TestDiskErrors(t *testing.T) {
	rng := random(t)
	seed := rng.Uint64()
	count := &crasher{}
	work(t, errorfs.Wrap(vfs.NewMem(), count), seed, func(uint64) {}, false)
	for range 40 {
		at := rng.IntN(count.ops)
		mem := vfs.NewMem()
		inject := errorfs.OnIndex(int32(at))
		m := work(t, errorfs.Wrap(mem, inject), seed, func(uint64) {}, true)
		what := fmt.Sprint("error at operation ", at)
		s, err := Open(context.Background(), "shard", crashOptions(mem))
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		m.replay(t, s)
		m.check(t, what, s)
		s.Close()
	}
}

// TestMissingAndDamaged wants errors that name the file and say what to do.
func TestMissingAndDamaged(t *testing.T) {
	build := func() *vfs.MemFS {
		fs := vfs.NewMem()
		s := openTest(t, fs, Options{})
		def := flights(1, 1)
		mustApply(t, s, 1, EncodeDefine(def))
		mustApply(t, s, 2, EncodeBatch(IdempotencyKey{}, batchOf(rand.New(rand.NewPCG(1, 1)), def, 0, 100)))
		if err := s.Flush(context.Background()); err != nil {
			t.Fatal(err)
		}
		s.Close()
		return fs
	}
	f := func(what, wantName string, damage func(fs *vfs.MemFS, dir string)) {
		t.Helper()
		fs := build()
		damage(fs, "shard/"+folders(t, fs)[0])
		s, err := Open(context.Background(), "shard", Options{FS: fs, Registry: testRegistry(plain{}), manual: true})
		if err == nil {
			s.Close()
			t.Fatalf("%s: opened", what)
		}
		if !strings.Contains(err.Error(), wantName) || hint(err) == "" {
			t.Errorf("%s: %v (hint %q), want %s named", what, err, hint(err), wantName)
		}
	}
	flip := func(path string, at int) func(fs *vfs.MemFS, dir string) {
		return func(fs *vfs.MemFS, dir string) {
			p := strings.ReplaceAll(path, "DIR", dir)
			data, err := segment.ReadFile(fs, p)
			if err != nil {
				t.Fatal(err)
			}
			data[(at+len(data))%len(data)] ^= 0x40
			if err := segment.WriteFile(fs, p, data); err != nil {
				t.Fatal(err)
			}
		}
	}
	f("no manifest", "MANIFEST", func(fs *vfs.MemFS, dir string) { fs.Remove("shard/MANIFEST") })
	f("no segment", "meta", func(fs *vfs.MemFS, dir string) { fs.RemoveAll(dir) })
	f("no pack", "segment.pack", func(fs *vfs.MemFS, dir string) { fs.Remove(dir + "/segment.pack") })
	for _, at := range []int{0, 9, 13, 40, -1} {
		f("manifest damaged", "MANIFEST", flip("shard/MANIFEST", at))
		f("meta damaged", "meta", flip("DIR/meta", at))
	}
	f("pack damaged", "segment.pack", flip("DIR/segment.pack", 200))
}

// TestBackground runs the real thing on a real disk: writers, readers and the
// background together, and leaves neither goroutines nor mappings.
func TestBackground(t *testing.T) {
	rng := random(t)
	goroutines, mappings := runtime.NumGoroutine(), segment.Mappings()
	dir := t.TempDir()
	o := Options{Registry: testRegistry(columnar.Engine{}), TailRows: 100, SealRows: 500, SegmentRows: 5000, MergeWidth: 2, FlushBytes: 30 << 10}
	s, err := Open(context.Background(), dir, o)
	if err != nil {
		t.Fatal(err)
	}
	m := newModel(rng)
	stop, done := make(chan struct{}), make(chan int)
	for range 2 {
		go func() {
			n := 0
			for {
				select {
				case <-stop:
					done <- n
					return
				default:
				}
				if v, err := s.View(context.Background(), 1); err == nil {
					readView(t, v)
					v.Close()
				}
				n++
			}
		}()
	}
	for range 300 {
		entry, want := m.next()
		m.apply(t, s, entry, want)
	}
	deadline := time.Now().Add(20 * time.Second)
	for s.Counters().Flushes == 0 && time.Now().Before(deadline) {
		runtime.Gosched()
	}
	close(stop)
	t.Log(<-done, <-done, "views", fmt.Sprintf("%+v", s.Counters()))
	m.check(t, "at the end", s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = Open(context.Background(), dir, o); err != nil {
		t.Fatal(err)
	}
	m.replay(t, s)
	m.check(t, "opened again", s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if n := segment.Mappings(); n != mappings {
		t.Errorf("%d mappings, want %d", n, mappings)
	}
	for runtime.NumGoroutine() > goroutines && time.Now().Before(deadline) {
		runtime.Gosched()
	}
	if n := runtime.NumGoroutine(); n > goroutines {
		t.Errorf("%d goroutines, want %d", n, goroutines)
	}
}

// TestPressureFalls fills many tables a little each: together they are more
// than FlushBytes, though none is due by itself, and the background writes them.
func TestPressureFalls(t *testing.T) {
	s, err := Open(context.Background(), "shard", Options{FS: vfs.NewMem(), Registry: testRegistry(columnar.Engine{}), FlushBytes: 64 << 10})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	rng := rand.New(rand.NewPCG(5, 6))
	index, n := uint64(0), 0
	apply := func(entry []byte) {
		index++
		mustApply(t, s, index, entry)
	}
	for id := range record.TableID(9) {
		apply(EncodeDefine(flights(id+1, 1)))
	}
	for i := range 300 {
		def := flights(record.TableID(i%9+1), 1)
		apply(EncodeBatch(IdempotencyKey{}, batchOf(rng, def, n, 5)))
		n += 5
		for deadline := time.Now().Add(20 * time.Second); s.Pressure() >= 64<<10; runtime.Gosched() {
			if time.Now().After(deadline) {
				t.Fatalf("pressure stays at %d: %+v", s.Pressure(), s.Counters())
			}
		}
	}
	if s.Counters().Flushes == 0 {
		t.Fatalf("no flush: %+v", s.Counters())
	}
}

// TestTrickle alternates single rows and reads: few segments are built, and
// what is read is never copied twice.
func TestTrickle(t *testing.T) {
	s, err := Open(context.Background(), "shard", Options{FS: vfs.NewMem(), Registry: testRegistry(columnar.Engine{})})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	rng := rand.New(rand.NewPCG(5, 6))
	def := flights(1, 1)
	mustApply(t, s, 1, EncodeDefine(def))
	const n = 10_000
	for i := range n {
		mustApply(t, s, uint64(i+2), EncodeBatch(IdempotencyKey{}, batchOf(rng, def, i, 1)))
		v, err := s.View(context.Background(), 1)
		if err != nil {
			t.Fatal(err)
		}
		rows := 0
		for _, p := range v.Parts {
			rows += p.Rows
			if p.Open && p.Rows > 1024 {
				t.Fatalf("%d open rows in a view", p.Rows)
			}
		}
		if rows != i+1 {
			t.Fatalf("%d rows, want %d", rows, i+1)
		}
		if len(v.Parts) > 12 {
			t.Fatalf("%d parts after %d rows", len(v.Parts), i+1)
		}
		v.Close()
	}
	c := s.Counters()
	if built := c.Seals + c.MemoryMerges; built > 20 {
		t.Errorf("%d segments built for %d rows one by one: %+v", built, n, c)
	}
}
