package columnar

import (
	"fmt"
	"io"
	"math"
	"strconv"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/quindex/quindex/codec"
	"github.com/quindex/quindex/engines/frame"
	"github.com/quindex/quindex/record"
)

// Inspect prints the structure of a section for people and reads all of it:
// every checksum, dictionary, block, bitmap and filter. It prints on after a
// part that is wrong, and returns the first such error.
func Inspect(w io.Writer, section []byte) error {
	f, err := splitSection(section)
	if err != nil {
		return err
	}
	p := &inspector{w: w, section: section}
	p.line("columns: %d bytes, %d rows, %d columns", len(section), f.rows, len(f.columns))
	for i := range f.columns {
		p.column(&f.columns[i], f.rows)
	}
	p.line("footer: %d bytes", len(section)-frame.TailBytes-p.end)
	if p.wrote != nil {
		return p.wrote
	}
	return p.wrong
}

type inspector struct {
	w       io.Writer
	section []byte
	end     int   // of the last part
	wrong   error // the first thing found wrong
	wrote   error
}

func (p *inspector) line(format string, args ...any) {
	if p.wrote == nil {
		_, p.wrote = fmt.Fprintf(p.w, format+"\n", args...)
	}
}

// part prints one extent; read decides whether its bytes are right.
func (p *inspector) part(x extent, what string, read func([]byte) error) {
	p.end = x.Off + x.Len
	b, err := bytesOf(x, p.section, what)
	if err == nil && read != nil {
		err = read(b)
	}
	verdict := "ok"
	if err != nil {
		verdict = err.Error()
		if p.wrong == nil {
			p.wrong = err
		}
	}
	p.line("  %-10d %s, %d bytes, crc32c %08x %s", x.Off, what, x.Len, x.CRC, verdict)
}

func (p *inspector) column(c *columnMeta, n int) {
	p.line("column %d %s", c.id, c.typ)
	dict := p.dictOf(c)
	for i := range c.blocks {
		m := &c.blocks[i]
		p.part(m.extent, fmt.Sprintf("block %d: %s", i, m.describe(c)), func(b []byte) error {
			blk, err := codec.Open(b, c.typ, dict)
			if err != nil {
				return err
			}
			return blk.Check()
		})
	}
	if c.entries >= 0 {
		p.part(c.dict, fmt.Sprintf("dictionary of %d", c.entries), func(b []byte) error {
			d, err := codec.OpenDict(b)
			if err != nil {
				return err
			}
			return d.Check()
		})
	}
	for i, x := range c.bitmaps {
		p.part(x, fmt.Sprintf("bitmap of %s: %d rows", c.valueName(i, dict), c.counts[i]), bitmapCheck(c.counts[i]))
	}
	if c.nullMap.Len > 0 {
		nulls := 0
		for i := range c.blocks {
			nulls += c.blocks[i].Nulls
		}
		p.part(c.nullMap, fmt.Sprintf("bitmap of NULL: %d rows", nulls), bitmapCheck(nulls))
	}
	for i, x := range c.blooms {
		p.part(x, fmt.Sprintf("bloom filter of block %d", i), func(b []byte) error {
			_, err := openBloom(b)
			return err
		})
	}
}

// dictOf reads the dictionary ahead of the blocks; its errors show where its
// own line is printed.
func (p *inspector) dictOf(c *columnMeta) *codec.Dict {
	if c.entries < 0 {
		return nil
	}
	d, err := codec.OpenDict(p.section[c.dict.Off : c.dict.Off+c.dict.Len])
	if err != nil {
		return nil
	}
	return d
}

func bitmapCheck(want int) func([]byte) error {
	return func(b []byte) error {
		m := roaring.New()
		if _, err := m.FromBuffer(b); err != nil {
			return err
		}
		if err := m.Validate(); err != nil {
			return err
		}
		if got := int(m.GetCardinality()); got != want {
			return corrupt("bitmap of %d rows, want %d", got, want)
		}
		return nil
	}
}

func (c *columnMeta) valueName(i int, dict *codec.Dict) string {
	switch {
	case c.entries < 0:
		return strconv.FormatInt(c.values[i], 10)
	case dict != nil && i < dict.Len():
		return strconv.Quote(dict.Strs.At(i))
	}
	return fmt.Sprintf("entry %d", i)
}

// describe names the encoding and the bounds of a block.
func (m *blockMeta) describe(c *columnMeta) string {
	name := map[codec.Form]string{
		codec.FormConst: "constant", codec.FormRuns: "runs", codec.FormFOR: fmt.Sprintf("frame of reference, %d bytes a row", m.Width),
		codec.FormFloats: "floats", codec.FormPoints: "points", codec.FormStrings: "strings", codec.FormArray: "arrays",
		codec.FormPacked: fmt.Sprintf("packed, unpacked %d bytes a row", m.Width),
	}[m.Form]
	if m.Form == codec.FormStrings && m.Width == 1 {
		name = "strings in zstd"
	}
	s := fmt.Sprintf("%s, %d rows, %d null", name, m.Rows, m.Nulls)
	if !m.Known {
		return s
	}
	float := func(bits int64) float64 { return math.Float64frombits(uint64(bits)) }
	switch st := valueType(c.typ).Storage(); {
	case m.textBounds:
		return s + fmt.Sprintf(", [%q, %q]", m.LoS, m.HiS)
	case c.entries >= 0:
		return s + fmt.Sprintf(", codes [%d, %d]", m.Lo, m.Hi)
	case st == record.Ints:
		return s + fmt.Sprintf(", [%d, %d]", m.Lo, m.Hi)
	case st == record.Floats:
		return s + fmt.Sprintf(", [%v, %v]", float(m.Lo), float(m.Hi))
	case st == record.Points:
		return s + fmt.Sprintf(", box (%v, %v) to (%v, %v)", float(m.Lo), m.LatLo, float(m.Hi), m.LatHi)
	}
	return s
}
