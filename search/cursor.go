package search

import (
	"encoding/binary"
	"math"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/rows"
)

// atEnd is the row of a cursor that has passed its last.
const atEnd = math.MaxUint32

// cursor walks the rows of one term upwards. It is used by one goroutine.
type cursor struct {
	p      *postings
	rows   uint32 // of the segment
	nBlock int
	blk    int // current block; nBlock at the end
	n, i   int // rows of the block, current row in it
	doc    uint32
	docs   [blockRows]uint32

	wf, wp uint   // widths
	tfs    []byte // packed frequencies and what follows
	pos    []byte // packed positions

	summed bool // sums are of this block
	sums   [blockRows + 1]uint32
	err    error
}

// newCursor stands on the first row of p.
func (ix *Index) newCursor(p *postings) *cursor {
	c := new(cursor)
	c.open(ix, p)
	return c
}

// open puts c, which may have walked another list, on the first row of p, and
// returns the number of blocks.
func (c *cursor) open(ix *Index, p *postings) int {
	c.p, c.rows, c.nBlock, c.err = p, uint32(ix.foot.rows), (p.n+blockRows-1)/blockRows, nil
	c.load(0)
	return c.nBlock
}

// last returns the last row of block b.
func (c *cursor) last(b int) uint32 {
	if c.p.skip == nil {
		return c.docs[c.n-1]
	}
	return binary.LittleEndian.Uint32(c.p.skip[b*skipBytes:])
}

// load decodes the rows of block b and stands on its first.
func (c *cursor) load(b int) {
	lo, before := 0, uint32(0)
	if c.p.skip != nil {
		lo = int(binary.LittleEndian.Uint32(c.p.skip[b*skipBytes+4:]))
		if b > 0 {
			before = c.last(b - 1)
		}
	}
	c.blk, c.i, c.n, c.summed = b, 0, min(blockRows, c.p.n-b*blockRows), false
	if lo+3 > c.p.size {
		c.fail("block %d at byte %d of %d", b, lo, c.p.size)
		return
	}
	src := c.p.blocks[lo:]
	wd, wf, wp := uint(src[0]), uint(src[1]), uint(src[2])
	docs, tfs := packed(c.n, wd), packed(c.n, wf)
	if wd > 32 || wf > 32 || wp > 32 || 3+docs+tfs+slack > len(src) {
		c.fail("block %d has widths %d, %d, %d", b, wd, wf, wp)
		return
	}
	unpack(src[3:], c.docs[:c.n], wd)
	for j := range c.docs[:c.n] {
		before += c.docs[j]
		c.docs[j] = before
	}
	if before >= c.rows || c.docs[0] > before {
		c.fail("row %d of %d", before, c.rows)
		return
	}
	c.wf, c.wp = wf, wp
	c.tfs, c.pos = src[3+docs:], src[3+docs+tfs:]
	c.doc = c.docs[0]
}

// fail ends the cursor with an error.
func (c *cursor) fail(format string, args ...any) {
	c.err = fault.Errorf("search: read postings", fault.Corrupt, format, args...)
	c.finish()
}

func (c *cursor) finish() { c.blk, c.doc, c.n = c.nBlock, atEnd, 0 }

// tf returns how often the term stands in the current row.
func (c *cursor) tf() int { return int(valueAt(c.tfs, c.i, c.wf)) + 1 }

// next goes to the next row, or atEnd.
func (c *cursor) next() uint32 {
	if c.i++; c.i < c.n {
		c.doc = c.docs[c.i]
		return c.doc
	}
	if c.blk+1 >= c.nBlock {
		c.finish()
	} else {
		c.load(c.blk + 1)
	}
	return c.doc
}

// blockOf returns the first block, from the current one on, that ends at row
// or above; nBlock if there is none.
func (c *cursor) blockOf(row uint32) int {
	b := c.blk
	if b >= c.nBlock || c.last(b) >= row {
		return b
	}
	step := 1
	for b+step < c.nBlock && c.last(b+step) < row {
		step *= 2
	}
	lo, hi := b+step/2+1, min(b+step, c.nBlock)
	for lo < hi {
		m := (lo + hi) / 2
		if c.last(m) < row {
			lo = m + 1
		} else {
			hi = m
		}
	}
	return lo
}

// advance goes to the first row at or above row, or atEnd.
func (c *cursor) advance(row uint32) uint32 {
	if c.doc >= row {
		return c.doc
	}
	if b := c.blockOf(row); b != c.blk {
		if b >= c.nBlock {
			c.finish()
			return c.doc
		}
		if c.load(b); c.doc >= row {
			return c.doc
		}
	}
	lo := c.i + 1
	for end := min(lo+near, c.n); lo < end; lo++ {
		if c.docs[lo] >= row {
			c.i, c.doc = lo, c.docs[lo]
			return c.doc
		}
	}
	hi := c.n - 1
	for lo < hi {
		m := (lo + hi) / 2
		if c.docs[m] < row {
			lo = m + 1
		} else {
			hi = m
		}
	}
	c.i, c.doc = lo, c.docs[lo]
	return c.doc
}

// near is how many rows advance looks at one by one before it searches.
const near = 4

// positions appends where the term stands in the current row, ascending.
func (c *cursor) positions(dst []uint32) []uint32 {
	if !c.summed && !c.sum() {
		return dst
	}
	for p := c.sums[c.i]; p < c.sums[c.i+1]; p++ {
		dst = append(dst, valueAt(c.pos, int(p), c.wp))
	}
	return dst
}

// sum adds up the frequencies of the block, which says where positions lie.
// Positions count from 1, so they have a bit each at least: the bytes that are
// there bound the sum.
func (c *cursor) sum() bool {
	unpack(c.tfs, c.sums[1:c.n+1], c.wf)
	sum := uint64(0)
	for j, n := range c.sums[1 : c.n+1] {
		sum += uint64(n) + 1
		c.sums[j+1] = uint32(sum)
	}
	c.summed = true
	if c.wp == 0 || (sum*uint64(c.wp)+7)/8+slack > uint64(len(c.pos)) {
		c.fail("%d positions of %d bits in %d bytes", sum, c.wp, len(c.pos))
		return false
	}
	return true
}

// appendRows appends all rows of p.
func (ix *Index) appendRows(dst []rows.Num, p *postings) ([]rows.Num, error) {
	var c cursor
	for b := range c.open(ix, p) {
		if b > 0 {
			c.load(b)
		}
		for _, row := range c.docs[:c.n] {
			dst = append(dst, rows.Num(row))
		}
	}
	return dst, c.err
}

// mark sets the bits of all rows of p in words, by means of c.
func (ix *Index) mark(words []uint64, p *postings, c *cursor) error {
	for b := range c.open(ix, p) {
		if b > 0 {
			c.load(b)
		}
		for _, row := range c.docs[:c.n] {
			words[row>>6] |= 1 << (row & 63)
		}
	}
	return c.err
}
