package backup

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/quindex/quindex/columnar"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/segment"
)

// linkedState is a folder as LinkGroups makes it, with one segment.
func linkedState(t *testing.T, n int) (dir, pack string) {
	t.Helper()
	dir = t.TempDir()
	schema := record.Schema{Table: 1, Version: 1, Fields: []record.Field{{ID: 1, Name: "n", Type: record.T(record.Int64)}}}
	b := record.NewBatch(&schema, n)
	for i := range n {
		b.AppendRow(record.IntValue(int64(i * i)))
	}
	reg, src := engines.NewRegistry(columnar.Engine{}), engines.BatchColumns(&schema, b)
	spec := segment.Spec{Table: 1, Version: 1, IDs: segment.IDs{}.Append(1, n), Defs: []engines.IndexDef{engines.ColumnsDef(schema.Fields, nil)}, Created: time.Unix(1, 0)}
	s, err := segment.Build(context.Background(), reg, spec, segment.FromColumns(reg, src))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Release()
	for _, group := range []string{"0000", "0001"} {
		if err := os.MkdirAll(filepath.Join(dir, group), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, group, "MANIFEST"), []byte("state of "+group), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	seg := filepath.Join(dir, "0001", "seg-000001")
	if _, err := s.Save(vfs.Default, seg); err != nil {
		t.Fatal(err)
	}
	return dir, filepath.Join(seg, "segment.pack")
}

func scan(t *testing.T, dir, list string, again bool) (*Manifest, int64, error) {
	t.Helper()
	ids := OpenIDs(list, again)
	m, err := Scan(context.Background(), dir, 1, func(g uint32) string { return []string{"0000", "0001"}[g] }, map[uint32]uint64{1: 7}, ids)
	if err == nil {
		err = ids.Keep()
	}
	return m, ids.read.Load(), err
}

// TestIDs counts the bytes that scans read: a segment's file is read once, and
// again only if it, or what is known of it, is another, or if that is asked for.
func TestIDs(t *testing.T) {
	dir, pack := linkedState(t, 50_000)
	list := filepath.Join(t.TempDir(), "ids")
	info, err := os.Stat(pack)
	if err != nil {
		t.Fatal(err)
	}
	size := info.Size()
	first, read, err := scan(t, dir, list, false)
	if err != nil || read < size {
		t.Fatalf("%d bytes read, %v, want at least %d", read, err, size)
	}
	few := read - size
	same := func(what string, again bool, want int64) {
		t.Helper()
		m, read, err := scan(t, dir, list, again)
		if err != nil || read != want {
			t.Fatalf("%s: %d bytes read, %v, want %d", what, read, err, want)
		}
		for i, f := range m.Groups[1].Files {
			if f != first.Groups[1].Files[i] {
				t.Errorf("%s: %+v, want %+v", what, f, first.Groups[1].Files[i])
			}
		}
	}
	same("the second scan", false, few)
	same("asked to read all", true, read)
	same("the one after", false, few)
	if err := os.Chtimes(pack, time.Time{}, time.Unix(99, 0)); err != nil {
		t.Fatal(err)
	}
	same("written at another time", false, read)
	flip(t, list, 40)
	same("the list is damaged", false, read)
	same("the list is made anew", false, few)

	flip(t, pack, size/3)
	if err := os.Chtimes(pack, time.Time{}, time.Unix(99, 0)); err != nil {
		t.Fatal(err)
	}
	same("damaged since it was read", false, few) // the id is that of what was written
	for what, again := range map[string]string{"all is read": list, "nothing is known": filepath.Join(t.TempDir(), "none")} {
		if _, _, err := scan(t, dir, again, true); !fault.Is(err, fault.Corrupt) || !strings.Contains(err.Error(), pack) || !strings.Contains(err.Error(), "offset") {
			t.Errorf("%s: %v, want corrupt with file and offset", what, err)
		}
	}
}

func flip(t *testing.T, path string, at int64) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b[at] ^= 4
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
}

// FuzzIDs reads any bytes as a list of ids.
func FuzzIDs(f *testing.F) {
	f.Add([]byte(`{"0001/seg-000001/segment.pack":{"Bytes":3,"SHA256":"ff"}}`))
	f.Add([]byte("{"))
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, data := range [][]byte{body, segment.Frame(idsMagic, idsVersion, body)} {
			if known, err := decodeIDs("ids", data); err != nil && (known != nil || !fault.Is(err, fault.Corrupt) && !fault.Is(err, fault.Unsupported)) {
				t.Fatalf("%v and %v", known, err)
			}
		}
	})
}
