package geo

import (
	"bytes"
	"context"
	"math"
	"testing"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/engines/frame"
	"github.com/quindex/quindex/internal/golden"
	"github.com/quindex/quindex/record"
)

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
	golden.Compare(t, "testdata/tiny", got)
}

func dump(t *testing.T, b []byte) string {
	s, err := splitSection(b)
	if err != nil {
		t.Fatal(err)
	}
	ix := newIndex(s)
	d := golden.NewDump(b, 12, "A section of places, byte by byte: five rows, three of them with a place.")
	d.Title("head")
	d.Take(8, "magic: QXGEOP, version 1")
	d.Pad(s.atRows)
	d.Title("rows in the order of the curve")
	for _, r := range ix.rowOf {
		d.Take(4, "row %d", r)
	}
	d.Pad(s.atPlaces)
	d.Title("unit vectors")
	for i := range s.places {
		d.Take(12, "of row %d: %v", ix.rowOf[i], ix.xyz[3*i:3*i+3])
	}
	d.Pad(s.atBoxes)
	d.Title("boxes")
	for i := range ix.boxes {
		d.Take(24, "of block %d: from %v to %v", i, ix.boxes[i].lo, ix.boxes[i].hi)
	}
	d.Pad(s.atLeaves)
	d.Title("leaf cells")
	for k, leaf := range ix.leaves {
		d.Take(8, "first of block %d: %016x", k, leaf)
	}
	d.Pad(s.atStarts)
	d.Title("starts of blocks")
	for _, at := range ix.starts {
		d.Take(4, "place %d", at)
	}
	d.Pad(s.atNulls)
	d.Title("rows that are NULL")
	d.Take(s.nullBytes, "roaring, portable")
	d.Pad(s.end)
	d.Title("footer: see the list in format.go")
	d.Take(len(b)-frame.TailBytes-d.At, "%d rows, %d places, %d blocks, ...", s.rows, s.places, s.blocks)
	d.Title("tail")
	d.Take(4, "length of the footer")
	d.Take(4, "crc32c of the footer")
	d.Take(8, "magic")
	return d.String()
}
