package engines

import (
	"sync"
	"sync/atomic"
	"weak"

	"github.com/quindex/quindex/codec"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
)

// MemColumns reads batches in memory as the Columns of one segment: raw
// blocks, no dictionaries. It serves builders and the open rows of a table.
// The batches must not change while it is in use.
type MemColumns struct {
	fields  []record.Field
	batches []*record.Batch
	start   []int // row number of row 0 of each batch, and the total at the end
	ordered bool
	order   []place
	readers []*memReader
}

// BatchColumns reads the rows of batches, one after the other, under schema s.
// A column that a batch does not hold is filled with the field's default.
func BatchColumns(s *record.Schema, batches ...*record.Batch) *MemColumns {
	m := &MemColumns{fields: s.Fields, batches: batches, start: []int{0}}
	for _, b := range batches {
		m.start = append(m.start, m.start[len(m.start)-1]+b.N)
	}
	m.makeReaders()
	return m
}

// Ordered reads the rows of m in another order: row i of the result is row
// order[i] of m. Rows that order leaves out are gone. m must itself be in its
// batches' order.
func (m *MemColumns) Ordered(order []rows.Num) *MemColumns {
	if m.ordered {
		panic("BUG: engines: columns ordered twice")
	}
	out := &MemColumns{fields: m.fields, batches: m.batches, start: m.start, ordered: true}
	out.order = m.places(order)
	out.makeReaders()
	return out
}

func (m *MemColumns) makeReaders() {
	m.readers = make([]*memReader, len(m.fields))
	for i, f := range m.fields {
		r := &memReader{m: m, field: f, parts: make([]*record.Column, len(m.batches))}
		for j, b := range m.batches {
			r.parts[j] = b.Column(f.ID)
		}
		r.made = make([]atomic.Pointer[weak.Pointer[codec.Block]], blocksOf(m.Rows()))
		m.readers[i] = r
	}
}

// Rows returns the number of rows of all batches, or of the order.
func (m *MemColumns) Rows() int {
	if m.ordered {
		return len(m.order)
	}
	return m.start[len(m.start)-1]
}

// Column returns the column with the given id, or nil if the schema has none.
func (m *MemColumns) Column(id record.ColumnID) ColumnReader {
	for i := range m.fields {
		if m.fields[i].ID == id {
			return m.readers[i]
		}
	}
	return nil
}

// memReader is one column of MemColumns; parts[i] is nil where batch i does
// not hold it.
type memReader struct {
	m     *MemColumns
	field record.Field
	parts []*record.Column

	once   sync.Once
	blocks []codec.Stats
	whole  codec.Stats

	made []atomic.Pointer[weak.Pointer[codec.Block]] // blocks somebody may still hold
}

func (r *memReader) Field() record.Field        { return r.field }
func (r *memReader) Dict() (*codec.Dict, error) { return nil, nil }

// Stats reads the whole column at its first call.
func (r *memReader) Stats() codec.Stats {
	r.once.Do(r.survey)
	return r.whole
}

// BlockStats reads the whole column at its first call.
func (r *memReader) BlockStats(b int) codec.Stats {
	r.once.Do(r.survey)
	return r.blocks[b]
}

func (r *memReader) survey() {
	for b := range blocksOf(r.m.Rows()) {
		r.blocks = append(r.blocks, r.block(b).Stats())
	}
	r.whole = codec.FoldStats(r.blocks)
}

// Block returns block b: a view of its batch where one batch holds all its
// rows, else a copy. It is made anew only when nobody holds it any more.
func (r *memReader) Block(b int) (*codec.Block, error) { return r.block(b), nil }

func (r *memReader) block(b int) *codec.Block {
	if w := r.made[b].Load(); w != nil {
		if blk := w.Value(); blk != nil {
			return blk
		}
	}
	blk := r.make(b)
	w := weak.Make(blk)
	r.made[b].Store(&w)
	return blk
}

func (r *memReader) make(b int) *codec.Block {
	lo := b * codec.BlockRows
	hi := min(r.m.Rows(), lo+codec.BlockRows)
	if r.m.ordered {
		return r.take(lo, hi)
	}
	p := r.m.partOf(lo)
	if p < len(r.parts) && hi <= r.m.start[p+1] && r.parts[p] != nil {
		return codec.View(r.parts[p], lo-r.m.start[p], hi-r.m.start[p])
	}
	c := record.NewColumn(r.field.Type, hi-lo)
	for ; lo < hi; p++ {
		end := min(hi, r.m.start[p+1])
		r.appendPart(c, p, lo-r.m.start[p], end-r.m.start[p])
		lo = end
	}
	return codec.View(c, 0, c.N)
}

// appendPart appends rows [lo, hi) of batch p to c.
func (r *memReader) appendPart(c *record.Column, p, lo, hi int) {
	if r.parts[p] != nil {
		c.AppendRows(r.parts[p], lo, hi)
		return
	}
	for range hi - lo {
		c.Append(r.field.Default)
	}
}

// partOf returns the batch that row n lies in; empty batches are passed over.
func (m *MemColumns) partOf(n int) int {
	lo, hi := 0, len(m.batches)
	for lo < hi {
		mid := (lo + hi) / 2
		if m.start[mid+1] <= n {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// blocksOf returns the number of blocks of n rows.
func blocksOf(n int) int { return (n + codec.BlockRows - 1) / codec.BlockRows }
