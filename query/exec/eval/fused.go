package eval

import "github.com/quindex/quindex/record"

// fused is x * (c + y) or x * (c - y) on DOUBLE with a constant c, as in
// price * (1 - discount): one pass in the place of two. c - y and c + (-1)*y
// round alike. The result is finite only if the sum was.
type fused struct {
	id      int
	args    // x, y
	c, sign float64
	plain   node // the same as two nodes, for the rare cases
}

// fuse returns n as one pass if it is such a product.
func (c *compiler) fuse(n *floatMath) node {
	for i := range 2 {
		sum, ok := n.args[i].(*floatMath)
		if !ok || n.op != "*" || sum.op != "+" && sum.op != "-" {
			continue
		}
		if k, ok := constOf(sum.args[0]); ok && k.Valid {
			f := &fused{id: c.slot(), args: args{n.args[1-i], sum.args[1]}, c: k.F, sign: 1, plain: n}
			if sum.op == "-" {
				f.sign = -1
			}
			return f
		}
	}
	return n
}

func (n *fused) slotID() int  { return n.id }
func (n *fused) faulty() bool { return true }

func (n *fused) eval(f *frame) (*record.Column, error) {
	x, y, err := n.both(f)
	if err != nil {
		return nil, err
	}
	if x.N != f.n || y.N != f.n {
		return n.spelled(f)
	}
	s := &f.s.slots[n.id]
	dst := s.floats(record.T(record.Float64), f.n)
	a, b := x.Floats[:len(dst)], y.Floats[:len(dst)]
	c, sign := n.c, n.sign
	for i := range dst {
		dst[i] = a[i] * (c + float64(sign*b[i]))
	}
	if !finite(dst) {
		return n.spelled(f)
	}
	return s.validity(x, y), nil
}

// spelled computes the product and the sum apart, to see which one failed.
func (n *fused) spelled(f *frame) (*record.Column, error) {
	c, err := n.plain.eval(f)
	if err != nil {
		return nil, err
	}
	out := f.s.slots[n.id].empty(c.Type)
	out.AppendRows(c, 0, c.N)
	return out, nil
}
