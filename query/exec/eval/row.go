package eval

import (
	"errors"
	"fmt"

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
	lax   bool // called with NULL arguments too
	sure  bool // cannot fail
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
		if isNull(c) && !n.fn.lax {
			return s.null(n.t), nil
		}
		s.row.cols[i] = c
		rows = max(rows, c.N)
	}
	out := s.empty(n.t)
	for i := range rows {
		s.row.i = i
		if !n.fn.lax && s.row.anyNull() {
			out.AppendNull()
			continue
		}
		switch err := n.fn.append(out, &s.row); err {
		case nil:
		case errNull:
			out.AppendNull()
		default:
			return nil, fault.E("eval: "+n.name, err)
		}
	}
	return out, nil
}

func (r *row) anyNull() bool {
	for k := range r.cols {
		if r.null(k) {
			return true
		}
	}
	return false
}

// append adds the value of one row to out.
func (fn *rowFunc) append(out *record.Column, r *row) error {
	switch {
	case fn.int != nil:
		v, err := fn.int(r)
		if err != nil {
			return err
		}
		out.Append(record.Value{Valid: true, I: v})
	case fn.float != nil:
		v, err := fn.float(r)
		if err != nil {
			return err
		}
		out.Append(record.Value{Valid: true, F: v})
	case fn.text != nil:
		before := len(out.Strs.Data)
		data, err := fn.text(out.Strs.Data, r)
		if err != nil {
			return err
		}
		out.Strs.Data = data[:before]
		out.Append(record.Value{Valid: true}) // counts the row; its text follows
		out.Strs.Data = data
		out.Strs.Off[len(out.Strs.Off)-1] = uint32(len(data))
	case fn.span != nil:
		v, err := fn.span(r)
		if err != nil {
			return err
		}
		out.Append(record.Value{Valid: true, Span: v})
	default:
		v, err := fn.value(r)
		if err != nil {
			return err
		}
		out.Append(v)
	}
	return nil
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
