package catalog

import (
	"encoding/json"
	"slices"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
)

// tableJSON is a Table's JSON form. Defaults stand apart, as the wire form of
// record.Value in base64: JSON has no NaN and no strings that are not UTF-8.
type tableJSON struct {
	plainTable
	Defaults map[int][]byte `json:",omitempty"` // by position in Schema.Fields
}

type plainTable Table

// MarshalJSON writes t so that UnmarshalJSON gives an equal table.
func (t Table) MarshalJSON() ([]byte, error) {
	j := tableJSON{plainTable: plainTable(t)}
	j.Schema.Fields = slices.Clone(t.Schema.Fields)
	for i := range j.Schema.Fields {
		f := &j.Schema.Fields[i]
		if !f.Default.Valid && f.Default.Type.Kind == record.Invalid {
			continue
		}
		if j.Defaults == nil {
			j.Defaults = map[int][]byte{}
		}
		j.Defaults[i] = f.Default.AppendWire(nil)
		f.Default = record.Value{}
	}
	return json.Marshal(j)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (t *Table) UnmarshalJSON(data []byte) error {
	var j tableJSON
	if err := json.Unmarshal(data, &j); err != nil {
		return err
	}
	for i := range j.Schema.Fields {
		f := &j.Schema.Fields[i]
		b, ok := j.Defaults[i]
		if !ok {
			continue
		}
		v, rest, err := record.DecodeValue(b)
		if err != nil || len(rest) > 0 {
			return fault.E("catalog: read table", fault.Corrupt, fault.Item(f.Name), err)
		}
		f.Default = v
	}
	*t = Table(j.plainTable)
	return nil
}

// Fields returns the fields with the given ids, in that order. An id that the
// table does not have is left out.
func (t *Table) Fields(ids []record.ColumnID) []record.Field {
	out := make([]record.Field, 0, len(ids))
	for _, id := range ids {
		if i := t.Schema.ByID(id); i >= 0 {
			out = append(out, t.Schema.Fields[i])
		}
	}
	return out
}
