package sql

// tableRef reads an item of FROM with its joins.
func (p *parser) tableRef() TableRef {
	return p.joins(p.tablePrimary())
}

// joins reads JOIN ... after left.
func (p *parser) joins(left TableRef) TableRef {
	for {
		j := &Join{At: p.at(), Left: left}
		if !p.joinWords(j) {
			return left
		}
		j.Right = p.tablePrimary()
		if j.Kind == CrossJoin || j.Natural {
			left = j
			continue
		}
		// a JOIN b JOIN c ON x ON y: the inner join belongs to the first ON.
		if kw := p.keyword(); kw != kwOn && kw != kwUsing {
			p.nest()
			j.Right = p.innerJoin(j.Right)
			p.unnest()
		}
		p.joinCondition(j)
		left = j
	}
}

// innerJoin reads joins up to, but not including, the condition that is left over.
func (p *parser) innerJoin(left TableRef) TableRef {
	right := p.joins(left)
	if right == left {
		p.want(expectation{kw: kwOn})
		p.want(expectation{kw: kwUsing})
		p.fail()
	}
	return right
}

// joinWords reads [NATURAL] [INNER|LEFT|RIGHT|FULL [OUTER]|CROSS] JOIN.
func (p *parser) joinWords(j *Join) bool {
	if p.acceptWord(kwJoin) {
		return true
	}
	j.Natural = p.acceptWord(kwNatural)
	kinds := [...]struct {
		kw   keyword
		kind JoinKind
	}{{kwLeft, LeftJoin}, {kwInner, InnerJoin}, {kwCross, CrossJoin}, {kwRight, RightJoin}, {kwFull, FullJoin}}
	for _, k := range kinds {
		if k.kind == CrossJoin && j.Natural || !p.acceptWord(k.kw) {
			continue
		}
		j.Kind = k.kind
		if j.Kind == LeftJoin || j.Kind == RightJoin || j.Kind == FullJoin {
			p.acceptWord(kwOuter)
		}
		p.expectWord(kwJoin)
		return true
	}
	if j.Natural {
		p.expectWord(kwJoin)
	}
	return j.Natural
}

func (p *parser) joinCondition(j *Join) {
	switch {
	case p.acceptWord(kwOn):
		j.On = p.expr()
	case p.acceptWord(kwUsing):
		j.Using = p.identList("a column name")
	default:
		p.fail()
	}
}

// tablePrimary reads a table, a function, a graph pattern, a subquery, or
// joins in parentheses.
func (p *parser) tablePrimary() TableRef {
	lateral := p.acceptWord(kwLateral)
	switch {
	case p.peek() == tLParen:
		r, q, at := p.tableParen()
		if q == nil && lateral {
			p.failAt(at, "LATERAL takes a subquery or a function, not a join")
		}
		if q != nil {
			return &Derived{At(at), lateral, q, p.tableAlias()}
		}
		return r
	case p.keyword() == kwGraphTable && p.peekAt(1) == tLParen && !lateral:
		return p.graphTable()
	}
	if p.keyword().function() && p.peekAt(1) == tLParen {
		t := p.take()
		return &FuncTable{At(t.start), lateral, p.call(At(t.start), "", keywordText[t.kw]), p.tableAlias()}
	}
	return p.namedTable(lateral)
}

func (p *parser) namedTable(lateral bool) TableRef {
	n := p.dotted("a table")
	if p.peek() != tLParen {
		p.oneSchema(n)
		if lateral {
			p.failAt(n.Pos(), "LATERAL takes a subquery or a function, not a table")
		}
		return &Table{n.At, n, p.tableAlias()}
	}
	if len(n.Parts) > 2 {
		p.failAt(n.Pos(), "function name %s has %d parts, at most 2 are possible", n, len(n.Parts))
	}
	return &FuncTable{n.At, lateral, p.call(n.At, n.Qualifier(), n.Last()), p.tableAlias()}
}

// tableParen reads parentheses in FROM. What is inside is either a query, whose
// alias still follows, or a table reference.
func (p *parser) tableParen() (TableRef, *Query, int) {
	p.nest()
	defer p.unnest()
	at := p.pos()
	p.expect(tLParen)
	if p.startsQuery() {
		q := p.query()
		p.expect(tRParen)
		return nil, q, at
	}
	if p.peek() != tLParen {
		r := p.tableRef()
		p.expect(tRParen)
		return r, nil, at
	}
	r, q, inner := p.tableParen()
	if q != nil && p.continuesQuery() {
		q = p.queryAfter(q)
	}
	if q != nil && p.accept(tRParen) {
		return nil, q, at
	}
	if q != nil {
		r = &Derived{At(inner), false, q, p.tableAlias()}
	}
	r = p.joins(r)
	p.expect(tRParen)
	return r, nil, at
}

// tableAlias reads [AS] name [(columns)], or returns the zero Alias.
func (p *parser) tableAlias() Alias {
	id := Ident{}
	if p.acceptAs() {
		id = p.ident("a name for the table")
	} else {
		id = p.bareName()
	}
	a := Alias{At: id.At, Name: id.Name}
	if a.Name != "" && p.peek() == tLParen {
		a.Columns = p.identList("a column name")
	}
	return a
}
