package sqlite

import "strings"

// kind is what a part of a statement gives.
type kind int

const (
	clause kind = iota // no value: a list, a WHERE, a join
	query
	boolean
	integer
	double
	word
)

// tree is a statement or a part of one: text, in which every # is the place of
// an argument. Parts may be shared, as a key of GROUP BY and the same key in
// SELECT are; who changes one changes both.
type tree struct {
	kind kind
	form string
	args []*tree

	list  bool // args joined by form, which is then a separator
	loose bool // a clause that may be dropped, or a list whose items may be
	gone  bool // dropped

	order *tree // of a query: its ORDER BY, if it may have one
}

func text(k kind, s string) *tree { return &tree{kind: k, form: s} }

func form(k kind, f string, args ...*tree) *tree { return &tree{kind: k, form: f, args: args} }

// optional is a clause that may be dropped.
func optional(f string, args ...*tree) *tree { return &tree{form: f, args: args, loose: true} }

func (t *tree) String() string {
	var b strings.Builder
	t.print(&b)
	return b.String()
}

func (t *tree) print(b *strings.Builder) {
	switch {
	case t.gone:
	case t.list:
		sep := ""
		for _, a := range t.args {
			if !a.gone {
				b.WriteString(sep)
				a.print(b)
				sep = t.form
			}
		}
	case len(t.args) == 0:
		b.WriteString(t.form)
	default:
		rest := t.form
		for _, a := range t.args {
			before, after, _ := strings.Cut(rest, "#")
			b.WriteString(before)
			a.print(b)
			rest = after
		}
		b.WriteString(rest)
	}
}

// ordered tells whether the statement says in which order its rows come.
func (t *tree) ordered() bool { return t.order != nil && !t.order.gone }

// walk visits t and all below it that is printed, t first, each part once.
func (t *tree) walk(visit func(*tree)) {
	seen := map[*tree]bool{}
	var down func(*tree)
	down = func(t *tree) {
		if t.gone || seen[t] {
			return
		}
		seen[t] = true
		visit(t)
		for _, a := range t.args {
			down(a)
		}
	}
	down(t)
}

// shrink makes the statement smaller as long as it still fails: it drops
// clauses and items, and puts parts and constants in the place of expressions.
func shrink(root *tree, fails func() bool) {
	for smaller(root, fails) {
	}
}

// smaller makes one pass and tells whether anything could go.
func smaller(root *tree, fails func() bool) bool {
	var all []*tree
	root.walk(func(t *tree) { all = append(all, t) })
	any := false
	for _, t := range all {
		if t.gone {
			continue
		}
		if t.loose && !t.list && drop(t, fails) {
			any = true
			continue
		}
		if t.loose && t.list {
			least := min(len(t.form), 1) // a list with commas wants an item
			for _, a := range t.args {
				any = !a.gone && left(t) > least && drop(a, fails) || any
			}
		}
		any = t.kind != clause && replace(t, fails) || any
	}
	return any
}

func left(list *tree) int {
	n := 0
	for _, a := range list.args {
		if !a.gone {
			n++
		}
	}
	return n
}

func drop(t *tree, fails func() bool) bool {
	t.gone = true
	if fails() {
		return true
	}
	t.gone = false
	return false
}

// constants are the smallest expression of each kind.
var constants = map[kind]string{boolean: "TRUE", integer: "1", double: "CAST(0.5 AS DOUBLE)", word: "'a'"}

// replace puts a part of t of its own kind in its place, or a constant.
func replace(t *tree, fails func() bool) bool {
	old := *t
	var parts []*tree
	t.walk(func(p *tree) {
		if p != t && p.kind == t.kind {
			parts = append(parts, p)
		}
	})
	if c, ok := constants[t.kind]; ok && len(t.args) > 0 {
		parts = append(parts, text(t.kind, c))
	}
	for _, p := range parts {
		*t = *p
		if len(t.String()) < len(old.String()) && fails() {
			return true
		}
		*t = old
	}
	return false
}
