package plan

import (
	"fmt"
	"math"
	"slices"

	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/query/sql"
	"github.com/quindex/quindex/record"
)

// query binds a whole query. outer is the scope of the query around it, or nil.
func (b *binder) query(q *sql.Query, outer *scope) Node {
	return b.closed(b.openQuery(q, outer))
}

// openQuery is query, except that literals in its topmost list of SELECT or
// VALUES may still be open, for whoever knows better what they should be.
func (b *binder) openQuery(q *sql.Query, outer *scope) Node {
	if q.Recursive {
		b.unsupported(q.Pos(), "WITH RECURSIVE")
	}
	ctes := b.ctes
	defer func() { b.ctes = ctes }()
	for i := range q.With {
		if name := q.With[i].Name; slices.ContainsFunc(q.With[:i], func(w sql.CTE) bool { return w.Name.Name == name.Name }) {
			b.fail(name.Pos(), fault.Invalid, fault.Code("42712"), fault.Item(name.Name), "WITH names two queries so")
		}
		b.ctes = append(b.ctes[:len(b.ctes):len(b.ctes)], namedQuery{&q.With[i], len(b.ctes)})
	}
	if sel, ok := q.Body.(*sql.Select); ok {
		return b.selectQuery(sel, q, outer)
	}
	n := b.body(q.Body, outer)
	if len(q.OrderBy) == 0 && q.Limit == nil && q.Offset == nil {
		return n
	}
	return b.orderOutput(b.closed(n), q)
}

func (b *binder) body(body sql.Body, outer *scope) Node {
	switch body := body.(type) {
	case *sql.Select:
		return b.selectQuery(body, &sql.Query{}, outer)
	case *sql.Values:
		return b.values(body, outer)
	case *sql.Union:
		return b.union(body, outer)
	case *sql.Query:
		return b.openQuery(body, outer)
	}
	b.unsupported(body.Pos(), "this query")
	return nil
}

// values binds VALUES; its columns are column1, column2, ...
func (b *binder) values(v *sql.Values, outer *scope) Node {
	n := &Values{}
	s := &scope{outer: outer}
	for _, row := range v.Rows {
		es := make([]Expr, len(row))
		for i, e := range row {
			if _, ok := e.(*sql.Default); ok && i < len(b.o.Into) {
				es[i] = Const{b.o.Into[i].Default}
				continue
			}
			es[i] = b.expr(e, s)
		}
		n.Rows = append(n.Rows, es)
	}
	for i, a := range b.columnArgs(n, len(v.Rows[0]), v.Pos()) {
		n.Out = append(n.Out, Column{fmt.Sprintf("column%d", i+1), a.Type})
	}
	return n
}

// columnArgs is what a node's columns are before open literals are settled.
func (b *binder) columnArgs(n Node, width, pos int) []Arg {
	out := make([]Arg, width)
	switch n := n.(type) {
	case *Project:
		return args(n.Exprs)
	case *Values:
		for i := range width {
			out[i] = b.common(args(columnOf(n, i)), pos)
		}
	default:
		for i, c := range n.Output() {
			out[i] = Arg{Type: c.Type}
		}
	}
	return out
}

// common is the one type of several expressions; it is open if all of them are.
func (b *binder) common(all []Arg, pos int) Arg {
	t, err := CommonType(all...)
	b.check(pos, err)
	out := Arg{Type: record.T(record.Null)}
	for _, a := range all {
		switch {
		case a.Literal:
			out = Arg{Type: t, Literal: true}
		case a.Type.Kind != record.Null:
			return Arg{Type: t}
		}
	}
	return out
}

// closed settles what is open in the topmost list of n.
func (b *binder) closed(n Node) Node {
	var cols []Arg
	switch n := n.(type) {
	case *Project:
		b.wantDoubles(n)
		cols = args(n.Exprs)
	case *Values:
		b.wantDoubles(n)
		cols = b.columnArgs(n, len(n.Out), 0)
	default:
		return n
	}
	types := make([]record.Type, len(cols))
	for i, c := range cols {
		types[i] = c.Type
		if c.Literal || c.Type.Kind == record.Null {
			types[i] = record.T(record.Keyword)
		}
	}
	return b.coerce(n, types)
}

// coerce casts the columns of n to the given types.
func (b *binder) coerce(n Node, types []record.Type) Node {
	switch n := n.(type) {
	case *Project:
		for i, e := range n.Exprs {
			n.Exprs[i] = b.fitExactly(e, types[i])
		}
		return n
	case *Values:
		for _, row := range n.Rows {
			for i, e := range row {
				row[i] = b.fitExactly(e, types[i])
			}
		}
		for i := range n.Out {
			n.Out[i].Type = types[i]
		}
		return n
	}
	out := n.Output()
	same := true
	p := &Project{Input: n}
	for i, c := range out {
		same = same && c.Type == types[i]
		p.Exprs = append(p.Exprs, b.fitExactly(Col{i, c.Name, c.Type}, types[i]))
		p.Names = append(p.Names, c.Name)
	}
	if same {
		return n
	}
	return p
}

func (b *binder) fitExactly(e Expr, t record.Type) Expr {
	if _, isOpen := e.(open); !isOpen && e.Type() == t {
		return e
	}
	return b.cast(e, t, 0)
}

