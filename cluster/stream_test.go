package cluster

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/raft"
)

// writeState makes files below dir and returns them.
func writeState(t testing.TB, dir string) map[string]string {
	t.Helper()
	files := map[string]string{
		"manifest": "m", "empty": "", "segments/1/columns": strings.Repeat("column", 3000),
		"segments/2/" + strings.Repeat("long", 60): "x", // longer than a plain tar header holds
	}
	for name, content := range files {
		full := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

func readState(t testing.TB, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(filepath.Join(dir, name))
		files[name] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func testStream(t testing.TB) ([]byte, map[string]string) {
	t.Helper()
	dir := t.TempDir()
	files := writeState(t, dir)
	m := snapshotMeta{ID: "7-1-1", MachineIndex: 7}
	var b bytes.Buffer
	if err := sendSnapshot(&b, m, dir); err != nil {
		t.Fatal(err)
	}
	if want, err := streamBytes(m, dir); err != nil || want != int64(b.Len()) {
		t.Fatalf("the stream has %d bytes, announced were %d, error %v", b.Len(), want, err)
	}
	return b.Bytes(), files
}

func TestStreamRoundTrip(t *testing.T) {
	stream, files := testStream(t)
	to := t.TempDir()
	h, err := receiveSnapshot(bytes.NewReader(stream), createIn(to))
	if err != nil || h.MachineIndex != 7 || h.ID != "7-1-1" {
		t.Fatalf("head %+v, error %v", h, err)
	}
	if got := readState(t, to); !maps.Equal(got, files) {
		t.Errorf("files %v", slices.Sorted(maps.Keys(got)))
	}
}

// TestStreamDamage flips bytes and cuts the stream: an error, or a byte that
// carries nothing.
func TestStreamDamage(t *testing.T) {
	stream, files := testStream(t)
	for cut := 0; cut < len(stream)-2048; cut += 97 {
		if _, err := receiveSnapshot(bytes.NewReader(stream[:cut]), into(map[string]*memFile{})); err == nil {
			t.Errorf("cut at %d: no error", cut)
		}
	}
	for at := 0; at < len(stream); at += 61 {
		bad := slices.Clone(stream)
		bad[at] ^= 0x10
		got := map[string]*memFile{}
		h, err := receiveSnapshot(bytes.NewReader(bad), into(got))
		same := maps.EqualFunc(got, files, func(f *memFile, want string) bool { return f.String() == want })
		if err == nil && (h.MachineIndex != 7 || !same) {
			t.Errorf("byte %d flipped: other files and no error", at)
		}
	}
}

func TestSinkReceivesAndCancels(t *testing.T) {
	stream, files := testStream(t)
	s, err := openSnapshots(t.TempDir(), nil)
	if err != nil {
		t.Fatal(err)
	}
	config := raft.Configuration{Servers: []raft.Server{{ID: "a", Address: "b"}}}
	k, _ := s.Create(1, 9, 2, config, 1, nil)
	if n, err := io.Copy(k, bytes.NewReader(stream)); err != nil || n != int64(len(stream)) {
		t.Fatalf("%d bytes, error %v", n, err)
	}
	if err := k.Close(); err != nil {
		t.Fatal(err)
	}
	k, _ = s.Create(1, 10, 2, config, 1, nil)
	k.Write(stream[:700])
	if err := k.Cancel(); err != nil {
		t.Fatal(err)
	}
	k, _ = s.Create(1, 11, 2, config, 1, nil)
	k.Write(stream[:len(stream)/2])
	if err := k.Close(); err == nil {
		t.Error("half a stream was taken for a snapshot")
	}

	s, err = openSnapshots(s.dir, nil) // as at the next start
	if err != nil {
		t.Fatal(err)
	}
	list, err := s.List()
	if err != nil || len(list) != 1 || list[0].Index != 9 || list[0].Term != 2 || fmt.Sprint(list[0].Configuration) != fmt.Sprint(config) {
		t.Fatalf("list %+v, error %v", list, err)
	}
	if got := readState(t, s.stateDir(list[0].ID)); !maps.Equal(got, files) {
		t.Errorf("files %v", slices.Sorted(maps.Keys(got)))
	}
	if left, _ := filepath.Glob(filepath.Join(s.dir, stagePrefix+"*")); len(left) > 0 {
		t.Errorf("%v stayed behind", left)
	}
	meta, r, err := s.Open(list[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := io.Copy(io.Discard, r); err != nil || n != meta.Size {
		t.Errorf("%d bytes, error %v; wanted %d", n, err, meta.Size)
	}
}

func FuzzReceiveSnapshot(f *testing.F) {
	dir := f.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a"), []byte("b"), 0o644); err != nil {
		f.Fatal(err)
	}
	var stream bytes.Buffer
	if err := sendSnapshot(&stream, snapshotMeta{ID: "7-1-1", MachineIndex: 7}, dir); err != nil {
		f.Fatal(err)
	}
	f.Add(stream.Bytes()) // small: a fuzzer takes long over large ones
	f.Fuzz(func(t *testing.T, b []byte) {
		got := map[string]*memFile{}
		receiveSnapshot(bytes.NewReader(b), into(got))
		for name := range got {
			if !filepath.IsLocal(name) || filepath.Clean(name) != name {
				t.Fatalf("wrote %q", name)
			}
		}
	})
}

// memFile is a received file in memory.
type memFile struct{ bytes.Buffer }

func (*memFile) Close() error { return nil }

func into(files map[string]*memFile) creator {
	return func(name string) (io.WriteCloser, error) {
		files[name] = &memFile{}
		return files[name], nil
	}
}

func FuzzReadEntry(f *testing.F) {
	for _, l := range []*raft.Log{{}, {Term: 3, Type: raft.LogBarrier, Data: []byte("data"), Extensions: []byte("ext")}} {
		v := make([]byte, entrySize(l))
		putEntry(v, l)
		f.Add(v)
	}
	f.Fuzz(func(t *testing.T, v []byte) {
		var l raft.Log
		if readEntry(v, 5, &l) != nil {
			return
		}
		again := make([]byte, entrySize(&l))
		putEntry(again, &l)
		if !bytes.Equal(again, v) {
			t.Fatalf("%x became %x", v, again)
		}
	})
}

func FuzzParseMeta(f *testing.F) {
	name := filepath.Join(f.TempDir(), "meta")
	if err := writeMeta(name, snapshotMeta{Version: 1, ID: "x", Index: 3}); err != nil {
		f.Fatal(err)
	}
	b, err := os.ReadFile(name)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		if m, err := parseMeta(b); err == nil && m.Version != snapshotVersion {
			t.Fatalf("%+v", m)
		}
	})
}

func FuzzParseIdentity(f *testing.F) {
	b, _ := json.Marshal(identity{Version: 1, ID: "x", Shards: 8})
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		if who, err := parseIdentity(b); err == nil && (who.ID == "" || who.Shards < 1) {
			t.Fatalf("%+v", who)
		}
	})
}
