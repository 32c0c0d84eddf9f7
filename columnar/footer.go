package columnar

import (
	"math"

	"github.com/quindex/quindex/codec"
	"github.com/quindex/quindex/engines/frame"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
)

// footer is what a section says of itself.
type footer struct {
	rows    int
	columns []columnMeta
}

// columnMeta is one column of the footer. Value i is values[i], or dictionary
// entry i; counts[i] rows hold it, and bitmaps[i] says which.
type columnMeta struct {
	id       record.ColumnID
	typ      record.Type
	blocks   []blockMeta
	dict     extent
	entries  int // -1: no dictionary
	distinct int // 0: unknown
	values   []int64
	counts   []int
	bitmaps  []extent
	nullMap  extent // len 0: none
	blooms   []extent
}

// blockMeta is one block: where it is and what codec said of it.
type blockMeta struct {
	extent
	codec.Info
	textBounds bool
}

// maxTextBound is the longest string kept as a bound in the footer; with a
// longer one the block's bounds are unknown.
const maxTextBound = 64

func (f *footer) append(dst []byte) []byte {
	w := writer{frame.Writer{B: dst}}
	w.Int(f.rows)
	w.Int(len(f.columns))
	for i := range f.columns {
		f.columns[i].append(&w)
	}
	return w.B
}

func (c *columnMeta) flags() int {
	flags := 0
	for _, f := range []struct {
		flag int
		have bool
	}{
		{hasDict, c.entries >= 0}, {hasValues, c.values != nil}, {hasCounts, c.counts != nil}, {hasBitmaps, c.bitmaps != nil},
		{hasNullMap, c.nullMap.Len > 0}, {hasBlooms, c.blooms != nil}, {hasDistinct, c.distinct > 0},
	} {
		if f.have {
			flags |= f.flag
		}
	}
	return flags
}

func (c *columnMeta) append(w *writer) {
	w.Int(int(c.id))
	w.Int(int(c.typ.Kind))
	w.Int(int(c.typ.Precision))
	w.Int(int(c.typ.Scale))
	w.Int(c.flags())
	w.Int(len(c.blocks))
	for i := range c.blocks {
		c.blocks[i].append(w)
	}
	if c.entries >= 0 {
		w.Int(c.entries)
		w.Extent(c.dict)
	}
	if c.distinct > 0 {
		w.Int(c.distinct)
	}
	if c.values != nil {
		w.Int(len(c.values))
		for i, v := range c.values {
			if i == 0 {
				w.Varint(v)
			} else {
				w.Uvarint(uint64(v) - uint64(c.values[i-1]))
			}
		}
	}
	for _, n := range c.counts {
		w.Int(n)
	}
	for _, x := range c.bitmaps {
		w.Extent(x)
	}
	if c.nullMap.Len > 0 {
		w.Extent(c.nullMap)
	}
	for _, x := range c.blooms {
		w.Extent(x)
	}
}

func (b *blockMeta) append(w *writer) {
	w.Extent(b.extent)
	w.Int(int(b.Form))
	w.Int(int(b.Width))
	w.Int(b.Rows)
	w.Int(b.Nulls)
	known := 0
	if b.Known {
		known |= hasBounds
	}
	if b.textBounds {
		known |= hasTextBounds
	}
	if b.Known && b.LatLo != 0 || b.LatHi != 0 {
		known |= hasLatBounds
	}
	w.Int(known)
	if known&hasBounds != 0 {
		w.Uint64(uint64(b.Lo))
		w.Uint64(uint64(b.Hi))
		w.Uint64(uint64(b.Sum.Hi))
		w.Uint64(b.Sum.Lo)
		w.Uint64(math.Float64bits(b.SumFloat))
	}
	if known&hasTextBounds != 0 {
		w.Text(b.LoS)
		w.Text(b.HiS)
	}
	if known&hasLatBounds != 0 {
		w.Uint64(math.Float64bits(b.LatLo))
		w.Uint64(math.Float64bits(b.LatHi))
	}
}

