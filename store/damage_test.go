package store

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/quindex/quindex/columnar"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/segment"
)

// damagedShard is a shard on a real disk with three segments, the second cut
// short while it is mapped.
func damagedShard(t *testing.T) (s *Shard, dir string) {
	ctx, dir := context.Background(), t.TempDir()
	s, err := Open(ctx, dir, Options{Registry: testRegistry(columnar.Engine{}), Logger: slog.New(slog.DiscardHandler), manual: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	rng := rand.New(rand.NewPCG(1, 1))
	def := flights(1, 1)
	mustApply(t, s, 1, EncodeDefine(def))
	for i := range 3 {
		mustApply(t, s, uint64(i+2), EncodeBatch(IdempotencyKey{}, batchOf(rng, def, i*20_000, 20_000)))
		if err := s.Flush(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Verify(ctx); err != nil {
		t.Fatal(err)
	}
	packs, err := filepath.Glob(filepath.Join(dir, "seg-*", "segment.pack"))
	if err != nil || len(packs) != 3 {
		t.Fatalf("packs %v, %v, want 3", packs, err)
	}
	if err := os.Truncate(packs[1], 4096); err != nil {
		t.Fatal(err)
	}
	return s, dir
}

// TestTruncatedUnderMerge cuts a mapped file short on a real disk: the merge
// that reads it gives an error, the shard knows which segment is damaged and
// leaves it alone, and all the rest goes on.
func TestTruncatedUnderMerge(t *testing.T) {
	ctx := context.Background()
	s, dir := damagedShard(t)
	if err := s.Merge(ctx, 1); !fault.Is(err, fault.Corrupt) || !strings.Contains(err.Error(), "seg-") {
		t.Fatalf("merge: %v, want corrupt with the segment's name", err)
	}
	d := s.Damages()
	if s.Broken() != nil || len(d) != 1 || !strings.Contains(d[0].Err.Error(), filepath.Join(dir, d[0].Segment)) {
		t.Fatalf("broken %v, damages %+v", s.Broken(), d)
	}
	if err := s.Merge(ctx, 1); err != nil {
		t.Fatalf("merge around it: %v", err)
	}
	if all := s.Troubles(); len(all) > 0 {
		t.Fatalf("troubles %+v", all)
	}
	mustApply(t, s, 9, EncodeDrop(77))
	if _, err := s.Link(t.TempDir()); !fault.Is(err, fault.Corrupt) || hint(err) == "" {
		t.Fatalf("link: %v, want corrupt with a hint", err) // the log must stay
	}
	v, err := s.View(ctx, 1) // what can be read still can
	if err != nil {
		t.Fatal(err)
	}
	if c, err := whole(v.Parts[0].Columns, 1); err != nil || c.N != 20_000 {
		t.Fatalf("a sound segment: %v", err)
	}
	v.Close()
	mustApply(t, s, 10, EncodeTruncate(1)) // with its rows the damage goes
	if err := s.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Link(t.TempDir()); err != nil || s.Damaged() != nil {
		t.Fatalf("link: %v, damaged: %v", err, s.Damaged())
	}
}

// TestVerifyNotesDamage flips a byte in the midst of a segment: opening the
// shard does not notice, Verify does, and the next start knows.
func TestVerifyNotesDamage(t *testing.T) {
	ctx, fs := context.Background(), vfs.NewMem()
	o := Options{Registry: testRegistry(columnar.Engine{})}
	s := openTest(t, fs, o)
	def := flights(1, 1)
	mustApply(t, s, 1, EncodeDefine(def))
	mustApply(t, s, 2, EncodeBatch(IdempotencyKey{}, batchOf(rand.New(rand.NewPCG(1, 1)), def, 0, 20_000)))
	if _, err := s.Link(mustDir(t, fs, "link")); err != nil { // flushes, and reads what it wrote
		t.Fatal(err)
	}
	s.Close()
	path := "shard/" + folders(t, fs)[0] + "/segment.pack"
	flip := func() {
		data, err := segment.ReadFile(fs, path)
		if err != nil {
			t.Fatal(err)
		}
		data[5000] ^= 4
		if err := segment.WriteFile(fs, path, data); err != nil {
			t.Fatal(err)
		}
	}
	flip()
	s = openTest(t, fs, o)
	if s.Damaged() != nil {
		t.Fatalf("damaged before anybody looked: %v", s.Damaged())
	}
	if err := s.Verify(ctx); !fault.Is(err, fault.Corrupt) || !strings.Contains(err.Error(), path) {
		t.Fatalf("verify: %v, want %s named", err, path)
	}
	if _, err := s.Link(mustDir(t, fs, "link2")); !fault.Is(err, fault.Corrupt) {
		t.Fatalf("link: %v, want corrupt", err)
	}
	s.Close()
	s = openTest(t, fs, o)
	if err := s.Damaged(); !fault.Is(err, fault.Corrupt) || !strings.Contains(err.Error(), path) {
		t.Fatalf("opened again: %v, want %s named", err, path)
	}
	if n, _ := fs.List("shard"); !slices.Contains(n, damagedName) {
		t.Fatalf("no note in %v", n)
	}
	s.Close()
	flip() // the operator has put the file back
	s = openTest(t, fs, o)
	defer s.Close()
	if s.Damaged() != nil {
		t.Fatalf("put right: %v", s.Damaged())
	}
	checkFolder(t, "put right", fs, s)
}

func mustDir(t *testing.T, fs vfs.FS, dir string) string {
	if err := fs.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// folderSyncs refuses to sync a folder while it is set, but for so many times.
type folderSyncs struct {
	refused atomic.Bool
	but     atomic.Int32
}

func (f *folderSyncs) String() string { return "folder syncs" }

func (f *folderSyncs) MaybeError(op errorfs.Op) error {
	if f.refused.Load() && op.Kind == errorfs.OpFileSync && op.Path == "shard" && f.but.Add(-1) < 0 {
		return errBroken
	}
	return nil
}

// TestNoteTakesSyncErrors lets the sync of the shard's folder fail that the note
// of damage needs, amid a flush: a disk says once that it has lost names, so the
// sync that comes after it proves nothing, and the flush has to be made again.
func TestNoteTakesSyncErrors(t *testing.T) {
	ctx, inject := context.Background(), &folderSyncs{}
	mem := vfs.NewCrashableMem()
	o := crashOptions(errorfs.Wrap(mem, inject))
	var s *Shard
	once := true
	o.At = func(point string) {
		if point != atFlushWritten || !once {
			return
		}
		once = false
		s.mu.Lock()
		s.spoilt = errBroken
		s.mu.Unlock()
		inject.refused.Store(true)
		s.noteDamages()
		inject.refused.Store(false)
	}
	s, err := Open(ctx, "shard", o)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	def := flights(1, 1)
	mustApply(t, s, 1, EncodeDefine(def))
	mustApply(t, s, 2, EncodeBatch(IdempotencyKey{}, batchOf(rand.New(rand.NewPCG(1, 1)), def, 0, 50)))
	if err := s.Flush(ctx); !fault.Is(err, fault.IO) || s.Broken() != nil {
		t.Fatalf("the flush whose names may be lost: %v, broken by %v; want an error of the disk that breaks nothing", err, s.Broken())
	}
	if err := s.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	o.FS, o.At = mem.CrashClone(vfs.CrashCloneCfg{}), nil
	after, err := Open(ctx, "shard", o)
	if err != nil {
		t.Fatal(err)
	}
	defer after.Close()
	if n := len(read(t, after, 1)); n != 50 || after.Applied() != 2 {
		t.Fatalf("%d rows as of entry %d after a crash, want 50 as of 2", n, after.Applied())
	}
}

// removals notes whether the shard's folder was synced before anything in it is removed.
type removals struct{ synced, early bool }

func (r *removals) String() string { return "removals" }

func (r *removals) MaybeError(op errorfs.Op) error {
	r.synced = r.synced || op.Kind == errorfs.OpFileSync && op.Path == "shard"
	r.early = r.early || op.Kind == errorfs.OpRemoveAll && !r.synced
	return nil
}

// TestLeftOverGoesAfterSync opens a shard that was killed when its newest
// manifest was in place and the folder not yet synced: until it is, the segments
// of the one before may be needed again.
func TestLeftOverGoesAfterSync(t *testing.T) {
	ctx, inject := context.Background(), &folderSyncs{}
	mem := vfs.NewMem()
	o := crashOptions(errorfs.Wrap(mem, inject))
	s, err := Open(ctx, "shard", o)
	if err != nil {
		t.Fatal(err)
	}
	def, rng := flights(1, 1), rand.New(rand.NewPCG(1, 1))
	mustApply(t, s, 1, EncodeDefine(def))
	for i := range uint64(2) {
		mustApply(t, s, 2+i, EncodeBatch(IdempotencyKey{}, batchOf(rng, def, int(i)*50, 50)))
		if err := s.Flush(ctx); err != nil {
			t.Fatal(err)
		}
	}
	s.opts.At = func(point string) {
		if point == atMergeWritten { // the first sync is for the segment's name
			inject.but.Store(1)
			inject.refused.Store(true)
		}
	}
	if err := s.Merge(ctx, 1); !fault.Is(err, fault.IO) {
		t.Fatalf("a merge whose manifest is not synced: %v", err)
	}
	s.Close()
	seen := &removals{}
	o.FS = errorfs.Wrap(mem, seen)
	if s, err = Open(ctx, "shard", o); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if n := len(read(t, s, 1)); n != 100 || seen.early || !seen.synced {
		t.Fatalf("%d rows, want 100; removed before a sync: %v; synced: %v", n, seen.early, seen.synced)
	}
}
