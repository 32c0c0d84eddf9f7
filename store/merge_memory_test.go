package store

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/columnar"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/record"
)

// TestMergeMemory: what lives in memory while two segments of text are merged
// is bounded by blocks of it, of each input and of what is made: not by a
// column, and not by all of them where rows are put in order.
func TestMergeMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("half a million texts are too many")
	}
	const each, columns, width, most = 4 << 16, 1, 120, 7
	def := &catalog.Table{Name: "texts", Order: []record.ColumnID{1}, Sharding: catalog.Sharding{Ranges: catalog.EvenRanges([]uint32{1})},
		Schema: record.Schema{Table: 1, Version: 1, Fields: []record.Field{{ID: 1, Name: "n", Type: record.T(record.Int64)}}}}
	for i := range columns {
		def.Schema.Fields = append(def.Schema.Fields, record.Field{ID: record.ColumnID(i + 2), Name: fmt.Sprint("text", i), Type: record.T(record.Text)})
	}
	fs := &watched{FS: vfs.Default}
	s, err := Open(context.Background(), t.TempDir(), Options{FS: fs, Registry: engines.NewRegistry(columnar.Engine{}), SealRows: each, NoMerge: true, manual: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	mustApply(t, s, 1, EncodeDefine(def))
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range 2 {
		b := record.NewBatch(&def.Schema, each)
		for range each {
			row := []record.Value{record.IntValue(rng.Int64())}
			for range columns {
				text := make([]byte, width)
				for i := range text {
					text[i] = "abcdefgh"[rng.IntN(8)]
				}
				row = append(row, record.TextValue(string(text)))
			}
			b.AppendRow(row...)
		}
		mustApply(t, s, uint64(2+i), EncodeBatch(IdempotencyKey{}, b))
		if err := s.Flush(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	fs.before = living()
	if err := s.Merge(context.Background(), 1); err != nil {
		t.Fatal(err)
	}
	if n := len(s.Segments()); n != 1 || s.Counters().Merges != 1 {
		t.Fatalf("%d segments after %d merges, want 1 after 1", n, s.Counters().Merges)
	}
	const block = width << 16
	t.Logf("at most %.1f MiB, a block of text is %.1f MiB and a column %.1f MiB", float64(fs.most)/(1<<20), float64(block)/(1<<20), float64(2*each*width)/(1<<20))
	if fs.most > most*block {
		t.Errorf("%d bytes live while segments are merged, want at most %d: %d blocks of text", fs.most, most*block, most)
	}
}

// living is the heap that is in use after a collection.
func living() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// watched looks at the heap at every write of more than a page.
type watched struct {
	vfs.FS
	before int64 // 0: it does not look
	most   int64 // above before
}

func (w *watched) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := w.FS.Create(name, c)
	return &watchedFile{f, w}, err
}

type watchedFile struct {
	vfs.File
	of *watched
}

func (f *watchedFile) Write(p []byte) (int, error) {
	if f.of.before > 0 && len(p) > 4096 {
		f.of.most = max(f.of.most, living()-f.of.before)
	}
	return f.File.Write(p)
}