// parse reads a footer; end is where the last extent must end.
func parseFooter(b []byte, end int) (*footer, error) {
	r := reader{frame.NewReader(b, end)}
	f := &footer{rows: r.Int(rows.MaxRows)}
	n := r.Int(len(b))
	for range n {
		if !r.OK() {
			break
		}
		f.columns = append(f.columns, r.column(f.rows))
	}
	if err := r.Err(); err != nil {
		return nil, fault.E("columnar: open section", err)
	}
	if r.Next() != end {
		return nil, corrupt("parts end at byte %d, want %d", r.Next(), end)
	}
	return f, nil
}

func (r reader) column(rowCount int) columnMeta {
	c := columnMeta{entries: -1}
	c.id = record.ColumnID(r.Int(math.MaxUint32))
	c.typ = record.Type{Kind: record.Kind(r.Int(255)), Precision: uint8(r.Int(255)), Scale: uint8(r.Int(255))}
	flags := r.Int(2*hasDistinct - 1)
	if n := r.Int(blocksOf(rowCount)); n != blocksOf(rowCount) {
		r.Fail("blocks of the column are too few")
	}
	for b := range blocksOf(rowCount) {
		if !r.OK() {
			return c
		}
		c.blocks = append(c.blocks, r.block(blockRows(rowCount, b)))
	}
	many := 0
	if flags&hasDict != 0 {
		c.entries = r.Int(math.MaxInt32)
		c.dict = r.Extent()
		many = c.entries
	}
	if flags&hasDistinct != 0 {
		c.distinct = r.Int(math.MaxInt32)
	}
	if flags&hasValues != 0 {
		many = r.values(&c)
	}
	if flags&hasCounts != 0 {
		c.counts = []int{}
		for i := 0; i < many && r.OK(); i++ {
			c.counts = append(c.counts, r.Int(rowCount))
		}
	}
	if flags&hasBitmaps != 0 {
		c.bitmaps = []extent{}
		for i := 0; i < many && r.OK(); i++ {
			c.bitmaps = append(c.bitmaps, r.Extent())
		}
	}
	if flags&hasNullMap != 0 {
		c.nullMap = r.Extent()
	}
	if flags&hasBlooms != 0 {
		for range c.blocks {
			c.blooms = append(c.blooms, r.Extent())
		}
	}
	return c
}

func (r reader) values(c *columnMeta) int {
	n := r.Int(math.MaxUint16)
	c.values = make([]int64, 0, n)
	for i := 0; i < n && r.OK(); i++ {
		if i == 0 {
			c.values = append(c.values, r.Varint())
			continue
		}
		c.values = append(c.values, int64(uint64(c.values[i-1])+r.Uvarint()))
	}
	return n
}

func (r reader) block(n int) blockMeta {
	b := blockMeta{extent: r.Extent()}
	b.Form = codec.Form(r.Int(255))
	b.Width = uint8(r.Int(255))
	b.Rows = r.Int(n)
	b.Nulls = r.Int(n)
	known := r.Int(7)
	if b.Rows != n {
		r.Fail("block has the wrong number of rows")
	}
	if known&hasBounds != 0 {
		b.Known = true
		b.Lo, b.Hi = int64(r.Uint64()), int64(r.Uint64())
		b.Sum.Hi, b.Sum.Lo = int64(r.Uint64()), r.Uint64()
		b.SumFloat = math.Float64frombits(r.Uint64())
	}
	if known&hasTextBounds != 0 {
		b.textBounds = true
		b.LoS, b.HiS = r.Text(maxTextBound), r.Text(maxTextBound)
	}
	if known&hasLatBounds != 0 {
		b.LatLo, b.LatHi = math.Float64frombits(r.Uint64()), math.Float64frombits(r.Uint64())
	}
	return b
}

// writer writes the parts of a footer.
type writer struct{ frame.Writer }

// reader reads the parts of a footer.
type reader struct{ *frame.Reader }

// splitSection checks the frame of a section and returns its parsed footer.
func splitSection(b []byte) (*footer, error) {
	foot, at, err := frame.Split(b, magic)
	if err != nil {
		return nil, fault.E("columnar: open section", err)
	}
	return parseFooter(foot, at)
}