// union binds a chain of UNIONs; the columns of all parts get one type.
func (b *binder) union(u *sql.Union, outer *scope) Node {
	var parts []sql.Body
	var walk sql.Body = u
	for {
		next, ok := walk.(*sql.Union)
		if !ok || next.All != u.All {
			parts = append(parts, walk)
			break
		}
		parts = append(parts, next.Right)
		walk = next.Left
	}
	out := &Union{}
	var cols [][]Arg
	for i := len(parts) - 1; i >= 0; i-- {
		n := b.body(parts[i], outer)
		width := width(n)
		if len(cols) > 0 && width != len(cols[0]) {
			b.fail(parts[i].Pos(), fault.Invalid, fault.Code("42601"), fmt.Sprintf("UNION of %d and %d columns", len(cols[0]), width))
		}
		out.All = append(out.All, n)
		cols = append(cols, b.columnArgs(n, width, parts[i].Pos()))
	}
	b.wantDoubles(out.All...)
	types := make([]record.Type, len(cols[0]))
	for i := range types {
		column := make([]Arg, len(cols))
		for r := range cols {
			column[r] = cols[r][i]
		}
		types[i] = b.common(column, u.Pos()).Type
		if types[i].Kind == record.Null {
			types[i] = record.T(record.Keyword)
		}
	}
	for i, n := range out.All {
		out.All[i] = b.coerce(n, types)
	}
	if u.All {
		return out
	}
	return distinct(out)
}

// distinct keeps one of equal rows.
func distinct(n Node) *Aggregate {
	out := n.Output()
	a := &Aggregate{Input: n, Out: out}
	for i, c := range out {
		a.Groups, a.Names = append(a.Groups, Col{i, c.Name, c.Type}), append(a.Names, c.Name)
	}
	return a
}

// orderOutput sorts and cuts what has no FROM of its own: a UNION or VALUES.
func (b *binder) orderOutput(n Node, q *sql.Query) Node {
	out := n.Output()
	s := scopeOf(n, "")
	s.node = nil
	var keys []SortKey
	for i := range q.OrderBy {
		o := &q.OrderBy[i]
		at, ok := b.position(o.Expr, len(out), "ORDER BY")
		var e Expr
		if ok {
			e = s.col(at)
		} else {
			e = b.value(o.Expr, s)
		}
		keys = append(keys, SortKey{Expr: e, Desc: o.Desc, NullsFirst: o.Nulls.First(o.Desc)})
	}
	return b.cut(n, keys, q)
}

// position reads a bare number as a position in the list of SELECT.
func (b *binder) position(e sql.Expr, most int, where string) (int, bool) {
	l, ok := e.(*sql.Literal)
	if !ok || l.Kind != sql.Int {
		return 0, false
	}
	if l.Int < 1 || l.Int > int64(most) {
		b.fail(e.Pos(), fault.Invalid, fault.Code("42P10"), fmt.Sprintf("%s position %d, want 1 to %d", where, l.Int, most))
	}
	return int(l.Int) - 1, true
}

// cut puts ORDER BY, LIMIT and OFFSET on top of n.
func (b *binder) cut(n Node, keys []SortKey, q *sql.Query) Node {
	count, offset := b.bound(q.Limit, "LIMIT", -1), b.bound(q.Offset, "OFFSET", 0)
	if len(keys) > 0 && count >= 0 && offset <= math.MaxInt64-count {
		return &Sort{Input: n, Keys: keys, Limit: count, Offset: offset}
	}
	if len(keys) > 0 {
		n = &Sort{Input: n, Keys: keys, Limit: -1}
	}
	if count >= 0 || offset > 0 {
		n = &Limit{Input: n, Count: count, Offset: offset}
	}
	return n
}

// bound is the number of LIMIT or OFFSET.
func (b *binder) bound(e sql.Expr, where string, none int64) int64 {
	if e == nil {
		return none
	}
	x := b.cast(b.fit(b.expr(e, &scope{}), record.T(record.Int64), e.Pos()), record.T(record.Int64), e.Pos())
	c, ok := x.(Const)
	switch {
	case !ok:
		b.unsupported(e.Pos(), where+" that is not a constant")
	case !c.Value.Valid:
		return none
	case c.Value.I < 0:
		code := fault.Code("2201W")
		if where == "OFFSET" {
			code = "2201X"
		}
		b.fail(e.Pos(), fault.Invalid, code, fmt.Sprintf("%s %d, want 0 or more", where, c.Value.I))
	}
	return c.Value.I
}

// into binds the query of the statement, for the columns of Options.Into.
func (b *binder) into(q *sql.Query) Node {
	n := b.openQuery(q, nil)
	if b.o.Into == nil {
		return b.closed(n)
	}
	width := width(n)
	if width != len(b.o.Into) {
		b.fail(q.Body.Pos(), fault.Syntax, counted(width, "value")+" for "+counted(len(b.o.Into), "column"))
	}
	types := make([]record.Type, width)
	for i, a := range b.columnArgs(n, width, q.Body.Pos()) {
		types[i] = b.o.Into[i].Type
		if !a.Literal && !assignable(a.Type, types[i]) {
			b.fail(q.Body.Pos(), fault.Invalid, fault.Code("42804"), fault.Item(b.o.Into[i].Name),
				fault.Hint("cast it: x::"+types[i].String()), "the column is "+types[i].String()+", the value "+a.Type.String())
		}
	}
	return b.coerce(n, types)
}

// assignable reports whether INSERT casts from to to by itself.
func assignable(from, to record.Type) bool {
	if from.Kind == record.Null || SameCast(from, to) || to.IsString() && CanCast(from, to) {
		return true
	}
	return from.IsNumeric() && to.IsNumeric() || isTime(from.Kind) && isTime(to.Kind)
}
