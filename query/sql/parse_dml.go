package sql

// insert reads INSERT INTO ...
func (p *parser) insert() *Insert {
	p.take()
	p.expectWord(kwInto)
	s := &Insert{Table: p.tableName("a table")}
	if p.peek() == tLParen && !p.queryInParens() {
		s.Columns = p.identList("a column name")
	}
	if p.acceptWord(kwDefault) {
		p.expectWord(kwValues)
	} else {
		s.Query = p.insertQuery()
	}
	if p.acceptWord(kwOn) {
		p.onConflict(s)
	}
	p.refuseReturning()
	return s
}

// queryInParens reports whether the parentheses here hold a query.
func (p *parser) queryInParens() bool {
	n := 0
	for p.peekAt(n) == tLParen {
		n++
	}
	return p.queryAt(n)
}

func (p *parser) insertQuery() *Query {
	if p.peek() != tLParen && !p.startsQuery() {
		p.want(expectation{kw: kwValues})
		p.want(expectation{kw: kwSelect})
		p.fail()
	}
	return p.query()
}

func (p *parser) onConflict(s *Insert) {
	p.expectWord(kwConflict)
	if p.peek() == tLParen {
		s.ConflictKey = p.identList("a column name")
	}
	p.expectWord(kwDo)
	if p.keyword() == kwUpdate {
		p.unsupported(p.pos(), "ON CONFLICT DO UPDATE is not supported", "a row with the same primary key is replaced by a plain INSERT")
	}
	p.expectWord(kwNothing)
	s.DoNothing = true
}

func (p *parser) refuseReturning() {
	if p.keyword() == kwReturning {
		p.unsupported(p.pos(), "RETURNING is not supported", "")
	}
}

// update reads UPDATE ... SET ...
func (p *parser) update() *Update {
	p.take()
	s := &Update{Table: p.tableName("a table")}
	s.Alias = p.targetAlias()
	p.expectWord(kwSet)
	p.commas(func() {
		a := Assign{At: p.at(), Column: p.ident("a column")}
		p.expect(tEq)
		a.Value = p.value()
		s.Set = append(s.Set, a)
	})
	if p.keyword() == kwFrom {
		p.unsupported(p.pos(), "UPDATE ... FROM is not supported", "use a subquery in SET or WHERE")
	}
	if p.acceptWord(kwWhere) {
		s.Where = p.expr()
	}
	p.refuseReturning()
	return s
}

// targetAlias reads [AS] name after the table of UPDATE and DELETE.
func (p *parser) targetAlias() Ident {
	switch {
	case p.acceptAs():
		return p.ident("a name for the table")
	case p.keyword() == kwSet:
		return Ident{}
	}
	return p.bareName()
}

// delete reads DELETE FROM ...
func (p *parser) delete() *Delete {
	p.take()
	p.expectWord(kwFrom)
	s := &Delete{Table: p.tableName("a table")}
	s.Alias = p.targetAlias()
	if p.keyword() == kwUsing {
		p.unsupported(p.pos(), "DELETE ... USING is not supported", "use a subquery in WHERE")
	}
	if p.acceptWord(kwWhere) {
		s.Where = p.expr()
	}
	p.refuseReturning()
	return s
}
