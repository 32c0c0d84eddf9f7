package search

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/engines/enginetest"
	"github.com/quindex/quindex/engines/frame"
	"github.com/quindex/quindex/internal/golden"
	"github.com/quindex/quindex/record"
)

func textField() record.Field {
	return record.Field{ID: 1, Name: "title", Type: record.T(record.Text)}
}

func sectionOf(t testing.TB, texts ...string) []byte {
	t.Helper()
	s := &record.Schema{Fields: []record.Field{textField()}}
	b := record.NewBatch(s, len(texts))
	for _, text := range texts {
		v := record.TextValue(text)
		if text == "NULL" {
			v = record.NullOf(v.Type)
		}
		b.AppendRow(v)
	}
	return enginetest.Build(t, New(), Def(textField()), engines.BatchColumns(s, b))
}

// tinySection is five rows, one of them NULL.
func tinySection(t testing.TB) []byte {
	return sectionOf(t, "the new airport", "New airports", "NULL", "new new airport", "")
}

// denseSection has a term with a bitmap and blocks with a skip table.
func denseSection(t testing.TB) []byte {
	texts := make([]string, 700)
	for i := range texts {
		texts[i] = strings.Repeat("port ", 1+i%3) + strings.Repeat("x", i%40+1)
	}
	return sectionOf(t, texts...)
}

// TestGolden compares the bytes of the tiny section, each line with what it
// means, with testdata/tiny. A difference is a change of the format.
func TestGolden(t *testing.T) {
	golden.Compare(t, "testdata/tiny", dump(t, tinySection(t)))
}

// TestInspect compares what Inspect prints.
func TestInspect(t *testing.T) {
	var b bytes.Buffer
	for _, section := range [][]byte{tinySection(t), denseSection(t)} {
		if err := New().Inspect(&b, section); err != nil {
			t.Fatal(err)
		}
	}
	golden.Compare(t, "testdata/inspect", b.String())
	texts := make([]string, 20_000)
	for i := range texts {
		texts[i] = fmt.Sprintf("w%d port", i*7919)
	}
	bad := sectionOf(t, texts...)
	f, err := splitSection(bad)
	if err != nil {
		t.Fatal(err)
	}
	if len(f.pages) < 3 {
		t.Fatalf("%d pages, want 3 or more", len(f.pages))
	}
	bad[pageBytes/2] ^= 1
	bad[2*pageBytes+pageBytes/2] ^= 1
	b.Reset()
	if err := New().Inspect(&b, bad); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("[0, %d)", pageBytes)) {
		t.Errorf("two flipped bits: %v, want the first page named", err)
	}
	for _, page := range []int{0, 2} {
		if from := fmt.Sprintf("bytes [%d, ", page*pageBytes); !strings.Contains(b.String(), from) {
			t.Errorf("page %d is not named:\n%s", page, b.String())
		}
	}
}

// dump prints the parts of a section with their bytes.
func dump(t *testing.T, section []byte) string {
	t.Helper()
	f, err := splitSection(section)
	if err != nil {
		t.Fatal(err)
	}
	var w strings.Builder
	bytesOf := func(what string, lo, hi int) {
		for at := lo; at < hi || at == lo; at += 16 {
			fmt.Fprintf(&w, "%5d  %-48s %s\n", at, hex.EncodeToString(section[at:min(hi, at+16)]), what)
			what = ""
		}
	}
	bytesOf("magic", 0, 8)
	bytesOf("zeros", 8, frame.HeadBytes)
	for i, x := range f.part {
		if i == partPostings {
			dumpTerms(t, &w, section, f, bytesOf)
		} else if x.len > 0 {
			bytesOf(partNames[i], x.off, x.off+x.len)
		}
	}
	at := len(section) - frame.TailBytes
	at -= int(binary.LittleEndian.Uint32(section[at:]))
	names := []string{"rows", "rows without text", "sum of lengths", "terms", "postings", "length of the analyzer's name"}
	for _, name := range names {
		v, n := binary.Uvarint(section[at:])
		bytesOf(fmt.Sprintf("footer: %s, %d", name, v), at, at+n)
		at += n
	}
	bytesOf("  the name, "+f.analyzer, at, at+len(f.analyzer))
	at += len(f.analyzer)
	for i, x := range f.part {
		_, n := binary.Uvarint(section[at:])
		_, m := binary.Uvarint(section[at+n:])
		bytesOf(fmt.Sprintf("  %s at %d, %d bytes", partNames[i], x.off, x.len), at, at+n+m)
		at += n + m
	}
	for range f.pages {
		bytesOf("  crc32c of a page", at, at+4)
		at += 4
	}
	bytesOf("length of the footer", at, at+4)
	bytesOf("crc32c of the footer", at+4, at+8)
	bytesOf("magic", at+8, at+16)
	return w.String()
}

