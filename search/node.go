package search

// op is what a node of a query asks of a row.
type op uint8

const (
	opNone   op = iota // nothing matches
	opEvery            // every row that is not NULL
	opTerm             // the term stands in it
	opPhrase           // the terms of slots stand in it one after the other
	opExpand           // a term that expand accepts stands in it
	opGroup            // all of must, none of not, and one of should if must is empty
)

// node is one node of a query. Trees are immutable and shared.
type node struct {
	op     op
	boost  float64
	term   string
	slots  [][]string // a slot holds terms that may stand there; an empty one any word
	slop   int        // how far from there they may stand
	expand *expansion

	must, should, not []*node

	leaf int // number of a leaf that is scored, in order; -1 for others
}

// query is a parsed query on one field.
type query struct {
	text   string // as asked, for messages
	root   *node
	leaves []*node // terms, phrases, expansions and every, outside of not
}

func newQuery(text string, root *node) *query {
	q := &query{text: text, root: root}
	q.number(root)
	return q
}

func (q *query) number(n *node) {
	n.leaf = -1
	switch n.op {
	case opGroup:
		for _, m := range n.must {
			q.number(m)
		}
		for _, s := range n.should {
			q.number(s)
		}
	case opNone:
	default:
		n.leaf = len(q.leaves)
		q.leaves = append(q.leaves, n)
	}
}

// none is the query that no row matches.
func none() *node { return &node{op: opNone} }

// anyOf is one of the nodes; nodes that cannot match are left out.
func anyOf(of []*node) *node {
	switch len(of) {
	case 0:
		return none()
	case 1:
		return of[0]
	}
	return &node{op: opGroup, should: of}
}

// allOf is all of the nodes.
func allOf(of []*node) *node {
	switch len(of) {
	case 0:
		return none()
	case 1:
		return of[0]
	}
	return &node{op: opGroup, must: of}
}

// source tells how one row stands to the leaves of a query.
type source interface {
	// score returns the score of leaf n on the row, and false where it does not match.
	score(n *node) (float64, bool)
	// holds is score for leaves below a not, which have no number.
	holds(n *node) bool
}

// score returns the row's score for n, and false where it does not match:
// the sum over the leaves that match, in the order of the query. Every scorer
// sums in this order, so that scores are equal to the last bit.
func (n *node) score(s source) (float64, bool) {
	switch n.op {
	case opNone:
		return 0, false
	case opGroup:
		return n.scoreGroup(s)
	}
	return s.score(n)
}

func (n *node) scoreGroup(s source) (float64, bool) {
	sum := 0.0
	for _, m := range n.must {
		v, ok := m.score(s)
		if !ok {
			return 0, false
		}
		sum += v
	}
	for _, m := range n.not {
		if m.matches(s) {
			return 0, false
		}
	}
	found := len(n.must) > 0 || len(n.should) == 0
	for _, m := range n.should {
		if v, ok := m.score(s); ok {
			sum, found = sum+v, true
		}
	}
	return sum, found
}

// matches reports whether the row matches n, without a score.
func (n *node) matches(s source) bool {
	switch n.op {
	case opNone:
		return false
	case opGroup:
		for _, m := range n.must {
			if !m.matches(s) {
				return false
			}
		}
		for _, m := range n.not {
			if m.matches(s) {
				return false
			}
		}
		found := len(n.must) > 0 || len(n.should) == 0
		for _, m := range n.should {
			found = found || m.matches(s)
		}
		return found
	}
	return s.holds(n)
}
