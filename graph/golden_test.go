package graph

import (
	"bytes"
	"context"
	"encoding/binary"
	"testing"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/engines/frame"
	"github.com/quindex/quindex/internal/golden"
	"github.com/quindex/quindex/record"
)

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
		golden.Compare(t, "testdata/"+role, got)
	}
}

// dumper prints bytes in order, each run with a comment.
type dumper struct{ *golden.Dump }

// words prints a part of numbers.
func (d dumper) words(p part, title, each string) {
	d.Title("%s", title)
	for range p.bytes / 4 {
		d.Take(4, each, binary.LittleEndian.Uint32(d.Bytes[d.At:]))
	}
	if p.end() > d.At {
		d.Take(p.end()-d.At, "zeros")
	}
}

func dump(t *testing.T, b []byte) string {
	s, err := splitSection(b)
	if err != nil {
		t.Fatal(err)
	}
	d := dumper{golden.NewDump(b, 12, "A section of a graph, byte by byte: %d rows, %d of them linked.", s.rows, s.linked)}
	d.Title("head")
	d.Take(8, "magic: QXGRAF, version 1")
	d.Take(frame.HeadBytes-8, "zeros")
	sides := []string{"keys"}
	if s.edge {
		sides = []string{"sources", "targets"}
	}
	for i, side := range sides {
		parts := s.parts[i*sideParts:]
		d.words(parts[partKeys], side+": offsets of strings", "byte %d")
		d.Title("%s: bytes of strings", side)
		d.Take(parts[partBytes].bytes, "%s", b[d.At:d.At+parts[partBytes].bytes])
		d.Take(parts[partBytes].end()-d.At, "zeros")
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
	d.Title("footer: see the list in format.go")
	d.Take(len(b)-frame.TailBytes-d.At, "role, %d rows, %d linked, ...", s.rows, s.linked)
	d.Title("tail")
	d.Take(4, "length of the footer")
	d.Take(4, "crc32c of the footer")
	d.Take(8, "magic")
	return d.String()
}
