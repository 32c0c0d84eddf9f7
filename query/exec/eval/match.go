package eval

import "github.com/quindex/quindex/record"

// match is a condition on one string: LIKE or a regular expression with a
// constant pattern.
type match struct {
	id int
	args
	fn func(string) bool
}

func (n *match) slotID() int                           { return n.id }
func (n *match) eval(f *frame) (*record.Column, error) { return boolColumn(f, n.id, n) }

func (n *match) test(f *frame, t, u record.Bitmap) error {
	c, err := n.args[0].eval(f)
	if err != nil {
		return err
	}
	nullBits(c, f.n, u)
	clear(t)
	if c.N != f.n {
		if !c.IsNull(0) && n.fn(c.Strs.At(0)) {
			fill(t, f.n)
		}
		return nil
	}
	for i := range f.n {
		if !c.IsNull(i) && n.fn(c.Strs.At(i)) {
			t.Set(i)
		}
	}
	return nil
}
