package search

import (
	"context"
	"encoding/binary"
	"io"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/quindex/quindex/codec"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
)

// builder inverts the texts of one segment.
type builder struct {
	field    record.Field
	analyzer *analyzer
	src      engines.Columns

	ids     map[string]int32 // of terms
	memo    *wordTable       // the term of a word, -1 for none; where words are analysed alone
	terms   []inverted
	lengths []byte
	nulls   *roaring.Bitmap
}

// inverted is the list of one term, a token after the other, in varints. The
// lowest bit says that a row begins: then the others are the distance from the
// row before and the position follows; else they are the distance from the
// position before.
type inverted struct {
	list     []byte
	row, pos uint32
	rows     uint32
}

func (t *inverted) add(row, pos uint32) {
	if t.rows > 0 && t.row == row {
		t.list = appendVarint(t.list, uint64(pos-t.pos)<<1)
		t.pos = pos
		return
	}
	t.list = appendVarint(t.list, uint64(row-t.row)<<1|1)
	t.list = appendVarint(t.list, uint64(pos))
	t.row, t.pos = row, pos
	t.rows++
}

// appendVarint is binary.AppendUvarint; most numbers here take one byte.
func appendVarint(dst []byte, v uint64) []byte {
	if v < 0x80 {
		return append(dst, byte(v))
	}
	return binary.AppendUvarint(dst, v)
}

// Build writes the section.
func (b *builder) Build(ctx context.Context, w io.Writer) error {
	n := b.src.Rows()
	if n > rows.MaxRows {
		return fault.Errorf("search: build", fault.TooLarge, "%d rows in a segment, want at most %d", n, rows.MaxRows)
	}
	b.ids, b.memo, b.nulls = map[string]int32{}, newWordTable(), roaring.New()
	b.lengths = make([]byte, 0, n)
	col := b.src.Column(b.field.ID)
	for i := 0; i*codec.BlockRows < n; i++ {
		if err := ctx.Err(); err != nil {
			return fault.E("search: build", err)
		}
		if err := b.block(ctx, col, i, min(codec.BlockRows, n-i*codec.BlockRows)); err != nil {
			return fault.E("search: build", fault.Item(b.field.Name), err)
		}
	}
	return b.write(ctx, w)
}

// block reads the rows of one block; a column that is not there is its default.
func (b *builder) block(ctx context.Context, col engines.ColumnReader, i, n int) error {
	value := func(int) record.Value { return b.field.Default }
	if col != nil {
		blk, err := col.Block(i)
		if err != nil {
			return err
		}
		value = blk.Value
	}
	for r := range n {
		if r&1023 == 1023 && ctx.Err() != nil {
			return ctx.Err()
		}
		if err := b.row(uint32(i*codec.BlockRows+r), value(r)); err != nil {
			return err
		}
	}
	return nil
}

// row takes in the text of one row.
func (b *builder) row(row uint32, v record.Value) error {
	tokens := 0
	switch {
	case v.IsNull():
		b.nulls.Add(row)
	case b.analyzer.alone && isPlain(v.S):
		pos := uint32(0)
		asciiWords(v.S, func(lo, hi int) {
			pos++
			if id := b.word(v.S[lo:hi]); id >= 0 {
				b.terms[id].add(row, pos)
				tokens++
			}
		})
	default:
		last := 0
		for _, t := range b.analyzer.tokens(v.S) {
			if t.pos < last || t.pos > 1<<30 {
				return fault.Errorf("search: build", fault.Internal, "a token at position %d after %d", t.pos, last)
			}
			last = t.pos
			b.terms[b.id(string(t.term))].add(row, uint32(t.pos))
			tokens++
		}
	}
	b.lengths = append(b.lengths, lengthByte(tokens))
	return nil
}

// word returns the id of the term that a word becomes, or -1. Most words were
// seen before.
func (b *builder) word(word string) int32 {
	if id, ok := b.memo.get(word); ok {
		return id
	}
	id := int32(-1)
	if term, ok := b.analyzer.oneWord(word); ok {
		id = b.id(term)
	}
	b.memo.put(word, id)
	return id
}

func (b *builder) id(term string) int32 {
	id, ok := b.ids[term]
	if !ok {
		id = int32(len(b.terms))
		b.ids[term] = id
		b.terms = append(b.terms, inverted{})
	}
	return id
}
