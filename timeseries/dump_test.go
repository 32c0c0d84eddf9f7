package timeseries

import (
	"fmt"
	"testing"

	"github.com/quindex/quindex/codec"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/engines/enginetest"
	"github.com/quindex/quindex/engines/frame"
	"github.com/quindex/quindex/internal/golden"
	"github.com/quindex/quindex/record"
)

// tinySection has an even series, an uneven one and one without a name or a time.
func tinySection(t testing.TB) []byte {
	t.Helper()
	s := &record.Schema{Fields: []record.Field{
		{ID: 1, Name: "at", Type: record.T(record.Timestamp)},
		{ID: 2, Name: "host", Type: record.T(record.Keyword)},
		{ID: 3, Name: "core", Type: record.T(record.Int64)},
	}}
	b := record.NewBatch(s, 0)
	start := at("2016-01-01T00:00:00Z")
	row := func(host string, core, seconds int64) {
		b.AppendRow(record.TimestampValue(start+seconds*1e9), record.KeywordValue(host), record.IntValue(core))
	}
	row("a", 0, 0)
	row("a", 0, 10)
	row("a", 0, 20)
	row("a", 7, 0)
	row("a", 7, 10)
	row("a", 7, 30)
	b.AppendRow(record.NullOf(s.Fields[0].Type), record.NullOf(s.Fields[1].Type), record.IntValue(7))
	return enginetest.Build(t, Engine{}, defOf(s), engines.BatchColumns(s, b))
}

// TestGolden compares the bytes of the tiny section, each line with what it
// means, with testdata/tiny. A difference is a change of the format.
func TestGolden(t *testing.T) { golden.Compare(t, "testdata/tiny", dump(t, tinySection(t))) }

// dumper prints bytes in order, each run with a comment.
type dumper struct{ *golden.Dump }

func dump(t *testing.T, section []byte) string {
	f, err := splitSection(section)
	if err != nil {
		t.Fatal(err)
	}
	d := dumper{golden.NewDump(section, 8, "A directory of series, byte by byte: seven rows, three series.")}
	d.Title("head")
	d.Take(8, "magic: QXTIME, version 1")
	d.Take(frame.HeadBytes-8, "padding")
	for _, c := range f.columns {
		if isText(c.typ) {
			d.Title("column %d: dictionary of %d (see package codec)", c.id, c.entries)
			d.Take(c.dict.Len, "entries, packed, text; offsets; hashes; text")
		} else {
			d.list(t, fmt.Sprintf("column %d: values", c.id), c.values)
		}
		d.list(t, fmt.Sprintf("column %d: the value of each series, by its place", c.id), c.codes)
	}
	for i, l := range f.lists {
		d.list(t, listNames[i], l)
	}
	d.Title("footer: see the list in format.go")
	d.Take(len(section)-frame.TailBytes-d.At, "%d rows, in order, times; %d series; ...", f.rows, f.series)
	d.Title("tail")
	d.Take(4, "length of the footer")
	d.Take(4, "crc32c of the footer")
	d.Take(8, "magic")
	return d.String()
}

// list prints the block of a list: its header, then its numbers.
func (d dumper) list(t *testing.T, what string, l list) {
	for _, x := range l.blocks {
		blk, err := codec.Open(d.Bytes[x.Off:x.Off+x.Len], record.T(record.Int64), nil)
		if err != nil {
			t.Fatal(err)
		}
		v := make([]int64, blk.N)
		blk.Ints.Decode(v)
		d.Title("%s: %v", what, v)
		d.Take(4, "form %d, width, storage, flags", blk.Form)
		d.Take(12, "numbers: %d, nulls, count", blk.N)
		d.Take(16, "ref: %d, extra", blk.Ints.Ref)
		d.Take(32, "padding")
		if x.Len > 64 {
			d.Take(blk.N, "number - ref")
			d.Take(x.Len-64-blk.N, "padding")
		}
	}
}
