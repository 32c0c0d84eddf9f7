package engines

import (
	"github.com/quindex/quindex/codec"
	"github.com/quindex/quindex/record"
	"github.com/quindex/quindex/rows"
)

// place is where a row lies: the row of a batch.
type place struct{ part, row uint32 }

// places finds the batch of every row of order once, for all columns.
func (m *MemColumns) places(order []rows.Num) []place {
	out := make([]place, len(order))
	p := 0
	for i, n := range order {
		if int(n) < m.start[p] || p == len(m.batches) || int(n) >= m.start[p+1] {
			p = m.partOf(int(n))
		}
		out[i] = place{uint32(p), uint32(int(n) - m.start[p])}
	}
	return out
}

// take gathers rows [lo, hi) of the order.
func (r *memReader) take(lo, hi int) *codec.Block {
	order := r.m.order[lo:hi]
	c := record.NewColumn(r.field.Type, len(order))
	if len(r.parts) == 1 && r.parts[0] != nil {
		at := make([]uint32, len(order))
		for i, p := range order {
			at[i] = p.row
		}
		c.Take(r.parts[0], at)
		return codec.View(c, 0, c.N)
	}
	if !r.plain() || !r.takePlain(c, order) {
		for _, p := range order {
			c.Append(r.value(p))
		}
	}
	return codec.View(c, 0, c.N)
}

func (r *memReader) value(p place) record.Value {
	if part := r.parts[p.part]; part != nil {
		return part.Value(int(p.row))
	}
	return r.field.Default
}

// plain reports whether every batch holds the column without NULLs.
func (r *memReader) plain() bool {
	for _, part := range r.parts {
		if part == nil || part.HasNulls() {
			return false
		}
	}
	return true
}

// takePlain gathers what needs no look at validity; false if the storage has
// no such way.
func (r *memReader) takePlain(c *record.Column, order []place) bool {
	switch c.Type.Storage() {
	case record.Ints:
		for _, p := range order {
			c.Ints = append(c.Ints, r.parts[p.part].Ints[p.row])
		}
	case record.Floats:
		for _, p := range order {
			c.Floats = append(c.Floats, r.parts[p.part].Floats[p.row])
		}
	case record.Strs:
		for _, p := range order {
			c.Strs.Append(r.parts[p.part].Strs.At(int(p.row)))
		}
	default:
		return false
	}
	c.N = len(order)
	return true
}
