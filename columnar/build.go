package columnar

import (
	"context"
	"io"
	"slices"

	"github.com/quindex/quindex/codec"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/engines/frame"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
)

// builder writes the columns of one segment, one column at a time.
type builder struct {
	def   engines.IndexDef
	src   engines.Columns
	bloom []record.ColumnID
	enc   codec.Encoder
	out   *output
	// sources, where not nil, gives the columns instead of src: a merge that
	// may already have them as codes.
	sources func(record.Field) (source, *codedSource, error)
}

// Build writes the section.
func (b *builder) Build(ctx context.Context, w io.Writer) error {
	n := b.src.Rows()
	if n > rows.MaxRows {
		return fault.Errorf("columnar: build", fault.TooLarge, "%d rows in a segment, want at most %d", n, rows.MaxRows)
	}
	b.out = &output{w: w}
	if err := b.out.head(); err != nil {
		return err
	}
	f := footer{rows: n}
	for _, field := range b.def.Fields {
		col := b.src.Column(field.ID)
		if col == nil {
			continue
		}
		meta, err := b.column(ctx, field, col, n)
		if err != nil {
			return fault.E("columnar: build", fault.Item(field.Name), err)
		}
		f.columns = append(f.columns, meta)
	}
	return b.out.tail(&f)
}

// column writes the blocks of one column, then what helps to find rows in it.
func (b *builder) column(ctx context.Context, field record.Field, col engines.ColumnReader, n int) (columnMeta, error) {
	meta := columnMeta{id: field.ID, typ: field.Type, entries: -1}
	src, dict, err := b.source(ctx, field, col, n)
	if err != nil {
		return meta, err
	}
	tally := newTally(field.Type, dict, n)
	for i := range blocksOf(n) {
		blk, err := src.block(i)
		if err != nil {
			return meta, err
		}
		bytes, info, err := b.enc.Append(b.out.buf[:0], blk)
		if err != nil {
			return meta, err
		}
		b.out.buf = bytes
		bm := blockMeta{Info: info, textBounds: dict == nil && info.Known && isText(field.Type)}
		if len(info.LoS) > maxTextBound || len(info.HiS) > maxTextBound {
			bm.Known, bm.textBounds = false, false
		}
		bm.LoS, bm.HiS = clone(bm, info.LoS), clone(bm, info.HiS)
		if bm.extent, err = b.out.part(bytes); err != nil {
			return meta, err
		}
		meta.blocks = append(meta.blocks, bm)
		tally.add(blk, info)
	}
	return meta, b.finish(&meta, dict, tally, src)
}

// source returns the blocks of a column; text that deserves one has a dictionary.
func (b *builder) source(ctx context.Context, field record.Field, col engines.ColumnReader, n int) (src source, dict *codec.Dict, err error) {
	var coded *codedSource
	if b.sources == nil {
		src = readerSource{ctx, col, n}
	} else if src, coded, err = b.sources(field); err != nil {
		return nil, nil, err
	}
	if coded == nil && isText(field.Type) {
		if coded, err = intern(src, n); err != nil {
			return nil, nil, err
		}
	}
	if coded == nil {
		return src, nil, nil
	}
	return coded, coded.dict, nil
}

func clone(b blockMeta, s string) string {
	if !b.textBounds {
		return ""
	}
	return string(append([]byte(nil), s...))
}

// finish writes the dictionary, bitmaps and filters of a column.
func (b *builder) finish(meta *columnMeta, dict *codec.Dict, t *tally, src source) error {
	var err error
	if dict != nil {
		meta.entries, meta.distinct = dict.Len(), t.distinct()
		if meta.dict, err = b.out.part(codec.AppendDict(b.out.buf[:0], dict)); err != nil {
			return err
		}
	}
	return b.shortcuts(meta, t, src)
}

// isText reports whether values of t, or its elements, are strings.
func isText(t record.Type) bool {
	return t.Storage() == record.Strs || t.IsArray() && t.Elem().Storage() == record.Strs
}

// source gives the blocks of one column, in order, as often as asked.
type source interface {
	block(b int) (*codec.Block, error)
}

// readerSource is a column as it was handed to the builder.
type readerSource struct {
	ctx context.Context
	col engines.ColumnReader
	n   int
}

func (s readerSource) block(b int) (*codec.Block, error) {
	if err := s.ctx.Err(); err != nil {
		return nil, fault.E("columnar: build", err)
	}
	blk, err := s.col.Block(b)
	if err == nil && blk.N != blockRows(s.n, b) {
		err = fault.Errorf("columnar: build", fault.Internal, "block %d has %d rows, want %d", b, blk.N, blockRows(s.n, b))
	}
	return blk, err
}

// output counts what it writes and checksums it piece by piece.
type output struct {
	w   io.Writer
	off int
	buf []byte // scratch for one part
}

func (o *output) write(b []byte) error {
	n, err := o.w.Write(b)
	o.off += n
	if err != nil {
		return fault.E("columnar: write", fault.IO, err)
	}
	return nil
}

func (o *output) head() error {
	return o.write(frame.Head(magic, 0))
}

// part writes b, whose length is a multiple of codec.Align.
func (o *output) part(b []byte) (extent, error) {
	x := extent{Off: o.off, Len: len(b), CRC: frame.Checksum(b)}
	if cap(b) > cap(o.buf) {
		o.buf = b
	}
	return x, o.write(b)
}

func (o *output) tail(f *footer) error {
	b := f.append(slices.Clip(o.buf[:0]))
	return o.write(frame.AppendTail(b[:0], b, magic))
}
