package record

// ColumnID names a column of one table for ever: it is given once, in rising
// order from 1, and neither renaming nor dropping frees it.
type ColumnID uint32

// TableID names a table, or one incarnation of it, for ever.
type TableID uint64

// Field is one column of a schema.
type Field struct {
	ID       ColumnID
	Name     string
	Type     Type
	NotNull  bool
	Default  Value  // NULL where there is none
	Analyzer string // TEXT only; "" is the default analyzer
}

// Schema lists the columns of a table in the order of SELECT *.
type Schema struct {
	Table   TableID
	Version uint32 // rises by one with every change
	Fields  []Field
}

// Field returns the position of the column called name, or -1.
func (s *Schema) Field(name string) int {
	for i := range s.Fields {
		if s.Fields[i].Name == name {
			return i
		}
	}
	return -1
}

// ByID returns the position of the column with the given id, or -1.
func (s *Schema) ByID(id ColumnID) int {
	for i := range s.Fields {
		if s.Fields[i].ID == id {
			return i
		}
	}
	return -1
}
