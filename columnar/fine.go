package columnar

import (
	"github.com/quindex/quindex/codec"
)

// Times mostly come in about their order, so that a range of them is a few
// stretches of a block. The bounds of every 1,024 rows are noted when a block
// is first looked through; later ranges look only at stretches that their ends
// fall into: a fortieth of the time (BenchmarkFine).

// fineRows is the number of rows of a stretch, fineZones how many a block has.
const (
	fineRows  = 1024
	fineZones = codec.BlockRows / fineRows
	fineWords = fineRows / 64
)

// fine is the bounds of the stretches of a block, NULL rows included at their
// arbitrary values.
type fine struct{ lo, hi [fineZones]int64 }

// fineOf returns the bounds of block b, noting them at the first call.
func (c *column) fineOf(b int, x *codec.Ints) *fine {
	if f := c.fines[b].Load(); f != nil {
		return f
	}
	f := &fine{}
	var sel codec.Sel
	for at := 0; at < x.N; at += fineRows {
		part := stretch(x, at)
		f.lo[at/fineRows], f.hi[at/fineRows], _ = part.MinMax(&sel, codec.All)
	}
	c.fines[b].Store(f)
	return f
}

// stretch is the rows of x from at on, fineRows of them at most.
func stretch(x *codec.Ints, at int) codec.Ints {
	n := min(fineRows, x.N-at)
	part := codec.Ints{N: n, Ref: x.Ref}
	if x.W64 != nil {
		part.W64 = x.W64[at : at+n]
	} else {
		part.W32 = x.W32[at : at+n]
	}
	return part
}

// scanFine is scan of one range of wide integers; ok is false where the leaf or
// the block is another.
func (l *leaf) scanFine(b int, blk *codec.Block, out *codec.Sel) (st codec.State, ok bool) {
	x := &blk.Ints
	if blk.Elem != nil || l.floats() || len(l.set.Spans()) != 1 || x.W64 == nil && x.W32 == nil || x.N < 4*fineRows {
		return codec.None, false
	}
	f := l.col.fineOf(b, x)
	want := l.set.Spans()[0]
	none, all := true, true
	clear(out[:])
	for i := range (x.N + fineRows - 1) / fineRows {
		at := i * fineRows
		part := stretch(x, at)
		words := out[at/64 : (at+part.N+63)/64]
		in := codec.Some
		switch {
		case f.hi[i] < want.Lo || f.lo[i] > want.Hi:
			in = codec.None
		case f.lo[i] >= want.Lo && f.hi[i] <= want.Hi:
			in = codec.All
		default:
			in = part.SelectBits(l.set, words)
		}
		switch none, all = none && in == codec.None, all && in == codec.All; in {
		case codec.None:
			clear(words)
		case codec.All:
			codec.SetRange(words, 0, part.N)
		}
	}
	switch {
	case none:
		return codec.None, true
	case all:
		return codec.All, true
	}
	return codec.Some, true
}
