package backup

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/quindex/quindex/fault"
)

func sum(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}

// TestStore keeps what two files share once, refuses what is not what it
// should be, and leaves no backup behind that is not whole.
func TestStore(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	files := map[string][]byte{"a/x": []byte("one"), "a/y": []byte("two"), "MANIFEST": []byte("one")}
	m := &Manifest{Version: version, Name: "first", Shards: 1, Groups: make([]Group, 2)}
	m.Groups[1].ID = 1
	for path, b := range files {
		m.Groups[1].Files = append(m.Groups[1].Files, File{Path: path, Bytes: int64(len(b)), SHA256: sum(b)})
	}
	open := func(_ context.Context, _ uint32, path string) (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(files[path])), nil
	}
	none := func(File, bool) {}
	good := files["a/y"]
	files["a/y"] = []byte("twx")
	if err := Store(ctx, dir, m, open, none); !fault.Is(err, fault.Corrupt) {
		t.Fatalf("stored a file of another content: %v", err)
	}
	if _, err := List(dir); !fault.Is(err, fault.NotFound) {
		t.Fatalf("half a backup is listed: %v", err)
	}
	files["a/y"] = good
	if err := Store(ctx, dir, m, open, none); err != nil {
		t.Fatal(err)
	}
	if kept, _ := filepath.Glob(filepath.Join(dir, "files", "*", "*")); len(kept) != 2 {
		t.Errorf("%d files are kept, want 2", len(kept))
	}
	m.Name = "second"
	fresh := 0
	if err := Store(ctx, dir, m, open, func(_ File, f bool) {
		if f {
			fresh++
		}
	}); err != nil || fresh != 0 {
		t.Errorf("%d files copied again, %v", fresh, err)
	}
	to := t.TempDir()
	found, err := Find(dir, "")
	if err != nil || found.Name != "second" {
		t.Fatal(found, err)
	}
	if err := Place(ctx, dir, found.Groups[1], to, none); err != nil {
		t.Fatal(err)
	}
	for path, want := range files {
		if b, err := os.ReadFile(filepath.Join(to, path)); err != nil || !bytes.Equal(b, want) {
			t.Errorf("%s: %q, %v", path, b, err)
		}
	}
}

// TestStoreSyncsFolders wants every folder of a new repository named durably
// before there is a backup, and those too that a killed one has left.
func TestStoreSyncsFolders(t *testing.T) {
	root := t.TempDir()
	dir := filepath.Join(root, "a", "b")
	m := &Manifest{Version: version, Name: "first", Shards: 1, Groups: make([]Group, 2)}
	m.Groups[1].ID = 1
	for _, text := range []string{"one", "two"} {
		m.Groups[1].Files = append(m.Groups[1].Files, File{Path: text, Bytes: int64(len(text)), SHA256: sum([]byte(text))})
	}
	open := func(_ context.Context, _ uint32, path string) (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader([]byte(path))), nil
	}
	want := []string{dir, filepath.Join(dir, "files"), filepath.Dir(pathOf(dir, sum([]byte("one")))), filepath.Dir(pathOf(dir, sum([]byte("two"))))}
	for _, more := range [][]string{{root, filepath.Dir(dir)}, nil} { // the second finds all there
		synced := map[string]bool{}
		err := store(t.Context(), dir, m, open, func(File, bool) {}, func(d string) error {
			if some, _ := filepath.Glob(filepath.Join(dir, "backups", m.Name+"*")); len(some) > 0 {
				t.Errorf("%s is synced when the backup is there", d)
			}
			synced[d] = true
			return syncDir(d)
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range append(more, want...) {
			if !synced[d] {
				t.Errorf("%s is not synced", d)
			}
		}
		m.Name = "second"
	}
}

// FuzzManifest reads any bytes as a manifest: what is accepted names files
// within the folder, and by checksums.
func FuzzManifest(f *testing.F) {
	m := &Manifest{Version: version, Name: "n", Shards: 1, Groups: []Group{{}, {ID: 1, Files: []File{{Path: "a/b", Bytes: 3, SHA256: sum(nil)}}}}}
	b, err := json.Marshal(m)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add(bytes.Replace(b, []byte("a/b"), []byte("../b"), 1))
	f.Add(bytes.Replace(b, []byte(sum(nil)), []byte("ff"), 1))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := ParseManifest(b)
		if err != nil {
			return
		}
		for _, g := range m.Groups {
			for _, f := range g.Files {
				if !filepath.IsLocal(filepath.FromSlash(f.Path)) || len(f.SHA256) != 64 {
					t.Fatalf("accepted %+v", f)
				}
				_ = pathOf("x", f.SHA256)
			}
		}
	})
}
