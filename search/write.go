package search

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"maps"
	"math"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/blevesearch/vellum"

	"github.com/quindex/quindex/codec"
	"github.com/quindex/quindex/fault"
)

// A term is dense, and has a bitmap beside its blocks, if it stands in at
// least denseRows rows and in one row of denseShare.
const (
	denseRows  = 512
	denseShare = 32
)

// packer encodes the postings of one term after the other.
type packer struct {
	n        int // rows of the segment
	lengths  []byte
	postings []byte
	bitmaps  []byte
	total    int

	docs, tfs, pos []uint32
	skip, blocks   []byte
}

// write encodes what was inverted.
func (b *builder) write(ctx context.Context, w io.Writer) error {
	p := &packer{n: len(b.lengths), lengths: b.lengths}
	var dict bytes.Buffer
	fst, err := vellum.New(&dict, nil)
	if err != nil {
		return fault.E("search: build", fault.Internal, err)
	}
	for i, term := range slices.Sorted(maps.Keys(b.ids)) {
		if i&4095 == 4095 && ctx.Err() != nil {
			return fault.E("search: build", ctx.Err())
		}
		if err := fst.Insert([]byte(term), uint64(len(p.postings))); err != nil {
			return fault.E("search: build", fault.Internal, err)
		}
		t := &b.terms[b.ids[term]]
		if err := p.term(t); err != nil {
			return err
		}
		t.list = nil
	}
	if err := fst.Close(); err != nil {
		return fault.E("search: build", fault.Internal, err)
	}
	p.postings = append(p.postings, make([]byte, slack)...)
	return b.writeParts(&output{w: w}, dict.Bytes(), p)
}

func (b *builder) writeParts(o *output, dict []byte, p *packer) error {
	f := &footer{rows: p.n, nulls: int(b.nulls.GetCardinality()), terms: len(b.terms), postings: p.total, analyzer: b.analyzer.name}
	for _, c := range b.lengths {
		f.tokens += int(lengthOf(c))
	}
	var nulls []byte
	if f.nulls > 0 {
		b.nulls.RunOptimize()
		nulls, _ = b.nulls.MarshalBinary()
	}
	if err := o.write(codec.Pad([]byte(magic))); err != nil {
		return err
	}
	for i, part := range [parts][]byte{dict, p.postings, p.bitmaps, nulls, b.lengths} {
		var err error
		if f.part[i], err = o.part(part); err != nil {
			return err
		}
	}
	return o.tail(f)
}

// term appends the postings of one term.
func (p *packer) term(t *inverted) error {
	p.unroll(t)
	n := len(p.docs)
	p.total += n
	dense := n >= denseRows && n*denseShare >= p.n
	head := uint64(n) << 1
	if dense {
		head |= 1
	}
	p.postings = binary.AppendUvarint(p.postings, head)
	if dense {
		p.bitmap()
	}
	p.skip, p.blocks = p.skip[:0], p.blocks[:0]
	at := 0
	for lo := 0; lo < n; lo += blockRows {
		at += p.block(lo, min(lo+blockRows, n), at)
	}
	if len(p.blocks) > math.MaxUint32 {
		return fault.Errorf("search: build", fault.TooLarge, "%d bytes of postings of one term, want at most %d", len(p.blocks), math.MaxUint32)
	}
	if n > blockRows {
		p.postings = binary.AppendUvarint(p.postings, uint64(len(p.blocks)))
		p.postings = append(p.postings, p.skip...)
	}
	p.postings = append(p.postings, p.blocks...)
	return nil
}

// unroll reads a list into rows, frequencies and positions.
func (p *packer) unroll(t *inverted) {
	p.docs, p.tfs, p.pos = p.docs[:0], p.tfs[:0], p.pos[:0]
	row, pos := uint64(0), uint64(0)
	for b := t.list; len(b) > 0; {
		v, n := binary.Uvarint(b)
		b = b[n:]
		if v&1 == 0 {
			pos += v >> 1
			p.tfs[len(p.tfs)-1]++
		} else {
			row += v >> 1
			pos, n = binary.Uvarint(b)
			b = b[n:]
			p.docs, p.tfs = append(p.docs, uint32(row)), append(p.tfs, 1)
		}
		p.pos = append(p.pos, uint32(pos))
	}
}

func (p *packer) bitmap() {
	for len(p.bitmaps)&7 != 0 {
		p.bitmaps = append(p.bitmaps, 0)
	}
	m := roaring.BitmapOf(p.docs...)
	m.RunOptimize()
	bytes, err := m.MarshalBinary()
	if err != nil {
		panic("BUG: search: bitmap to memory: " + err.Error())
	}
	p.postings = binary.AppendUvarint(p.postings, uint64(len(p.bitmaps)))
	p.postings = binary.AppendUvarint(p.postings, uint64(len(bytes)))
	p.bitmaps = append(p.bitmaps, bytes...)
}

// block packs postings [lo, hi) and their skip entry; their positions begin at
// p.pos[at]. It returns how many those are.
func (p *packer) block(lo, hi, at int) int {
	var deltas, less [blockRows]uint32
	var lengths [blockRows]uint8
	n, many := hi-lo, 0
	before := uint32(0)
	if lo > 0 {
		before = p.docs[lo-1]
	}
	for i, row := range p.docs[lo:hi] {
		deltas[i], less[i], lengths[i] = row-before, p.tfs[lo+i]-1, p.lengths[row]
		before = row
		many += int(p.tfs[lo+i])
	}
	pos := p.pos[at : at+many]
	p.skip = binary.LittleEndian.AppendUint32(p.skip, before)
	p.skip = binary.LittleEndian.AppendUint32(p.skip, uint32(len(p.blocks)))
	best := bestPairs(p.tfs[lo:hi], lengths[:n])
	for i := range impacts {
		q := best[min(i, len(best)-1)]
		p.skip = append(p.skip, q.tf, q.length)
	}
	wd, wf, wp := widthOf(deltas[:n]), widthOf(less[:n]), widthOf(pos)
	p.blocks = append(p.blocks, byte(wd), byte(wf), byte(wp))
	p.blocks = pack(p.blocks, deltas[:n], wd)
	p.blocks = pack(p.blocks, less[:n], wf)
	p.blocks = pack(p.blocks, pos, wp)
	return many
}
