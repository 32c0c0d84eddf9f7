package enginetest

import (
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/record"
)

// BatchRow is row I of a batch, as predicate.Eval wants it. Schema, where it is
// not nil, gives the defaults of columns that the batch does not hold.
type BatchRow struct {
	Batch  *record.Batch
	I      int
	Schema *record.Schema
}

// Value returns the value of the column, its default, or NULL.
func (r BatchRow) Value(f predicate.Field) record.Value {
	if c := r.Batch.Column(f.ID); c != nil {
		return c.Value(r.I)
	}
	if r.Schema != nil {
		if i := r.Schema.ByID(f.ID); i >= 0 && r.Schema.Fields[i].Default.Valid {
			return r.Schema.Fields[i].Default
		}
	}
	return record.NullOf(f.Type)
}
