package sql

// startsQuery reports whether a query begins at the current token.
func (p *parser) startsQuery() bool { return p.queryAt(0) }

func (p *parser) queryAt(n int) bool {
	switch p.keywordAt(n) {
	case kwSelect, kwWith:
		return true
	case kwValues:
		return p.peekAt(n+1) == tLParen
	}
	return false
}

// continuesQuery reports whether what follows belongs to the query before it.
func (p *parser) continuesQuery() bool {
	switch p.keyword() {
	case kwUnion, kwIntersect, kwExcept, kwOrder, kwLimit, kwOffset, kwFetch:
		return true
	}
	return false
}

// query reads a query up to what cannot belong to it.
func (p *parser) query() *Query {
	p.nest()
	defer p.unnest()
	q := &Query{Extent: Extent{Start: p.pos()}}
	if p.acceptWord(kwWith) {
		p.with(q)
	}
	q.Body = p.unions(p.bodyPart())
	p.queryTail(q)
	q.Extent = p.extent(q.Start)
	return simplify(q)
}

// queryAfter reads the rest of a query that begins with q in parentheses.
func (p *parser) queryAfter(first *Query) *Query {
	q := &Query{Extent: Extent{Start: first.Start}}
	q.Body = p.unions(unwrap(first))
	p.queryTail(q)
	q.Extent = p.extent(q.Start)
	return simplify(q)
}

// plain reports whether q is its body and nothing else.
func (q *Query) plain() bool {
	return q.With == nil && q.OrderBy == nil && q.Limit == nil && q.Offset == nil
}

// unwrap returns the body of a query in parentheses that needs none.
func unwrap(q *Query) Body {
	if q.plain() {
		return q.Body
	}
	return q
}

// simplify takes away a query around nothing but another.
func simplify(q *Query) *Query {
	if inner, ok := q.Body.(*Query); ok && q.plain() {
		return inner
	}
	return q
}

func (p *parser) with(q *Query) {
	if p.keyword() == kwRecursive && p.isName(1) {
		p.take()
		q.Recursive = true
	}
	p.commas(func() {
		c := CTE{At: p.at(), Name: p.ident("a name for the query")}
		if p.peek() == tLParen {
			c.Columns = p.identList("a column name")
		}
		p.expectWord(kwAs)
		if p.acceptWord(kwNot) {
			p.expectWord(kwMaterialized)
		} else if p.keyword() == kwMaterialized {
			p.take()
		}
		p.expect(tLParen)
		c.Query = p.query()
		p.expect(tRParen)
		q.With = append(q.With, c)
	})
}

// unions reads UNION ... after a body.
func (p *parser) unions(left Body) Body {
	for {
		at := p.at()
		switch {
		case p.keyword() == kwIntersect, p.keyword() == kwExcept:
			p.unsupported(p.pos(), p.keyword().String()+" is not supported", "use IN or NOT EXISTS with a subquery")
		case !p.acceptWord(kwUnion):
			return left
		}
		all := p.acceptWord(kwAll)
		if !all {
			p.acceptWord(kwDistinct)
		}
		left = &Union{at, left, p.bodyPart(), all}
	}
}

// bodyPart reads SELECT, VALUES or a query in parentheses.
func (p *parser) bodyPart() Body {
	switch {
	case p.keyword() == kwSelect:
		return p.selectCore()
	case p.keyword() == kwValues:
		return p.values()
	case p.peek() == tLParen:
		p.take()
		q := p.query()
		p.expect(tRParen)
		return unwrap(q)
	}
	p.want(expectation{kw: kwSelect})
	p.want(expectation{kw: kwValues})
	p.fail()
	return nil
}

// queryTail reads ORDER BY, LIMIT, OFFSET and FETCH.
func (p *parser) queryTail(q *Query) {
	q.OrderBy = p.orderBy()
	for {
		switch {
		case q.Limit == nil && p.acceptWord(kwLimit):
			if !p.acceptWord(kwAll) {
				q.Limit = p.expr()
			}
		case q.Offset == nil && p.acceptWord(kwOffset):
			q.Offset = p.expr()
			p.skipWord(kwRow, kwRows)
		case q.Limit == nil && p.keyword() == kwFetch:
			p.fetch(q)
		case p.keyword() == kwFor:
			p.unsupported(p.pos(), "locks on rows (FOR ...) are not supported", "a statement reads one consistent view")
		default:
			return
		}
	}
}

// fetch reads FETCH FIRST n ROWS ONLY.
func (p *parser) fetch(q *Query) {
	p.take()
	p.skipWord(kwFirst, kwNext)
	q.Limit = &Literal{At: p.at(), Kind: Int, Text: "1", Int: 1}
	if kw := p.keyword(); kw != kwRow && kw != kwRows {
		q.Limit = p.operation(precOp)
	}
	p.skipWord(kwRow, kwRows)
	p.expectWord(kwOnly)
}

