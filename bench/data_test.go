package bench

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// firstRows hashes the first n lines of a table.
func firstRows(d Data, n int) string {
	h := sha256.New()
	d.NDJSON(func(line []byte) bool {
		h.Write(line)
		n--
		return n > 0
	})
	return hex.EncodeToString(h.Sum(nil))[:16]
}

// TestRowsForEver pins the rows that seed 42 names: figures published with a
// seed must stay repeatable, on every machine.
func TestRowsForEver(t *testing.T) {
	w := Columnar(42, 1000)
	want := map[string]string{"hits": "7368b0919ac79c7c", "lineitem": "e70045cd8c504d35"}
	for _, d := range w.Tables {
		if got := firstRows(d, 100); got != want[d.Name] {
			t.Errorf("the first 100 rows of %s have hash %s, want %s", d.Name, got, want[d.Name])
		}
		if first, second := firstRows(d, 100), firstRows(d, 100); first != second {
			t.Errorf("%s: two passes over the same rows differ", d.Name)
		}
	}
	for i, d := range Columnar(43, 1000).Tables {
		if firstRows(d, 100) == firstRows(w.Tables[i], 100) {
			t.Errorf("%s: seeds 42 and 43 make the same rows", d.Name)
		}
	}
}

// TestMoreRows checks that a larger workload begins with the rows of a smaller.
func TestMoreRows(t *testing.T) {
	small, large := Columnar(7, 500), Columnar(7, 5000)
	for i := range small.Tables {
		if firstRows(small.Tables[i], 200) != firstRows(large.Tables[i], 200) {
			t.Errorf("%s: the first rows depend on how many there are", small.Tables[i].Name)
		}
	}
}

func TestNulls(t *testing.T) {
	var rows, referers, countries, durations, scores int
	Events(1, 20_000, func(_ int, e *Event) bool {
		rows++
		for _, c := range []struct {
			null bool
			n    *int
		}{{e.Referer == nil, &referers}, {e.Country == nil, &countries}, {e.Duration == nil, &durations}, {e.Score == nil, &scores}} {
			if c.null {
				*c.n++
			}
		}
		return true
	})
	for _, c := range []struct {
		name         string
		n            int
		least, worst float64
	}{{"referer", referers, .5, .7}, {"country", countries, .01, .03}, {"duration", durations, .04, .06}, {"score", scores, .08, .12}} {
		if share := float64(c.n) / float64(rows); share < c.least || share > c.worst {
			t.Errorf("%s is NULL in %.3f of the rows, want %.2f to %.2f", c.name, share, c.least, c.worst)
		}
	}
}

func TestWriteFilesOnce(t *testing.T) {
	dir := t.TempDir()
	w := Columnar(3, 50)
	n, err := w.WriteFiles(dir)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "hits.ndjson"))
	if err != nil || strings.Count(string(text), "\n") != 50 {
		t.Fatalf("%d lines, %v, want 50", strings.Count(string(text), "\n"), err)
	}
	if err := os.WriteFile(filepath.Join(dir, "lineitem.ndjson"), []byte("kept"), 0o644); err != nil {
		t.Fatal(err)
	}
	m, err := w.WriteFiles(dir)
	if err != nil || m != int64(len(text)+len("kept")) || m >= n {
		t.Errorf("a second call counts %d bytes, %v, want %d: files that are there are taken as they are", m, err, len(text)+4)
	}
}

func TestNoSuchWorkload(t *testing.T) {
	if _, err := NewWorkload("colummnar", 1, 1); err == nil || !strings.Contains(err.Error(), "colummnar") {
		t.Errorf("got %v, want an error that names the workload", err)
	}
}
