package graph

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/engines/frame"
	"github.com/quindex/quindex/record"
)

var rewrite = flag.Bool("rewrite", false, "write the files in testdata anew")

// tinySection is six rows: flights between three airports, one without a
// destination and one without an origin; or the airports of their origins.
func tinySection(t testing.TB, role string) []byte {
	t.Helper()
	kw := record.T(record.Keyword)
	s := &record.Schema{Fields: []record.Field{{ID: 1, Name: "origin", Type: kw}, {ID: 2, Name: "dest", Type: kw}}}
	b := record.NewBatch(s, 6)
	for _, ends := range [][2]string{{"OSL", "BGO"}, {"BGO", "OSL"}, {"OSL", ""}, {"OSL", "BGO"}, {"", "SUV"}, {"BGO", "SUV"}} {
		var row []record.Value
		for _, end := range ends {
			if end == "" {
				row = append(row, record.NullOf(kw))
			} else {
				row = append(row, record.KeywordValue(end))
			}
		}
		b.AppendRow(row...)
	}
	def := engines.IndexDef{Name: "g", Engine: "graph", Fields: s.Fields, Options: map[string]string{RoleOption: role}}
	if role == RoleVertex {
		def.Fields = def.Fields[:1]
	}
	bld, err := Engine{}.NewBuilder(def, engines.BatchColumns(s, b))
	if err != nil {
		t.Fatal(err)
	}
	var w bytes.Buffer
	if err := bld.Build(context.Background(), &w); err != nil {
		t.Fatal(err)
	}
	return w.Bytes()
}

// TestGolden compares the bytes of the tiny sections, each line with what it
// means, with testdata. A difference is a change of the format.
func TestGolden(t *testing.T) {
	for _, role := range []string{RoleEdge, RoleVertex} {
		section := tinySection(t, role)
		var inspected bytes.Buffer
		if err := (Engine{}).Inspect(&inspected, section); err != nil {
			t.Fatal(err)
		}
		got := dump(t, section) + "\n# As inspect prints it\n" + inspected.String()
		path := "testdata/" + role
		if *rewrite {
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s differs (go test -rewrite writes it):\n%s", path, got)
		}
	}
}

// dumper prints bytes in order, each run with a comment.
type dumper struct {
	b  []byte
	at int
	w  strings.Builder
}

func (d *dumper) title(text string) { d.w.WriteString("\n# " + text + "\n") }

// take prints the next n bytes; a long run of zeros is said in words.
func (d *dumper) take(n int, format string, args ...any) {
	b, text := d.b[d.at:d.at+n], fmt.Sprintf(format, args...)
	if n > 8 && len(bytes.Trim(b, "\x00")) == 0 {
		fmt.Fprintf(&d.w, "%5d: %-36s  %s\n", d.at, fmt.Sprintf("00 x %d", n), text)
		d.at += n
		return
	}
	for i := 0; i < n; i += 12 {
		var out []string
		for _, c := range b[i:min(n, i+12)] {
			out = append(out, hex.EncodeToString([]byte{c}))
		}
		fmt.Fprintf(&d.w, "%5d: %-36s  %s\n", d.at+i, strings.Join(out, " "), text)
		text = ".."
	}
	d.at += n
}

// words prints a part of numbers.
func (d *dumper) words(p part, title, each string) {
	d.title(title)
	for range p.bytes / 4 {
		d.take(4, each, binary.LittleEndian.Uint32(d.b[d.at:]))
	}
	if p.end() > d.at {
		d.take(p.end()-d.at, "zeros")
	}
}

func dump(t *testing.T, b []byte) string {
	s, err := splitSection(b)
	if err != nil {
		t.Fatal(err)
	}
	d := &dumper{b: b}
	fmt.Fprintf(&d.w, "# A section of a graph, byte by byte: %d rows, %d of them linked.\n", s.rows, s.linked)
	d.title("head")
	d.take(8, "magic: QXGRAF, version 1")
	d.take(frame.HeadBytes-8, "zeros")
	sides := []string{"keys"}
	if s.edge {
		sides = []string{"sources", "targets"}
	}
	for i, side := range sides {
		parts := s.parts[i*sideParts:]
		d.words(parts[partKeys], side+": offsets of strings", "byte %d")
		d.title(side + ": bytes of strings")
		d.take(parts[partBytes].bytes, "%s", b[d.at:d.at+parts[partBytes].bytes])
		d.take(parts[partBytes].end()-d.at, "zeros")
		d.words(parts[partOffsets], side+": offsets of lists", "place %d")
		if s.edge {
			d.words(parts[partFar], side+": far ends", "node %d at the other end")
		} else {
			d.words(parts[partNumbers], "keys by row", "key %d")
		}
		d.words(parts[partRows], side+": rows", "row %d")
	}
	if s.edge {
		d.words(s.parts[partHalves], "half edges", "%d: a number, then a row")
	}
	d.title("footer: see the list in format.go")
	d.take(len(b)-frame.TailBytes-d.at, "role, %d rows, %d linked, ...", s.rows, s.linked)
	d.title("tail")
	d.take(4, "length of the footer")
	d.take(4, "crc32c of the footer")
	d.take(8, "magic")
	return d.w.String()
}