// skipWord passes one of the words, if it is there.
func (p *parser) skipWord(kws ...keyword) {
	for _, kw := range kws {
		if p.keyword() == kw {
			p.take()
			return
		}
	}
}

func (p *parser) values() *Values {
	v := &Values{At: p.at()}
	p.take()
	p.commas(func() {
		at := p.pos()
		p.expect(tLParen)
		var row []Expr
		if len(v.Rows) > 0 {
			row = make([]Expr, 0, len(v.Rows[0]))
		}
		p.commas(func() { row = append(row, p.value()) })
		p.expect(tRParen)
		if len(v.Rows) > 0 && len(row) != len(v.Rows[0]) {
			p.failAt(at, "row %d of VALUES has %d values, the first has %d", len(v.Rows)+1, len(row), len(v.Rows[0]))
		}
		v.Rows = append(v.Rows, row)
	})
	return v
}

// value reads an expression or DEFAULT.
func (p *parser) value() Expr {
	if at := p.at(); p.keyword() == kwDefault {
		p.take()
		return &Default{at}
	}
	return p.exprOrQuery()
}

func (p *parser) selectCore() *Select {
	s := &Select{At: p.at()}
	p.take()
	if s.Distinct = p.acceptWord(kwDistinct); s.Distinct && p.acceptWord(kwOn) {
		p.expect(tLParen)
		p.commas(func() { s.DistinctOn = append(s.DistinctOn, p.exprOrQuery()) })
		p.expect(tRParen)
	}
	if !s.Distinct {
		p.acceptWord(kwAll)
	}
	p.commas(func() { s.Items = append(s.Items, p.selectItem()) })
	if p.acceptWord(kwFrom) {
		p.commas(func() { s.From = append(s.From, p.tableRef()) })
	}
	if p.acceptWord(kwWhere) {
		s.Where = p.expr()
	}
	if p.acceptWord(kwGroup) {
		p.expectWord(kwBy)
		p.commas(func() { s.GroupBy = append(s.GroupBy, p.expr()) })
	}
	if p.acceptWord(kwHaving) {
		s.Having = p.expr()
	}
	if p.acceptWord(kwWindow) {
		p.commas(func() { s.Windows = append(s.Windows, p.namedWindow()) })
	}
	return s
}

func (p *parser) namedWindow() NamedWindow {
	w := NamedWindow{At: p.at(), Name: p.ident("a name for the window")}
	p.expectWord(kwAs)
	w.Spec = p.window()
	return w
}

func (p *parser) selectItem() SelectItem {
	item := SelectItem{At: p.at()}
	if star := p.star(); star != nil {
		item.Expr = star
		return item
	}
	item.Expr = p.expr()
	item.Alias = p.columnAlias()
	return item
}

// star reads * or a.b.*, or returns nil.
func (p *parser) star() Expr {
	at, n := p.at(), 0
	for p.isName(n) && p.peekAt(n+1) == tDot {
		n += 2
	}
	if p.peekAt(n) != tStar {
		return nil
	}
	s := &Star{At: at}
	if n > 0 {
		s.Table = &Name{At: at}
	}
	for ; n > 0; n -= 2 {
		s.Table.Parts = append(s.Table.Parts, p.takeIdent().Name)
		p.take()
	}
	p.take()
	return s
}

// columnAlias reads [AS] name, or returns the zero Ident.
func (p *parser) columnAlias() Ident {
	if p.acceptAs() {
		return p.anyWord("a name for the column")
	}
	return p.bareName()
}

// acceptAs is acceptWord(kwAs), but is not listed among what was expected.
func (p *parser) acceptAs() bool {
	if p.keyword() != kwAs {
		return false
	}
	p.take()
	return true
}

// bareName reads a name without AS, if there is one.
func (p *parser) bareName() Ident {
	if !p.isName(0) {
		return Ident{}
	}
	p.bareAlias = p.i
	return p.takeIdent()
}

// orderBy reads ORDER BY, or returns nil.
func (p *parser) orderBy() (items []OrderItem) {
	if !p.acceptWord(kwOrder) {
		return nil
	}
	p.expectWord(kwBy)
	p.commas(func() {
		o := OrderItem{At: p.at(), Expr: p.expr()}
		if o.Desc = p.acceptWord(kwDesc); !o.Desc {
			p.acceptWord(kwAsc)
		}
		switch {
		case p.acceptWords(kwNulls, kwFirst):
			o.Nulls = NullsFirst
		case p.acceptWords(kwNulls, kwLast):
			o.Nulls = NullsLast
		}
		items = append(items, o)
	})
	return items
}
