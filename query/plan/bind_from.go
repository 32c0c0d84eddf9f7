package plan

import (
	"slices"
	"strings"

	"github.com/quindex/quindex/catalog"
	"github.com/quindex/quindex/fault"
	"github.com/quindex/quindex/query/sql"
	"github.com/quindex/quindex/record"
)

// namedQuery is a CTE: it is bound anew wherever its name stands in FROM,
// with the names that were in sight where it was written.
type namedQuery struct {
	cte *sql.CTE
	see int // how many of the binder's ctes its query sees
}

// from binds the FROM list; without one there is one row of no columns.
func (b *binder) from(refs []sql.TableRef) *scope {
	if len(refs) == 0 {
		return &scope{node: &Values{Rows: [][]Expr{{}}}}
	}
	s := b.tableRef(refs[0])
	for _, r := range refs[1:] {
		right := b.tableRef(r)
		b.distinctNames(s, right, r.Pos())
		s = joined(&Join{Kind: Cross, Left: s.node, Right: right.node}, s, right)
	}
	return s
}

// joined is the scope of a join that gives the columns of both sides.
func joined(n Node, left, right *scope) *scope {
	return &scope{node: n, cols: slices.Concat(left.cols, right.cols)}
}

// distinctNames refuses FROM t, t.
func (b *binder) distinctNames(left, right *scope, pos int) {
	for _, r := range right.cols {
		for _, l := range left.cols {
			if l.rel == r.rel && l.rel != "" {
				b.fail(pos, fault.Invalid, fault.Code("42712"), fault.Item(r.rel),
					fault.Hint("give one of them another name: "+r.rel+" AS x"), "the table name stands in FROM twice")
			}
		}
	}
}

func (b *binder) tableRef(r sql.TableRef) *scope {
	switch r := r.(type) {
	case *sql.Table:
		return b.table(r)
	case *sql.Derived:
		if r.Lateral {
			b.unsupported(r.Pos(), "LATERAL")
		}
		return b.aliased(b.query(r.Query, nil), &r.Alias, "", r.Pos())
	case *sql.Join:
		return b.join(r)
	case *sql.GraphTable:
		return b.graphTable(r)
	case *sql.FuncTable:
		if r.Call.Schema == "" && isAlgorithm(r.Call.Name) {
			return b.algorithm(r)
		}
		b.notInFrom(r)
	}
	b.unsupported(r.Pos(), "this item of FROM")
	return nil
}

// notInFrom refuses a function that gives no rows, or is none.
func (b *binder) notInFrom(r *sql.FuncTable) {
	var all []string
	for _, a := range algorithms {
		all = append(all, a.name)
	}
	hint := nearest(r.Call.Name, all, fault.Hint("there are "+strings.Join(all, ", ")+", and GRAPH_TABLE"))
	b.fail(r.Pos(), fault.NotFound, fault.Code("42883"), fault.Item(r.Call.Name), hint, "no such function in FROM")
}

func (b *binder) table(r *sql.Table) *scope {
	const most = 1000
	if b.tables++; b.tables > most {
		b.tooComplex(r.Pos(), "more than 1000 tables, counting those of WITH wherever they are used")
	}
	name := r.Name.Last()
	if len(r.Name.Parts) == 1 {
		for i := len(b.ctes) - 1; i >= 0; i-- {
			if c := b.ctes[i]; c.cte.Name.Name == name {
				return b.aliased(b.namedQuery(c), &r.Alias, name, r.Pos())
			}
		}
	}
	t, err := b.o.Catalog.Table(name)
	if err != nil {
		b.check(r.Name.Pos(), b.unknownTable(name, err))
	}
	s := b.tableScope(t, r.RefName())
	b.rename(s, r.Alias.Columns, r.Pos())
	if b.scoring {
		addScore(s, s.node.(*Scan), r.RefName())
	}
	return s
}

// tableScope reads all columns of a table, as relation rel.
func (b *binder) tableScope(t *catalog.Table, rel string) *scope {
	scan := &Scan{Table: t, NoIndex: b.o.NoIndex}
	n := len(t.Schema.Fields)
	scan.Columns, scan.Out = make([]record.ColumnID, n), make([]Column, n)
	s := &scope{node: scan, cols: make([]scopeCol, n)}
	for i := range t.Schema.Fields {
		f := &t.Schema.Fields[i]
		scan.Columns[i], scan.Out[i] = f.ID, Column{f.Name, f.Type}
		s.cols[i] = scopeCol{rel: rel, name: f.Name, t: f.Type}
	}
	return s
}

// unknownTable adds the names of CTEs to what the catalog suggests.
func (b *binder) unknownTable(name string, err error) error {
	var among []string
	for _, c := range b.ctes {
		among = append(among, c.cte.Name.Name)
	}
	if hint := nearest(name, among, ""); hint != "" {
		return fault.E("plan: bind", fault.NotFound, fault.Item(name), hint, "no such table")
	}
	return err
}

