package store

import (
	"context"
	"testing"

	"github.com/quindex/quindex/record"
)

// TestMergesKeepToBytes checks that merges stop at SegmentBytes, and not long before.
func TestMergesKeepToBytes(t *testing.T) {
	ctx := context.Background()
	const most = 100 << 10
	s := keyedShard(t, Options{manual: true, SegmentBytes: most})
	def := accounts(record.Keyword)
	mustApply(t, s, 1, EncodeDefine(def))
	total := func() (bytes int64) {
		for _, g := range s.Segments() {
			if bytes += g.Bytes; g.Bytes > most {
				t.Fatalf("a segment of %d bytes, want at most %d", g.Bytes, most)
			}
		}
		return bytes
	}
	for index := uint64(2); index < 42; index++ {
		mustApply(t, s, index, EncodeBatch(IdempotencyKey{}, accountBatch(def, 500, func(i int) int64 { return int64(index)*1000 + int64(i) })))
		if err := s.Flush(ctx); err != nil {
			t.Fatal(err)
		}
		if err := s.Tend(ctx); err != nil {
			t.Fatal(err)
		}
	}
	bytes := total()
	if n, want := len(s.Segments()), int(bytes/(most/4))+8; bytes < 3*most || n > want {
		t.Errorf("%d segments of %d bytes in all, want at most %d segments of at least %d bytes", n, bytes, want, 3*most)
	}
	if err := s.Merge(ctx, def.ID()); err != nil {
		t.Fatal(err)
	}
	if n, want := len(s.Segments()), int(total()/(most/2))+1; n > want {
		t.Errorf("%d segments after a merge of all, want at most %d", n, want)
	}
}
