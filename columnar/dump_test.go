package columnar

import (
	"bytes"
	"context"
	"testing"

	"github.com/quindex/quindex/codec"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/engines/frame"
	"github.com/quindex/quindex/internal/golden"
	"github.com/quindex/quindex/record"
)

// tinySection is five rows of every form that fits in five rows.
func tinySection(t testing.TB) []byte {
	t.Helper()
	s := &record.Schema{Fields: []record.Field{
		{ID: 1, Name: "id", Type: record.T(record.Int64)},
		{ID: 2, Name: "city", Type: record.T(record.Keyword)},
		{ID: 3, Name: "heat", Type: record.T(record.Float64)},
		{ID: 4, Name: "note", Type: record.T(record.Text)},
		{ID: 5, Name: "tags", Type: record.T(record.KeywordArray)},
		{ID: 6, Name: "at", Type: record.T(record.Point)},
	}}
	b := record.NewBatch(s, 5)
	word := func(words ...string) record.Value {
		v := record.Value{Type: record.T(record.KeywordArray), Valid: true}
		for _, w := range words {
			v.Elems = append(v.Elems, record.KeywordValue(w))
		}
		return v
	}
	null := func(i int) record.Value { return record.NullOf(s.Fields[i].Type) }
	b.AppendRow(record.IntValue(1000), record.KeywordValue("Oslo"), record.FloatValue(-3.5), record.TextValue("one"), word("a", "b"), record.PointValue(10.75, 59.91))
	b.AppendRow(record.IntValue(1001), record.KeywordValue("Bergen"), record.FloatValue(4), record.TextValue("two"), word(), record.PointValue(5.32, 60.39))
	b.AppendRow(record.IntValue(1002), null(1), null(2), record.TextValue("three"), word("b"), null(5))
	b.AppendRow(record.IntValue(1300), record.KeywordValue("Oslo"), record.FloatValue(0), record.TextValue("four"), null(4), record.PointValue(10.75, 59.91))
	b.AppendRow(record.IntValue(1301), record.KeywordValue("Oslo"), record.FloatValue(8.25), record.TextValue("five"), word("a", "b"), record.PointValue(10.75, 59.91))
	bld, err := Engine{}.NewBuilder(engines.ColumnsDef(s.Fields, map[string]string{"bloom": "id"}), engines.BatchColumns(s, b))
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
	golden.Compare(t, "testdata/tiny", dump(t, tinySection(t)))
}

// dumper prints bytes in order, each run with a comment.
type dumper struct {
	*golden.Dump
	t *testing.T
}

func dump(t *testing.T, section []byte) string {
	f, err := splitSection(section)
	if err != nil {
		t.Fatal(err)
	}
	d := &dumper{golden.NewDump(section, 8, "A section of columns, byte by byte: five rows, six columns."), t}
	d.Title("head")
	d.Take(8, "magic: QXCOLS, version 1")
	d.Pad(frame.HeadBytes)
	for i := range f.columns {
		d.column(&f.columns[i])
	}
	d.Title("footer: see the list in format.go")
	d.Take(len(section)-frame.TailBytes-d.At, "%d rows, %d columns, ...", f.rows, len(f.columns))
	d.Title("tail")
	d.Take(4, "length of the footer")
	d.Take(4, "crc32c of the footer")
	d.Take(8, "magic")
	return d.String()
}

func (d *dumper) column(c *columnMeta) {
	for i := range c.blocks {
		m := &c.blocks[i]
		d.Title("column %d %s, block %d: %s", c.id, c.typ, i, m.describe(c))
		d.block(c, m.Off+m.Len)
	}
	if c.entries >= 0 {
		d.Title("column %d: dictionary", c.id)
		d.dict(c)
	}
	for i, x := range c.blooms {
		d.Title("column %d: bloom filter of block %d", c.id, i)
		d.Take(8, "bits")
		d.Take(8, "hash functions")
		d.Pad(x.Off + bloomHeader)
		d.Take(x.Off+x.Len-d.At, "the bits")
	}
}

