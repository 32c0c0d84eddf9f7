package store

import (
	"bytes"
	"context"
	"flag"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
)

var rewrite = flag.Bool("rewrite", false, "write testdata anew")

// TestDescribe compares what Describe prints of a small shard, and the bytes
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
	if err := Describe(fs, "shard", &out); err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/describe.txt", out.Bytes())
	f, err := fs.Open("shard/MANIFEST")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	out.Reset()
	if _, err := out.ReadFrom(f); err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/MANIFEST.v1", out.Bytes())
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

func golden(t *testing.T, path string, have []byte) {
	t.Helper()
	if *rewrite {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, have, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(have, want) {
		t.Errorf("%s differs (go test -rewrite writes it anew):\n%s", path, have)
	}
}
