package store

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/quindex/quindex/internal/golden"
	"github.com/quindex/quindex/segment"
)

// TestDescribe compares what describe prints of a small shard, and the bytes
// of its manifest, with testdata: a change of the format shows in the diff.
func TestDescribe(t *testing.T) {
	fs := vfs.NewMem()
	s := openTest(t, fs, Options{Now: func() time.Time { return time.Unix(1, 0) }})
	rng := rand.New(rand.NewPCG(1, 1))
	key := IdempotencyKey{Client: [16]byte{'a', 'b'}, Seq: 5}
	mustApply(t, s, 1, EncodeDefine(flights(1, 2)))
	mustApply(t, s, 2, EncodeDefine(flights(10, 1)))
	mustApply(t, s, 3, EncodeBatch(key, batchOf(rng, flights(1, 2), 0, 3)))
	mustApply(t, s, 4, EncodeBatch(IdempotencyKey{}, batchOf(rng, flights(10, 1), 0, 2)))
	mustApply(t, s, 9, EncodeBatch(IdempotencyKey{}, batchOf(rng, flights(1, 2), 0, 2)))
	if err := s.Flush(context.Background()); err != nil {
		t.Fatal(err)
	}
	s.Close()
	var out bytes.Buffer
	if err := describe(fs, "shard", &out); err != nil {
		t.Fatal(err)
	}
	golden.Compare(t, "testdata/describe.txt", out.String())
	f, err := fs.Open("shard/MANIFEST")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	out.Reset()
	if _, err := out.ReadFrom(f); err != nil {
		t.Fatal(err)
	}
	golden.Compare(t, "testdata/MANIFEST.v1", out.String())
	// The file of version 1 that was once written can be read for ever.
	old, err := os.ReadFile("testdata/MANIFEST.v1")
	if err != nil {
		t.Fatal(err)
	}
	m, err := decodeManifest("testdata/MANIFEST.v1", old)
	if err != nil || m.Applied != 9 || m.NextRow != 8 || len(m.Tables) != 2 {
		t.Fatalf("%+v, %v", m, err)
	}
}

// describe prints what the manifest in a shard's folder stands for, and what
// the metas of its segments say.
func describe(fs vfs.FS, dir string, w io.Writer) error {
	path := fs.PathJoin(dir, manifestName)
	data, err := segment.ReadFile(fs, path)
	if err != nil {
		return err
	}
	m, err := decodeManifest(path, data)
	if err != nil {
		return err
	}
	keys, err := decodeWindows(m.Windows)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%s: applied %d, next row %d, %d clients with idempotency keys\n", path, m.Applied, m.NextRow, len(keys.clients))
	for _, t := range m.Tables {
		fmt.Fprintf(w, "table %d %s: schema version %d, %d columns, %d segments\n", t.Table.ID(), t.Table.Name,
			t.Table.Schema.Version, len(t.Table.Schema.Fields), len(t.Segments))
		for _, ms := range t.Segments {
			describeSegment(fs, fs.PathJoin(dir, ms.Name), w)
		}
	}
	return nil
}

func describeSegment(fs vfs.FS, dir string, w io.Writer) {
	m, err := segment.ReadMeta(fs, dir)
	if err != nil {
		fmt.Fprintf(w, "  %s: %v\n", dir, err)
		return
	}
	first, last := m.Names.Span()
	fmt.Fprintf(w, "  %s: %d rows, ids %d to %d in %d runs", dir, m.Rows, first, last, len(m.Names.IDs()))
	if m.Group != "" {
		fmt.Fprintf(w, ", group %q", m.Group)
	}
	fmt.Fprintln(w)
	for _, s := range m.Sections {
		fmt.Fprintf(w, "    %s %s: %s at %d, %d bytes, xxhash64 %016x\n", s.Def.Name, s.Def.Engine, s.File, s.Offset, s.Size, s.Sum)
	}
}
