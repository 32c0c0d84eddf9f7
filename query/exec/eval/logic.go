package eval

import "github.com/quindex/quindex/record"

// guarded is a part that may have to run on some rows only.
type guarded struct {
	node
	id    int   // of the slot with the selected rows
	fault bool  // it may fail
	cols  []int // the input columns it looks at
}

func (c *compiler) guard(n node) guarded {
	return guarded{node: n, id: c.slot(), fault: n.faulty(), cols: n.columns(nil)}
}

// narrow reports whether to run g on the alive rows only: always if it might
// fail on the others, or if they are few.
func (g *guarded) narrow(f *frame, alive int) bool {
	if alive == f.n {
		return false
	}
	return g.fault || alive < f.n/8
}

// testOn runs g as a condition on the rows alive; other rows get any value.
func (g *guarded) testOn(f *frame, alive, t, u record.Bitmap) error {
	n := count(alive)
	if !g.narrow(f, n) {
		return testNode(f, g.node, t, u)
	}
	clear(t)
	clear(u)
	if n == 0 {
		return nil
	}
	s := &f.s.slots[g.id]
	s.pos = positions(s.pos, alive)
	sub := f.gather(g.id, g.cols, s.pos)
	st, su := s.first(n), s.second(n)
	if err := testNode(sub, g.node, st, su); err != nil {
		return err
	}
	for i, row := range s.pos {
		if st.Get(i) {
			t.Set(int(row))
		}
		if su.Get(i) {
			u.Set(int(row))
		}
	}
	return nil
}

// connective is AND, or OR, of any number of conditions. A later condition
// sees only the rows that the earlier ones left undecided.
type connective struct {
	id, temp int
	args
	parts []guarded
	or    bool
}

func (c *compiler) connective(or bool, a args) node {
	n := &connective{id: c.slot(), temp: c.slot(), args: a, or: or}
	for _, p := range a {
		n.parts = append(n.parts, c.guard(p))
	}
	return n
}

func (n *connective) slotID() int                           { return n.id }
func (n *connective) eval(f *frame) (*record.Column, error) { return boolColumn(f, n.id, n) }

func (n *connective) test(f *frame, t, u record.Bitmap) error {
	if err := testNode(f, n.parts[0].node, t, u); err != nil {
		return err
	}
	temp := &f.s.slots[n.temp]
	for i := range n.parts[1:] {
		pt, pu := temp.first(f.n), temp.second(f.n)
		temp.valid = sized(temp.valid, len(t))
		alive, any := temp.valid, uint64(0)
		for w := range alive {
			alive[w] = t[w] | u[w] // AND: not false
			if n.or {
				alive[w] = ^t[w] // OR: not true
			}
			any |= alive[w]
		}
		if any == 0 {
			return nil
		}
		alive[len(alive)-1] &= lastWord(f.n)
		if err := n.parts[1+i].testOn(f, alive, pt, pu); err != nil {
			return err
		}
		for w := range t {
			if n.or {
				pt[w] &= alive[w]
				t[w], u[w] = t[w]|pt[w], (u[w]|pu[w]&alive[w])&^(t[w]|pt[w])
			} else {
				was := t[w]
				t[w] &= pt[w]
				u[w] = (was | u[w]) & (pt[w] | pu[w]) &^ t[w]
			}
		}
	}
	return nil
}

// not turns true and false round.
type not struct {
	id  int
	arg node
}

func (n *not) slotID() int                           { return n.id }
func (n *not) faulty() bool                          { return n.arg.faulty() }
func (n *not) columns(dst []int) []int               { return n.arg.columns(dst) }
func (n *not) eval(f *frame) (*record.Column, error) { return boolColumn(f, n.id, n) }

func (n *not) test(f *frame, t, u record.Bitmap) error {
	if err := testNode(f, n.arg, t, u); err != nil {
		return err
	}
	for w := range t {
		t[w] = ^(t[w] | u[w])
	}
	t[len(t)-1] &= lastWord(f.n)
	return nil
}

// truthTest is IS [NOT] TRUE, FALSE, UNKNOWN and NULL: never NULL.
type truthTest struct {
	id     int
	arg    node
	kind   string // "true", "false", "unknown" or "null"
	negate bool
}

func (c *compiler) truthTest(name string, a node) node {
	n := &truthTest{id: c.slot(), arg: a}
	n.kind = name[len("is_"):]
	if len(n.kind) > 4 && n.kind[:4] == "not_" {
		n.kind, n.negate = n.kind[4:], true
	}
	return n
}

func (n *truthTest) slotID() int                           { return n.id }
func (n *truthTest) faulty() bool                          { return n.arg.faulty() }
func (n *truthTest) columns(dst []int) []int               { return n.arg.columns(dst) }
func (n *truthTest) eval(f *frame) (*record.Column, error) { return boolColumn(f, n.id, n) }

func (n *truthTest) test(f *frame, t, u record.Bitmap) error {
	if n.kind == "null" {
		c, err := n.arg.eval(f)
		if err != nil {
			return err
		}
		nullBits(c, f.n, t)
	} else if err := testNode(f, n.arg, t, u); err != nil {
		return err
	}
	for w := range t {
		switch n.kind {
		case "false":
			t[w] = ^(t[w] | u[w])
		case "unknown":
			t[w] = u[w]
		}
		if n.negate {
			t[w] = ^t[w]
		}
	}
	t[len(t)-1] &= lastWord(f.n)
	clear(u)
	return nil
}
