package client

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

var seedFlag = flag.Uint64("seed", 0, "seed of random tests; 0 takes one from the clock")

func newRand(t testing.TB) *rand.Rand {
	seed := *seedFlag
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("repeat with: go test ./client -run '^%s$' -seed %d", t.Name(), seed)
	return rand.New(rand.NewPCG(seed, 0))
}

// cutAll cuts text and checks what is true of all pieces.
func cutAll(t testing.TB, c *cutter) (pieces []string) {
	t.Helper()
	want := int64(1)
	for {
		data, line, err := c.next()
		if err == io.EOF {
			return pieces
		}
		if err != nil {
			t.Fatal(err)
		}
		if len(data) == 0 || line != want {
			t.Fatalf("piece %d: %d bytes, line %d, want line %d", len(pieces), len(data), line, want)
		}
		want += int64(bytes.Count(data, []byte{'\n'}))
		pieces = append(pieces, string(data))
	}
}

// slowEnds says, a byte at a time, after which bytes a row of CSV may end.
func slowEnds(text string, comma byte) map[int]bool {
	ends := map[int]bool{len(text): true}
	field, quoted, closed, broken := true, false, false, false
	for i := range len(text) {
		c := text[i]
		switch {
		case quoted && c == '"':
			quoted, closed = false, true
		case quoted:
		case c == '\n':
			ends[i+1], field, closed, broken = true, true, false, false
			continue
		case broken:
		case closed && c == '"':
			quoted, closed = true, false
		case c == comma:
			field, closed = true, false
			continue
		case closed:
			broken = true
		case field && c == '"':
			quoted = true
		}
		field = false
	}
	return ends
}

// TestCutLaws: the pieces joined are the file, and cuts are only at row ends,
// also of quoted and of broken CSV.
func TestCutLaws(t *testing.T) {
	r := newRand(t)
	for range 3000 {
		var b strings.Builder
		for range r.IntN(60) {
			b.WriteString([]string{"a", ",", "\n", "\r\n", `"`, `""`, `"x,y"`, "\"two\nlines\"", "é", "1,2\n"}[r.IntN(10)])
		}
		text := b.String()
		for _, name := range []string{"ndjson", "csv"} {
			c := newCutter(iotest.OneByteReader(strings.NewReader(text)), formats[name], 1+r.IntN(12))
			pieces := cutAll(t, c)
			if got := strings.Join(pieces, ""); got != text {
				t.Fatalf("%s: %q became %q", name, text, got)
			}
			at, ends := 0, slowEnds(text, ',')
			for _, p := range pieces {
				if at += len(p); name == "csv" && !ends[at] || name == "ndjson" && at < len(text) && text[at-1] != '\n' {
					t.Fatalf("%s: %q cut at %d", name, text, at)
				}
			}
		}
	}
}

// TestCutLongRows: of a row that is too long enough is kept to be refused, and
// the rows around it stay whole.
func TestCutLongRows(t *testing.T) {
	for _, long := range []string{strings.Repeat("x", 5000), `"` + strings.Repeat("x", 5000), `"` + strings.Repeat("x\n", 2500)} {
		for _, name := range []string{"csv", "ndjson"} {
			if name == "ndjson" && strings.Contains(long, "\n") {
				continue
			}
			c := newCutter(strings.NewReader("before\n"+long+"\nafter\n"), formats[name], 64)
			c.maxRow = 100
			pieces := cutAll(t, c)
			all := strings.Join(pieces, "")
			if !strings.HasPrefix(all, "before\n") || !strings.HasSuffix(all, "\nafter\n") && !strings.HasSuffix(all, "\n\nafter\n") {
				t.Errorf("%s: %.80q", name, all)
			}
			if !strings.Contains(long, "\n") && len(all) > 300 {
				t.Errorf("%s: %d bytes kept of a row over 100", name, len(all))
			}
		}
	}
}

// What is short takes a short buffer, however long a piece may be.
func TestCutSmall(t *testing.T) {
	c := newCutter(strings.NewReader(strings.Repeat("a row\n", 100)), format{}, 64<<20)
	data, _, err := c.next()
	if err != nil || len(data) != 600 {
		t.Fatalf("%d bytes, %v, want 600", len(data), err)
	}
	if room := cap(data) + cap(c.buf); room > 2*firstRead {
		t.Fatalf("600 bytes were read into %d, want at most %d", room, 2*firstRead)
	}
	// of a full piece more is to come
	c = newCutter(strings.NewReader(strings.Repeat("a row\n", 1<<16)), format{}, 200<<10)
	if got := cutAll(t, c); len(got) != 2 {
		t.Fatalf("%d pieces, want 2", len(got))
	}
}

func TestHeaderOf(t *testing.T) {
	for text, want := range map[string][]string{
		"a,b\n1,2":                {"a", "b"},
		"a, b \r\n":               {"a", "b"},
		"\"a,\"\"x\",\"b\nc\"\n1": {`a,"x`, "b\nc"},
		"a":                       {"a"},
	} {
		if got := headerOf([]byte(text), ','); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestFormatOf(t *testing.T) {
	for file, want := range map[string]string{"a.csv": "csv", "b.NDJSON.gz": "ndjson", "c.json.zst": "ndjson", "d.parquet": "parquet", "e.txt": "", "-": ""} {
		f, err := formatOf(file, "")
		if want == "" != (err != nil) || err == nil && f != formats[want] {
			t.Errorf("%s: %v %v", file, f, err)
		}
	}
}

func BenchmarkCut(b *testing.B) {
	row := fmt.Sprintf("%s,\"%s\"\n", strings.Repeat("x", 100), strings.Repeat("y", 100))
	text := strings.Repeat(row, 50_000)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		cutAll(b, newCutter(strings.NewReader(text), formats["csv"], 4<<20))
	}
}

// TestLastRow: a file that fits a piece is one, with or without a line end after
// its last row: it is one request, which the server takes whole or not at all.
func TestLastRow(t *testing.T) {
	for _, text := range []string{"a\nb", "a\nb\n", "a", "\n", "id,x\n1,\"open\n2,y"} {
		for _, f := range []string{"ndjson", "csv"} {
			if got := cutAll(t, newCutter(iotest.OneByteReader(strings.NewReader(text)), formats[f], len(text)+1)); len(got) != 1 || got[0] != text {
				t.Errorf("%s %q is cut into %q, want one piece", f, text, got)
			}
		}
	}
}
