package plan

import (
	"slices"

	"github.com/quindex/quindex/engines"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/predicate"
	"github.com/quindex/quindex/query/sql"
	"github.com/quindex/quindex/record"
)

// scoreName is how the binder calls the column of a table's scores; no name
// of a statement finds it.
const scoreName = "score()"

// usesScore reports whether a SELECT or its ORDER BY calls score() outside of subqueries.
func usesScore(sel *sql.Select, q *sql.Query) bool {
	found := false
	look := func(e sql.Expr) {
		if e == nil || found {
			return
		}
		sql.Walk(e, func(n sql.Node) bool {
			switch n := n.(type) {
			case *sql.Query:
				return false
			case *sql.Call:
				found = found || isScore(n)
			}
			return !found
		})
	}
	for i := range sel.Items {
		look(sel.Items[i].Expr)
	}
	for _, e := range slices.Concat(sel.GroupBy, sel.DistinctOn) {
		look(e)
	}
	look(sel.Having)
	for i := range q.OrderBy {
		look(q.OrderBy[i].Expr)
	}
	return found
}

func isScore(e *sql.Call) bool { return e.Name == "score" && len(e.Args) == 0 && !e.Star }

// fromScored binds FROM; where score() is called, its tables give scores.
func (b *binder) fromScored(sel *sql.Select, q *sql.Query) *scope {
	outer := b.scoring
	b.scoring = b.o.Registry != nil && usesScore(sel, q)
	s := b.from(sel.From)
	b.scoring = outer
	return s
}

// addScore gives a table's scope the column of its scores.
func addScore(s *scope, scan *Scan, rel string) {
	c := Column{scoreName, record.T(record.Float64)}
	scan.Columns, scan.Out = append(scan.Columns, ScoreColumn), append(scan.Out, c)
	s.cols = append(s.cols, scopeCol{rel: rel, name: rel + " " + scoreName, t: c.Type, nameless: true})
}

// scores finds what score() of a SELECT is, once its WHERE is bound: the sum
// over the conditions there, joined by AND and OR, that score.
func (b *binder) scores(s *scope) {
	if b.o.Registry == nil {
		return
	}
	for n := s.node; n != nil; {
		switch x := n.(type) {
		case *Filter:
			b.scoresOf(x.Cond, s)
			n = x.Input
		case *Join:
			if x.Kind.GivesRight() {
				n = nil
			} else {
				n = x.Left // WHERE ... IN (SELECT ...)
			}
		default:
			n = nil
		}
	}
	for i, c := range s.cols {
		if !c.nameless {
			continue
		}
		scan, at := origin(s.node, i)
		if scan == nil || scan.Score == nil || scan.Columns[at] != ScoreColumn {
			continue
		}
		if s.score == nil {
			s.score = s.col(i)
			continue
		}
		zero := Const{record.FloatValue(0)}
		t := record.T(record.Float64)
		left, right := Call{Func: "coalesce", Args: []Expr{s.score, zero}, T: t}, Call{Func: "coalesce", Args: []Expr{s.col(i), zero}, T: t}
		s.score = Call{Func: "+", Args: []Expr{left, right}, T: t}
	}
}

// scoresOf adds the calls in a condition that score to their scans.
func (b *binder) scoresOf(e Expr, s *scope) {
	switch e := e.(type) {
	case Call:
		if e.Func == "and" || e.Func == "or" {
			for _, a := range e.Args {
				b.scoresOf(a, s)
			}
		}
	case EngineCall:
		engine, _ := b.engineOf(e, s)
		if _, ok := engine.(engines.Highlighter); ok && len(e.Fields) == 1 {
			s.marks = append(s.marks, e)
		}
		if _, ok := engine.(engines.RowScorer); !ok || len(e.Fields) != 1 {
			return
		}
		scan, at := s.origin(e.Fields[0])
		if scan == nil || scan.Columns[at] == ScoreColumn || !slices.Contains(scan.Columns, ScoreColumn) {
			return
		}
		p := predicate.Call{Function: e.Function, Fields: []predicate.Field{fieldsOf(scan).at(at)}, Args: e.Args}
		if scan.Score == nil {
			scan.Score = &Score{}
		}
		if !slices.ContainsFunc(scan.Score.Calls, func(q predicate.Call) bool { return q.String() == p.String() }) {
			scan.Score.Calls = append(scan.Score.Calls, p)
		}
	}
}

// scoreCall is score() in an expression.
func (b *binder) scoreCall(e *sql.Call, s *scope) Expr {
	if s.score == nil {
		b.fail(e.Pos(), fault.Invalid, fault.Code("42P10"), fault.Item(scoreName),
			fault.Hint("score() stands in SELECT, HAVING and ORDER BY of a SELECT FROM a table WHERE match(column, 'words')"),
			"there is no match(...) in WHERE to score by")
	}
	return s.score
}

// breakTies adds the primary key to an order by score: rows of one score come
// in the same order wherever they lie.
func (c *core) breakTies(keys []orderKey, hidden *[]item) []orderKey {
	score, ok := c.s.score.(Col)
	if !ok || c.g != nil || c.sel.Distinct || len(c.sel.DistinctOn) > 0 || c.q.Limit == nil {
		return keys
	}
	expr := func(at int) Expr {
		if at < len(c.items) {
			return c.items[at].expr
		}
		return (*hidden)[at-len(c.items)].expr
	}
	if !slices.ContainsFunc(keys, func(k orderKey) bool { return Equal(expr(k.at), score) }) {
		return keys
	}
	scan, _ := origin(c.s.node, score.Index)
	for _, id := range scan.Table.Key {
		for i := range c.s.cols {
			if from, at := origin(c.s.node, i); from != scan || scan.Columns[at] != id {
				continue
			}
			x := c.s.col(i)
			at := c.findItem(x)
			if at < 0 {
				*hidden = append(*hidden, item{name: x.Name, expr: x})
				at = len(c.items) + len(*hidden) - 1
			}
			if !slices.ContainsFunc(keys, func(k orderKey) bool { return k.at == at }) {
				keys = append(keys, orderKey{at, &sql.OrderItem{}})
			}
			break
		}
	}
	return keys
}
