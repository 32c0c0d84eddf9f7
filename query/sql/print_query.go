package sql

func (p *printer) query(q *Query) {
	if len(q.With) > 0 {
		p.str("WITH ")
		if q.Recursive {
			p.str("RECURSIVE ")
		}
		p.list(len(q.With), func(i int) { p.cte(&q.With[i]) })
		p.str(" ")
	}
	p.bodyPart(q.Body, false)
	p.orderItems(" ORDER BY ", q.OrderBy)
	p.clause(" LIMIT ", q.Limit)
	p.clause(" OFFSET ", q.Offset)
}

func (p *printer) subquery(q *Query) {
	p.str("(")
	p.query(q)
	p.str(")")
}

// bodyPart writes a body; a query with clauses of its own always stands in
// parentheses, a union only as the right side of another.
func (p *printer) bodyPart(b Body, right bool) {
	_, isUnion := b.(*Union)
	_, isQuery := b.(*Query)
	if isQuery || isUnion && right {
		p.str("(")
		defer p.str(")")
	}
	p.node(b)
}

func (p *printer) union(u *Union) {
	p.bodyPart(u.Left, false)
	p.str(" UNION ")
	if u.All {
		p.str("ALL ")
	}
	p.bodyPart(u.Right, true)
}

func (p *printer) values(v *Values) {
	p.str("VALUES ")
	p.list(len(v.Rows), func(i int) {
		p.str("(")
		p.exprs(v.Rows[i])
		p.str(")")
	})
}

func (p *printer) cte(c *CTE) {
	p.name(c.Name.Name)
	p.idents(" ", c.Columns)
	p.str(" AS ")
	p.subquery(c.Query)
}

func (p *printer) selectCore(s *Select) {
	p.str("SELECT ")
	if len(s.DistinctOn) > 0 {
		p.str("DISTINCT ON (")
		p.exprs(s.DistinctOn)
		p.str(") ")
	} else if s.Distinct {
		p.str("DISTINCT ")
	}
	p.list(len(s.Items), func(i int) { p.selectItem(&s.Items[i]) })
	if len(s.From) > 0 {
		p.str(" FROM ")
		p.list(len(s.From), func(i int) { p.tableRef(s.From[i]) })
	}
	p.clause(" WHERE ", s.Where)
	if len(s.GroupBy) > 0 {
		p.str(" GROUP BY ")
		p.exprs(s.GroupBy)
	}
	p.clause(" HAVING ", s.Having)
	if len(s.Windows) > 0 {
		p.str(" WINDOW ")
		p.list(len(s.Windows), func(i int) { p.node(&s.Windows[i]) })
	}
}

func (p *printer) selectItem(s *SelectItem) {
	p.expr(s.Expr, precLowest)
	if s.Alias.Name != "" {
		p.str(" AS ")
		p.name(s.Alias.Name)
	}
}

func (p *printer) orderItem(o *OrderItem) {
	p.expr(o.Expr, precLowest)
	if o.Desc {
		p.str(" DESC")
	}
	if o.Nulls != NullsDefault {
		p.str(" ", o.Nulls.String())
	}
}

func (p *printer) alias(a *Alias) {
	if a.Name != "" {
		p.str(" AS ")
		p.node(a)
	}
}

func (p *printer) tableRef(r TableRef) {
	switch r := r.(type) {
	case *Table:
		p.dotted(r.Name)
		p.alias(&r.Alias)
	case *Derived:
		p.lateral(r.Lateral)
		p.subquery(r.Query)
		p.alias(&r.Alias)
	case *FuncTable:
		p.lateral(r.Lateral)
		p.call(r.Call)
		p.alias(&r.Alias)
	case *GraphTable:
		p.graphTable(r)
		p.alias(&r.Alias)
	case *Join:
		p.join(r)
	}
}

func (p *printer) lateral(yes bool) {
	if yes {
		p.str("LATERAL ")
	}
}

func (p *printer) join(j *Join) {
	p.tableRef(j.Left)
	p.str(" ")
	if j.Natural {
		p.str("NATURAL ")
	}
	p.str(j.Kind.String(), " ")
	if _, nested := j.Right.(*Join); nested {
		p.str("(")
		p.tableRef(j.Right)
		p.str(")")
	} else {
		p.tableRef(j.Right)
	}
	p.clause(" ON ", j.On)
	p.idents(" USING ", j.Using)
}

// window writes a definition in parentheses.
func (p *printer) window(w *Window) {
	p.str("(")
	start := len(p.b)
	gap := func() {
		if len(p.b) > start {
			p.str(" ")
		}
	}
	switch keywordOf(w.Base.Name) {
	case kwPartition, kwRows, kwRange, kwGroups:
		p.quoted(w.Base.Name)
	default:
		p.str(identText(w.Base.Name))
	}
	if len(w.PartitionBy) > 0 {
		gap()
		p.str("PARTITION BY ")
		p.exprs(w.PartitionBy)
	}
	if len(w.OrderBy) > 0 {
		gap()
		p.orderItems("ORDER BY ", w.OrderBy)
	}
	if w.Frame != nil {
		gap()
		p.frame(w.Frame)
	}
	p.str(")")
}

func (p *printer) frame(f *Frame) {
	p.str(f.Unit.String(), " BETWEEN ")
	p.bound(&f.Start)
	p.str(" AND ")
	p.bound(&f.End)
}

func (p *printer) bound(b *Bound) {
	if _, isName := b.Offset.(*Name); isName { // it could be called unbounded
		p.str("(")
		p.expr(b.Offset, precLowest)
		p.str(") ")
	} else if b.Offset != nil {
		p.expr(b.Offset, precOp)
		p.str(" ")
	}
	p.str(b.Kind.String())
}
