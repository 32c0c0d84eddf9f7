package plan

import (
	"slices"
	"strings"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/query/sql"
	"github.com/quindex/quindex/record"
)

// scope is the names that an expression may use: the columns of node, then
// those of the query around it.
type scope struct {
	node  Node // nil where no join may be added, as in ON
	of    Node // where node is nil: what the columns are of, if anything
	cols  []scopeCol
	outer *scope
	agg   *grouping    // nil: aggregates cannot stand here
	score Expr         // what score() is; nil: it cannot stand here
	marks []EngineCall // the conditions of WHERE that highlight() shows
	// correlated is what a subquery's names took from outer; nil where that is refused.
	correlated *bool
	trial      *bool // set by every name that is found here from a scope further in
}

// scopeCol is column i of a scope's node.
type scopeCol struct {
	rel, name string
	t         record.Type
	hidden    bool // found only with its qualifier: the right side of USING
	nameless  bool // never found: the binder's own column
}

// outerCol is a column of the query around, in an expression of a subquery. No
// plan holds one: see correlate.
type outerCol struct{ Col }

// rowCols are the columns of a scope that * stands for, by position.
func (s *scope) rowCols(rel string) []int {
	var out []int
	for i, c := range s.cols {
		if !c.nameless && (rel == "" && !c.hidden || rel != "" && c.rel == rel) {
			out = append(out, i)
		}
	}
	return out
}

// find returns the position of the column, or how many there are.
func (s *scope) find(rel, name string) (at, count int) {
	for i, c := range s.cols {
		if c.name == name && !c.nameless && (rel == "" && !c.hidden || rel != "" && c.rel == rel) {
			at = i
			count++
		}
	}
	return at, count
}

func (s *scope) col(i int) Col { return Col{Index: i, Name: s.cols[i].name, T: s.cols[i].t} }

// column gives a name its meaning.
func (b *binder) column(n *sql.Name, s *scope) Expr {
	rel, name := n.Qualifier(), n.Last()
	for level := s; level != nil; level = level.outer {
		at, count := level.find(rel, name)
		switch {
		case count > 1:
			b.fail(n.Pos(), fault.Invalid, fault.Code("42702"), fault.Item(name),
				fault.Hint("write the table before it, as in t."+name), "the column is in more than one table")
		case count == 1 && level == s:
			return s.col(at)
		case count == 1 && level.trial != nil:
			*level.trial = true
			return outerCol{level.col(at)}
		case count == 1 && level == s.outer && s.correlated != nil:
			*s.correlated = true
			return outerCol{level.col(at)}
		case count == 1:
			b.unsupported(n.Pos(), "column "+name+" of the query around, in a subquery here")
		}
	}
	b.noColumn(n, s)
	return nil
}

func (b *binder) noColumn(n *sql.Name, s *scope) {
	rel, name := n.Qualifier(), n.Last()
	var columns, rels []string
	for level := s; level != nil; level = level.outer {
		for _, c := range level.cols {
			if c.nameless || strings.HasPrefix(c.name, "$") {
				continue
			}
			rels = append(rels, c.rel)
			if rel == "" || c.rel == rel {
				columns = append(columns, c.name)
			}
		}
	}
	if rel != "" && !slices.Contains(rels, rel) {
		b.fail(n.Pos(), fault.NotFound, fault.Code("42P01"), fault.Item(rel), nearest(rel, rels, oneOf("FROM has ", rels)), "no such table in FROM")
	}
	if rel == "" && slices.Contains(rels, name) {
		b.unsupported(n.Pos(), "a whole row as a value")
	}
	text, hint := "no such column", fault.Hint("")
	switch {
	case b.quoted(n):
		hint = fault.Hint("\"" + name + "\" is a name; a string stands in single quotes: " + record.KeywordValue(name).SQL())
	case len(columns) <= fewNames:
		hint = oneOf("the columns are ", columns)
	}
	if len(columns) == 0 {
		text = "no such column: there is no FROM"
	}
	b.fail(n.Pos(), fault.NotFound, fault.Code("42703"), fault.Item(name), nearest(name, columns, hint), text)
}

// fewNames are so many that a hint can list them all.
const fewNames = 12

// quoted reports whether a name was written in double quotes.
func (b *binder) quoted(n *sql.Name) bool {
	return n.Pos() < len(b.o.Text) && b.o.Text[n.Pos()] == '"'
}

// nearest is a hint with the name that was probably meant.
func nearest(name string, among []string, otherwise fault.Hint) fault.Hint {
	slices.Sort(among)
	if hint := catalog.NameHint(name, slices.Compact(among)); hint != "" {
		return hint
	}
	return otherwise
}

// oneOf is a hint with all names there are; none for no names.
func oneOf(which string, names []string) fault.Hint {
	names = slices.Compact(slices.Sorted(slices.Values(slices.DeleteFunc(slices.Clone(names), func(s string) bool { return s == "" }))))
	if len(names) == 0 {
		return ""
	}
	return fault.Hint(which + strings.Join(names, ", "))
}

// scopeOf makes a scope of a node's columns, all of relation rel.
func scopeOf(n Node, rel string) *scope {
	s := &scope{node: n}
	for _, c := range n.Output() {
		s.cols = append(s.cols, scopeCol{rel: rel, name: c.Name, t: c.Type})
	}
	return s
}
