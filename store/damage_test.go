package store

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/quindex/quindex/columnar"
	"github.com/quindex/quindex/fault"
)

// TestTruncatedUnderMerge cuts a mapped file short on a real disk: the merge
// that reads it gives an error, the shard says what broke it and applies
// nothing more, and the process lives.
func TestTruncatedUnderMerge(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	s, err := Open(ctx, dir, Options{Registry: testRegistry(columnar.Engine{}), Logger: slog.New(slog.DiscardHandler), manual: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
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
	if err := s.Verify(ctx); !fault.Is(err, fault.Corrupt) || s.Broken() != nil {
		t.Fatalf("verify: %v, broken: %v", err, s.Broken())
	}
	if err := s.Merge(ctx, 1); !fault.Is(err, fault.Corrupt) {
		t.Fatalf("merge: %v, want corrupt", err)
	}
	if !fault.Is(s.Broken(), fault.Corrupt) {
		t.Fatalf("broken: %v, want corrupt", s.Broken())
	}
	if _, _, broken := s.Apply(9, EncodeDrop(77)); !fault.Is(broken, fault.Corrupt) || s.Applied() == 9 {
		t.Fatalf("apply: %v, applied %d, want corrupt and nothing applied", broken, s.Applied())
	}
	v, err := s.View(ctx, 1) // what can be read still can
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	if c, err := whole(v.Parts[0].Columns, 1); err != nil || c.N != 20_000 {
		t.Fatalf("a sound segment: %v", err)
	}
}
