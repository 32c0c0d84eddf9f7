// Package golden compares what a test made with a file that is kept, and
// prints the bytes of a format with what they mean. It is for tests alone: its
// flag -rewrite writes the files anew, and the diff is the review.
package golden

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
)

var rewrite = flag.Bool("rewrite", false, "write the files in testdata anew")

// Compare fails t if have is not what the file at path holds.
func Compare(t testing.TB, path, have string) {
	t.Helper()
	if *rewrite {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(have), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if have != string(want) {
		t.Errorf("%s differs; go test -rewrite writes it, and a change of a format needs a version. Now:\n%s", path, have)
	}
}
