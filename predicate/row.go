package predicate

import (
	"github.com/quindex/quindex/record"
)

// Values is a row given by column id; a column it does not hold is NULL.
type Values map[record.ColumnID]record.Value

// Value returns the value of the column, or NULL.
func (r Values) Value(f Field) record.Value {
	if v, ok := r[f.ID]; ok {
		return v
	}
	return record.NullOf(f.Type)
}
