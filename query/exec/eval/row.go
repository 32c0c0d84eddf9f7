package eval

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
)

// row is where the function of one row finds its arguments, unboxed.
type row struct {
	cols []*record.Column
	i    int
}

func (r *row) at(k int) (*record.Column, int) {
	c := r.cols[k]
	if c.N == 1 {
		return c, 0
	}
	return c, r.i
}

func (r *row) has(k int) bool { return k < len(r.cols) }
func (r *row) null(k int) bool {
	c, i := r.at(k)
	return c.IsNull(i)
}
func (r *row) text(k int) string {
	c, i := r.at(k)
	return c.Strs.At(i)
}
func (r *row) int(k int) int64 {
	c, i := r.at(k)
	return c.Ints[i]
}
func (r *row) float(k int) float64 {
	c, i := r.at(k)
	return c.Floats[i]
}
func (r *row) span(k int) record.Span {
	c, i := r.at(k)
	return c.Spans[i]
}
func (r *row) value(k int) record.Value {
	c, i := r.at(k)
	return c.Value(i)
}

// point returns longitude and latitude.
func (r *row) point(k int) (lon, lat float64) {
	c, i := r.at(k)
	return c.Floats[i], c.Lats[i]
}

// elems returns the elements of an array: rows [lo, hi) of elem.
func (r *row) elems(k int) (elem *record.Column, lo, hi int) {
	c, i := r.at(k)
	return c.Elem, int(c.Off[i]), int(c.Off[i+1])
}

// errNull is what the function of a row returns for NULL.
var errNull = errors.New("eval: no value")

// rowFunc is a function of one row, in the form that fits its result type;
// exactly one is set. text appends to dst.
type rowFunc struct {
	int   func(r *row) (int64, error) // also BOOLEAN, DECIMAL, DATE and TIMESTAMP
	float func(r *row) (float64, error)
	text  func(dst []byte, r *row) ([]byte, error) // all kinds of strings
	span  func(r *row) (record.Span, error)
	value func(r *row) (record.Value, error)
	match func(text string) bool // a condition on argument 0 alone
	lax   bool                   // called with NULL arguments too
	sure  bool                   // cannot fail
}

// rowwise applies a rowFunc to every row.
type rowwise struct {
	id int
	args
	t    record.Type
	name string
	fn   rowFunc
}

func (n *rowwise) slotID() int  { return n.id }
func (n *rowwise) faulty() bool { return !n.fn.sure || n.args.faulty() }

func (n *rowwise) eval(f *frame) (*record.Column, error) {
	s := &f.s.slots[n.id]
	s.row.cols = sized(s.row.cols, len(n.args))
	rows := 1
	for i, a := range n.args {
		c, err := a.eval(f)
		if err != nil {
			return nil, err
		}
		s.row.cols[i] = c
		rows = max(rows, c.N)
	}
	if !n.fn.lax && slices.ContainsFunc(s.row.cols, isNull) {
		return s.null(n.t), nil
	}
	if err := n.rows(s, rows); err != nil {
		return nil, fault.E("eval: "+n.name, err)
	}
	return &s.col, nil
}

// rows computes the result for every row, straight into typed slices.
func (n *rowwise) rows(s *slot, rows int) error {
	switch {
	case n.fn.int != nil:
		return eachRow(s, n.fn.lax, s.ints(n.t, rows), n.fn.int)
	case n.fn.float != nil:
		return eachRow(s, n.fn.lax, s.floats(n.t, rows), n.fn.float)
	case n.fn.text != nil:
		return n.texts(s, rows)
	}
	out := s.empty(n.t)
	for i := range rows {
		s.row.i = i
		if !n.fn.lax && s.row.anyNull() {
			out.AppendNull()
			continue
		}
		v := record.Value{Valid: true}
		var err error
		if n.fn.span != nil {
			v.Span, err = n.fn.span(&s.row)
		} else {
			v, err = n.fn.value(&s.row)
		}
		switch {
		case err == errNull:
			out.AppendNull()
		case err != nil:
			return err
		default:
			out.Append(v)
		}
	}
	return nil
}

// eachRow fills dst, which is the slot's column.
func eachRow[T int64 | float64](s *slot, lax bool, dst []T, f func(*row) (T, error)) error {
	r := &s.row
	s.start(lax)
	for i := range dst {
		if s.col.IsNull(i) {
			dst[i] = 0
			continue
		}
		r.i = i
		v, err := f(r)
		if err != nil {
			if err != errNull {
				return err
			}
			s.setNull(i)
			v = 0
		}
		dst[i] = v
	}
	return nil
}

func (n *rowwise) texts(s *slot, rows int) error {
	out := s.empty(n.t)
	out.N = rows
	s.start(n.fn.lax)
	off, data := append(out.Strs.Off[:0], 0), out.Strs.Data
	for i := range rows {
		if !out.IsNull(i) {
			s.row.i = i
			longer, err := n.fn.text(data, &s.row)
			switch {
			case err == nil:
				data = longer
			case err == errNull:
				s.setNull(i)
			default:
				return err
			}
			if uint64(len(data)) > math.MaxUint32 {
				return errTooLong()
			}
		}
		off = append(off, uint32(len(data)))
	}
	out.Strs.Off, out.Strs.Data = off, data
	return nil
}

// start gives the slot's column the NULLs of the arguments, unless the
// function wants to see them.
func (s *slot) start(lax bool) {
	s.col.Valid = nil
	if lax {
		return
	}
	for _, a := range s.row.cols {
		s.andValid(a)
	}
}

// setNull makes row i NULL.
func (s *slot) setNull(i int) {
	if s.col.Valid == nil {
		s.valid = sized(s.valid, words(s.col.N))
		fill(s.valid, s.col.N)
		s.col.Valid = s.valid
	}
	s.col.Valid.Clear(i)
}

func (r *row) anyNull() bool {
	for k := range r.cols {
		if r.null(k) {
			return true
		}
	}
	return false
}

// boolInt is the BOOLEAN b as a column holds it.
func boolInt(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// invalid makes an error of bad data with its SQLSTATE.
func invalid(code, format string, args ...any) error {
	return fault.E("eval", fault.Invalid, fault.Code(code), fmt.Errorf(format, args...))
}
