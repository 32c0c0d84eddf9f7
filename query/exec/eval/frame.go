package eval

import (
	"math/bits"
	"slices"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/record"
)

// frame is one evaluation: n > 0 rows of the input columns. In a frame made
// of selected rows only the columns that are looked at are there.
type frame struct {
	in []*record.Column
	n  int
	s  *Scratch
}

// Scratch is the memory of one running Program: a slot for every node.
type Scratch struct {
	slots []slot
	frame frame // of the whole chunk, or of the tile
}

// slot is the memory of one node, used again by its next evaluation.
type slot struct {
	col    record.Column
	valid  record.Bitmap
	t, u   record.Bitmap
	pos    []uint32
	branch []uint16
	row    row
	frame  frame            // of selected rows
	sub    []*record.Column // its columns
	take   []record.Column
	out    scatter
}

// node is one part of a program.
type node interface {
	// eval returns the values of the rows of f: f.n of them, or one that
	// stands for all. The column belongs to the node until its next eval.
	eval(f *frame) (*record.Column, error)
	// faulty reports whether eval may fail on some values.
	faulty() bool
	// columns appends the input columns that the node looks at.
	columns(dst []int) []int
}

// tester is a node whose natural result is a condition.
type tester interface {
	// test sets t to the rows that are true and u to those that are NULL; both
	// are overwritten and have words(f.n) words.
	test(f *frame, t, u record.Bitmap) error
}

func words(n int) int { return (n + 63) / 64 }

// lastWord masks the bits of the last word that are rows.
func lastWord(n int) uint64 { return ^uint64(0) >> (-uint(n) & 63) }

func sized[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}

// first and second return two bitmaps of n rows with any content.
func (s *slot) first(n int) record.Bitmap  { s.t = sized(s.t, words(n)); return s.t }
func (s *slot) second(n int) record.Bitmap { s.u = sized(s.u, words(n)); return s.u }

// ints makes the slot a column of n integers with any content and no NULLs.
func (s *slot) ints(t record.Type, n int) []int64 {
	s.col.Type, s.col.N, s.col.Valid = t, n, nil
	s.col.Ints = sized(s.col.Ints, n)
	return s.col.Ints
}

func (s *slot) floats(t record.Type, n int) []float64 {
	s.col.Type, s.col.N, s.col.Valid = t, n, nil
	s.col.Floats = sized(s.col.Floats, n)
	return s.col.Floats
}

// empty makes the slot an empty column to append to.
func (s *slot) empty(t record.Type) *record.Column {
	if s.col.Type.Kind != t.Kind {
		s.col = *record.NewColumn(t, 0)
	}
	s.col.Reset()
	s.col.Type = t
	return &s.col
}

// null makes the slot the one row NULL.
func (s *slot) null(t record.Type) *record.Column {
	c := s.empty(t)
	c.AppendNull()
	return c
}

// isNull reports whether c is one NULL that stands for all rows.
func isNull(c *record.Column) bool { return c.N == 1 && c.IsNull(0) }

// validity gives the slot's column the NULLs of any of the arguments, none of
// which isNull, and makes its NULL rows zero.
func (s *slot) validity(args ...*record.Column) *record.Column {
	s.col.Valid = nil
	for _, a := range args {
		s.andValid(a)
	}
	zeroNulls(&s.col)
	return &s.col
}

// andValid makes the rows of the slot's column NULL that are NULL in a.
func (s *slot) andValid(a *record.Column) {
	c := &s.col
	switch {
	case a.Valid == nil || a.N != c.N:
	case c.Valid == nil:
		s.valid = append(s.valid[:0], a.Valid[:words(c.N)]...)
		c.Valid = s.valid
	default:
		for i, w := range a.Valid[:len(c.Valid)] {
			c.Valid[i] &= w
		}
	}
}

// zeroNulls keeps rule E2 for fixed-width columns.
func zeroNulls(c *record.Column) {
	if c.Valid == nil {
		return
	}
	for w, v := range c.Valid {
		null := ^v
		if w == len(c.Valid)-1 {
			null &= lastWord(c.N)
		}
		for ; null != 0; null &= null - 1 {
			i := w<<6 + bits.TrailingZeros64(null)
			switch c.Type.Storage() {
			case record.Ints:
				c.Ints[i] = 0
			case record.Floats:
				c.Floats[i] = 0
			case record.Points:
				c.Floats[i], c.Lats[i] = 0, 0
			case record.Spans:
				c.Spans[i] = record.Span{}
			}
		}
	}
}

// positions lists the set rows of b.
func positions(dst []uint32, b record.Bitmap) []uint32 {
	dst = dst[:0]
	for w, v := range b {
		for ; v != 0; v &= v - 1 {
			dst = append(dst, uint32(w<<6+bits.TrailingZeros64(v)))
		}
	}
	return dst
}

func count(b record.Bitmap) int {
	n := 0
	for _, w := range b {
		n += bits.OnesCount64(w)
	}
	return n
}

// fill sets the first n rows of b.
func fill(b record.Bitmap, n int) {
	for i := range b {
		b[i] = ^uint64(0)
	}
	b[len(b)-1] &= lastWord(n)
}

// gather makes a frame of the rows of f at positions, with the listed columns.
// Its memory is that of slot id.
func (f *frame) gather(id int, columns []int, rows []uint32) *frame {
	s := &f.s.slots[id]
	s.sub = sized(s.sub, len(f.in))
	clear(s.sub)
	s.take = slices.Grow(s.take[:0], len(columns))[:len(columns)]
	for k, i := range columns {
		src, dst := f.in[i], &s.take[k]
		if dst.Type.Kind != src.Type.Kind {
			*dst = record.Column{}
		}
		dst.Reset()
		dst.Type = src.Type
		dst.Take(src, rows)
		s.sub[i] = dst
	}
	s.frame = frame{in: s.sub, n: len(rows), s: f.s}
	return &s.frame
}

// fixedWidth reports whether results of type t are arrays of numbers.
func fixedWidth(t record.Type) bool {
	return t.Storage() == record.Ints || t.Storage() == record.Floats
}

// repeat appends n times the one row of c.
func repeat(dst, c *record.Column, n int) {
	v := c.Value(0)
	for range n {
		dst.Append(v)
	}
}

// detach returns the result of n as a column of rows rows that the scratch
// does not know any more.
func detach(n node, s *Scratch, c *record.Column, rows int) *record.Column {
	switch n := n.(type) {
	case *column:
		return c
	case *relabel:
		inner := detach(n.arg, s, c, rows)
		out := *inner
		out.Type = n.t
		return &out
	}
	if c.N != rows {
		out := record.NewColumn(c.Type, rows)
		repeat(out, c, rows)
		return out
	}
	out := *c
	if k, ok := n.(owner); ok {
		sl := &s.slots[k.slotID()]
		sl.col, sl.valid = record.Column{}, nil
		return &out
	}
	return &out
}

// owner is a node whose result lies in a slot.
type owner interface{ slotID() int }

func bug(format string, args ...any) error {
	return fault.Errorf("eval: BUG", fault.Internal, format, args...)
}
