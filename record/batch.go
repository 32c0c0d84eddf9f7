package record

// Batch is N rows of one table, column by column: row i is element i of
// every column. len(IDs) == len(Cols). Rows are numbered within a shard by
// the log; FirstRow is the row id of row 0, or 0 before one was given.
type Batch struct {
	Table    TableID
	Version  uint32 // of the schema the rows were written under
	FirstRow uint64
	N        int
	IDs      []ColumnID
	Cols     []Column
}

// NewBatch returns an empty batch with the columns of s.
func NewBatch(s *Schema, n int) *Batch {
	b := &Batch{Table: s.Table, Version: s.Version}
	for _, f := range s.Fields {
		b.IDs = append(b.IDs, f.ID)
		b.Cols = append(b.Cols, *NewColumn(f.Type, n))
	}
	return b
}

// Column returns the column with the given id, or nil.
func (b *Batch) Column(id ColumnID) *Column {
	for i, have := range b.IDs {
		if have == id {
			return &b.Cols[i]
		}
	}
	return nil
}

// AppendRow adds one row; values are in the order of b.Cols.
func (b *Batch) AppendRow(values ...Value) {
	for i := range b.Cols {
		b.Cols[i].Append(values[i])
	}
	b.N++
}

// Slice returns rows [lo, hi) as a batch that shares b's memory; see Column.Slice.
func (b *Batch) Slice(lo, hi int) *Batch {
	out := &Batch{Table: b.Table, Version: b.Version, N: hi - lo, IDs: b.IDs, Cols: make([]Column, len(b.Cols))}
	if b.FirstRow != 0 {
		out.FirstRow = b.FirstRow + uint64(lo)
	}
	for i := range b.Cols {
		out.Cols[i] = b.Cols[i].Slice(lo, hi)
	}
	return out
}

// AppendRows adds rows [lo, hi) of src, a batch with the same columns.
func (b *Batch) AppendRows(src *Batch, lo, hi int) {
	for i := range b.Cols {
		b.Cols[i].AppendRows(&src.Cols[i], lo, hi)
	}
	b.N += hi - lo
}

// Take adds the rows of src, a batch with the same columns, at positions.
func (b *Batch) Take(src *Batch, positions []uint32) {
	for i := range b.Cols {
		b.Cols[i].Take(&src.Cols[i], positions)
	}
	b.N += len(positions)
}

// Only returns the rows of b at positions, in memory of their own and without a
// FirstRow.
func (b *Batch) Only(positions []uint32) *Batch {
	out := &Batch{Table: b.Table, Version: b.Version, IDs: b.IDs, Cols: make([]Column, len(b.Cols))}
	for i := range b.Cols {
		out.Cols[i] = *NewColumn(b.Cols[i].Type, len(positions))
	}
	out.Take(b, positions)
	return out
}

// Reset empties the batch and keeps its memory for new rows.
func (b *Batch) Reset() {
	b.N, b.FirstRow = 0, 0
	for i := range b.Cols {
		b.Cols[i].Reset()
	}
}

// Bytes returns the memory the rows take, without what was only reserved.
func (b *Batch) Bytes() int {
	n := 0
	for i := range b.Cols {
		n += b.Cols[i].Bytes()
	}
	return n
}
