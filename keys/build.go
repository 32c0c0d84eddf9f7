package keys

import (
	"cmp"
	"context"
	"encoding/binary"
	"io"
	"math"
	"math/bits"
	"slices"

	"github.com/quindex/quindex/codec"
	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/engines/frame"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
)

// builder writes the index of one segment.
type builder struct {
	def engines.IndexDef
	src engines.Columns
}

// entry is one key on its way into a section.
type entry struct {
	word     uint64 // 40 bits of hash, 24 of row
	from, to uint32 // its bytes, where they are kept
}

// Build reads the key columns and writes the section.
func (b *builder) Build(ctx context.Context, w io.Writer) error {
	n := b.src.Rows()
	all, kept := make([]entry, 0, n), []byte(nil)
	own := !numbers(b.def)
	key := make([]*record.Column, len(b.def.Fields))
	var room []byte
	for lo := 0; lo < n; lo += codec.BlockRows {
		if err := ctx.Err(); err != nil {
			return err
		}
		rows, err := b.block(key, lo/codec.BlockRows)
		if err != nil {
			return err
		}
		if own && rows > 0 { // as if the keys of all that are left took as much as these
			kept = slices.Grow(kept, keyBytes(key, rows)*(n-lo)/rows)
		}
		for i := range rows {
			var ok bool
			if room, ok = engines.AppendKey(room[:0], key, i); !ok {
				continue
			}
			e := entry{word: engines.KeyHash(room)>>rowBits<<rowBits | uint64(lo+i)}
			if own {
				if len(kept)+len(room) > math.MaxUint32 {
					return fault.Errorf("keys: build", fault.TooLarge, "the keys of a segment take more than %d bytes", uint32(math.MaxUint32))
				}
				e.from = uint32(len(kept))
				kept = append(kept, room...)
				e.to = uint32(len(kept))
			}
			all = append(all, e)
		}
	}
	sortEntries(all)
	_, err := w.Write(encode(n, all, kept, own))
	return err
}

// block reads block i of the key columns.
func (b *builder) block(key []*record.Column, i int) (rows int, err error) {
	for k, f := range b.def.Fields {
		col := b.src.Column(f.ID)
		if col == nil {
			return 0, fault.E("keys: build", fault.Internal, fault.Item(f.Name), "the rows do not hold a column of their key")
		}
		blk, err := col.Block(i)
		if err != nil {
			return 0, err
		}
		key[k], rows = blk.Column(), blk.N
	}
	return rows, nil
}

// keyBytes is about how many bytes the keys of a block's rows take.
func keyBytes(key []*record.Column, rows int) int {
	n := 0
	for _, c := range key {
		if c.Type.Storage() == record.Strs {
			n += int(c.Strs.Off[rows]-c.Strs.Off[0]) + 3*rows // each has one byte before it and two behind
		} else {
			n += numberBytes * rows
		}
	}
	return n
}

// sortEntries sorts by word. Hashes are spread evenly: one pass puts each
// entry into the bucket where it belongs, and buckets are small.
func sortEntries(all []entry) {
	byWord := func(a, b entry) int { return cmp.Compare(a.word, b.word) }
	n := len(all) / 4
	if n < 2 {
		slices.SortFunc(all, byWord)
		return
	}
	bucket := func(e entry) uint64 { hi, _ := bits.Mul64(e.word, uint64(n)); return hi }
	starts := make([]int32, n+1)
	for _, e := range all {
		starts[bucket(e)+1]++
	}
	for i := range n {
		starts[i+1] += starts[i]
	}
	out, at := make([]entry, len(all)), slices.Clone(starts)
	for _, e := range all {
		k := bucket(e)
		out[at[k]] = e
		at[k]++
	}
	for i := range n {
		slices.SortFunc(out[starts[i]:starts[i+1]], byWord)
	}
	copy(all, out)
}

// encode lays out the section of sorted entries.
func encode(n int, all []entry, kept []byte, own bool) []byte {
	l := newLayout(n, len(all), blocksFor(len(all)), len(kept), own)
	out := frame.Head(magic, l.end+64+4*pagesOf(l.end))[:l.end]
	for i, e := range all {
		setBloom(out[l.atBloom:l.atBloom+blockBytes*l.blocks], e.word>>rowBits)
		binary.LittleEndian.PutUint64(out[l.atEntries+8*i:], e.word)
	}
	if own {
		at := 0
		for i, e := range all {
			binary.LittleEndian.PutUint32(out[l.atOff+4*i:], uint32(at))
			at += copy(out[l.atBytes+at:], kept[e.from:e.to])
		}
		binary.LittleEndian.PutUint32(out[l.atOff+4*len(all):], uint32(at))
	}
	return appendFooter(out, l)
}

func appendFooter(out []byte, l layout) []byte {
	own := uint64(0)
	if l.own {
		own = 1
	}
	start := len(out)
	for _, v := range []uint64{uint64(l.rows), uint64(l.keys), uint64(l.blocks), own, uint64(l.bytes), uint64(pagesOf(l.end))} {
		out = binary.AppendUvarint(out, v)
	}
	out = frame.AppendPages(out, out, frame.HeadBytes, l.end, pageBytes)
	return frame.AppendTail(out[:start], out[start:], magic)
}

// setBloom adds a key, by the 40 bits of its hash, to the filter.
func setBloom(bloom []byte, h uint64) {
	at, m := bloomPlace(h, len(bloom)/blockBytes)
	for i, salt := range salts {
		word := bloom[at*blockBytes+4*i:]
		binary.LittleEndian.PutUint32(word, binary.LittleEndian.Uint32(word)|1<<((m*salt)>>27))
	}
}

// bloomPlace returns the block of a key and what its bits are made of.
func bloomPlace(h uint64, blocks int) (block int, m uint32) {
	hi, _ := bits.Mul64(h<<rowBits, uint64(blocks))
	return int(hi), uint32((h * 0x9e3779b97f4a7c15) >> 32)
}
