package record

import (
	"encoding/json"
	"unicode/utf8"

	"github.com/quindex/quindex/fault"
)

// Check fails if a value of c is none of its type: a BOOLEAN that is neither
// 0 nor 1, too many digits, a place not on earth, text that is not UTF-8 or
// not JSON. Decoding does not look; a batch from outside should be checked once.
// row is the first such row.
func (c *Column) Check() (row int, err error) {
	for i := range c.N {
		if c.IsNull(i) {
			continue
		}
		if err := c.checkRow(i); err != nil {
			return i, fault.E("record: check", fault.Item(c.Type.String()), err)
		}
	}
	return 0, nil
}

func (c *Column) checkRow(i int) error {
	switch c.Type.Kind {
	case Bool:
		if v := c.Ints[i]; v != 0 && v != 1 {
			return fault.Errorf("record: value", fault.Invalid, "%d, want 0 or 1", v)
		}
	case Decimal:
		if v := c.Ints[i]; !FitsDigits(v, int(c.Type.Precision)) {
			return fault.Errorf("record: value", fault.Invalid, "%d has more than %d digits: %w", v, c.Type.Precision, errRange)
		}
	case Point:
		return CheckPoint(c.Floats[i], c.Lats[i])
	case Keyword, Text:
		if s := c.Strs.Bytes(i); !utf8.Valid(s) {
			return bad(codeEncoding, string(s), "is not valid UTF-8")
		}
	case JSON:
		if s := c.Strs.Bytes(i); !utf8.Valid(s) || !json.Valid(s) {
			return bad(codeBadText, string(s), "is not JSON")
		}
	case KeywordArray:
		for j := c.Off[i]; j < c.Off[i+1]; j++ {
			if err := c.Elem.checkRow(int(j)); err != nil {
				return err
			}
		}
	}
	return nil
}

// Check fails if b does not fit s: a column that s does not have or has with
// another type, a missing or NULL value where there must be one, or a value that
// Column.Check refuses. Columns of s that b leaves out take their defaults.
func (b *Batch) Check(s *Schema) error {
	bad := func(code fault.Code, name, format string, args ...any) error {
		return fault.E("record: check column", fault.Item(name), code, fault.Errorf("record: batch", fault.Invalid, format, args...))
	}
	for i := range b.Cols {
		c, at := &b.Cols[i], s.ByID(b.IDs[i])
		if at < 0 {
			return fault.Errorf("record: check", fault.Invalid, "the table has no column %d", b.IDs[i])
		}
		f := s.Fields[at]
		if c.Type != f.Type || c.N != b.N {
			return bad("42804", f.Name, "%d rows of %s, want %d of %s", c.N, c.Type, b.N, f.Type)
		}
		if row, null := c.firstNull(); null && f.NotNull {
			return bad("23502", f.Name, "row %d is NULL", row)
		}
		if row, err := c.Check(); err != nil {
			return fault.E("record: check column", fault.Item(f.Name), fault.Errorf("record: batch", fault.Invalid, "row %d: %w", row, err))
		}
	}
	for _, f := range s.Fields {
		if f.NotNull && !f.Default.Valid && b.N > 0 && b.Column(f.ID) == nil {
			return bad("23502", f.Name, "is missing, and has no default")
		}
	}
	return nil
}

// firstNull returns the first row that is NULL, or false.
func (c *Column) firstNull() (row int, found bool) {
	if c.Valid == nil || c.Valid.all(0, c.N) {
		return 0, false
	}
	for !c.IsNull(row) {
		row++
	}
	return row, true
}
