package timeseries

import (
	"context"
	"io"

	"github.com/quindex/quindex/codec"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/engines/frame"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
)

// builder writes the directory of one segment.
type builder struct {
	def engines.IndexDef
	src engines.Columns
	out output
}

// Build writes the section.
func (b *builder) Build(ctx context.Context, w io.Writer) error {
	n := b.src.Rows()
	if n > rows.MaxRows {
		return fault.Errorf("timeseries: build", fault.TooLarge, "%d rows in a segment, want at most %d", n, rows.MaxRows)
	}
	s, err := newSurvey(b.def, b.src)
	if err != nil {
		return err
	}
	for at := 0; at < n && s.ordered; at += codec.BlockRows {
		if err := ctx.Err(); err != nil {
			return fault.E("timeseries: build", err)
		}
		if err := s.block(at/codec.BlockRows, min(codec.BlockRows, n-at)); err != nil {
			return fault.E("timeseries: build", err)
		}
	}
	s.end()
	b.out = output{w: w}
	if err := b.out.head(); err != nil {
		return err
	}
	f := &footer{rows: n, ordered: s.ordered}
	if s.ordered {
		if err := b.directory(f, s); err != nil {
			return err
		}
	}
	return b.out.tail(f)
}

func (b *builder) directory(f *footer, s *survey) error {
	f.series, f.time, f.unit = len(s.series), columnMeta{b.def.Fields[0].ID, b.def.Fields[0].Type}, 1
	f.origin, f.last, f.times = s.bounds()
	for i := range s.names {
		c, err := b.seriesColumn(&s.names[i])
		if err != nil {
			return err
		}
		f.columns = append(f.columns, c)
	}
	f.unit = s.unit(f.origin)
	columns := s.lists(f.origin, f.unit)
	for i, v := range columns {
		l, err := b.out.list(v)
		if err != nil {
			return err
		}
		f.lists[i] = l
	}
	for _, n := range columns[nulls] {
		f.nulls += int(n)
	}
	return nil
}

func (b *builder) seriesColumn(c *names) (seriesMeta, error) {
	m := seriesMeta{columnMeta: columnMeta{c.field.ID, c.field.Type}}
	var codes []int64
	var err error
	if c.text() {
		var d *codec.Dict
		d, codes = c.textCodes()
		m.entries = d.Len()
		m.dict, err = b.out.part(codec.AppendDict(b.out.buf[:0], d))
	} else {
		var values []int64
		values, codes = c.intCodes()
		m.entries = len(values)
		m.values, err = b.out.list(values)
	}
	if err != nil {
		return m, err
	}
	m.codes, err = b.out.list(codes)
	return m, err
}

// output counts what it writes and checksums it piece by piece.
type output struct {
	w   io.Writer
	off int
	buf []byte // scratch for one part
	enc codec.Encoder
}

func (o *output) write(b []byte) error {
	n, err := o.w.Write(b)
	o.off += n
	if err != nil {
		return fault.E("timeseries: write", fault.IO, err)
	}
	return nil
}

func (o *output) head() error { return o.write(frame.Head(magic, 0)) }

// part writes b, whose length is a multiple of codec.Align.
func (o *output) part(b []byte) (extent, error) {
	x := extent{Off: o.off, Len: len(b), CRC: frame.Checksum(b)}
	if cap(b) > cap(o.buf) {
		o.buf = b
	}
	return x, o.write(b)
}

func (o *output) list(v []int64) (list, error) {
	l := list{n: len(v)}
	c := record.NewColumn(record.T(record.Int64), 0)
	c.Ints, c.N = v, len(v)
	for lo := 0; lo < len(v); lo += codec.BlockRows {
		b, _, err := o.enc.Append(o.buf[:0], codec.View(c, lo, min(len(v), lo+codec.BlockRows)))
		if err != nil {
			return l, err
		}
		x, err := o.part(b)
		if err != nil {
			return l, err
		}
		l.blocks = append(l.blocks, x)
	}
	return l, nil
}

func (o *output) tail(f *footer) error {
	b := f.append(nil)
	return o.write(frame.AppendTail(b[:0], b, magic))
}