// block prints one block of a column up to end.
func (d *dumper) block(c *columnMeta, end int) {
	blk, err := codec.Open(d.Bytes[d.At:end], c.typ, dictOf(d.t, d.Bytes, c))
	if err != nil {
		d.t.Fatal(err)
	}
	d.body(blk)
	d.Pad(end)
}

func (d *dumper) body(b *codec.Block) {
	start := d.At
	part := func(n int, format string, args ...any) {
		d.Take(n, format, args...)
		d.Pad(start + (d.At-start+63)/64*64)
	}
	d.Take(1, "form: %d", b.Form)
	d.Take(1, "width")
	d.Take(1, "storage: %d", b.Type.Storage())
	d.Take(1, "flags")
	d.Take(4, "rows: %d", b.N)
	d.Take(4, "nulls: %d", b.Nulls)
	d.Take(4, "count")
	d.Take(8, "ref")
	part(8, "extra")
	if b.Nulls > 0 && b.Nulls < b.N {
		part(8, "validity: rows with a value")
	}
	switch b.Form {
	case codec.FormFOR:
		d.Take(b.N*d.width(b), "ref + element, %d rows", b.N)
		part((64-b.N)*d.width(b), "rows up to 64")
	case codec.FormFloats:
		d.Take(8*b.N, "floats, little-endian")
		part(8*(64-b.N), "rows up to 64")
	case codec.FormPoints:
		d.Take(8*b.N, "longitudes")
		part(8*(64-b.N), "rows up to 64")
		d.Take(8*b.N, "latitudes")
		part(8*(64-b.N), "rows up to 64")
	case codec.FormStrings:
		part(4*(b.N+1), "offsets")
		part(len(b.Strs.Data), "text: %q", b.Strs.Data)
	case codec.FormArray:
		part(4*(b.N+1), "offsets of elements")
		d.Title("its elements")
		d.body(b.Elem)
	}
}

func (d *dumper) width(b *codec.Block) int {
	switch {
	case b.Ints.W8 != nil:
		return 1
	case b.Ints.W16 != nil:
		return 2
	case b.Ints.W32 != nil:
		return 4
	}
	return 8
}

func dictOf(t *testing.T, section []byte, c *columnMeta) *codec.Dict {
	if c.entries < 0 {
		return nil
	}
	dict, err := codec.OpenDict(section[c.dict.Off : c.dict.Off+c.dict.Len])
	if err != nil {
		t.Fatal(err)
	}
	return dict
}

func (d *dumper) dict(c *columnMeta) {
	dict, start := dictOf(d.t, d.Bytes, c), d.At
	part := func(n int, format string, args ...any) {
		d.Take(n, format, args...)
		d.Pad(start + (d.At-start+63)/64*64)
	}
	d.Take(4, "entries: %d", dict.Len())
	d.Take(4, "packed: 0")
	d.Take(8, "bytes of text: %d", len(dict.Strs.Data))
	part(8, "bytes kept")
	part(4*(dict.Len()+1), "offsets")
	part(8*dict.Len(), "xxhash64 of each entry")
	part(len(dict.Strs.Data), "text: %q", dict.Strs.Data)
	d.Pad(c.dict.Off + c.dict.Len)
}

// TestInspect prints the tiny section, and finds a flipped byte in each part.
func TestInspect(t *testing.T) {
	section := tinySection(t)
	var w bytes.Buffer
	if err := Inspect(&w, section); err != nil {
		t.Fatal(err)
	}
	golden.Compare(t, "testdata/inspect", w.String())
	for at := range section {
		section[at] ^= 0x40
		if Inspect(&bytes.Buffer{}, section) == nil {
			t.Fatalf("flipped byte %d of %d is not found", at, len(section))
		}
		section[at] ^= 0x40
	}
}
