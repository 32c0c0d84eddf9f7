package timeseries

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/quindex/quindex/codec"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/engines/enginetest"
	"github.com/quindex/quindex/engines/frame"
	"github.com/quindex/quindex/record"
)

var rewrite = flag.Bool("rewrite", false, "write the files in testdata anew")

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
func TestGolden(t *testing.T) { golden(t, "testdata/tiny", dump(t, tinySection(t))) }

func golden(t *testing.T, name, got string) {
	t.Helper()
	if *rewrite {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs (go test -rewrite writes it):\n%s", name, got)
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
	b := d.b[d.at : d.at+n]
	text := fmt.Sprintf(format, args...)
	if n > 8 && len(bytes.Trim(b, "\x00")) == 0 {
		fmt.Fprintf(&d.w, "%5d: %-24s  %s\n", d.at, fmt.Sprintf("00 x %d", n), text)
	} else {
		for i := 0; i < n; i += 8 {
			part := strings.TrimSpace(fmt.Sprintf("% x", b[i:min(n, i+8)]))
			fmt.Fprintf(&d.w, "%5d: %-24s  %s\n", d.at+i, part, text)
			text = ".."
		}
	}
	d.at += n
}

func dump(t *testing.T, section []byte) string {
	f, err := splitSection(section)
	if err != nil {
		t.Fatal(err)
	}
	d := &dumper{b: section}
	d.w.WriteString("# A directory of series, byte by byte: seven rows, three series.\n")
	d.title("head")
	d.take(8, "magic: QXTIME, version 1")
	d.take(frame.HeadBytes-8, "padding")
	for _, c := range f.columns {
		if isText(c.typ) {
			d.title("column %d: dictionary of %d (see package codec)", c.id, c.entries)
			d.take(c.dict.Len, "entries, packed, text; offsets; hashes; text")
		} else {
			d.list(t, fmt.Sprintf("column %d: values", c.id), c.values)
		}
		d.list(t, fmt.Sprintf("column %d: the value of each series, by its place", c.id), c.codes)
	}
	for i, l := range f.lists {
		d.list(t, listNames[i], l)
	}
	d.title("footer: see the list in format.go")
	d.take(len(section)-frame.TailBytes-d.at, "%d rows, in order, times; %d series; ...", f.rows, f.series)
	d.title("tail")
	d.take(4, "length of the footer")
	d.take(4, "crc32c of the footer")
	d.take(8, "magic")
	return d.w.String()
}

// list prints the block of a list: its header, then its numbers.
func (d *dumper) list(t *testing.T, what string, l list) {
	for _, x := range l.blocks {
		blk, err := codec.Open(d.b[x.Off:x.Off+x.Len], record.T(record.Int64), nil)
		if err != nil {
			t.Fatal(err)
		}
		v := make([]int64, blk.N)
		blk.Ints.Decode(v)
		d.title("%s: %v", what, v)
		d.take(4, "form %d, width, storage, flags", blk.Form)
		d.take(12, "numbers: %d, nulls, count", blk.N)
		d.take(16, "ref: %d, extra", blk.Ints.Ref)
		d.take(32, "padding")
		if x.Len > 64 {
			d.take(blk.N, "number - ref")
			d.take(x.Len-64-blk.N, "padding")
		}
	}
}
