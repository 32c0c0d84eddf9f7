package eval

import (
	"github.com/quindex/quindex/record"
)

// column is a column of the input.
type column struct {
	index int
	t     record.Type
}

func (n *column) eval(f *frame) (*record.Column, error) {
	if n.index >= len(f.in) || f.in[n.index] == nil || f.in[n.index].Type.Storage() != n.t.Storage() {
		return nil, bug("column %d of %s is not in a chunk of %d columns", n.index, n.t, len(f.in))
	}
	return f.in[n.index], nil
}
func (n *column) faulty() bool            { return false }
func (n *column) columns(dst []int) []int { return append(dst, n.index) }

// konst is a value known when the program was compiled.
type konst struct{ col *record.Column }

func (n *konst) eval(*frame) (*record.Column, error) { return n.col, nil }
func (n *konst) faulty() bool                        { return false }
func (n *konst) columns(dst []int) []int             { return dst }

// relabel gives the values of arg another type of the same storage.
type relabel struct {
	id  int
	arg node
	t   record.Type
}

func (n *relabel) eval(f *frame) (*record.Column, error) {
	c, err := n.arg.eval(f)
	if err != nil {
		return nil, err
	}
	out := &f.s.slots[n.id].col
	*out = *c
	out.Type = n.t
	return out, nil
}
func (n *relabel) faulty() bool            { return n.arg.faulty() }
func (n *relabel) columns(dst []int) []int { return n.arg.columns(dst) }

// args are the arguments of a node.
type args []node

func (a args) faulty() bool {
	for _, n := range a {
		if n.faulty() {
			return true
		}
	}
	return false
}

func (a args) columns(dst []int) []int {
	for _, n := range a {
		dst = n.columns(dst)
	}
	return dst
}

// testNode runs n as a condition.
func testNode(f *frame, n node, t, u record.Bitmap) error {
	if c, ok := n.(tester); ok {
		return c.test(f, t, u)
	}
	c, err := n.eval(f)
	if err != nil {
		return err
	}
	testColumn(c, f.n, t, u)
	return nil
}

// testColumn turns a BOOLEAN column into the two bitmaps.
func testColumn(c *record.Column, n int, t, u record.Bitmap) {
	if c.N != n {
		clear(t)
		clear(u)
		switch {
		case c.IsNull(0):
			fill(u, n)
		case c.Ints[0] != 0:
			fill(t, n)
		}
		return
	}
	for w := range t {
		var b uint64
		for i, v := range c.Ints[w<<6 : min(n, w<<6+64)] {
			b |= uint64(v&1) << (uint(i) & 63)
		}
		t[w] = b
	}
	nullBits(c, n, u)
	for w := range t {
		t[w] &^= u[w]
	}
}

// nullBits sets u to the NULL rows of c.
func nullBits(c *record.Column, n int, u record.Bitmap) {
	switch {
	case c.N != n && c.IsNull(0):
		fill(u, n)
	case c.N != n || c.Valid == nil:
		clear(u)
	default:
		for w := range u {
			u[w] = ^c.Valid[w]
		}
		u[len(u)-1] &= lastWord(n)
	}
}

// boolColumn turns a tester's bitmaps into a BOOLEAN column in slot id.
func boolColumn(f *frame, id int, n tester) (*record.Column, error) {
	s := &f.s.slots[id]
	t, u := s.first(f.n), s.second(f.n)
	if err := n.test(f, t, u); err != nil {
		return nil, err
	}
	dst := s.ints(record.T(record.Bool), f.n)
	for i := range dst {
		dst[i] = int64(t[i>>6] >> (uint(i) & 63) & 1)
	}
	var null uint64
	for _, w := range u {
		null |= w
	}
	if null != 0 {
		s.valid = sized(s.valid, len(u))
		for i, w := range u {
			s.valid[i] = ^w
		}
		s.valid[len(u)-1] &= lastWord(f.n)
		s.col.Valid = s.valid
	}
	return &s.col, nil
}
