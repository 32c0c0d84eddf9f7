package eval

import (
	"github.com/quindex/quindex/query/plan"
	"github.com/quindex/quindex/record"
)

// branches computes a value that comes from a different expression in
// different rows: CASE and COALESCE. A part runs only where it is needed.
type branches struct {
	id   int
	bits [3]int // slots for bitmaps
	args
	conds  []guarded // CASE: one a value but for the last; COALESCE: none
	values []guarded
	t      record.Type
}

// caseNode is case(cond, value, ..., [else]).
func (c *compiler) caseNode(a args, t record.Type) node {
	n := c.branches(a, t)
	for i := 0; i+1 < len(a); i += 2 {
		n.conds = append(n.conds, c.guard(a[i]))
		n.values = append(n.values, c.guard(a[i+1]))
	}
	var last node = constant(record.NullOf(t))
	if len(a)%2 == 1 {
		last = a[len(a)-1]
	}
	n.values = append(n.values, c.guard(last))
	return n
}

func (c *compiler) coalesce(a args, t record.Type) node {
	n := c.branches(a, t)
	for _, v := range a {
		n.values = append(n.values, c.guard(v))
	}
	return n
}

func (c *compiler) branches(a args, t record.Type) *branches {
	n := &branches{id: c.slot(), args: a, t: t}
	for i := range n.bits {
		n.bits[i] = c.slot()
	}
	return n
}

func (n *branches) slotID() int { return n.id }

// source is where the values of one part are: of row i at i, of the k-th row
// that asked at k (packed), or at 0 for all (single).
type source struct {
	col            *record.Column
	packed, single bool
}

func (n *branches) eval(f *frame) (*record.Column, error) {
	s := &f.s.slots[n.id]
	out := s.scatter(n.t, f.n)
	rest := f.s.slots[n.bits[0]].first(f.n)
	fill(rest, f.n)
	for i := range n.values {
		hit, err := n.rows(f, i, rest)
		if err != nil {
			return nil, err
		}
		src, err := n.values[i].evalOn(f, hit)
		if err != nil {
			return nil, err
		}
		if src.col == nil {
			continue
		}
		out.add(src, hit, rest, len(n.conds) == 0)
	}
	return out.finish(), nil
}

// rows returns the rows of rest that value i is computed for: those where its
// condition is true.
func (n *branches) rows(f *frame, i int, rest record.Bitmap) (record.Bitmap, error) {
	hit, u := f.s.slots[n.bits[1]].first(f.n), f.s.slots[n.bits[2]].first(f.n)
	if i >= len(n.conds) {
		copy(hit, rest)
		return hit, nil
	}
	if err := n.conds[i].testOn(f, rest, hit, u); err != nil {
		return nil, err
	}
	for w := range hit {
		hit[w] &= rest[w]
	}
	return hit, nil
}

// evalOn computes g for the rows of hit at least; no column if there are none.
func (g *guarded) evalOn(f *frame, hit record.Bitmap) (source, error) {
	rows := count(hit)
	if rows == 0 {
		return source{}, nil
	}
	if k, ok := g.node.(*konst); ok {
		return source{col: k.col, single: true}, nil
	}
	if !g.narrow(f, rows) {
		c, err := g.eval(f)
		return source{col: c, single: err == nil && c.N != f.n}, err
	}
	s := &f.s.slots[g.id]
	s.pos = positions(s.pos, hit)
	sub := f.gather(g.id, g.cols, s.pos)
	c, err := g.eval(sub)
	return source{col: c, packed: true, single: err == nil && c.N != rows}, err
}

// nullIf is NULL where both arguments are equal, else the first.
func (c *compiler) nullIf(a args, e plan.Call) node {
	equal := c.comparison(opEQ, a[0], a[1], e.Args[0].Type(), e.Args[1].Type())
	return c.caseNode(args{equal, constant(record.NullOf(e.T)), a[0]}, e.T)
}
