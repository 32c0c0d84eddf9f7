package geo

import (
	"bytes"
	"context"
	"encoding/hex"
	"flag"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/engines/frame"
	"github.com/quindex/quindex/record"
)

var rewrite = flag.Bool("rewrite", false, "write the files in testdata anew")

func tinySchema() *record.Schema {
	return &record.Schema{Fields: []record.Field{{ID: 1, Name: "at", Type: record.T(record.Point)}}}
}

func tinyDef() engines.IndexDef {
	return engines.IndexDef{Name: "at_geo", Engine: "geo", Fields: tinySchema().Fields}
}

// tinySection is five rows: Oslo, Bergen, NULL, Suva beyond the meridian of
// 180 degrees, and what is no place.
func tinySection(t testing.TB) []byte {
	t.Helper()
	s := tinySchema()
	b := record.NewBatch(s, 5)
	b.AppendRow(record.PointValue(10.75, 59.91))
	b.AppendRow(record.PointValue(5.32, 60.39))
	b.AppendRow(record.NullOf(s.Fields[0].Type))
	b.AppendRow(record.PointValue(178.44, -18.14))
	b.AppendRow(record.PointValue(math.NaN(), 0))
	bld, err := Engine{}.NewBuilder(tinyDef(), engines.BatchColumns(s, b))
	if err != nil {
		t.Fatal(err)
	}
	var w bytes.Buffer
	if err := bld.Build(context.Background(), &w); err != nil {
		t.Fatal(err)
	}
	return w.Bytes()
}

// TestGolden compares the bytes of the tiny section, each line with what it
// means, with testdata/tiny. A difference is a change of the format.
func TestGolden(t *testing.T) {
	section := tinySection(t)
	var inspected bytes.Buffer
	if err := (Engine{}).Inspect(&inspected, section); err != nil {
		t.Fatal(err)
	}
	got := dump(t, section) + "\n# As inspect prints it\n" + inspected.String()
	if *rewrite {
		if err := os.WriteFile("testdata/tiny", []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/tiny")
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("testdata/tiny differs (go test -rewrite writes it):\n%s", got)
	}
}

// dumper prints bytes in order, each run with a comment.
type dumper struct {
	b  []byte
	at int
	w  strings.Builder
}

func (d *dumper) title(format string, args ...any) { fmt.Fprintf(&d.w, "\n# "+format+"\n", args...) }

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

func (d *dumper) pad(to int) {
	if to > d.at {
		d.take(to-d.at, "padding")
	}
}

func dump(t *testing.T, b []byte) string {
	s, err := splitSection(b)
	if err != nil {
		t.Fatal(err)
	}
	ix := newIndex(s)
	d := &dumper{b: b}
	d.w.WriteString("# A section of places, byte by byte: five rows, three of them with a place.\n")
	d.title("head")
	d.take(8, "magic: QXGEOP, version 1")
	d.pad(s.atRows)
	d.title("rows in the order of the curve")
	for _, r := range ix.rowOf {
		d.take(4, "row %d", r)
	}
	d.pad(s.atPlaces)
	d.title("unit vectors")
	for i := range s.places {
		d.take(12, "of row %d: %v", ix.rowOf[i], ix.xyz[3*i:3*i+3])
	}
	d.pad(s.atBoxes)
	d.title("boxes")
	for i := range ix.boxes {
		d.take(24, "of block %d: from %v to %v", i, ix.boxes[i].lo, ix.boxes[i].hi)
	}
	d.pad(s.atLeaves)
	d.title("leaf cells")
	for k, leaf := range ix.leaves {
		d.take(8, "first of block %d: %016x", k, leaf)
	}
	d.pad(s.atStarts)
	d.title("starts of blocks")
	for _, at := range ix.starts {
		d.take(4, "place %d", at)
	}
	d.pad(s.atNulls)
	d.title("rows that are NULL")
	d.take(s.nullBytes, "roaring, portable")
	d.pad(s.end)
	d.title("footer: see the list in format.go")
	d.take(len(b)-frame.TailBytes-d.at, "%d rows, %d places, %d blocks, ...", s.rows, s.places, s.blocks)
	d.title("tail")
	d.take(4, "length of the footer")
	d.take(4, "crc32c of the footer")
	d.take(8, "magic")
	return d.w.String()
}