func dumpTerms(t *testing.T, w *strings.Builder, section []byte, f *footer, bytesOf func(string, int, int)) {
	t.Helper()
	ix, err := open(New(), engines.Section{Def: Def(textField()), Rows: f.rows, Bytes: section})
	if err != nil {
		t.Fatal(err)
	}
	dict, err := ix.fst()
	if err != nil {
		t.Fatal(err)
	}
	x := f.part[partPostings]
	it, err := dict.Iterator(nil, nil)
	end := x.off
	for ; err == nil; err = it.Next() {
		term, at := it.Current()
		p, err := ix.postingsAt(at)
		if err != nil {
			t.Fatal(err)
		}
		c := ix.newCursor(p)
		lo := x.off + int(at)
		bytesOf(fmt.Sprintf("postings of %q: rows * 2", term), lo, lo+1)
		bytesOf(fmt.Sprintf("  widths of rows %d, frequencies %d, positions %d", p.blocks[0], p.blocks[1], p.blocks[2]), lo+1, lo+4)
		end = lo + 1 + p.size
		rows, tfs := lo+4+packed(p.n, uint(p.blocks[0])), 0
		tfs = rows + packed(p.n, c.wf)
		bytesOf("  rows", lo+4, rows)
		bytesOf("  frequencies", rows, tfs)
		bytesOf("  positions", tfs, end)
	}
	bytesOf("slack", end, x.off+x.len)
}

// FuzzOpen opens any bytes, with all checksums put right so that reading goes
// deep, and asks what opened. Nodes of its dictionary may lead anywhere.
func FuzzOpen(f *testing.F) {
	for _, section := range [][]byte{tinySection(f), denseSection(f)} {
		f.Add(section)
	}
	f.Add([]byte(magic))
	e := New()
	f.Fuzz(func(t *testing.T, b []byte) {
		b = repair(b)
		foot, err := splitSection(b)
		if err != nil || foot.rows > 1<<18 {
			return
		}
		ix, err := open(e, engines.Section{Def: Def(textField()), Rows: foot.rows, Bytes: b})
		if err != nil {
			return
		}
		fuzzQueries(ix)
		_ = New().Inspect(io.Discard, b)
	})
}

// TestCircles: a dictionary whose nodes lead in a circle is found out, and one
// that is deeper or wider than its size allows is left.
func TestCircles(t *testing.T) {
	section := tinySection(t)
	foot, err := splitSection(section)
	if err != nil {
		t.Fatal(err)
	}
	x, refused := foot.part[partDict], 0
	for at := x.off; at < x.off+x.len; at++ {
		for _, to := range []byte{0, 1, 2, 17, 0x80, 0xff} {
			b := append([]byte(nil), section...)
			b[at] = to
			b = repair(b)
			ix, err := open(New(), engines.Section{Def: Def(textField()), Rows: foot.rows, Bytes: b})
			if err != nil {
				continue
			}
			fuzzQueries(ix)
			if err := New().Inspect(io.Discard, b); err != nil {
				refused++
			}
		}
	}
	if refused == 0 {
		t.Error("nothing was refused")
	}
}

// repair writes the checksums of pages and footer, if there is room for them.
func repair(b []byte) []byte {
	b = append([]byte(nil), b...)
	enginetest.Reseal(b, func(foot []byte, at int) {
		crcs := frame.AppendPages(nil, b, 0, at, pageBytes)
		if len(crcs) <= len(foot) {
			copy(foot[len(foot)-len(crcs):], crcs)
		}
	})
	return b
}
