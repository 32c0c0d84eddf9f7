package golden

import (
	"os"
	"path/filepath"
	"testing"
)

// told is a test that only counts what it is told.
type told struct {
	testing.TB
	errors int
}

func (t *told) Helper()               {}
func (t *told) Errorf(string, ...any) { t.errors++ }

// TestDump prints a few bytes and compares them with a file, of which one more differs.
func TestDump(t *testing.T) {
	d := NewDump(append([]byte("abcde"), make([]byte, 11)...), 4, "%d bytes", 16)
	d.Title("letters")
	if b := d.Take(5, "five"); string(b) != "abcde" {
		t.Errorf("taken %q", b)
	}
	d.Pad(16)
	d.Pad(3)
	want := "# 16 bytes\n\n# letters\n    0: 61 62 63 64   five\n    4: 65            ..\n    5: 00 x 11       padding\n"
	if d.String() != want || d.At != 16 {
		t.Errorf("%d bytes as\n%s\nwant\n%s", d.At, d.String(), want)
	}
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
	one := &told{TB: t}
	Compare(one, path, want)
	if Compare(one, path, want+" "); one.errors != 1 && !*rewrite {
		t.Errorf("%d errors, want one", one.errors)
	}
}
