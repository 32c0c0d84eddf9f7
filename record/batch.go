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