// namedQuery binds a CTE where its name was used.
func (b *binder) namedQuery(c namedQuery) Node {
	all := b.ctes
	b.ctes = b.ctes[:c.see:c.see]
	n := b.query(c.cte.Query, nil)
	b.ctes = all
	if len(c.cte.Columns) == 0 {
		return n
	}
	s := scopeOf(n, "")
	b.rename(s, c.cte.Columns, c.cte.Pos())
	p := &Project{Input: n}
	for i := range s.cols {
		p.Exprs, p.Names = append(p.Exprs, s.col(i)), append(p.Names, s.cols[i].name)
	}
	return p
}

// aliased is the scope of a subquery in FROM.
func (b *binder) aliased(n Node, a *sql.Alias, rel string, pos int) *scope {
	if a.Name != "" {
		rel = a.Name
	}
	s := scopeOf(n, rel)
	b.rename(s, a.Columns, pos)
	return s
}

// rename gives the first columns of s other names.
func (b *binder) rename(s *scope, names []sql.Ident, pos int) {
	if len(names) > len(s.cols) {
		b.fail(pos, fault.Invalid, fault.Code("42P10"), fault.Errorf("", fault.Invalid, "%d column names for %d columns", len(names), len(s.cols)))
	}
	for i, n := range names {
		s.cols[i].name = n.Name
	}
}

func (b *binder) join(r *sql.Join) *scope {
	left, right := b.tableRef(r.Left), b.tableRef(r.Right)
	b.distinctNames(left, right, r.Right.Pos())
	switch {
	case r.Kind == sql.FullJoin:
		b.unsupported(r.Pos(), "FULL JOIN")
	case r.Kind == sql.RightJoin:
		return b.rightJoin(r, left, right)
	}
	kind := Inner
	if r.Kind == sql.LeftJoin {
		kind = Left
	}
	n := &Join{Kind: kind, Left: left.node, Right: right.node}
	s := joined(n, left, right)
	b.joinCondition(r, n, s, len(left.cols))
	return s
}

// rightJoin is a left join with its sides changed and its columns put back.
func (b *binder) rightJoin(r *sql.Join, left, right *scope) *scope {
	n := &Join{Kind: Left, Left: right.node, Right: left.node}
	s := joined(n, right, left)
	b.joinCondition(r, n, s, len(right.cols))
	k := len(right.cols)
	p := &Project{Input: n}
	out := &scope{node: p}
	add := func(i int) {
		p.Exprs, p.Names = append(p.Exprs, s.col(i)), append(p.Names, s.cols[i].name)
		out.cols = append(out.cols, s.cols[i])
	}
	for i := range s.cols[k:] {
		add(k + i)
	}
	for i := range k {
		add(i)
	}
	return out
}

// joinCondition binds ON, USING or NATURAL of n, whose scope is s; its first
// k columns are the left side.
func (b *binder) joinCondition(r *sql.Join, n *Join, s *scope, k int) {
	using := r.Using
	if r.Natural {
		using = commonNames(s, k)
	}
	switch {
	case r.On != nil:
		on := &scope{of: n, cols: s.cols}
		n.On = b.condition(r.On, on, "ON")
	case len(using) > 0:
		for _, u := range using {
			n.On = and(n.On, b.using(u, s, k))
		}
	default:
		n.Kind = Cross
		if r.Kind != sql.CrossJoin && r.Kind != sql.InnerJoin {
			n.Kind, n.On = Left, Const{record.BoolValue(true)}
		}
	}
}

func commonNames(s *scope, k int) []sql.Ident {
	var out []sql.Ident
	for _, l := range s.cols[:k] {
		if i := slices.IndexFunc(s.cols[k:], func(r scopeCol) bool { return r.name == l.name && !r.hidden }); i >= 0 && !l.hidden {
			out = append(out, sql.Ident{Name: l.name})
		}
	}
	return out
}

// using is left.name = right.name; from now on name alone means the left one.
func (b *binder) using(u sql.Ident, s *scope, k int) Expr {
	left, right := &scope{cols: s.cols[:k]}, &scope{cols: s.cols[k:]}
	name := &sql.Name{At: u.At, Parts: []string{u.Name}}
	l, r := b.column(name, left).(Col), b.column(name, right).(Col)
	s.cols[k+r.Index].hidden = true
	r.Index += k
	return b.call("=", u.Pos(), l, r)
}

// and is a AND b, where either may be missing.
func and(a, b Expr) Expr {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	return Call{Func: "and", Args: append(conjuncts(a), conjuncts(b)...), T: boolType}
}

// conjuncts returns the conditions whose AND is e; none if e is nil or true.
func conjuncts(e Expr) []Expr {
	switch e := e.(type) {
	case nil:
		return nil
	case Const:
		if e.Value.Bool() {
			return nil
		}
	case Call:
		if e.Func == "and" {
			var out []Expr
			for _, a := range e.Args {
				out = append(out, conjuncts(a)...)
			}
			return out
		}
	}
	return []Expr{e}
}

// conjunction is the AND of es, or nil.
func conjunction(es []Expr) Expr {
	switch len(es) {
	case 0:
		return nil
	case 1:
		return es[0]
	}
	return Call{Func: "and", Args: es, T: boolType}
}
